package io.hashring;

import io.hashring.hash.HashFunction;
import io.hashring.placement.Placement;
import io.hashring.placement.Placements;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.stream.LongStream;
import org.apache.commons.statistics.distribution.BinomialDistribution;
import org.apache.commons.statistics.distribution.ChiSquaredDistribution;

/**
 * How a hash function of keys compares with a random one, by p-values: how probable it is that a
 * random function is as uneven, or as far from changing each bit half of the time.
 *
 * @param bits how many upper bits of a position it fills
 * @param numbered that the positions of numbered keys are spread over the circle as evenly
 * @param addresses the same of addresses
 * @param random the same of random keys
 * @param points the same of the points of numbered nodes under placement v1
 * @param avalanche that of all pairs of a bit of a key and one of its position none is farther from
 *     changing together half of the time
 * @param bias how far from half the farthest pair is
 */
record HashQuality(
    HashFunction function,
    int bits,
    double numbered,
    double addresses,
    double random,
    double points,
    double avalanche,
    double bias) {

  static final int KEYS = 1 << 16;
  static final int ARCS = 1 << 8;
  static final int FLIPS = 1 << 10;

  /** Each way in which XXH3 takes a text has one. */
  static final List<Integer> LENGTHS = List.of(3, 8, 16, 20, 24, 40);

  /** Of ASCII, so that a key with one of them changed is a key of as many bytes. */
  private static final int BITS_PER_CHARACTER = 7;

  static HashQuality of(HashFunction function) {
    Random seeded = new Random(1);
    long[] ofRandom = positions(function, i -> Long.toHexString(seeded.nextLong()));
    Avalanche avalanche = new Avalanche(function);
    LENGTHS.forEach(avalanche::tryLength);
    return new HashQuality(
        function,
        Long.SIZE - Long.numberOfTrailingZeros(avalanche.all),
        spread(positions(function, i -> "user:" + i)),
        spread(positions(function, i -> "10.0." + (i >> 8) + "." + (i & 0xFF) + ":8080")),
        spread(ofRandom),
        spread(pointsOfNodes(function)),
        avalanche.probability(),
        avalanche.bias());
  }

  private static long[] positions(HashFunction function, IntFunction<String> key) {
    return LongStream.range(0, KEYS).map(i -> function.hash(key.apply((int) i))).toArray();
  }

  private static long[] pointsOfNodes(HashFunction function) {
    int perNode = 256;
    Placement placement = Placements.v1(function, perNode);
    return LongStream.range(0, KEYS / perNode)
        .flatMap(i -> LongStream.of(placement.points("server-" + i, 1)))
        .toArray();
  }

  /** The p-value of a G-test: 2 Σ O ln(O / E) over equal arcs follows χ². */
  private static double spread(long[] positions) {
    int[] counts = new int[ARCS];
    for (long position : positions) {
      counts[(int) (position >>> (Long.SIZE - Integer.numberOfTrailingZeros(ARCS)))]++;
    }
    double expected = (double) positions.length / ARCS;
    double g = 0;
    for (int count : counts) {
      g += count == 0 ? 0 : 2 * count * Math.log(count / expected);
    }
    return ChiSquaredDistribution.of(ARCS - 1).survivalProbability(g);
  }

  /** What the function fails, of the tests here; empty if nothing. */
  List<String> failures() {
    List<String> failures = new ArrayList<>();
    forEachTest((name, p) -> {
      if (p < ErrorRate.OF_ONE) {
        failures.add(name);
      }
    });
    return failures;
  }

  interface TestVisitor {
    void visit(String name, double p);
  }

  void forEachTest(TestVisitor visitor) {
    visitor.visit("numbered keys", numbered);
    visitor.visit("addresses", addresses);
    visitor.visit("random keys", random);
    visitor.visit("points", points);
    visitor.visit("avalanche", avalanche);
  }

  /** Flips each bit of random keys and counts which bits of the position change with it. */
  private static final class Avalanche {
    private final HashFunction function;
    private final Random random = new Random(2);

    /** How often each pair changed together, for each bit of a key of each length. */
    private final List<int[]> counts = new ArrayList<>();

    /** All bits that were ever set. */
    private long all;

    Avalanche(HashFunction function) {
      this.function = function;
    }

    void tryLength(int length) {
      SlicedCounts[] changes = new SlicedCounts[length * BITS_PER_CHARACTER];
      for (int i = 0; i < changes.length; i++) {
        changes[i] = new SlicedCounts();
      }
      char[] key = new char[length];
      for (int flip = 0; flip < FLIPS; flip++) {
        for (int i = 0; i < length; i++) {
          key[i] = (char) random.nextInt(1 << BITS_PER_CHARACTER);
        }
        long position = function.hash(new String(key));
        all |= position;
        for (int i = 0; i < changes.length; i++) {
          char kept = key[i / BITS_PER_CHARACTER];
          key[i / BITS_PER_CHARACTER] ^= (char) (1 << (i % BITS_PER_CHARACTER));
          changes[i].add(position ^ function.hash(new String(key)));
          key[i / BITS_PER_CHARACTER] = kept;
        }
      }
      for (SlicedCounts change : changes) {
        counts.add(change.counts());
      }
    }

    double bias() {
      double[] bias = new double[1];
      forEachPair(count -> bias[0] = Math.max(bias[0], Math.abs((double) count / FLIPS - 0.5)));
      return bias[0];
    }

    /** Of the farthest pair, times the number of pairs. */
    double probability() {
      int[] farthest = new int[1];
      int[] pairs = new int[1];
      forEachPair(count -> {
        farthest[0] = Math.max(farthest[0], Math.abs(count - FLIPS / 2));
        pairs[0]++;
      });
      BinomialDistribution changes = BinomialDistribution.of(FLIPS, 0.5);
      double tail = changes.cumulativeProbability(FLIPS / 2 - farthest[0]);
      return Math.min(1, 2 * tail * pairs[0]);
    }

    private void forEachPair(IntConsumer count) {
      for (int[] ofBit : counts) {
        for (int bit = Long.numberOfTrailingZeros(all); bit < Long.SIZE; bit++) {
          count.accept(ofBit[bit]);
        }
      }
    }
  }

  /** Counts for each of 64 bits how often it is set: the i-th number has the i-th digits. */
  private static final class SlicedCounts {
    private final long[] digits = new long[Integer.SIZE];

    void add(long bits) {
      long carry = bits;
      for (int i = 0; carry != 0; i++) {
        long next = digits[i] & carry;
        digits[i] ^= carry;
        carry = next;
      }
    }

    int[] counts() {
      int[] counts = new int[Long.SIZE];
      for (int bit = 0; bit < counts.length; bit++) {
        for (int i = 0; i < digits.length; i++) {
          counts[bit] += (int) (digits[i] >>> bit & 1) << i;
        }
      }
      return counts;
    }
  }
}
