package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.LongRange;

/** The arithmetic of bounds, against exact rational numbers. */
final class QuotaTest {

  @Provide
  Arbitrary<Double> factors() {
    return Arbitraries.frequencyOf(
        Tuple.of(
            3, Arbitraries.of(Math.nextUp(1.0), 1 + 0x1p-40, 1.01, 1.1, 1.25, 1.3, 1.5, 2.0, 3.0)),
        Tuple.of(2, Arbitraries.doubles().between(1, false, 4, true)),
        Tuple.of(1, Arbitraries.of(1e9, 1e30)));
  }

  @Provide
  Arbitrary<List<Double>> weights() {
    Arbitrary<Double> weight = Arbitraries.frequencyOf(
        Tuple.of(4, Arbitraries.of(1.0, 1.0, 2.0, 3.0, 0.1, 0.7)),
        Tuple.of(1, Arbitraries.just(0.0)),
        Tuple.of(2, Arbitraries.doubles().between(0, false, 12, true)),
        Tuple.of(1, Arbitraries.of(1e-30, 1e-9, 1e9, 1e30)));
    return weight
        .list()
        .ofMinSize(1)
        .ofMaxSize(20)
        .filter(all -> all.stream().anyMatch(w -> w > 0));
  }

  @Property(seed = "1", tries = 5000)
  void bound_anyWeights_isNotAboveTheExactOneAndBelowOnlyByRounding(
      @ForAll("factors") double factor,
      @ForAll("weights") List<Double> weights,
      @ForAll @LongRange(min = 1, max = 1L << 31) long total) {
    Quota quota = Quota.of(factor, weights);
    for (double weight : weights) {
      long bound = Quota.bound(quota.share(weight), total);
      if (weight == 0) {
        assertThat(bound).isZero();
        continue;
      }
      assertThat(BigInteger.valueOf(bound))
          .isPositive()
          .isLessThanOrEqualTo(exact(factor, weights, weight, total, BigDecimal.ONE))
          .isGreaterThanOrEqualTo(exact(factor, weights, weight, total, new BigDecimal(1 - 0x1p-46))
              .min(BigInteger.valueOf(Long.MAX_VALUE)));
    }
  }

  /** So that not all nodes are full before a lease is placed. */
  @Property(seed = "2", tries = 5000)
  void bounds_ofAll_addUpToTheTotalAtLeast(
      @ForAll("factors") double factor,
      @ForAll("weights") List<Double> weights,
      @ForAll @LongRange(min = 1, max = 1L << 31) long total) {
    assertThat(sum(factor, weights, total)).isGreaterThanOrEqualTo(BigInteger.valueOf(total));
  }

  /** Where shares are whole but for the factor's last bit, and nothing is left to round up. */
  @Example
  void bounds_smallestFactor_addUpToTheTotalAtLeast() {
    for (int n = 1; n <= 64; n++) {
      List<Double> weights = Stream.generate(() -> 1.0).limit(n).toList();
      for (long total = 1; total < 300; total++) {
        assertThat(sum(Math.nextUp(1.0), weights, total))
            .isGreaterThanOrEqualTo(BigInteger.valueOf(total));
      }
    }
  }

  @Example
  void bounds_manyNodes_addUpToTheTotalAtLeastAndAreNotAboveTheExactOnes() {
    Random random = new Random(3);
    List<Double> weights =
        Stream.generate(() -> random.nextDouble() * 3 + 0x1p-30).limit(100_000).toList();
    Quota quota = Quota.of(1.001, weights);
    BigDecimal sum = sum(weights);
    for (long total : new long[] {1, 99_999, 100_000, 1_000_000_007}) {
      assertThat(sum(1.001, weights, total)).isGreaterThanOrEqualTo(BigInteger.valueOf(total));
      for (int i = 0; i < 1000; i++) {
        BigInteger exact = ceil(
            new BigDecimal(1.001)
                .multiply(BigDecimal.valueOf(total))
                .multiply(new BigDecimal(weights.get(i))),
            sum);
        assertThat(BigInteger.valueOf(Quota.bound(quota.share(weights.get(i)), total)))
            .isLessThanOrEqualTo(exact)
            .isGreaterThanOrEqualTo(exact.subtract(BigInteger.ONE));
      }
    }
  }

  @Example
  void bound_wholeQuotients_areExact() {
    Quota quota = Quota.of(1.25, List.of(1.0, 1.0, 2.0));

    assertThat(Quota.bound(quota.share(1), 16)).isEqualTo(5);
    assertThat(Quota.bound(quota.share(1), 17)).isEqualTo(6);
    assertThat(Quota.bound(quota.share(2), 16)).isEqualTo(10);
    assertThat(Quota.bound(quota.share(2), 17)).isEqualTo(11);
  }

  /** 1.1 stands for a double a little above it, whose product is a little above 110. */
  @Example
  void bound_decimalFactor_isThatOfTheDecimal() {
    assertThat(Quota.bound(Quota.of(1.1, List.of(2.0)).share(2), 100)).isEqualTo(110);
    assertThat(Math.ceil(1.1 * 100)).isEqualTo(111);
  }

  @Example
  void bound_weightsAtTheEndsOfTheDoubles_neitherOverflowsNorVanishes() {
    List<Double> weights = List.of(Double.MAX_VALUE, Double.MAX_VALUE, Double.MIN_VALUE, 1.0, 0.0);
    Quota quota = Quota.of(1.5, weights);

    assertThat(Quota.bound(quota.share(Double.MAX_VALUE), 8)).isEqualTo(6);
    assertThat(Quota.bound(quota.share(Double.MIN_VALUE), 8)).isEqualTo(1);
    assertThat(Quota.bound(quota.share(1), 8)).isEqualTo(1);
    assertThat(Quota.bound(quota.share(0), 8)).isZero();
    assertThat(Quota.bound(Quota.of(Double.MAX_VALUE, weights).share(Double.MAX_VALUE), 8))
        .isEqualTo(Long.MAX_VALUE);
  }

  private static BigInteger sum(double factor, List<Double> weights, long total) {
    Quota quota = Quota.of(factor, weights);
    return weights.stream()
        .map(weight -> BigInteger.valueOf(Quota.bound(quota.share(weight), total)))
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  /** {@code ceil(c · t · w / W · part)} without rounding. */
  private static BigInteger exact(
      double factor, List<Double> weights, double weight, long total, BigDecimal part) {
    return ceil(
        new BigDecimal(factor)
            .multiply(BigDecimal.valueOf(total))
            .multiply(new BigDecimal(weight))
            .multiply(part),
        sum(weights));
  }

  private static BigDecimal sum(List<Double> weights) {
    return weights.stream().map(BigDecimal::new).reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private static BigInteger ceil(BigDecimal dividend, BigDecimal divisor) {
    BigDecimal[] quotient = dividend.divideAndRemainder(divisor);
    BigInteger whole = quotient[0].toBigIntegerExact();
    return quotient[1].signum() > 0 ? whole.add(BigInteger.ONE) : whole;
  }
}
