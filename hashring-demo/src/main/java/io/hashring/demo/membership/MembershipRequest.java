package io.hashring.demo.membership;

import io.hashring.demo.replica.ReplicaSpec;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asks to be added or removed.
 *
 * @param n how many replicas
 * @param replicas those that come first, each once; there may be more or fewer of them
 * @param weights by name, for those whose own weight is not said among the replicas
 * @param weight of those whose weight is not said elsewhere; null if nobody says it
 */
public record MembershipRequest(
    int n,
    List<ReplicaSpec> replicas,
    Map<String, Double> weights,
    @Nullable Double weight) {

  public MembershipRequest(int n, List<String> hostnames) {
    this(n, hostnames.stream().map(ReplicaSpec::new).toList(), Map.of(), null);
  }

  /** Those that count: the first n. */
  List<ReplicaSpec> named() {
    return replicas.subList(0, Math.min(n, replicas.size()));
  }

  List<String> names() {
    return named().stream().map(ReplicaSpec::name).toList();
  }

  /** What is asked for under that name, as far as something is. */
  ReplicaSpec spec(String name) {
    ReplicaSpec spec = named().stream()
        .filter(one -> one.name().equals(name))
        .findFirst()
        .orElseGet(() -> new ReplicaSpec(name));
    return spec.weight() != null
        ? spec
        : new ReplicaSpec(name, spec.address(), weights.getOrDefault(name, weight));
  }
}
