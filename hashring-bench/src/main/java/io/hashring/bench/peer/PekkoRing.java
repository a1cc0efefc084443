package io.hashring.bench.peer;

import java.util.Collection;
import org.apache.pekko.routing.ConsistentHash;

/**
 * Apache Pekko 1.7.0, {@code ConsistentHash.create} with {@code virtualNodesFactor} points per
 * node: an immutable ring of 32-bit positions, which takes and loses one node at a time.
 */
final class PekkoRing extends Ring<String> {

  private final ConsistentHash<String> ring;

  PekkoRing(Collection<String> nodes, int pointsPerNode) {
    this(ConsistentHash.create(nodes, pointsPerNode));
  }

  private PekkoRing(ConsistentHash<String> ring) {
    this.ring = ring;
  }

  @Override
  public String locate(String key) {
    return ring.nodeFor(key);
  }

  @Override
  public String locate(byte[] key) {
    return ring.nodeFor(key);
  }

  @Override
  public PekkoRing with(Collection<String> added) {
    ConsistentHash<String> grown = ring;
    for (String node : added) {
      grown = grown.add(node);
    }
    return new PekkoRing(grown);
  }

  @Override
  public PekkoRing without(Collection<String> removed) {
    ConsistentHash<String> rest = ring;
    for (String node : removed) {
      rest = rest.remove(node);
    }
    return new PekkoRing(rest);
  }

  @Override
  public String name(String node) {
    return node;
  }

  @Override
  public Object structure() {
    return ring;
  }
}
