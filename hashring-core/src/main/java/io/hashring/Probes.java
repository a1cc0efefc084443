package io.hashring;

import io.hashring.internal.SplitMix64;
import java.util.Arrays;

/** The hashes of a key that compete in a lookup of several probes. */
final class Probes {

  private Probes() {}

  /**
   * A probe. The first is the hash itself; the others are the outputs of SplitMix64 started there,
   * so a key is hashed once, and its probes are as good as independent.
   */
  static long probe(long hash, int i) {
    return i == 0 ? hash : SplitMix64.mix(hash + i * SplitMix64.GAMMA);
  }

  /** The first {@code k} probes. */
  static long[] of(long hash, int k) {
    long[] probes = new long[k];
    for (int i = 0; i < k; i++) {
      probes[i] = probe(hash, i);
    }
    return probes;
  }

  /**
   * The share of the keys that each arc wins: with one probe its length; with {@code k}, the chance
   * that the nearest of {@code k} independent probes lies on it.
   *
   * <p>Let G(d) be the chance that a probe is farther than d from the next point, which is the sum
   * of what the arcs have beyond d. The probe that wins at distance d has k places among the
   * others, which are all farther, so an arc of length x wins the integral of k G(d)^(k-1) from 0
   * to x. Between the lengths of two arcs, G is a straight line whose slope is the number of longer
   * arcs, and there the integral is the difference of G^k over that number.
   *
   * @param lengths of the arcs, as parts of the circle
   */
  static double[] shares(double[] lengths, int k) {
    if (k == 1) {
      return lengths.clone();
    }
    double[] sorted = lengths.clone();
    Arrays.sort(sorted);
    double[] won = new double[sorted.length];
    double sum = 0;
    double previous = 0;
    double farther = Arrays.stream(sorted).sum();
    for (int i = 0; i < sorted.length; i++) {
      int longer = sorted.length - i;
      double next = Math.max(0, farther - longer * (sorted[i] - previous));
      sum += (Math.pow(farther, k) - Math.pow(next, k)) / longer;
      won[i] = sum;
      previous = sorted[i];
      farther = next;
    }
    return Arrays.stream(lengths)
        .map(length -> won[Arrays.binarySearch(sorted, length)])
        .toArray();
  }
}
