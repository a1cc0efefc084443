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

/** The arithmetic of bounds, against exact rational numbers. */
final class CapacityTest {

  private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

  @Provide
  Arbitrary<Double> factors() {
    return Arbitraries.frequencyOf(
        Tuple.of(
            3, Arbitraries.of(Math.nextUp(1.0), 1 + 0x1p-40, 1.01, 1.1, 1.25, 1.3, 1.5, 2.0, 3.0)),
        Tuple.of(2, Arbitraries.doubles().between(1, false, 4, true)),
        Tuple.of(1, Arbitraries.of(1e9, 1e30, Double.MAX_VALUE)));
  }

  @Provide
  Arbitrary<List<Double>> weights() {
    Arbitrary<Double> weight = Arbitraries.frequencyOf(
        Tuple.of(4, Arbitraries.of(1.0, 1.0, 2.0, 3.0, 0.1, 0.7)),
        Tuple.of(1, Arbitraries.just(0.0)),
        Tuple.of(2, Arbitraries.doubles().between(0, false, 12, true)),
        Tuple.of(1, Arbitraries.of(1e-30, 1e-9, 1e9, 1e30)));
    return weights(weight);
  }

  private static Arbitrary<List<Double>> weights(Arbitrary<Double> weight) {
    return weight
        .list()
        .ofMinSize(1)
        .ofMaxSize(20)
        .filter(all -> all.stream().anyMatch(w -> w > 0));
  }

  /** Small numbers and the ends of all numbers, so that quotients are whole or nearly so. */
  @Provide
  Arbitrary<Long> totals() {
    return Arbitraries.frequencyOf(
        Tuple.of(3, Arbitraries.longs().between(1, 300)),
        Tuple.of(2, Arbitraries.longs().between(1, 1L << 31)),
        Tuple.of(1, Arbitraries.longs().between(1, Long.MAX_VALUE)),
        Tuple.of(1, Arbitraries.of(1L << 52, (1L << 53) + 1, Long.MAX_VALUE - 1, Long.MAX_VALUE)));
  }

  @Property(seed = "1", tries = 3000)
  void bound_anyWeights_isTheExactOne(
      @ForAll("factors") double factor,
      @ForAll("weights") List<Double> weights,
      @ForAll("totals") long total) {
    assertExact(factor, weights, total);
  }

  @Provide
  Arbitrary<List<Double>> extremeWeights() {
    return weights(Arbitraries.of(
        Double.MIN_VALUE, Double.MIN_NORMAL, 1e-300, 1.0, 3.0, 1e300, Double.MAX_VALUE, 0.0));
  }

  @Property(seed = "2", tries = 500)
  void bound_weightsAtTheEndsOfTheDoubles_isTheExactOne(
      @ForAll("factors") double factor,
      @ForAll("extremeWeights") List<Double> weights,
      @ForAll("totals") long total) {
    assertExact(factor, weights, total);
  }

  private static void assertExact(double factor, List<Double> weights, long total) {
    Capacity capacity = capacity(factor, 0, weights);
    for (double weight : weights) {
      long bound = capacity.bound(weight, total);
      if (weight == 0) {
        assertThat(bound).isZero();
        continue;
      }
      assertThat(BigInteger.valueOf(bound))
          .isPositive()
          .isEqualTo(exact(factor, weights, weight, total).min(MOST));
      double share = capacity.share(weight);
      assertThat(capacity.allows(weight, share, bound, total)).isTrue();
      if (bound < Long.MAX_VALUE) {
        assertThat(capacity.allows(weight, share, bound + 1, total)).isFalse();
      }
    }
  }

  /** So that not all nodes are full before a lease is placed. */
  @Property(seed = "3", tries = 1000)
  void bounds_ofAll_addUpToTheTotalAtLeast(
      @ForAll("factors") double factor,
      @ForAll("weights") List<Double> weights,
      @ForAll("totals") long total) {
    assertThat(sum(factor, weights, total)).isGreaterThanOrEqualTo(BigInteger.valueOf(total));
  }

  /** Where shares are whole but for the factor's last bit, and nothing is left to round up. */
  @Example
  void bounds_smallestFactor_addUpToMoreThanTheTotal() {
    for (int n = 1; n <= 64; n++) {
      List<Double> weights = Stream.generate(() -> 1.0).limit(n).toList();
      for (long total = 1; total < 300; total++) {
        assertThat(sum(Math.nextUp(1.0), weights, total)).isGreaterThan(BigInteger.valueOf(total));
      }
    }
  }

  @Example
  void bound_manyNodes_isTheExactOne() {
    Random random = new Random(3);
    List<Double> weights =
        Stream.generate(() -> random.nextDouble() * 3 + 0x1p-30).limit(100_000).toList();
    Capacity capacity = capacity(1.001, 0, weights);
    BigDecimal sum = sum(weights);
    for (long total : new long[] {1, 99_999, 100_000, 1_000_000_007}) {
      assertThat(sum(1.001, weights, total)).isGreaterThanOrEqualTo(BigInteger.valueOf(total));
      for (int i = 0; i < 1000; i++) {
        BigInteger exact = ceil(
            decimal(1.001).multiply(BigDecimal.valueOf(total)).multiply(decimal(weights.get(i))),
            sum);
        assertThat(capacity.bound(weights.get(i), total)).isEqualTo(exact.longValueExact());
      }
    }
  }

  /** The double 1.1 is a little more, and so are products in doubles. */
  @Example
  void bound_decimalFactor_isThatOfTheDecimal() {
    assertThat(capacity(1.1, 0, List.of(2.0)).bound(2, 100)).isEqualTo(110);
    assertThat(Math.ceil(1.1 * 100)).isEqualTo(111);
    assertThat(capacity(1.05, 0, List.of(3.0, 7.5)).bound(3, 3000)).isEqualTo(900);
    assertThat(capacity(1.1, 0, List.of(0.1, 0.2)).bound(0.1, 30)).isEqualTo(11);
    // six digits behind the point are not enough for these
    assertThat(capacity(1.1, 0, List.of(0.0000001, 0.0000002)).bound(0.0000001, 30))
        .isEqualTo(11);
    // and this one is no decimal
    assertThat(capacity(Math.nextUp(1.1), 0, List.of(2.0)).bound(2, 100)).isEqualTo(111);
  }

  @Example
  void bound_floor_isTheLeast() {
    Capacity capacity = capacity(1.25, 8, List.of(1.0, 3.0, 0.0));

    assertThat(capacity.bound(1, 16)).isEqualTo(8);
    assertThat(capacity.bound(3, 16)).isEqualTo(15);
    assertThat(capacity.bound(1, 32)).isEqualTo(10);
    assertThat(capacity.bound(0, 32)).isZero();
  }

  @Example
  void hasRoom_severalUnits_fitOrAreLargerThanEveryBound() {
    Capacity capacity = capacity(1.5, 0, List.of(1.0, 3.0));
    double light = capacity.share(1);
    double heavy = capacity.share(3);

    // a total of 16, bounds 6 and 18
    assertThat(capacity.hasRoom(1, light, 2, 12, 4)).isTrue();
    assertThat(capacity.hasRoom(1, light, 3, 12, 4)).isFalse();
    assertThat(capacity.hasRoom(3, heavy, 14, 14, 2)).isTrue();
    // a total of 100, bounds of 75 each; 80 are more
    Capacity even = capacity(1.5, 0, List.of(1.0, 1.0));
    double half = even.share(1);
    assertThat(even.hasRoom(1, half, 0, 20, 80)).isTrue();
    assertThat(even.hasRoom(1, half, 20, 20, 80)).isTrue();
    assertThat(even.hasRoom(1, half, 60, 74, 26)).isFalse();
    // a total of 200, bounds of 150; 160 are more, and a node that has 150 is full
    assertThat(even.hasRoom(1, half, 149, 40, 160)).isTrue();
    assertThat(even.hasRoom(1, half, 150, 40, 160)).isFalse();
  }

  private static Capacity capacity(double factor, long floor, List<Double> weights) {
    return new Capacity(
        factor, floor, weights.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private static BigInteger sum(double factor, List<Double> weights, long total) {
    Capacity capacity = capacity(factor, 0, weights);
    return weights.stream()
        .map(weight -> BigInteger.valueOf(capacity.bound(weight, total)))
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  /** {@code ceil(c · t · w / W)} without rounding. */
  private static BigInteger exact(double factor, List<Double> weights, double weight, long total) {
    return ceil(
        decimal(factor).multiply(BigDecimal.valueOf(total)).multiply(decimal(weight)),
        sum(weights));
  }

  /** What a double is written as, if that has no more than 15 digits, else what it is. */
  private static BigDecimal decimal(double value) {
    BigDecimal written = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    return written.precision() <= 15 && value >= Double.MIN_NORMAL
        ? written
        : new BigDecimal(value);
  }

  private static BigDecimal sum(List<Double> weights) {
    return weights.stream().map(CapacityTest::decimal).reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private static BigInteger ceil(BigDecimal dividend, BigDecimal divisor) {
    BigDecimal[] quotient = dividend.divideAndRemainder(divisor);
    BigInteger whole = quotient[0].toBigIntegerExact();
    return quotient[1].signum() > 0 ? whole.add(BigInteger.ONE) : whole;
  }
}
