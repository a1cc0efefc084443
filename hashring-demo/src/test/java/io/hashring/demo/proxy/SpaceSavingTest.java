package io.hashring.demo.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bounds of the sketch, against a count of everything. */
final class SpaceSavingTest {

  private static long zipf(Random random, int keys, double exponent) {
    // by inversion of the continuous law, which is near enough to have few keys that come often
    double u = random.nextDouble();
    double most = exponent == 1
        ? Math.pow(keys, u)
        : Math.pow(1 + u * (Math.pow(keys, 1 - exponent) - 1), 1 / (1 - exponent));
    return (long) most;
  }

  @ParameterizedTest
  @CsvSource({"8, 0", "8, 1", "8, 1.5", "128, 0", "128, 0.8", "128, 1", "128, 1.5", "1, 1"})
  void counts_areWithinTheirErrors_whateverTheStream(int k, double exponent) {
    Random random = new Random(Double.hashCode(exponent) + k);
    SpaceSaving sketch = new SpaceSaving(k);
    Map<Long, Double> exact = new HashMap<>();
    double all = 0;
    double weight = 1;
    for (int i = 0; i < 20_000; i++) {
      if (i % 1_000 == 999) {
        weight *= 1.5; // as time goes by
      }
      if (i % 7_000 == 6_999) {
        double factor = 1 / weight;
        sketch.scale(factor);
        exact.replaceAll((key, count) -> count * factor);
        all *= factor;
        weight = 1;
      }
      long key = zipf(random, 5_000, exponent);
      sketch.add(key, () -> "key" + key, weight);
      exact.merge(key, weight, Double::sum);
      all += weight;
      if (i % 500 == 0 || i == 19_999) {
        assertBounds(sketch, k, exact, all);
      }
    }
  }

  private static void assertBounds(SpaceSaving sketch, int k, Map<Long, Double> exact, double all) {
    double slack = all * 1e-9;
    List<SpaceSaving.Entry> entries = sketch.top(k);
    assertThat(entries).hasSize(Math.min(k, exact.size()));
    Set<Long> counted = new HashSet<>();
    double sum = 0;
    for (SpaceSaving.Entry entry : entries) {
      double truth = exact.getOrDefault(entry.id(), 0.0);
      assertThat(entry.text()).isEqualTo("key" + entry.id());
      assertThat(entry.count()).isGreaterThanOrEqualTo(truth - slack);
      assertThat(entry.count() - entry.error()).isLessThanOrEqualTo(truth + slack);
      assertThat(entry.error()).isBetween(0.0, all / k + slack);
      assertThat(counted.add(entry.id())).as("counted once").isTrue();
      sum += entry.count();
    }
    assertThat(sum).as("of all").isCloseTo(all, within(slack));
    exact.forEach((key, truth) -> {
      if (!counted.contains(key)) {
        assertThat(truth).as("not counted").isLessThanOrEqualTo(all / k + slack);
      }
    });
    assertThat(entries).isSortedAccordingTo((a, b) -> Double.compare(b.count(), a.count()));
  }

  @Test
  void top_hasAsManyAsAreAskedFor() {
    SpaceSaving sketch = new SpaceSaving(4);
    assertThat(sketch.top(2)).isEmpty();
    for (long key = 0; key < 3; key++) {
      String text = "k" + key;
      sketch.add(key, () -> text, key + 1);
    }
    assertThat(sketch.top(2))
        .containsExactly(
            new SpaceSaving.Entry(2, "k2", 3, 0), new SpaceSaving.Entry(1, "k1", 2, 0));
  }
}
