package io.hashring.interop;

import static com.google.common.base.Preconditions.checkArgument;

import io.hashring.internal.Arguments;
import java.util.Map;

/** Weights as other systems have them. */
final class Weights {

  private Weights() {}

  static int whole(double weight) {
    return whole(weight, Integer.MAX_VALUE);
  }

  static int whole(double weight, int max) {
    checkArgument(
        weight >= 1 && weight <= max && weight == Math.rint(weight),
        "weight must be a whole number from 1 to %s for this placement: %s",
        max,
        Double.valueOf(weight));
    return (int) weight;
  }

  static void one(double weight) {
    checkArgument(weight == 1, "weight must be 1, as this placement knows no others: %s", weight);
  }

  static double wholeSum(Map<String, Double> weights) {
    Arguments.checkNodes(weights);
    double sum = 0;
    for (double weight : weights.values()) {
      sum += whole(weight);
    }
    return sum;
  }
}
