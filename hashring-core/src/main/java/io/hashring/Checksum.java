package io.hashring;

import static io.hashring.internal.SplitMix64.mix;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;

/**
 * The checksum of a ring: a sum, modulo 2^64, of one term for the hash of keys and one for each
 * member. A sum knows no order, and a change needs only the terms of the members that changed.
 *
 * <p>A member's term covers its id, its weight and the positions that it really claims, so equal
 * checksums say that the points agree and not only the settings from which they were meant to
 * follow. {@code docs/placement.md} gives the formula and vectors.
 */
final class Checksum {

  private static final HashFunction XXH3 = HashFunctions.xxh3_64();

  /** A text that comes out differently under another hash and under another encoding. */
  private static final String PROBE = "hashring £ € 𝄞 ";

  /** So many that hash functions of a single bit still come out differently. */
  private static final int PROBES = 64;

  private Checksum() {}

  static long ofKeyFunction(HashFunction keyFunction) {
    long sum = 0;
    for (int i = 0; i < PROBES; i++) {
      sum = mix(sum ^ keyFunction.hash((PROBE + i).getBytes(UTF_8)));
    }
    return sum;
  }

  static long ofMember(String id, double weight, long[] points) {
    long m = mix(XXH3.hash(id) ^ Double.doubleToLongBits(weight));
    long sum = m;
    for (long point : points) {
      sum += mix(m ^ point);
    }
    return sum;
  }

  /** The term of a member where the order of adding counts, given its term where it does not. */
  static long ofMemberAt(int index, long member) {
    return mix(member + index);
  }

  /** The term of a number of probes, which is nothing for one. */
  static long ofProbes(int probes) {
    return probes == 1 ? 0 : mix(probes);
  }
}
