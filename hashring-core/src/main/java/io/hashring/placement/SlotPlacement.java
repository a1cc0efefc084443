package io.hashring.placement;

import io.hashring.internal.Arguments;
import io.hashring.internal.Call;
import java.util.Arrays;

/** Labels hashed into slots. */
record SlotPlacement(SlotFunction keyFunction, int pointsPerNode, Ties ties) implements Placement {

  @Override
  public long pointCount(String id, double weight) {
    Arguments.checkNode(id, weight);
    return PointCount.of(weight, pointsPerNode);
  }

  @Override
  public long[] points(String id, double weight) {
    Arguments.checkNode(id, weight);
    long[] points = PointCount.newPoints(weight, pointsPerNode);
    Arrays.setAll(points, i -> keyFunction.hash(id + "-" + i));
    return points;
  }

  @Override
  public long maxPosition() {
    return keyFunction.slots() - 1;
  }

  @Override
  public String definition() {
    return Call.of("slots", keyFunction.function(), keyFunction.slots(), pointsPerNode, ties);
  }

  @Override
  public String toString() {
    return Call.brief(definition());
  }
}
