package io.hashring.interop;

import io.hashring.hash.HashFunction;
import io.hashring.internal.Arguments;
import io.hashring.internal.Call;
import io.hashring.internal.PointArrays;
import io.hashring.placement.Placement;
import java.util.Map;

/**
 * A placement made of pieces: where keys lie, where points do, how many there are, and what happens
 * between them. The definition tells it from another one of the same pieces.
 */
record ComposedPlacement(
    String definition,
    HashFunction keyFunction,
    PointGenerator generator,
    CountRule counts,
    Search search,
    Ties ties)
    implements Placement {

  ComposedPlacement(
      String definition,
      HashFunction keyFunction,
      PointGenerator generator,
      CountRule counts,
      Ties ties) {
    this(definition, keyFunction, generator, counts, Search.CLOCKWISE, ties);
  }

  @Override
  public long pointCount(String id, double weight) {
    Arguments.checkNode(id, weight);
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
    Arguments.required(weights, "weights");
    CountRule ofMembers = counts.forMembers(weights);
    return ofMembers.equals(counts)
        ? this
        : new ComposedPlacement(definition, keyFunction, generator, ofMembers, search, ties);
  }

  @Override
  public String toString() {
    return Call.brief(definition);
  }
}
