package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.BoundedLoad.Bound;
import io.hashring.BoundedLoad.Lease;
import io.hashring.BoundedLoadModel.Held;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Random sequences of leases and changes of the ring, step by step beside a model. */
final class BoundedLoadModelTest {

  private static final int NODES = 5;
  private static final long NO_LIMIT = Long.MAX_VALUE;

  /** One step; nodes, keys and leases are taken by index. */
  sealed interface Step {
    record Acquire(int key, long units) implements Step {}

    /** Where only some nodes are eligible. */
    record AcquireAmong(int key, long units, int eligible) implements Step {}

    /** Closes a lease, perhaps not for the first time. */
    record Close(int lease) implements Step {}

    /** Adds the node, or sets its weight and address. */
    record With(int node, int address, double weight) implements Step {}

    record Without(int node) implements Step {}
  }

  @Provide
  Arbitrary<Double> factors() {
    return Arbitraries.of(1.000000000001, 1.0625, 1.1, 1.25, 1.5, 2.0, 100.0);
  }

  @Provide
  Arbitrary<Long> floors() {
    return Arbitraries.of(0L, 0L, 1L, 2L, 5L);
  }

  /** As a distance from the floor. */
  @Provide
  Arbitrary<Long> limits() {
    return Arbitraries.of(NO_LIMIT, NO_LIMIT, NO_LIMIT, 1L, 3L, 20L);
  }

  @Provide
  Arbitrary<List<Step>> stepsOfOneUnit() {
    return steps(Arbitraries.just(1L));
  }

  @Provide
  Arbitrary<List<Step>> stepsOfUnits() {
    return steps(Arbitraries.of(1L, 1L, 1L, 2L, 3L, 7L, 40L, 1000L));
  }

  private static Arbitrary<List<Step>> steps(Arbitrary<Long> units) {
    Arbitrary<Integer> node = Arbitraries.integers().between(0, NODES - 1);
    Arbitrary<Integer> key = Arbitraries.integers().between(0, 3);
    Arbitrary<Integer> mask = Arbitraries.integers().between(0, (1 << NODES) - 1);
    Arbitrary<Integer> address = Arbitraries.integers().between(0, 2);
    Arbitrary<Double> weight = Arbitraries.of(0.0, 0.1, 0.25, 1.0, 1.0, 2.0, 5.5);
    Arbitrary<Step> acquire = Combinators.combine(key, units).as(Step.Acquire::new);
    Arbitrary<Step> acquireAmong = Combinators.combine(key, units, mask).as(Step.AcquireAmong::new);
    Arbitrary<Step> close = Arbitraries.integers().between(0, 100).map(Step.Close::new);
    Arbitrary<Step> with = Combinators.combine(node, address, weight).as(Step.With::new);
    Arbitrary<Step> without = node.map(Step.Without::new);
    return Arbitraries.frequencyOf(
            Tuple.of(10, acquire),
            Tuple.of(6, acquireAmong),
            Tuple.of(6, close),
            Tuple.of(2, with),
            Tuple.of(1, without))
        .list()
        .ofMinSize(1)
        .ofMaxSize(80)
        .withoutEdgeCases();
  }

  @Property(seed = "1", tries = 1500)
  void anySequence_agreesWithTheModel(
      @ForAll("factors") double factor, @ForAll("stepsOfOneUnit") List<Step> steps) {
    BoundedLoadModel model = new BoundedLoadModel(factor, 0, NO_LIMIT);
    ConcurrentHashRing<Node> ring = ConcurrentHashRing.of(model.ring);
    run(model, ring, Loads.of(ring, factor), steps);
  }

  @Property(seed = "2", tries = 3000)
  void anySequence_withUnitsFloorAndLimit_agreesWithTheModel(
      @ForAll("factors") double factor,
      @ForAll("floors") long floor,
      @ForAll("limits") long limit,
      @ForAll("stepsOfUnits") List<Step> steps) {
    long most = limit == NO_LIMIT ? limit : floor + limit;
    BoundedLoadModel model = new BoundedLoadModel(factor, floor, most);
    ConcurrentHashRing<Node> ring = ConcurrentHashRing.of(model.ring);
    Bound bound = Bound.factor(factor).atLeast(floor).atMost(most);
    run(model, ring, BoundedLoad.of(ring, bound), steps);
  }

  static void run(
      BoundedLoadModel model,
      ConcurrentHashRing<Node> ring,
      BoundedLoad<Node> load,
      List<Step> steps) {
    List<Lease<Node>> leases = new ArrayList<>();
    List<Held> held = new ArrayList<>();
    Map<Integer, Lease<Node>> closed = new TreeMap<>();
    for (int i = 0; i < NODES - 1; i++) {
      ring.set(new Node("node-" + i, 0));
    }
    model.ring = ring.ring();

    for (Step step : steps) {
      if (step instanceof Step.Acquire acquire) {
        acquire(load, model, "key-" + acquire.key, acquire.units, node -> true, leases, held);
      } else if (step instanceof Step.AcquireAmong acquire) {
        Predicate<Node> eligible =
            node -> (acquire.eligible >> (node.id().charAt(5) - '0') & 1) != 0;
        acquire(load, model, "key-" + acquire.key, acquire.units, eligible, leases, held);
      } else if (step instanceof Step.Close close && !leases.isEmpty()) {
        int index = close.lease % leases.size();
        leases.get(index).close();
        if (closed.put(index, leases.get(index)) == null) {
          model.leases.remove(held.get(index));
        }
      } else if (step instanceof Step.With with) {
        model.ring = ring.set(new Node("node-" + with.node, with.address), with.weight);
      } else if (step instanceof Step.Without without) {
        Node node = new Node("node-" + without.node, -1);
        if (model.ring.nodes().stream().anyMatch(other -> other.id().equals(node.id()))) {
          model.ring = ring.remove(node);
        }
      }
      assertAgrees(load, model);
    }
    leases.forEach(Lease::close);
    model.leases.clear();
    assertAgrees(load, model);
    assertThat(load.totalLoad()).isZero();
  }

  private static void acquire(
      BoundedLoad<Node> load,
      BoundedLoadModel model,
      String key,
      long units,
      Predicate<Node> eligible,
      List<Lease<Node>> leases,
      List<Held> held) {
    long position = model.ring.position(key);
    Optional<Node> expected = model.choose(key, units, eligible);
    if (expected.isEmpty()) {
      assertThat(load.tryAcquire(key, units, eligible)).isEmpty();
      assertThat(load.tryAcquireAt(position, units, eligible)).isEmpty();
      if (model.ring.points().isEmpty()) {
        assertThatThrownBy(() -> load.acquire(key, units)).isInstanceOf(EmptyRingException.class);
      }
      return;
    }
    boolean all = model.ring.preferenceList(key).stream().allMatch(eligible);
    // each way to ask in turn
    Lease<Node> lease = switch (leases.size() % 3) {
      case 0 ->
        all ? load.acquire(key, units) : load.tryAcquire(key, units, eligible).orElseThrow();
      case 1 -> load.tryAcquire(key, units, eligible).orElseThrow();
      default -> load.tryAcquireAt(position, units, eligible).orElseThrow();
    };
    assertThat(lease.node()).isEqualTo(expected.get());
    leases.add(lease);
    held.add(new Held(lease.node().id(), units));
    model.leases.add(held.get(held.size() - 1));
  }

  private static void assertAgrees(BoundedLoad<Node> load, BoundedLoadModel model) {
    assertThat(load.totalLoad())
        .isEqualTo(model.leases.stream().mapToLong(Held::units).sum());
    Map<String, Long> loads = new TreeMap<>();
    model.leases.forEach(lease -> loads.merge(lease.id(), lease.units(), Long::sum));
    model.ring.nodes().forEach(node -> loads.putIfAbsent(node.id(), 0L));
    assertThat(load.loads()).isEqualTo(loads);
    for (int i = 0; i < NODES; i++) {
      Node node = new Node("node-" + i, -1);
      assertThat(load.load(node)).isEqualTo(model.load(node));
      Node member = model.ring.nodes().stream()
          .filter(other -> other.id().equals(node.id()))
          .findFirst()
          .orElse(node);
      assertThat(load.capacity(node)).isEqualTo(model.capacity(member));
    }
  }
}
