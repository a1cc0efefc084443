package io.hashring.interop;

import io.hashring.hash.HashFunction;
import io.hashring.internal.Arguments;
import io.hashring.placement.Placement;
import java.util.Map;

/** libmemcached's switch to other points as soon as one node has a weight above 1. */
record WeightedOnDemand(Placement equal, Placement weighted) implements Placement {

  @Override
  public HashFunction keyFunction() {
    return equal.keyFunction();
  }

  @Override
  public long pointCount(String id, double weight) {
    return alone(id, weight).pointCount(id, weight);
  }

  @Override
  public long[] points(String id, double weight) {
    return alone(id, weight).points(id, weight);
  }

  private Placement alone(String id, double weight) {
    Arguments.checkNode(id, weight);
    return forMembers(Map.of(id, weight));
  }

  @Override
  public Placement forMembers(Map<String, Double> weights) {
    Arguments.checkNodes(weights);
    return weights.values().stream().anyMatch(weight -> weight > 1)
        ? weighted.forMembers(weights)
        : equal;
  }

  @Override
  public Ties ties() {
    return equal.ties();
  }

  @Override
  public String definition() {
    return equal.definition();
  }

  @Override
  public String toString() {
    return equal.toString();
  }
}
