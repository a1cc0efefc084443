package io.hashring.bench.peer;

import java.util.Collection;
import java.util.Set;
import org.ishugaliy.allgood.consistent.hash.HashRing;
import org.ishugaliy.allgood.consistent.hash.node.SimpleNode;

/**
 * allgood-consistent-hash 1.0.0 with its default hasher (murmur3) and {@code partitionRate} points
 * per node: a mutable tree behind a fair read-write lock. Its lists of nodes are sets without
 * order.
 */
final class AllgoodRing extends Ring<SimpleNode> {

  private final HashRing<SimpleNode> ring;

  AllgoodRing(Collection<String> nodes, int pointsPerNode) {
    ring = HashRing.<SimpleNode>newBuilder()
        .name("bench")
        .partitionRate(pointsPerNode)
        .build();
    with(nodes);
  }

  @Override
  public SimpleNode locate(String key) {
    return ring.locate(key).orElseThrow();
  }

  @Override
  public Set<SimpleNode> preferenceList(String key, int n) {
    return ring.locate(key, n);
  }

  @Override
  public AllgoodRing with(Collection<String> added) {
    ring.addAll(added.stream().map(SimpleNode::of).toList());
    return this;
  }

  @Override
  public AllgoodRing without(Collection<String> removed) {
    removed.forEach(node -> ring.remove(SimpleNode.of(node)));
    return this;
  }

  @Override
  public String name(SimpleNode node) {
    return node.getKey();
  }

  @Override
  public Object structure() {
    return ring;
  }
}
