package io.hashring.interop;

/** A number of points for each unit of a whole weight. */
record CountPerWeight(int points) implements CountRule {
  @Override
  public long count(String id, double weight) {
    return (long) points * Weights.whole(weight);
  }
}
