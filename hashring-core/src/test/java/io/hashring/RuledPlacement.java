package io.hashring;

import io.hashring.hash.HashFunction;
import io.hashring.placement.Placement;
import java.util.Map;

/**
 * Another placement under other rules.
 *
 * @param scale what weights are multiplied by; NaN to make them 1 on average, unless it takes more
 *     than 10
 */
record RuledPlacement(Placement base, Search search, Ties ties, double scale) implements Placement {

  @Override
  public HashFunction keyFunction() {
    return base.keyFunction();
  }

  @Override
  public long pointCount(String id, double weight) {
    return base.pointCount(id, scaled(weight));
  }

  @Override
  public long[] points(String id, double weight) {
    return base.points(id, scaled(weight));
  }

  /** Positive and finite, however small or large. */
  private double scaled(double weight) {
    return Math.min(Double.MAX_VALUE, Math.max(Double.MIN_VALUE, weight * scale));
  }

  @Override
  public Placement forMembers(Map<String, Double> weights) {
    if (!Double.isNaN(scale)) {
      return this;
    }
    double total = weights.values().stream().mapToDouble(w -> w).sum();
    return new RuledPlacement(base, search, ties, Math.min(10, weights.size() / total));
  }

  @Override
  public long maxPosition() {
    return base.maxPosition();
  }
}
