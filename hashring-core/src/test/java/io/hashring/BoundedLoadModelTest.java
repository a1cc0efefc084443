package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.BoundedLoad.Lease;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
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

  /** One step; nodes, keys and leases are taken by index. */
  sealed interface Step {
    record Acquire(int key) implements Step {}

    /** Where only some nodes are eligible. */
    record AcquireAmong(int key, int eligible) implements Step {}

    /** Closes a lease, perhaps not for the first time. */
    record Close(int lease) implements Step {}

    /** Adds the node, or sets its weight and address. */
    record With(int node, int address, double weight) implements Step {}

    record Without(int node) implements Step {}
  }

  /** Said by definition, in numbers that are not rounded, and without a counter. */
  private static final class Model {
    final BigDecimal factor;
    HashRing<Node> ring = HashRing.builder(Node::id).pointsPerNode(4).build();

    /** The ids of open leases, once for each. */
    final List<String> leases = new ArrayList<>();

    Model(double factor) {
      this.factor = new BigDecimal(factor);
    }

    Optional<Node> choose(String key, Predicate<Node> eligible) {
      List<Node> walk = ring.successors(key).filter(eligible).toList();
      return first(walk, ring.nodes()).or(() -> first(walk, walk));
    }

    /** The first that is not full by its share among some. */
    private Optional<Node> first(List<Node> walk, Collection<Node> among) {
      return walk.stream().filter(node -> load(node) < capacity(node, among)).findFirst();
    }

    long load(Node node) {
      return leases.stream().filter(id -> id.equals(node.id())).count();
    }

    long capacity(Node node, Collection<Node> among) {
      long total = 1;
      BigDecimal sum = BigDecimal.ZERO;
      for (Node other : among) {
        total += ring.weight(other) > 0 ? load(other) : 0;
        sum = sum.add(new BigDecimal(ring.weight(other)));
      }
      if (!ring.nodes().contains(node) || ring.weight(node) == 0) {
        return 0;
      }
      BigDecimal[] quotient = factor
          .multiply(BigDecimal.valueOf(total))
          .multiply(new BigDecimal(ring.weight(node)))
          .divideAndRemainder(sum);
      return quotient[0].longValueExact() + quotient[1].signum();
    }
  }

  @Provide
  Arbitrary<Double> factors() {
    return Arbitraries.of(1.0625, 1.25, 1.5, 2.0, 100.0);
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Integer> node = Arbitraries.integers().between(0, NODES - 1);
    Arbitrary<Integer> key = Arbitraries.integers().between(0, 3);
    Arbitrary<Integer> mask = Arbitraries.integers().between(0, (1 << NODES) - 1);
    Arbitrary<Integer> address = Arbitraries.integers().between(0, 2);
    Arbitrary<Double> weight = Arbitraries.of(0.0, 0.25, 1.0, 1.0, 2.0, 5.5);
    Arbitrary<Step> acquire = key.map(Step.Acquire::new);
    Arbitrary<Step> acquireAmong = Combinators.combine(key, mask).as(Step.AcquireAmong::new);
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

  @Property(seed = "1", tries = 2000)
  void anySequence_agreesWithTheModel(
      @ForAll("factors") double factor, @ForAll("steps") List<Step> steps) {
    Model model = new Model(factor);
    ConcurrentHashRing<Node> ring = ConcurrentHashRing.of(model.ring);
    BoundedLoad<Node> load = BoundedLoad.of(ring, factor);
    List<Lease<Node>> leases = new ArrayList<>();
    Map<Integer, Lease<Node>> closed = new TreeMap<>();
    for (int i = 0; i < NODES - 1; i++) {
      ring.with(new Node("node-" + i, 0));
    }
    model.ring = ring.ring();

    for (Step step : steps) {
      if (step instanceof Step.Acquire acquire) {
        acquire(load, model, "key-" + acquire.key, node -> true, leases);
      } else if (step instanceof Step.AcquireAmong acquire) {
        Predicate<Node> eligible =
            node -> (acquire.eligible >> (node.id().charAt(5) - '0') & 1) != 0;
        acquire(load, model, "key-" + acquire.key, eligible, leases);
      } else if (step instanceof Step.Close close && !leases.isEmpty()) {
        int index = close.lease % leases.size();
        leases.get(index).close();
        if (closed.put(index, leases.get(index)) == null) {
          model.leases.remove(leases.get(index).node().id());
        }
      } else if (step instanceof Step.With with) {
        model.ring = ring.with(new Node("node-" + with.node, with.address), with.weight);
      } else if (step instanceof Step.Without without) {
        Node node = new Node("node-" + without.node, -1);
        if (model.ring.nodes().stream().anyMatch(other -> other.id().equals(node.id()))) {
          model.ring = ring.without(node);
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
      Predicate<Node> eligible,
      List<Lease<Node>> leases) {
    Optional<Node> expected = model.choose(key, eligible);
    if (expected.isEmpty()) {
      assertThat(load.tryAcquire(key, eligible)).isEmpty();
      assertThat(load.tryAcquire(key.getBytes(UTF_8), eligible)).isEmpty();
      assertThatThrownBy(() -> load.acquire(key, eligible))
          .isInstanceOf(
              model.ring.points().isEmpty()
                  ? EmptyRingException.class
                  : NoSuchElementException.class);
      return;
    }
    boolean all = model.ring.successors(key).allMatch(eligible);
    byte[] bytes = key.getBytes(UTF_8);
    // each way to ask in turn
    Lease<Node> lease = switch (leases.size() % 4) {
      case 0 -> all ? load.acquire(key) : load.acquire(key, eligible);
      case 1 -> all ? load.acquire(bytes) : load.acquire(bytes, eligible);
      case 2 -> (all ? load.tryAcquire(key) : load.tryAcquire(key, eligible)).orElseThrow();
      default -> (all ? load.tryAcquire(bytes) : load.tryAcquire(bytes, eligible)).orElseThrow();
    };
    assertThat(lease.node()).isEqualTo(expected.get());
    leases.add(lease);
    model.leases.add(lease.node().id());
  }

  private static void assertAgrees(BoundedLoad<Node> load, Model model) {
    assertThat(load.totalLoad()).isEqualTo(model.leases.size());
    for (int i = 0; i < NODES; i++) {
      Node node = new Node("node-" + i, -1);
      assertThat(load.load(node)).isEqualTo(model.load(node));
      Node member = model.ring.nodes().stream()
          .filter(other -> other.id().equals(node.id()))
          .findFirst()
          .orElse(node);
      assertThat(load.capacity(node)).isEqualTo(model.capacity(member, model.ring.nodes()));
    }
  }
}
