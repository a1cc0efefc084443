package io.hashring.demo.membership;

import io.hashring.demo.replica.ReplicaSpec;
import java.util.List;
import java.util.Map;

/**
 * Changes of the members that are to be one change of the ring. A name stands once in all of it.
 *
 * @param add who joins
 * @param remove the names of those that leave
 * @param weights by name, of those that stay and get another; 0 drains
 */
public record MembershipEdit(
    List<ReplicaSpec> add, List<String> remove, Map<String, Double> weights) {

  static MembershipEdit weight(String name, double weight) {
    return new MembershipEdit(List.of(), List.of(), Map.of(name, weight));
  }

  /** Whether it changes who is a member, and not weights alone. */
  boolean changesWhoIsThere() {
    return !add.isEmpty() || !remove.isEmpty();
  }
}
