package io.hashring.interop;

import io.hashring.hash.HashFunction;
import io.hashring.internal.PointArrays;
import io.hashring.placement.Placement;
import java.util.Map;

/**
 * A placement made of pieces: where keys lie, where points do, how many there are, and what happens
 * between them. The name tells it from another one of the same pieces.
 */
record ComposedPlacement(
    String name,
    HashFunction keyFunction,
    PointGenerator generator,
    CountRule counts,
    Search search,
    Ties ties)
    implements Placement {

  ComposedPlacement(
      String name,
      HashFunction keyFunction,
      PointGenerator generator,
      CountRule counts,
      Ties ties) {
    this(name, keyFunction, generator, counts, Search.CLOCKWISE, ties);
  }

  @Override
  public long pointCount(String id, double weight) {
    generator.checkId(id);
    return counts.count(id, weight);
  }

  @Override
  public long[] points(String id, double weight) {
    long count = pointCount(id, weight);
    return generator.points(id, PointArrays.length(count));
  }

  @Override
  public Placement forMembers(Map<String, Double> weights) {
    CountRule ofMembers = counts.forMembers(weights);
    return ofMembers.equals(counts)
        ? this
        : new ComposedPlacement(name, keyFunction, generator, ofMembers, search, ties);
  }

  @Override
  public String toString() {
    return name;
  }
}
