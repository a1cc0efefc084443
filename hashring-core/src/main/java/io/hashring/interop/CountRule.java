package io.hashring.interop;

import java.util.Map;

/** How many points a node claims. */
interface CountRule {

  /**
   * The number of points of a node; where it depends on others, that of a node that is alone.
   *
   * @throws IllegalArgumentException if the system knows no such weight
   */
  long count(String id, double weight);

  /** The rule as it is for a membership; this very rule, unless it depends on that. */
  default CountRule forMembers(Map<String, Double> weights) {
    return this;
  }
}
