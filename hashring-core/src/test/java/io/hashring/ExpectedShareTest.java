package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.interop.InteropFunctions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.commons.statistics.distribution.BetaDistribution;
import org.apache.commons.statistics.distribution.ChiSquaredDistribution;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Law 5. The shares are exact sums of arcs and not counts of keys. If the k points of a node and
 * the T − k of all others are independent and uniform on the circle, then the node's share follows
 * the distribution Beta(k, T − k), of mean k/T = w/W. α is that of {@link ErrorRate} for each test;
 * the seeds are fixed, so that it fails always or never.
 */
final class ExpectedShareTest {

  private static final double CIRCLE = 0x1p64;

  /** Three for each case of joins, eight beside these. */
  static final int TESTS = 26;

  /** For a two-sided z-test. */
  private static final double Z =
      NormalDistribution.of(0, 1).inverseSurvivalProbability(ErrorRate.OF_ONE / 2);

  /** For a Kolmogorov–Smirnov test, asymptotically: sqrt(−ln(α / 2) / 2). */
  private static final double KOLMOGOROV = Math.sqrt(-Math.log(ErrorRate.OF_ONE / 2) / 2);

  private static final int RINGS = 2000;
  private static final int POINTS_PER_NODE = 20;

  record Join(HashFunction hash, double[] weights, double weight) {
    @Override
    public String toString() {
      return "%s: %s join %s".formatted(hash, weight, Arrays.toString(weights));
    }
  }

  static Stream<Join> joins() {
    return Stream.of(
        new Join(HashFunctions.xxh3_64(), new double[] {1}, 1),
        new Join(HashFunctions.xxh3_64(), new double[] {1, 1, 1, 1, 1, 1, 1, 1, 1}, 1),
        new Join(HashFunctions.xxh3_64(), new double[] {0.5, 1, 2, 4}, 2.5),
        new Join(HashFunctions.xxh3_64(), new double[] {3, 0, 0.05}, 0.05),
        new Join(HashFunctions.murmur3_128(), new double[] {1, 1, 1}, 1),
        new Join(InteropFunctions.md5(), new double[] {1, 1, 1}, 2));
  }

  /** Three tests of each case. */
  @ParameterizedTest
  @MethodSource("joins")
  void law5_expectedRemapOfAJoinIsItsShareOfTheNewTotal(Join join) {
    Random random = new Random(5);
    double[] moved = new double[RINGS];
    double[] back = new double[RINGS];
    for (int i = 0; i < RINGS; i++) {
      HashRing.Builder<String> builder =
          HashRing.builder().hashFunction(join.hash).pointsPerNode(POINTS_PER_NODE);
      for (double weight : join.weights) {
        builder.add(name(random), weight);
      }
      HashRing<String> before = builder.build();
      String joiner = name(random);
      HashRing<String> after = before.with(joiner, join.weight);
      moved[i] = moved(before, after);
      back[i] = moved(after, after.without(joiner));
    }

    double total = join.weight + Arrays.stream(join.weights).sum();
    assertThat(back).isEqualTo(moved);
    assertThatSharesFit(moved, join.weight / total, Math.round(total * POINTS_PER_NODE));
  }

  /** Three tests. */
  @Test
  void law5_expectedShareIsTheShareOfTheWeight() {
    Random random = new Random(55);
    double[] shares = new double[RINGS];
    for (int i = 0; i < RINGS; i++) {
      String name = name(random);
      HashRing<String> ring = HashRing.builder()
          .pointsPerNode(POINTS_PER_NODE)
          .add(name, 1.5)
          .add(name(random))
          .add(name(random), 2.5)
          .build();
      shares[i] = shares(ring).get(name);
    }

    assertThatSharesFit(shares, 1.5 / 5, 5 * POINTS_PER_NODE);
  }

  /** Similar names are the usual ones. Three tests. */
  @Test
  void law5_numberedNamesShareLikeRandomOnes() {
    double[] shares = new double[RINGS];
    for (int i = 0; i < RINGS; i++) {
      HashRing<String> ring = HashRing.builder()
          .pointsPerNode(POINTS_PER_NODE)
          .add("10.0.0." + 4 * i + ":8080")
          .add("10.0.0." + (4 * i + 1) + ":8080")
          .add("10.0.0." + (4 * i + 2) + ":8080")
          .add("10.0.0." + (4 * i + 3) + ":8080")
          .build();
      shares[i] = shares(ring).get("10.0.0." + 4 * i + ":8080");
    }

    assertThatSharesFit(shares, 0.25, 4 * POINTS_PER_NODE);
  }

  /**
   * The z-test of the mean, the z-test of the variance, and the Kolmogorov–Smirnov test against
   * Beta(k, T − k): the remap has the right expectation, and is as concentrated as the number of
   * points says.
   */
  private static void assertThatSharesFit(double[] shares, double mean, long allPoints) {
    int n = shares.length;
    double t = allPoints;
    double a = mean * t;
    double b = t - a;
    double variance = a * b / (t * t * (t + 1));
    double excess =
        6 * ((a - b) * (a - b) * (t + 1) - a * b * (t + 2)) / (a * b * (t + 2) * (t + 3));

    double sampleMean = Arrays.stream(shares).average().orElseThrow();
    double z = (sampleMean - mean) / Math.sqrt(variance / n);
    assertThat(z).as("z of the mean share %s", sampleMean).isBetween(-Z, Z);

    double sampleVariance =
        Arrays.stream(shares).map(s -> (s - mean) * (s - mean)).average().orElseThrow();
    double zOfVariance = (sampleVariance / variance - 1) / Math.sqrt((excess + 2) / n);
    assertThat(zOfVariance).as("z of the variance %s", sampleVariance).isBetween(-Z, Z);

    double[] sorted = shares.clone();
    Arrays.sort(sorted);
    double distance = 0;
    BetaDistribution beta = BetaDistribution.of(Math.round(a), Math.round(b));
    for (int i = 0; i < n; i++) {
      double expected = beta.cumulativeProbability(sorted[i]);
      distance = Math.max(distance, expected - (double) i / n);
      distance = Math.max(distance, (double) (i + 1) / n - expected);
    }
    assertThat(distance * Math.sqrt(n)).as("Kolmogorov–Smirnov").isLessThan(KOLMOGOROV);
  }

  /** In one ring, every share lies where its distribution puts all but α of such rings. */
  @Test
  void law5_everyShareOfOneRingIsConcentrated() {
    int nodes = 100;
    HashRing.Builder<String> builder = HashRing.builder();
    for (int i = 0; i < nodes; i++) {
      builder.add("server-" + i);
    }
    HashRing<String> ring = builder.build();
    int points = HashRing.DEFAULT_POINTS_PER_NODE;
    double tail = ErrorRate.OF_ONE / (2 * nodes);
    BetaDistribution beta = BetaDistribution.of(points, (nodes - 1.0) * points);

    Map<String, Double> shares = shares(ring);
    assertThat(shares).hasSize(nodes);
    shares.forEach((node, share) -> assertThat(beta.cumulativeProbability(share))
        .as("quantile of the share %s of %s", share, node)
        .isBetween(tail, 1 - tail));
  }

  /** Keys fall as the arcs say: a χ² test. */
  @Test
  void law5_keysFollowTheShares() {
    HashRing<String> ring = HashRing.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k");
    int keys = 200_000;
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < keys; i++) {
      counts.merge(ring.locate("user:" + i), 1, Integer::sum);
    }

    double chiSquare = 0;
    for (var share : shares(ring).entrySet()) {
      double expected = keys * share.getValue();
      chiSquare += Math.pow(counts.get(share.getKey()) - expected, 2) / expected;
    }
    double p = ChiSquaredDistribution.of(ring.nodes().size() - 1.0).survivalProbability(chiSquare);
    assertThat(p).as("p of χ² = %s", chiSquare).isGreaterThan(ErrorRate.OF_ONE);
  }

  private static Map<String, Double> shares(HashRing<String> ring) {
    Map<String, Double> shares = new HashMap<>();
    long from = ring.points().lastKey();
    for (var point : ring.points().entrySet()) {
      shares.merge(point.getValue(), arc(from, point.getKey()), Double::sum);
      from = point.getKey();
    }
    return shares;
  }

  private static double moved(HashRing<String> before, HashRing<String> after) {
    TreeSet<Long> points = new TreeSet<>(Long::compareUnsigned);
    points.addAll(before.points().keySet());
    points.addAll(after.points().keySet());
    double moved = 0;
    long from = points.last();
    for (long to : points) {
      if (!before.locateAt(to).equals(after.locateAt(to))) {
        moved += arc(from, to);
      }
      from = to;
    }
    return moved;
  }

  /** The length of (from, to] as a part of the circle. */
  private static double arc(long from, long to) {
    double length = ((to - from) >>> 1) * 2.0 + ((to - from) & 1);
    return length / CIRCLE;
  }

  private static String name(Random random) {
    return Long.toUnsignedString(random.nextLong(), 36);
  }
}
