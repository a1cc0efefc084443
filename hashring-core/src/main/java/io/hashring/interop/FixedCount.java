package io.hashring.interop;

/** The same number of points for every node, where weights are unknown. */
record FixedCount(long points) implements CountRule {
  @Override
  public long count(String id, double weight) {
    Weights.one(weight);
    return points;
  }
}
