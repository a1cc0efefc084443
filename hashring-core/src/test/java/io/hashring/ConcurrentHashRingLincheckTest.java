package io.hashring;

import static java.util.stream.Collectors.joining;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * Changes of a ring by several threads are made one after the other, each seen by all or by nobody;
 * and at the end the listener was told of each, once and in order.
 */
@Param(name = "node", gen = IntGen.class, conf = "0:2")
@Param(name = "weight", gen = IntGen.class, conf = "0:2")
public final class ConcurrentHashRingLincheckTest {

  private static final int HISTORY = 2;
  private static final HashRing<String> FIRST =
      HashRing.builder().pointsPerNode(1).add("0").build();

  private record Change(HashRing<String> before, HashRing<String> after) {}

  private final ConcurrentHashRing<String> ring = ConcurrentHashRing.of(FIRST, HISTORY);
  private final List<Change> told = new ArrayList<>();

  public ConcurrentHashRingLincheckTest() {
    ring.onChange((before, after) -> told.add(new Change(before, after)));
  }

  @Test
  void anyScenario_eachInterleaving_hasTheResultsOfAnOrder() {
    Scenarios.modelChecking(Sequential.class).check(getClass());
  }

  @Test
  void anyScenario_atFullSpeed_hasTheResultsOfAnOrder() {
    Scenarios.stress(Sequential.class).check(getClass());
  }

  @Operation
  public String set(@Param(name = "node") int node, @Param(name = "weight") int weight) {
    return text(ring.set("" + node, weight));
  }

  @Operation
  public String remove(@Param(name = "node") int node) {
    try {
      return text(ring.remove("" + node));
    } catch (IllegalArgumentException e) {
      return "no member";
    }
  }

  /** Two changes in one. */
  @Operation
  public String replace(@Param(name = "node") int old, @Param(name = "node") int with) {
    return text(ring.change(change -> change.removeIfPresent("" + old).set("" + with)));
  }

  /** A change that depends on what is there: two that see the same ring would lose a unit. */
  @Operation
  public String increase(@Param(name = "node") int node) {
    return text(ring.update(now ->
        now.nodes().contains("" + node) ? now.with("" + node, now.weight("" + node) + 1) : now));
  }

  @Operation
  public String ring() {
    return text(ring.ring());
  }

  @Operation
  public String snapshot() {
    return text(ring.snapshot());
  }

  /** What the listener was told leads from the first ring to the last, by as many changes. */
  @Validate
  public void validate() {
    HashRing<String> now = FIRST;
    for (Change change : told) {
      if (change.before != now) {
        throw new AssertionError("told of " + change + " when the ring was " + now);
      }
      now = change.after;
    }
    if (now != ring.ring() || told.size() != ring.snapshot().version()) {
      throw new AssertionError("told of " + told.size() + " changes of " + ring.snapshot());
    }
  }

  private static String text(ConcurrentHashRing.Snapshot<String> now) {
    return now.version() + ": " + text(now.ring()) + " before: "
        + now.history().stream().map(ConcurrentHashRingLincheckTest::text).collect(joining(" | "));
  }

  private static String text(HashRing<String> ring) {
    return ring.nodes().stream()
        .map(node -> node + "*" + (int) ring.weight(node))
        .collect(joining(" "));
  }

  /** The same, one after the other, without a ring. */
  public static final class Sequential {
    private final TreeMap<String, Integer> weights = new TreeMap<>();
    private final Deque<String> history = new ArrayDeque<>();
    private long version;

    public Sequential() {
      weights.put("0", 1);
    }

    public String set(int node, int weight) {
      String before = ring();
      weights.put("" + node, weight);
      return changedFrom(before);
    }

    public String remove(int node) {
      String before = ring();
      return weights.remove("" + node) == null ? "no member" : changedFrom(before);
    }

    public String replace(int old, int with) {
      String before = ring();
      weights.remove("" + old);
      weights.putIfAbsent("" + with, 1);
      return changedFrom(before);
    }

    public String increase(int node) {
      String before = ring();
      weights.computeIfPresent("" + node, (id, weight) -> weight + 1);
      return changedFrom(before);
    }

    private String changedFrom(String before) {
      if (!ring().equals(before)) {
        version++;
        history.addFirst(before);
        if (history.size() > HISTORY) {
          history.removeLast();
        }
      }
      return ring();
    }

    public String ring() {
      return weights.entrySet().stream()
          .map(entry -> entry.getKey() + "*" + entry.getValue())
          .collect(joining(" "));
    }

    public String snapshot() {
      return version + ": " + ring() + " before: " + String.join(" | ", history);
    }
  }
}
