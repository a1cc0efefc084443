package io.hashring;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.hashring.HashRingModelTest.Step;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Search;
import io.hashring.placement.Placement.Ties;
import java.util.ArrayList;
import java.util.List;

/**
 * After any history of changes, a ring does all that the model does. To look for histories in which
 * it does not: {@code ./mvnw -Pfuzz test -pl hashring-core -Dtest=RingHistoryFuzzTest
 * -Dhashring.fuzz.seconds=600}.
 */
final class RingHistoryFuzzTest {

  private static final int MAX_STEPS = 12;

  private static final List<String> IDS = List.of("a", "b", "ab", "é", "🔑", "\uFFFD");

  private static final List<Double> WEIGHTS =
      List.of(1.0, 0.0, Double.MIN_VALUE, 1e-9, 0.1, 0.5, 1.5, 2.0, 2.4999, 3.0, 7.25, 12.0);

  @FuzzTest
  void anyHistory_agreesWithTheModel(byte[] input) {
    Choices choices = new Choices(input);
    Placement placement = placement(choices);
    boolean mayHaveProbes = placement.maxPosition() == -1L
        && placement.search() == Search.CLOCKWISE
        && placement.ties() == Ties.SMALLEST_ID;
    int probes = mayHaveProbes ? 1 + choices.below(4) : 1;
    List<Step> steps = new ArrayList<>();
    while (choices.areLeft() && steps.size() < MAX_STEPS) {
      steps.add(step(choices));
    }
    HashRingModelTest.assertAgreesAfterEach(steps, IDS, placement, probes);
  }

  private static Placement placement(Choices choices) {
    Placement base = choices.of(RingDomain.PLACEMENTS);
    if (choices.below(2) == 0) {
      return base;
    }
    Search search =
        base.maxPosition() == -1L && choices.below(2) == 1 ? Search.NEAREST : Search.CLOCKWISE;
    Ties ties = choices.of(List.of(Ties.values()));
    return new RuledPlacement(base, search, ties, choices.below(2) == 0 ? 1 : Double.NaN);
  }

  private static Step step(Choices choices) {
    return switch (choices.below(8)) {
      case 6 -> {
        List<Step> steps = new ArrayList<>();
        for (int i = choices.below(6); i > 0; i--) {
          steps.add(single(choices));
        }
        yield new Step.Batch(steps);
      }
      case 7 -> new Step.RebuildThroughBuilder();
      default -> single(choices);
    };
  }

  private static Step single(Choices choices) {
    int id = choices.below(IDS.size());
    return switch (choices.below(4)) {
      case 0 -> new Step.Put(id, choices.below(4));
      case 1 -> new Step.Remove(id);
      default -> new Step.PutWithWeight(id, choices.below(4), choices.of(WEIGHTS));
    };
  }
}
