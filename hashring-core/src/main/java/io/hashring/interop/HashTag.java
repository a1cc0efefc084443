package io.hashring.interop;

import io.hashring.hash.HashFunction;
import io.hashring.internal.Call;
import java.util.Arrays;

/** Another function of the part of a key that stands between two characters, if there is one. */
record HashTag(HashFunction function, char open, char close) implements HashFunction {

  @Override
  public long hash(byte[] input) {
    return function.hash(tag(input));
  }

  @Override
  public long slot(byte[] input, long slots) {
    return function.slot(tag(input), slots);
  }

  private byte[] tag(byte[] input) {
    int from = indexOf(input, open, 0) + 1;
    int to = from == 0 ? -1 : indexOf(input, close, from);
    return to > from ? Arrays.copyOfRange(input, from, to) : input;
  }

  private static int indexOf(byte[] input, char c, int from) {
    for (int i = from; i < input.length; i++) {
      if (input[i] == c) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public String toString() {
    return Call.of("hashTag", function, open, close);
  }
}
