package io.hashring.interop;

import io.hashring.hash.HashFunction;
import io.hashring.internal.Call;
import java.util.Arrays;

/**
 * Another function of what the regular expression <code>\{(.+?)\}</code> finds in a key: it starts
 * at the first brace behind which, after one character at least, there is a closing one on the same
 * line.
 */
record JedisKeyTag(HashFunction function) implements HashFunction {

  @Override
  public long hash(byte[] input) {
    return function.hash(tag(input));
  }

  @Override
  public long slot(byte[] input, long slots) {
    return function.slot(tag(input), slots);
  }

  private static byte[] tag(byte[] input) {
    for (int open = 0; open < input.length; open++) {
      if (input[open] == '{') {
        int closing = closing(input, open + 1);
        if (closing >= 0) {
          return Arrays.copyOfRange(input, open + 1, closing);
        }
      }
    }
    return input;
  }

  /** Of UTF-8: a closing brace that is the first character belongs to the tag. */
  private static int closing(byte[] input, int from) {
    for (int i = from; i < input.length && !endsLine(input, i); i++) {
      if (input[i] == '}' && i > from) {
        return i;
      }
    }
    return -1;
  }

  /** Whether one of the characters stands here that a dot does not match. */
  private static boolean endsLine(byte[] input, int i) {
    return switch (input[i]) {
      case '\n', '\r' -> true;
      case (byte) 0xc2 -> i + 1 < input.length && input[i + 1] == (byte) 0x85;
      case (byte) 0xe2 ->
        i + 2 < input.length
            && input[i + 1] == (byte) 0x80
            && (input[i + 2] == (byte) 0xa8 || input[i + 2] == (byte) 0xa9);
      default -> false;
    };
  }

  @Override
  public String toString() {
    return Call.of("jedisKeyTag", function);
  }
}
