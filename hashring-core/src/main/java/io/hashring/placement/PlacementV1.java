package io.hashring.placement;

import io.hashring.hash.HashFunction;
import io.hashring.internal.Arguments;
import io.hashring.internal.Call;
import io.hashring.internal.SplitMix64;

/**
 * Placement v1.
 *
 * <p>Labels such as {@code id + "-" + i}, the textbook way, cost a hash per point, let a weak hash
 * cluster the points of a node, and, without the separator, give two nodes the same label. A
 * generator started at one hash of the id has none of these faults and makes a point in a
 * nanosecond.
 */
record PlacementV1(HashFunction keyFunction, int pointsPerNode) implements Placement {

  @Override
  public long pointCount(String id, double weight) {
    Arguments.checkNode(id, weight);
    return PointCount.of(weight, pointsPerNode);
  }

  @Override
  public long[] points(String id, double weight) {
    Arguments.checkNode(id, weight);
    long[] points = PointCount.newPoints(weight, pointsPerNode);
    long state = keyFunction.hash(id);
    for (int i = 0; i < points.length; i++) {
      state += SplitMix64.GAMMA;
      points[i] = SplitMix64.mix(state);
    }
    return points;
  }

  @Override
  public String definition() {
    return Call.of("v1", keyFunction, pointsPerNode);
  }

  @Override
  public String toString() {
    return Call.brief(definition());
  }
}
