package io.hashring;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;

/** Hash functions as bad as a ring must bear. */
enum TestHash implements HashFunction {
  /** Sixteen values, in the top four bits. */
  FOUR_BITS {
    @Override
    public long hash(byte[] input) {
      return XXH3.hash(input) & 0xF000_0000_0000_0000L;
    }
  },

  CONSTANT {
    @Override
    public long hash(byte[] input) {
      return 0x0123_4567_89AB_CDEFL;
    }
  },

  /** The two ends of the circle: 0 and 2^64 − 1. */
  ENDS {
    @Override
    public long hash(byte[] input) {
      return -(XXH3.hash(input) & 1);
    }
  },

  /** Where signed and unsigned order part, and their neighbours. */
  CORNERS {
    private final long[] corners = {
      0, 1, 2, Long.MAX_VALUE - 1, Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1, -2, -1
    };

    @Override
    public long hash(byte[] input) {
      return corners[(int) Long.remainderUnsigned(XXH3.hash(input), corners.length)];
    }
  },

  /** All in the 256 lowest positions, but one in eight anywhere. */
  CROWDED {
    @Override
    public long hash(byte[] input) {
      long hash = XXH3.hash(input);
      return (hash & 7) == 0 ? hash : hash >>> 56;
    }
  };

  private static final HashFunction XXH3 = HashFunctions.xxh3_64();

  /**
   * A function that puts the key {@link #at at(position)} there, and other keys as another does.
   */
  static HashFunction addressable(HashFunction others) {
    return new Addressable(others);
  }

  static String at(long position) {
    return "@%016x".formatted(position);
  }

  private record Addressable(HashFunction others) implements HashFunction {
    @Override
    public long hash(byte[] input) {
      return input.length == 17 && input[0] == '@'
          ? Long.parseUnsignedLong(new String(input, 1, 16, US_ASCII), 16)
          : others.hash(input);
    }
  }
}
