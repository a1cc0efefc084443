package io.hashring.bench.peer;

import io.grpc.xds.RingHashRing;
import java.util.Arrays;
import java.util.Collection;

/**
 * Everything that is measured: this library, baselines that anyone would write, and other
 * libraries.
 */
public enum Peer {
  HASHRING("hashring", "hashring", (nodes, points) -> new HashRingRing(nodes, points, 1)),
  FIVE_PROBES(
      "five-probes", "hashring, 5 probes", (nodes, points) -> new HashRingRing(nodes, points, 5)),
  TREE_MAP("treemap", "TreeMap + Guava murmur3", TreeMapRing::new),
  SORTED_ARRAY("sorted-array", "sorted array + XXH3", SortedArrayRing::new),
  PEKKO("pekko", "Pekko ConsistentHash", PekkoRing::new),
  GRPC("grpc", "grpc-java ring_hash", RingHashRing::new),
  KETAMA("ketama", "spymemcached ketama", KetamaRing::new),
  ALLGOOD("allgood", "allgood-consistent-hash", AllgoodRing::new),
  JEDIS("jedis", "Jedis Sharded", JedisRing::new),
  GUAVA("guava", "Guava consistentHash", (nodes, points) -> new GuavaBuckets(nodes)),
  JUMP_BACK("jumpback", "hash4j JumpBack", (nodes, points) -> new JumpBackBuckets(nodes)),
  JUMP_BACK_ANCHOR(
      "jumpback-anchor", "hash4j JumpBackAnchor", (nodes, points) -> new JumpBackAnchorRing(nodes)),
  CHOOSE_K("choose-k", "ConsistentChooseK", (nodes, points) -> new ChooseKRing(nodes)),
  RENDEZVOUS("rendezvous", "weighted rendezvous", (nodes, points) -> new RendezvousRing(nodes));

  private final String label;
  private final String title;

  @SuppressWarnings("ImmutableEnumChecker") // constructors hold nothing
  private final Factory factory;

  Peer(String label, String title, Factory factory) {
    this.label = label;
    this.title = title;
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

  /** The name that its users know it by. */
  public String title() {
    return title;
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
