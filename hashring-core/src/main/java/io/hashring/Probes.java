package io.hashring;

/** The hashes of a key that compete in a lookup of several probes. */
final class Probes {

  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private Probes() {}

  /**
   * A probe. The first is the hash itself; the others are the outputs of SplitMix64 started there, so
   * a key is hashed once, and its probes are as good as independent.
   */
  static long probe(long hash, int i) {
    return i == 0 ? hash : Checksum.mix64(hash + i * GOLDEN_GAMMA);
  }

  /** The first {@code k} probes. */
  static long[] of(long hash, int k) {
    long[] probes = new long[k];
    for (int i = 0; i < k; i++) {
      probes[i] = probe(hash, i);
    }
    return probes;
  }
}
