package io.hashring.placement;

import java.util.Arrays;

/** Labels hashed into slots. */
record SlotPlacement(SlotFunction keyFunction, int pointsPerNode, Ties ties) implements Placement {

  @Override
  public long pointCount(String id, double weight) {
    return PointCount.of(weight, pointsPerNode);
  }

  @Override
  public long[] points(String id, double weight) {
    long[] points = PointCount.newPoints(weight, pointsPerNode);
    Arrays.setAll(points, i -> keyFunction.hash(id + "-" + i));
    return points;
  }

  @Override
  public long maxPosition() {
    return keyFunction.slots() - 1;
  }

  @Override
  public String toString() {
    return "slots(" + keyFunction + ", " + pointsPerNode + " points per node"
        + (ties == Ties.SMALLEST_ID ? ")" : ", ties " + ties + ")");
  }
}
