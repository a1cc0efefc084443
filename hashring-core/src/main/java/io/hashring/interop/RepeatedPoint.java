package io.hashring.interop;

import java.util.Arrays;

/**
 * Another generator's points, the first of them twice: no more positions, but another number of
 * points, so that a ring does not take points of one kind for as many of the other.
 */
record RepeatedPoint(PointGenerator generator) implements PointGenerator {
  @Override
  public long[] points(String id, int count) {
    long[] points = Arrays.copyOf(generator.points(id, count - 1), count);
    points[count - 1] = points[0];
    return points;
  }
}
