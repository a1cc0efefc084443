package io.hashring.bench.peer;

import io.hashring.HashRing;
import java.util.Collection;
import java.util.List;

/**
 * This library: an immutable {@link HashRing}, with all settings but points and probes at their
 * defaults.
 */
final class HashRingRing extends Ring<String> {

  private final HashRing<String> ring;

  HashRingRing(Collection<String> nodes, int pointsPerNode, int probes) {
    this(HashRing.builder()
        .pointsPerNode(pointsPerNode)
        .probes(probes)
        .addAll(nodes)
        .build());
  }

  private HashRingRing(HashRing<String> ring) {
    this.ring = ring;
  }

  @Override
  public String locate(String key) {
    return ring.locate(key);
  }

  @Override
  public String locate(byte[] key) {
    return ring.locate(key);
  }

  @Override
  public void locateAll(String[] keys, String[] owners) {
    ring.locateAll(keys, owners);
  }

  @Override
  public String locateAt(long hash) {
    return ring.locateAt(hash);
  }

  @Override
  public List<String> preferenceList(String key, int n) {
    return ring.preferenceList(key).first(n);
  }

  @Override
  public HashRingRing with(Collection<String> added) {
    return new HashRingRing(ring.change(change -> added.forEach(change::set)));
  }

  @Override
  public HashRingRing without(Collection<String> removed) {
    return new HashRingRing(ring.change(change -> removed.forEach(change::remove)));
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
