package io.hashring.internal;

import static com.google.common.base.Preconditions.checkArgument;

/** Room for the points of a node. */
public final class PointArrays {

  /** The longest array that every virtual machine makes. */
  private static final int MAX_LENGTH = Integer.MAX_VALUE - 8;

  private PointArrays() {}

  /**
   * The length of an array for so many points.
   *
   * @param count how many points
   * @return the same number
   * @throws IllegalArgumentException if there is no such array
   */
  public static int length(long count) {
    checkArgument(
        count <= MAX_LENGTH, "points of a node must not exceed %s: %s", MAX_LENGTH, count);
    return (int) count;
  }
}
