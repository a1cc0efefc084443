package io.hashring.bench.peer;

import io.grpc.xds.RingHashRing;
import java.util.Arrays;
import java.util.Collection;

/** Everything that is measured: this library, baselines that anyone would write, and other libraries. */
public enum Peer {
  HASHRING("hashring", HashRingRing::new),
  TREE_MAP("treemap", TreeMapRing::new),
  SORTED_ARRAY("sorted-array", SortedArrayRing::new),
  PEKKO("pekko", PekkoRing::new),
  GRPC("grpc", RingHashRing::new),
  KETAMA("ketama", KetamaRing::new),
  ALLGOOD("allgood", AllgoodRing::new),
  JEDIS("jedis", JedisRing::new),
  GUAVA("guava", (nodes, points) -> new GuavaBuckets(nodes)),
  JUMP_BACK("jumpback", (nodes, points) -> new JumpBackBuckets(nodes)),
  JUMP_BACK_ANCHOR("jumpback-anchor", (nodes, points) -> new JumpBackAnchorRing(nodes));

  private final String label;
  private final Factory factory;

  Peer(String label, Factory factory) {
    this.label = label;
    this.factory = factory;
  }

  /** The peer of a label, as benchmark parameters give it. */
  public static Peer of(String label) {
    return Arrays.stream(values())
        .filter(peer -> peer.label.equals(label))
        .findAny()
        .orElseThrow(() -> new IllegalArgumentException("unknown peer: " + label));
  }

  /** The name in parameters and reports. */
  public String label() {
    return label;
  }

  /** Whether nodes hold points, so that memory per point means something. */
  public boolean hasPoints() {
    return compareTo(GUAVA) < 0;
  }

  /**
   * Builds a ring.
   *
   * @param nodes distinct names, added in this order
   * @param pointsPerNode how many points a node holds, where it holds any
   */
  public Ring<?> ring(Collection<String> nodes, int pointsPerNode) {
    return factory.ring(nodes, pointsPerNode);
  }

  @Override
  public String toString() {
    return label;
  }

  @FunctionalInterface
  private interface Factory {
    Ring<?> ring(Collection<String> nodes, int pointsPerNode);
  }
}
