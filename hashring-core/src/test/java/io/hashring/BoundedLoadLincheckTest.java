package io.hashring;

import io.hashring.BoundedLoad.Bound;
import io.hashring.BoundedLoad.Lease;
import io.hashring.BoundedLoadModel.Held;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.junit.jupiter.api.Test;

/**
 * Leases of several threads are placed and closed one after the other, on rings that change
 * meanwhile: each is on the node on which the model has it, which counts nothing and rounds
 * nothing.
 *
 * <p>A change of the ring counts from the moment in which the loads show it, which whoever changes
 * it waits for here: a lease that another thread was placing then may still be on the ring before.
 */
@Param(name = "node", gen = IntGen.class, conf = "0:2")
@Param(name = "key", gen = IntGen.class, conf = "0:3")
@Param(name = "units", gen = IntGen.class, conf = "1:3")
@Param(name = "weight", gen = IntGen.class, conf = "0:2")
@Param(name = "thread", gen = ThreadIdGen.class)
public final class BoundedLoadLincheckTest {

  private static final double FACTOR = 1.25;
  private static final long LIMIT = 4;

  /** More than there are threads in a scenario. */
  private static final int THREADS = 8;

  private static final HashRing<Node> FIRST =
      HashRing.builder(Node::id).pointsPerNode(4).add(node(0)).add(node(1)).build();

  private final ConcurrentHashRing<Node> ring = ConcurrentHashRing.of(FIRST);
  private final BoundedLoad<Node> load =
      BoundedLoad.of(ring, Bound.factor(FACTOR).atMost(LIMIT));

  /** By thread, since nobody else may know of a lease before it is placed. */
  private final List<Deque<Lease<Node>>> leases = new ArrayList<>();

  /** That any thread may close. */
  private final Lease<Node> shared = load.acquire(key(0), 2);

  public BoundedLoadLincheckTest() {
    for (int i = 0; i < THREADS; i++) {
      leases.add(new ArrayDeque<>());
    }
  }

  private static Node node(int node) {
    return new Node("node-" + node, 0);
  }

  private static String key(int key) {
    return "key-" + key;
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
  public String acquire(
      @Param(name = "thread") int thread,
      @Param(name = "key") int key,
      @Param(name = "units") int units) {
    try {
      Lease<Node> lease = load.acquire(key(key), units);
      leases.get(thread).add(lease);
      return lease.node().id();
    } catch (NoSuchElementException | EmptyRingException e) {
      return "none";
    }
  }

  /** Where one node is not eligible. */
  @Operation
  public String tryAcquire(
      @Param(name = "thread") int thread,
      @Param(name = "key") int key,
      @Param(name = "node") int down) {
    var lease = load.tryAcquire(key(key), 1, node -> !node.equals(node(down)));
    lease.ifPresent(leases.get(thread)::add);
    return lease.map(some -> some.node().id()).orElse("none");
  }

  @Operation
  public void close(@Param(name = "thread") int thread) {
    Lease<Node> lease = leases.get(thread).poll();
    if (lease != null) {
      lease.close();
    }
  }

  @Operation
  public void closeShared() {
    shared.close();
  }

  @Operation
  public String loads() {
    return text(load.loads());
  }

  private static String text(Map<String, Long> loads) {
    return new TreeMap<>(loads).toString();
  }

  @Operation
  public long capacity(@Param(name = "node") int node) {
    return load.capacity(node(node));
  }

  @Operation
  public void set(@Param(name = "node") int node, @Param(name = "weight") int weight) {
    ring.set(node(node), weight);
    load.loads();
  }

  @Operation
  public void remove(@Param(name = "node") int node) {
    ring.change(change -> change.removeIfPresent(node(node)));
    load.loads();
  }

  /** The same, one after the other, by the model. */
  public static final class Sequential {
    private final BoundedLoadModel model = new BoundedLoadModel(FACTOR, 0, LIMIT);
    private final Map<Integer, Deque<Held>> leases = new HashMap<>();
    private final Held shared;

    public Sequential() {
      model.ring = FIRST;
      shared = new Held(model.choose(key(0), 2, node -> true).orElseThrow().id(), 2);
      model.leases.add(shared);
    }

    public String acquire(int thread, int key, int units) {
      return acquire(thread, key, units, -1);
    }

    public String tryAcquire(int thread, int key, int down) {
      return acquire(thread, key, 1, down);
    }

    private String acquire(int thread, int key, long units, int down) {
      var node = model.choose(key(key), units, some -> !some.equals(node(down)));
      node.ifPresent(some -> {
        Held held = new Held(some.id(), units);
        leases.computeIfAbsent(thread, any -> new ArrayDeque<>()).add(held);
        model.leases.add(held);
      });
      return node.map(Node::id).orElse("none");
    }

    public void close(int thread) {
      Held held = leases.computeIfAbsent(thread, any -> new ArrayDeque<>()).poll();
      model.leases.removeIf(some -> some == held);
    }

    public void closeShared() {
      model.leases.removeIf(held -> held == shared);
    }

    public String loads() {
      TreeMap<String, Long> loads = new TreeMap<>();
      model.leases.forEach(held -> loads.merge(held.id(), held.units(), Long::sum));
      model.ring.nodes().forEach(node -> loads.putIfAbsent(node.id(), 0L));
      return loads.toString();
    }

    public long capacity(int node) {
      return model.capacity(node(node));
    }

    public void set(int node, int weight) {
      model.ring = model.ring.with(node(node), weight);
    }

    public void remove(int node) {
      model.ring = model.ring.withoutIfPresent(node(node));
    }
  }
}
