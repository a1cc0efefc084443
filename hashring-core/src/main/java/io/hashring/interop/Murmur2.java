package io.hashring.interop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Austin Appleby's MurmurHash2, which reads words in little-endian order. */
final class Murmur2 {

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int M_32 = 0x5BD1E995;
  private static final long M_64 = 0xC6A4A7935BD1E995L;

  private Murmur2() {}

  static int hash32(byte[] input, int seed) {
    int h = seed ^ input.length;
    int at = 0;
    for (; at + Integer.BYTES <= input.length; at += Integer.BYTES) {
      int k = (int) INTS.get(input, at) * M_32;
      h = h * M_32 ^ (k ^ k >>> 24) * M_32;
    }
    if (at < input.length) {
      h = (h ^ (int) tail(input, at)) * M_32;
    }
    h = (h ^ h >>> 13) * M_32;
    return h ^ h >>> 15;
  }

  /** The variant for 64-bit machines, called A. */
  static long hash64(byte[] input, long seed) {
    long h = seed ^ input.length * M_64;
    int at = 0;
    for (; at + Long.BYTES <= input.length; at += Long.BYTES) {
      long k = (long) LONGS.get(input, at) * M_64;
      h = (h ^ (k ^ k >>> 47) * M_64) * M_64;
    }
    if (at < input.length) {
      h = (h ^ tail(input, at)) * M_64;
    }
    h = (h ^ h >>> 47) * M_64;
    return h ^ h >>> 47;
  }

  /** The last few bytes, as the lower ones of a word. */
  private static long tail(byte[] input, int from) {
    long tail = 0;
    for (int i = input.length - 1; i >= from; i--) {
      tail = (tail << Byte.SIZE) | (input[i] & 0xFF);
    }
    return tail;
  }
}
