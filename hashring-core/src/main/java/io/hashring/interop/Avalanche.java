package io.hashring.interop;

import io.hashring.hash.HashFunction;
import io.hashring.internal.Call;

/**
 * HAProxy's finish of another function's 32 bits: Bob Jenkins' full avalanche, times a constant.
 */
record Avalanche(HashFunction function) implements HashFunction32 {

  @Override
  public int hash32(byte[] input) {
    return mix((int) (function.hash(input) >>> Integer.SIZE));
  }

  @Override
  public long hash(CharSequence input) {
    return (long) mix((int) (function.hash(input) >>> Integer.SIZE)) << Integer.SIZE;
  }

  static int mix(int a) {
    a = (a + 0x7ED55D16) + (a << 12);
    a = (a ^ 0xC761C23C) ^ (a >>> 19);
    a = (a + 0x165667B1) + (a << 5);
    a = (a + 0xD3A2646C) ^ (a << 9);
    a = (a + 0xFD7046C5) + (a << 3);
    a = (a ^ 0xB55A4F09) ^ (a >>> 16);
    return a * 0xC0000001;
  }

  @Override
  public String toString() {
    return Call.of("avalanche", function);
  }
}
