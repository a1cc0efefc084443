package io.hashring.internal;

import static com.google.common.base.Preconditions.checkArgument;

import java.math.BigInteger;

/** The slots of hashes: remainders of unsigned numbers. */
public final class Remainder {

  private Remainder() {}

  /**
   * Of a number of 64 bits.
   *
   * @param unsigned the number
   * @param slots how many slots there are, at least 1
   * @return the remainder
   */
  public static long of(long unsigned, long slots) {
    checkSlots(slots);
    return Long.remainderUnsigned(unsigned, slots);
  }

  /**
   * Of a big-endian number of any width.
   *
   * @param unsigned the number
   * @param slots how many slots there are, at least 1
   * @return the remainder
   */
  public static long of(byte[] unsigned, long slots) {
    checkSlots(slots);
    return new BigInteger(1, unsigned).mod(BigInteger.valueOf(slots)).longValueExact();
  }

  private static void checkSlots(long slots) {
    checkArgument(slots >= 1, "slots must be at least 1: %s", slots);
  }
}
