package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.BoundedLoad.Bound;
import io.hashring.BoundedLoad.Lease;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ObjLongConsumer;
import java.util.function.Predicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What {@link BoundedLoad} promises to 64 threads, watched from outside: by what the threads
 * themselves know of their leases.
 */
final class BoundedLoadStressTest {

  private static final int THREADS = 64;
  private static final int MOST_UNITS = 3;
  private static final double FACTOR = 1.25;
  private static final Map<String, Double> WEIGHTS =
      Map.of("a", 1.0, "b", 1.0, "c", 2.0, "d", 0.5, "e", 3.5, "drained", 0.0);

  private static HashRing<String> ring() {
    HashRing.Builder<String> builder = HashRing.builder();
    WEIGHTS.forEach(builder::add);
    return builder.build();
  }

  /** By definition; the sum of the weights is 8, so nothing is rounded but up. */
  private static long capacity(String node, long leases) {
    return (long) Math.ceil(FACTOR * leases * WEIGHTS.get(node) / 8);
  }

  /** As most leases of a thread are for one key, its nodes are full all the time. */
  private static String key(SplittableRandom random) {
    return random.nextInt(4) == 0 ? "user:" + random.nextInt(100) : "hot";
  }

  /**
   * Where no more than 64 leases are open at a time, no node ever has more than its capacity for
   * 64: asserted at every moment at which a thread takes a lease.
   */
  @ParameterizedTest
  @EnumSource(Threads.class)
  void acquire_oneLeaseAThread_noNodeIsEverAboveItsCapacity(Threads threads) {
    BoundedLoad<String> load = Loads.of(ConcurrentHashRing.of(ring()), FACTOR);
    Map<String, AtomicInteger> held = new HashMap<>();
    WEIGHTS.keySet().forEach(node -> held.put(node, new AtomicInteger()));
    Map<String, AtomicInteger> most = new HashMap<>();
    WEIGHTS.keySet().forEach(node -> most.put(node, new AtomicInteger()));

    threads.run(THREADS, thread -> {
      SplittableRandom random = new SplittableRandom(thread);
      for (int i = 0; i < 3000; i++) {
        try (Lease<String> lease = load.acquire(key(random))) {
          int now = held.get(lease.node()).incrementAndGet();
          most.get(lease.node()).accumulateAndGet(now, Math::max);
          assertThat(now).isLessThanOrEqualTo((int) capacity(lease.node(), THREADS));
          assertThat(load.load(lease.node())).isPositive();
          assertThat(load.totalLoad()).isBetween(1L, (long) THREADS);
          Thread.yield();
          held.get(lease.node()).decrementAndGet();
        }
      }
    });

    assertAllZero(load);
    assertThat(most.get("drained")).hasValue(0);
    System.out.printf("most leases at a time, %s threads: %s%n", threads, most);
  }

  /** As above, with several units to a lease and a floor. */
  @ParameterizedTest
  @EnumSource(Threads.class)
  void acquire_severalUnits_noNodeIsEverAboveItsBoundByAWholeLease(Threads threads) {
    BoundedLoad<String> load =
        BoundedLoad.of(ConcurrentHashRing.of(ring()), Bound.factor(FACTOR).atLeast(4));
    Map<String, AtomicLong> held = new ConcurrentHashMap<>();
    takeUnits(threads, load, held, node -> true, (node, now) -> {
      long bound = Math.max(4, capacity(node, THREADS * MOST_UNITS));
      assertThat(now).isLessThan(bound + MOST_UNITS);
    });

    assertAllZero(load);
  }

  /** Two nodes may hold 80 units, and there are up to 192. */
  @ParameterizedTest
  @EnumSource(Threads.class)
  void acquire_limit_noNodeIsEverAboveIt(Threads threads) {
    BoundedLoad<String> load =
        BoundedLoad.of(ConcurrentHashRing.of(ring()), Bound.factor(FACTOR).atMost(40));
    Map<String, AtomicLong> held = new ConcurrentHashMap<>();
    int refused = takeUnits(
        threads,
        load,
        held,
        node -> node.equals("a") || node.equals("e"),
        (node, now) -> assertThat(now).isLessThanOrEqualTo(40));

    assertAllZero(load);
    System.out.printf("%d of %d refused, %s threads%n", refused, THREADS * 2000, threads);
    assertThat(held.keySet()).containsOnly("a", "e");
    assertThat(refused).isPositive();
  }

  /** Returns how many leases were refused. */
  private static int takeUnits(
      Threads threads,
      BoundedLoad<String> load,
      Map<String, AtomicLong> held,
      Predicate<String> eligible,
      ObjLongConsumer<String> check) {
    AtomicInteger refused = new AtomicInteger();
    threads.run(THREADS, thread -> {
      SplittableRandom random = new SplittableRandom(thread);
      for (int i = 0; i < 2000; i++) {
        int units = 1 + random.nextInt(MOST_UNITS);
        Optional<Lease<String>> taken = load.tryAcquire(key(random), units, eligible);
        if (taken.isEmpty()) {
          refused.incrementAndGet();
          Thread.yield();
          continue;
        }
        String node = taken.get().node();
        AtomicLong onNode = held.computeIfAbsent(node, id -> new AtomicLong());
        check.accept(node, onNode.addAndGet(units));
        Thread.yield();
        onNode.addAndGet(-units);
        taken.get().close();
      }
    });
    return refused.get();
  }

  /**
   * A lease as its thread saw it: ticks before and after it was taken, before and after it was
   * closed.
   */
  private record Seen(String node, long asked, long taken, long closing, long closed) {}

  /**
   * The law at each of the moments in which a lease was placed. That moment lies between two ticks
   * of a common clock. Leases of the node that were open all the time between were on it at that
   * moment; leases of all nodes that were open at any time between are all that there can have
   * been.
   */
  @ParameterizedTest
  @EnumSource(Threads.class)
  void acquire_loadThatRisesAndFalls_isWithinTheCapacityOfThatMoment(Threads threads) {
    BoundedLoad<String> load = Loads.of(ConcurrentHashRing.of(ring()), FACTOR);
    AtomicLong clock = new AtomicLong();
    List<List<Seen>> logs = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      logs.add(new ArrayList<>());
    }
    CyclicBarrier wave = new CyclicBarrier(THREADS);

    threads.run(THREADS, thread -> {
      SplittableRandom random = new SplittableRandom(thread);
      for (int i = 0; i < 40; i++) {
        List<Lease<String>> leases = new ArrayList<>();
        List<long[]> ticks = new ArrayList<>();
        // so the total goes from 0 to hundreds and back, in all threads together or in half of them
        int count = i % 2 == 0 ? 20 : thread % 2 * 20;
        for (int j = 0; j < count; j++) {
          long asked = clock.incrementAndGet();
          leases.add(load.acquire(key(random)));
          ticks.add(new long[] {asked, clock.incrementAndGet()});
        }
        await(wave);
        for (int j = 0; j < count; j++) {
          long closing = clock.incrementAndGet();
          leases.get(j).close();
          long[] tick = ticks.get(j);
          logs.get(thread)
              .add(new Seen(
                  leases.get(j).node(), tick[0], tick[1], closing, clock.incrementAndGet()));
        }
      }
    });

    assertAllZero(load);
    List<Seen> all = logs.stream().flatMap(List::stream).toList();
    assertThat(all).hasSize(THREADS * 20 * 30);
    assertLaw(all);
  }

  private static void assertLaw(List<Seen> all) {
    long[] asked = all.stream().mapToLong(Seen::asked).sorted().toArray();
    long[] closed = all.stream().mapToLong(Seen::closed).sorted().toArray();
    Map<String, long[]> taken = new HashMap<>();
    Map<String, long[]> closing = new HashMap<>();
    for (String node : WEIGHTS.keySet()) {
      var ofNode = all.stream().filter(lease -> lease.node.equals(node)).toList();
      taken.put(node, ofNode.stream().mapToLong(Seen::taken).sorted().toArray());
      closing.put(node, ofNode.stream().mapToLong(Seen::closing).sorted().toArray());
    }
    long slack = 0;
    long atCapacity = 0;
    for (Seen lease : all) {
      long onNode = 1
          + before(taken.get(lease.node), lease.asked)
          - before(closing.get(lease.node), lease.taken);
      long inAll = before(asked, lease.taken) - before(closed, lease.asked);
      assertThat(onNode)
          .as("leases on %s when one of at most %s was placed", lease.node, inAll)
          .isLessThanOrEqualTo(capacity(lease.node, inAll));
      slack += lease.taken - lease.asked;
      atCapacity += onNode == capacity(lease.node, inAll) ? 1 : 0;
    }
    System.out.printf(
        "%d leases, %d of them provably up to the capacity, %.1f ticks to take one%n",
        all.size(), atCapacity, (double) slack / all.size());
    assertThat(atCapacity).as("leases that tried the law").isPositive();
  }

  /** How many ticks are before another. */
  private static long before(long[] ticks, long tick) {
    int index = Arrays.binarySearch(ticks, tick);
    return index < 0 ? -(index + 1) : index;
  }

  /** Nodes come and go, with leases on them, and change their weight. */
  @ParameterizedTest
  @EnumSource(Threads.class)
  void acquire_whileTheRingChanges_onMembersOnlyAndDownToZero(Threads threads) {
    int changes = 400;
    ConcurrentHashRing<String> ring = ConcurrentHashRing.of(ring(), changes);
    BoundedLoad<String> load = Loads.of(ring, FACTOR);
    Map<Long, HashRing<String>> rings = new ConcurrentHashMap<>();
    rings.put(0L, ring.ring());
    AtomicInteger taken = new AtomicInteger();

    threads.run(THREADS, thread -> {
      SplittableRandom random = new SplittableRandom(thread);
      List<Lease<String>> leases = new ArrayList<>();
      while (thread == 0 ? ring.snapshot().version() < changes : taken.get() < 60_000) {
        if (thread == 0) {
          change(ring, random);
          Thread.yield();
          continue;
        }
        long first = ring.snapshot().version();
        load.tryAcquire(key(random), 1, node -> !node.equals("a")).ifPresent(lease -> {
          List<HashRing<String>> since = since(ring.snapshot(), first);
          assertThat(lease.node()).isNotEqualTo("a");
          assertThat(since)
              .as("rings with %s", lease.node())
              .anyMatch(now -> now.nodes().contains(lease.node()) && now.weight(lease.node()) > 0);
          leases.add(lease);
        });
        taken.incrementAndGet();
        if (leases.size() > random.nextInt(8)) {
          leases.remove(random.nextInt(leases.size())).close();
        }
        Thread.yield();
      }
      leases.forEach(Lease::close);
    });

    assertThat(ring.snapshot().version()).isEqualTo(changes);
    assertAllZero(load);
    // and what was counted on the way has not left its mark on the bound
    ring.update(now -> ring());
    for (int i = 1; i <= 200; i++) {
      load.acquire("hot");
      for (String node : WEIGHTS.keySet()) {
        assertThat(load.load(node)).isLessThanOrEqualTo(capacity(node, i));
        assertThat(load.capacity(node)).isEqualTo(capacity(node, i + 1));
      }
    }
  }

  private static void change(ConcurrentHashRing<String> ring, SplittableRandom random) {
    String node = List.of("b", "c", "d", "e", "f", "g").get(random.nextInt(6));
    ring.update(now -> now.nodes().contains(node) && random.nextInt(3) > 0
        ? now.without(node)
        : now.with(node, random.nextInt(5) / 2.0));
  }

  private static List<HashRing<String>> since(
      ConcurrentHashRing.Snapshot<String> now, long version) {
    List<HashRing<String>> rings =
        new ArrayList<>(now.history().subList(0, (int) (now.version() - version)));
    rings.add(now.ring());
    return rings;
  }

  @ParameterizedTest
  @EnumSource(Threads.class)
  void close_byManyThreadsAtOnce_countsOnce(Threads threads) {
    BoundedLoad<String> load = Loads.of(ConcurrentHashRing.of(ring()), FACTOR);
    List<Lease<String>> leases = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      leases.add(load.acquire("hot"));
    }
    Lease<String> kept = load.acquire("hot");

    threads.run(8, thread -> {
      List<Lease<String>> inTurn = new ArrayList<>(leases);
      Collections.rotate(inTurn, thread % 2);
      inTurn.forEach(Lease::close);
    });

    assertThat(load.totalLoad()).isEqualTo(1);
    assertThat(load.load(kept.node())).isEqualTo(1);
    kept.close();
    assertAllZero(load);
  }

  private static void assertAllZero(BoundedLoad<String> load) {
    assertThat(load.totalLoad()).isZero();
    for (String node : List.of("a", "b", "c", "d", "e", "f", "g", "drained")) {
      assertThat(load.load(node)).as(node).isZero();
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
