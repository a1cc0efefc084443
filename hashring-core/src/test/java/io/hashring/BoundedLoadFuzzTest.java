package io.hashring;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.hashring.BoundedLoad.Bound;
import io.hashring.BoundedLoadModelTest.Step;
import java.util.ArrayList;
import java.util.List;

/**
 * After any sequence of leases and changes of the ring, each lease is where the model has it. To
 * look for others: {@code ./mvnw -Pfuzz test -pl hashring-core -Dtest=BoundedLoadFuzzTest
 * -Dhashring.fuzz.seconds=600}.
 */
final class BoundedLoadFuzzTest {

  private static final int MAX_STEPS = 60;

  private static final List<Double> FACTORS =
      List.of(1.25, 1.000000000001, 1.0000001, 1.0625, 1.1, 1.5, 2.0, 3.33333333333333, 100.0);

  private static final List<Double> WEIGHTS =
      List.of(1.0, 0.0, 0.1, 0.25, 0.3, 0.333333333333333, 2.0, 5.5, 1e-3, 1e-7, 1234.5678, 5e3);

  private static final List<Long> UNITS = List.of(1L, 2L, 3L, 7L, 40L, 1000L, 1L << 40);

  private static final List<Long> FLOORS = List.of(0L, 1L, 2L, 5L, 1000L);

  private static final List<Long> LIMITS = List.of(Long.MAX_VALUE, 1L, 3L, 20L, 5000L);

  @FuzzTest
  void anySequence_agreesWithTheModel(byte[] input) {
    Choices choices = new Choices(input);
    double factor = choices.of(FACTORS);
    long floor = choices.of(FLOORS);
    long limit = Math.max(floor, choices.of(LIMITS));
    List<Step> steps = new ArrayList<>();
    while (choices.areLeft() && steps.size() < MAX_STEPS) {
      steps.add(step(choices));
    }
    BoundedLoadModel model = new BoundedLoadModel(factor, floor, limit);
    ConcurrentHashRing<Node> ring = ConcurrentHashRing.of(model.ring);
    Bound bound = Bound.factor(factor).atLeast(floor).atMost(limit);
    BoundedLoadModelTest.run(model, ring, BoundedLoad.of(ring, bound), steps);
  }

  private static Step step(Choices choices) {
    return switch (choices.below(10)) {
      case 0, 1, 2 -> new Step.Acquire(choices.below(4), choices.of(UNITS));
      case 3, 4 -> new Step.AcquireAmong(choices.below(4), choices.of(UNITS), choices.below(32));
      case 5, 6 -> new Step.Close(choices.below(256));
      case 7, 8 -> new Step.With(choices.below(5), choices.below(3), choices.of(WEIGHTS));
      default -> new Step.Without(choices.below(5));
    };
  }
}
