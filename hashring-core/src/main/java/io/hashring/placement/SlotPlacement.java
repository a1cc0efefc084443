package io.hashring.placement;

import io.hashring.hash.HashFunction;
import java.util.Arrays;

/** Labels hashed into slots. */
record SlotPlacement(HashFunction keyFunction, int pointsPerNode) implements Placement {

  @Override
  public long pointCount(double weight) {
    return Placements.pointCount(weight, pointsPerNode);
  }

  @Override
  public long[] points(String id, double weight) {
    long[] points = Placements.newPoints(weight, pointsPerNode);
    Arrays.setAll(points, i -> keyFunction.hash(id + "-" + i));
    return points;
  }

  @Override
  public String toString() {
    return "slots(" + keyFunction + ", " + pointsPerNode + " points per node)";
  }
}
