package io.hashring;

/**
 * Lengths on a circle of positions.
 *
 * @param maxPosition the last position, after which comes 0; unsigned
 */
record Circle(long maxPosition) {

  /** How far it is clockwise from a position to another; 0 if they are the same. */
  long distance(long from, long to) {
    long distance = to - from;
    return Long.compareUnsigned(from, to) <= 0 ? distance : distance + maxPosition + 1;
  }

  /** Which of two positions is met first on the way back from a third, which counts as the last. */
  long nearerBehind(long position, long a, long b) {
    return Long.compareUnsigned(distance(a, position) - 1, distance(b, position) - 1) <= 0 ? a : b;
  }

  /**
   * The number of positions that a range has, less one, for that of the whole circle may not fit.
   */
  long last(HashRange range) {
    return range.from() == range.to() ? maxPosition : distance(range.from(), range.to()) - 1;
  }

  /** The position so many steps clockwise from another. */
  long after(long position, long steps) {
    long left = maxPosition - position;
    return Long.compareUnsigned(steps, left) <= 0 ? position + steps : steps - left - 1;
  }

  /** The share of the circle that an arc has. */
  double fraction(HashRange range) {
    return fraction(range.from(), range.to());
  }

  double fraction(long from, long to) {
    return from == to ? 1 : toDouble(distance(from, to)) / (toDouble(maxPosition) + 1);
  }

  private static double toDouble(long unsigned) {
    return (unsigned >>> 11) * 0x1p11 + (unsigned & 0x7ff);
  }
}
