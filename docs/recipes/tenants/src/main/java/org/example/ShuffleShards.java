package org.example;

import io.hashring.ConcurrentHashRing;
import io.hashring.HashRing;
import io.hashring.PreferenceList;
import io.hashring.Replication;
import java.util.List;
import java.util.function.Predicate;

/**
 * A few nodes for each tenant, dealt over zones: the first of its preference list. A tenant that
 * breaks its nodes breaks those of few others.
 */
final class ShuffleShards {

  /** A node, known by a name that it keeps when it moves to another address. */
  record Node(String id, String zone, String address) {}

  private final ConcurrentHashRing<Node> nodes;

  ShuffleShards(HashRing<Node> nodes) {
    this.nodes = ConcurrentHashRing.of(nodes);
  }

  ConcurrentHashRing<Node> nodes() {
    return nodes;
  }

  /** The nodes of a tenant; one more for a larger {@code k}, another one for each that leaves. */
  List<Node> shard(String tenant, int k) {
    return shard(nodes.ring(), tenant, k);
  }

  private static List<Node> shard(HashRing<Node> ring, String tenant, int k) {
    return ring.preferenceList(tenant).first(Replication.of(k).across(Node::zone));
  }

  /** The nodes of the tenant that are up, in the order in which a request's key tries them. */
  List<Node> candidates(String tenant, int k, String key, Predicate<Node> isUp) {
    HashRing<Node> ring = nodes.ring(); // one for both, whatever changes meanwhile
    List<Node> shard = shard(ring, tenant, k);
    PreferenceList<Node> order = ring.preferenceList(key);
    return order.where(node -> shard.contains(node) && isUp.test(node)).first(k);
  }
}
