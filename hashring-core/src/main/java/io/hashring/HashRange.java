package io.hashring;

/**
 * An arc of the circle: the positions after {@code from}, up to and with {@code to}. Positions are
 * unsigned. An arc may wrap, from the last position to 0; where {@code from} and {@code to} are
 * equal, it is the whole circle. There is no empty arc.
 *
 * @param from the position before the first one of the arc
 * @param to the last position of the arc
 */
public record HashRange(long from, long to) {

  /**
   * Whether a position lies on this arc.
   *
   * @param position a position, read as an unsigned number
   * @return whether it does
   */
  public boolean contains(long position) {
    return Long.compareUnsigned(position - from - 1, to - from - 1) <= 0;
  }

  /** In hexadecimal, as {@code (from, to]}. */
  @Override
  public String toString() {
    return "(" + hex(from) + ", " + hex(to) + "]";
  }

  private static String hex(long position) {
    return "0x" + Long.toHexString(position);
  }
}
