package io.hashring.internal;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import java.util.Map;

/** What every placement asks of its callers. */
public final class Arguments {

  private Arguments() {}

  /**
   * Refuses what is no node that holds points.
   *
   * @param id the id of the node
   * @param weight its weight
   * @throws NullPointerException if the id is null
   * @throws IllegalArgumentException if the id is empty or the weight not finite and positive
   */
  public static void checkNode(String id, double weight) {
    requireNonNull(id, "id must not be null");
    checkArgument(!id.isEmpty(), "id must not be empty");
    checkArgument(
        weight > 0 && weight < Double.POSITIVE_INFINITY,
        "weight must be finite and positive: %s of %s",
        weight,
        id);
  }

  /**
   * Refuses what is no membership.
   *
   * @param weights the weights of all nodes that are to hold points, by id
   * @throws NullPointerException if the map, an id or a weight is null
   * @throws IllegalArgumentException if an id is empty or a weight not finite and positive
   */
  public static void checkNodes(Map<String, Double> weights) {
    requireNonNull(weights, "weights must not be null");
    weights.forEach(
        (id, weight) -> checkNode(id, requireNonNull(weight, "weight must not be null")));
  }

  /**
   * Refuses a null.
   *
   * @param <T> the type of the argument
   * @param argument the argument
   * @param name the name of the parameter
   * @return the argument
   * @throws NullPointerException if it is null
   */
  public static <T> T required(T argument, String name) {
    return requireNonNull(argument, () -> name + " must not be null");
  }
}
