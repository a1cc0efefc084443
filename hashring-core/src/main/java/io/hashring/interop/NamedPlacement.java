package io.hashring.interop;

import io.hashring.hash.HashFunction;
import io.hashring.internal.Call;
import io.hashring.placement.Placement;

/**
 * Another placement under the definition of a system, where counts, search and ties are the usual.
 */
record NamedPlacement(String definition, Placement placement) implements Placement {

  @Override
  public HashFunction keyFunction() {
    return placement.keyFunction();
  }

  @Override
  public long pointCount(String id, double weight) {
    return placement.pointCount(id, weight);
  }

  @Override
  public long[] points(String id, double weight) {
    return placement.points(id, weight);
  }

  @Override
  public String toString() {
    return Call.brief(definition);
  }
}
