package io.hashring;

import io.hashring.hash.HashFunction;
import io.hashring.placement.Placement;
import java.util.stream.LongStream;

/**
 * Hashed labels, so that the points are exactly as bad as the hash; a placement of a user's own.
 */
record LabelPlacement(HashFunction keyFunction, int pointsPerNode) implements Placement {
  @Override
  public long pointCount(String id, double weight) {
    return Math.max(1, Math.round(weight * pointsPerNode));
  }

  @Override
  public long[] points(String id, double weight) {
    return LongStream.range(0, pointCount(id, weight))
        .map(i -> keyFunction.hash(i + "-" + id))
        .toArray();
  }
}
