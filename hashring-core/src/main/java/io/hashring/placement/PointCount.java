package io.hashring.placement;

import io.hashring.internal.PointArrays;

/** How many points a weight stands for, where a node's points are its own affair. */
final class PointCount {

  private PointCount() {}

  /** At least one; saturates far above what any ring holds. */
  static long of(double weight, int pointsPerNode) {
    return Math.max(1, Math.round(weight * pointsPerNode));
  }

  /** Room for so many. */
  static long[] newPoints(double weight, int pointsPerNode) {
    return new long[PointArrays.length(of(weight, pointsPerNode))];
  }
}
