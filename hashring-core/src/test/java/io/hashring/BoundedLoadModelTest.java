package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.BoundedLoad.Bound;
import io.hashring.BoundedLoad.Lease;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
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

  /** What a model knows of a lease. */
  private record Held(String id, long units) {}

  /** Said by definition, in numbers that are not rounded, and without a counter. */
  private static final class Model {
    final BigDecimal factor;
    final long floor;
    final long limit;
    HashRing<Node> ring = HashRing.builder(Node::id).pointsPerNode(4).build();

    /** Open leases. */
    final List<Held> leases = new ArrayList<>();

    Model(double factor, long floor, long limit) {
      this.factor = new BigDecimal(Double.toString(factor));
      this.floor = floor;
      this.limit = limit;
    }

    Optional<Node> choose(String key, long units, Predicate<Node> eligible) {
      List<Node> walk = ring.preferenceList(key).stream()
          .filter(eligible)
          .filter(node -> load(node) + units <= limit)
          .toList();
      return firstWithRoom(walk, units, ring.nodes())
          .or(() -> firstWithRoom(walk, units, walk))
          .or(() -> firstThatIsNotFull(walk, units, walk));
    }

    /** The first on which a lease fits by its share among some, if it can fit on any of them. */
    private Optional<Node> firstWithRoom(List<Node> walk, long units, Collection<Node> among) {
      boolean tooLarge = among.stream().allMatch(node -> units > bound(node, units, among));
      return tooLarge
          ? firstThatIsNotFull(walk, units, among)
          : walk.stream()
              .filter(node -> load(node) + units <= bound(node, units, among))
              .findFirst();
    }

    private Optional<Node> firstThatIsNotFull(List<Node> walk, long units, Collection<Node> among) {
      return walk.stream()
          .filter(node -> load(node) < bound(node, units, among))
          .findFirst();
    }

    long load(Node node) {
      return leases.stream()
          .filter(lease -> lease.id.equals(node.id()))
          .mapToLong(Held::units)
          .sum();
    }

    long capacity(Node node) {
      return Math.min(limit, bound(node, 1, ring.nodes()));
    }

    private long bound(Node node, long units, Collection<Node> among) {
      long total = units;
      BigDecimal sum = BigDecimal.ZERO;
      for (Node other : among) {
        total += ring.weight(other) > 0 ? load(other) : 0;
        sum = sum.add(BigDecimal.valueOf(ring.weight(other)));
      }
      if (!ring.nodes().contains(node) || ring.weight(node) == 0) {
        return 0;
      }
      BigDecimal[] quotient = factor
          .multiply(BigDecimal.valueOf(total))
          .multiply(BigDecimal.valueOf(ring.weight(node)))
          .divideAndRemainder(sum);
      return Math.max(floor, quotient[0].longValueExact() + quotient[1].signum());
    }
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
    Model model = new Model(factor, 0, NO_LIMIT);
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
    Model model = new Model(factor, floor, most);
    ConcurrentHashRing<Node> ring = ConcurrentHashRing.of(model.ring);
    Bound bound = Bound.factor(factor).atLeast(floor).atMost(most);
    run(model, ring, BoundedLoad.of(ring, bound), steps);
  }

  private static void run(
      Model model, ConcurrentHashRing<Node> ring, BoundedLoad<Node> load, List<Step> steps) {
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
      Model model,
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

  private static void assertAgrees(BoundedLoad<Node> load, Model model) {
    assertThat(load.totalLoad())
        .isEqualTo(model.leases.stream().mapToLong(Held::units).sum());
    Map<String, Long> loads = new TreeMap<>();
    model.leases.forEach(lease -> loads.merge(lease.id, lease.units, Long::sum));
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
