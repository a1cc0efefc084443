package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.entry;

import io.hashring.BoundedLoad.Bound;
import io.hashring.BoundedLoad.Lease;
import io.hashring.interop.InteropFunctions;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Leases of several units, and bounds with a floor and a limit. */
final class BoundedLoadUnitsTest {

  private static final HashRing<String> TEN =
      HashRing.of(IntStream.range(0, 10).mapToObj(i -> "gpu" + i).toArray(String[]::new));

  private static final Bound FACTOR = Bound.factor(1.25);

  private static String keyOf(HashRing<String> ring, String node) {
    return IntStream.range(0, 1000)
        .mapToObj(i -> "chat-" + i)
        .filter(key -> ring.locate(key).equals(node))
        .findFirst()
        .orElseThrow();
  }

  @Nested
  class Floor {

    @Test
    void atLeast_littleLoad_keepsAKeyOnItsOwner() {
      BoundedLoad<String> load = BoundedLoad.of(ConcurrentHashRing.of(TEN), FACTOR.atLeast(6));
      String owner = TEN.locate("chat-7");
      for (int i = 0; i < 6; i++) {
        assertThat(load.acquire("chat-7").node()).isEqualTo(owner);
      }

      assertThat(load.acquire("chat-7").node()).isNotEqualTo(owner);
      assertThat(load.capacity(owner)).isEqualTo(6);
    }

    @Test
    void atLeast_muchLoad_changesNothing() {
      BoundedLoad<String> load = BoundedLoad.of(ConcurrentHashRing.of(TEN), FACTOR.atLeast(6));
      String owner = TEN.locate("hot");
      for (int i = 1; i <= 300; i++) {
        load.acquire("hot");
        long bound = Math.max(6, (long) Math.ceil(1.25 * i / 10));
        assertThat(load.loads().values()).allMatch(units -> units <= bound);
        assertThat(load.load(owner)).isEqualTo(Math.min(i, bound));
      }
    }

    @Test
    void atLeast_drainedNode_getsNothing() {
      HashRing<String> ring = HashRing.of("a", "b").with("b", 0);
      BoundedLoad<String> load = BoundedLoad.of(ConcurrentHashRing.of(ring), FACTOR.atLeast(100));

      assertThat(load.capacity("a")).isEqualTo(100);
      assertThat(load.capacity("b")).isZero();
      assertThat(load.tryAcquire("key", 1, node -> node.equals("b"))).isEmpty();
    }
  }

  @Nested
  class Limit {

    @Test
    void atMost_allNodesAtTheirLimit_isRefusedAndCountsNothing() {
      BoundedLoad<String> load = BoundedLoad.of(ConcurrentHashRing.of(TEN), FACTOR.atMost(3));
      List<Lease<String>> leases = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        leases.add(load.acquire("chat-7"));
      }

      assertThat(load.loads().values()).containsOnly(3L);
      assertThatThrownBy(() -> load.acquire("chat-7"))
          .isInstanceOf(NoSuchElementException.class)
          .hasMessage("no node has room for 1 more: each may hold at most 3");
      assertThat(load.tryAcquire("chat-7", 1, node -> true)).isEmpty();
      assertThat(load.totalLoad()).isEqualTo(30);
      leases.get(17).close();
      assertThat(load.acquire("chat-7").node()).isEqualTo(leases.get(17).node());
    }

    /**
     * The share of what is left to others is fair among them, as if the one at its limit were down.
     */
    @Test
    void atMost_heavyNodeAtItsLimit_leavesTheRestToTheOthersByTheirShare() {
      HashRing<String> ring = HashRing.<String>builder(id -> id)
          .add("heavy", 8)
          .add("a", 1)
          .add("b", 1)
          .build();
      BoundedLoad<String> load = BoundedLoad.of(ConcurrentHashRing.of(ring), FACTOR.atMost(10));
      for (int i = 0; i < 30; i++) {
        load.acquire("key");
      }

      assertThat(load.loads().values()).containsOnly(10L);
    }

    @Test
    void atMost_leaseLargerThanTheLimit_isRefused() {
      BoundedLoad<String> load = BoundedLoad.of(ConcurrentHashRing.of(TEN), FACTOR.atMost(100));

      assertThatThrownBy(() -> load.acquire("chat-7", 101))
          .isInstanceOf(NoSuchElementException.class)
          .hasMessage("no node has room for 101 more: each may hold at most 100");
      assertThat(load.acquire("chat-7", 100).node()).isEqualTo(TEN.locate("chat-7"));
    }
  }

  @Nested
  class Units {

    @Test
    void acquire_severalUnits_countAsSuch() {
      BoundedLoad<String> load = BoundedLoad.of(ConcurrentHashRing.of(TEN), FACTOR.atLeast(100));
      String owner = TEN.locate("chat-7");
      Lease<String> large = load.acquire("chat-7", 60);
      assertThat(large).hasToString("Lease[" + owner + ", 60 units]");
      assertThat(load.load(owner)).isEqualTo(60);

      // 41 more do not fit, 40 do
      assertThat(load.acquire("chat-7", 41).node()).isNotEqualTo(owner);
      assertThat(load.acquire("chat-7", 40).node()).isEqualTo(owner);
      assertThat(load.totalLoad()).isEqualTo(141);
      large.close();
      large.close();
      assertThat(load.load(owner)).isEqualTo(40);
      assertThat(load.totalLoad()).isEqualTo(81);
    }

    @Test
    void acquire_leaseLargerThanEveryBound_goesToTheFirstThatIsNotFull() {
      BoundedLoad<String> load = Loads.of(TEN, 1.25);
      String owner = TEN.locate("chat-7");
      Lease<String> small = load.acquire("chat-7", 3);
      assertThat(small.node()).isEqualTo(owner);

      // the bound is ⌈1.25 · 1003 / 10⌉ = 126: no node takes 1000, and the owner is below it
      assertThat(load.acquire("chat-7", 1000).node()).isEqualTo(owner);
      // and now above it
      assertThat(load.acquire("chat-7", 1000).node())
          .isEqualTo(TEN.preferenceList("chat-7").first(2).get(1));
    }

    @Test
    void acquire_leaseThatFitsNowhere_goesToTheFirstThatIsNotFull() {
      HashRing<String> ring = HashRing.of("a", "b");
      BoundedLoad<String> load = Loads.of(ring, 1.5);
      String key = keyOf(ring, "a");
      assertThat(load.acquire(key, 100).node()).isEqualTo("a");
      assertThat(load.acquire(keyOf(ring, "b"), 100).node()).isEqualTo("b");

      // bounds of ⌈1.5 · 500 / 2⌉ = 375, which 300 are within, but not 100 and 300
      assertThat(load.acquire(key, 300).node()).isEqualTo("a");
      assertThat(load.loads()).containsOnly(entry("a", 400L), entry("b", 100L));
      // bounds of ⌈1.5 · 501 / 2⌉ = 376
      assertThat(load.acquire(key).node()).isEqualTo("b");
    }

    /** A huge lease is in the way of its own node's keys alone, and of these while it is open. */
    @Test
    void acquire_hugeLease_leavesTheOthersOnTheirOwners() {
      BoundedLoad<String> load = Loads.of(TEN, 1.25);
      String owner = TEN.locate("chat-7");
      List<Lease<String>> small = new ArrayList<>();
      try (Lease<String> huge = load.acquire("chat-7", 1L << 60)) {
        assertThat(huge.node()).isEqualTo(owner);
        for (int i = 0; i < 1000; i++) {
          String ownerOfKey = TEN.locate("user:" + i);
          Lease<String> lease = load.acquire("user:" + i, 1 + i % 50);
          if (ownerOfKey.equals(owner)) {
            assertThat(lease.node())
                .isEqualTo(TEN.preferenceList("user:" + i).first(2).get(1));
          } else {
            assertThat(lease.node()).isEqualTo(ownerOfKey);
          }
          small.add(lease);
        }
      }
      small.forEach(Lease::close);
      for (String node : TEN.nodes()) {
        try (Lease<String> lease = load.acquire(keyOf(TEN, node))) {
          assertThat(lease.node()).isEqualTo(node);
        }
      }
      assertThat(load.totalLoad()).isZero();
    }

    /** With one unit for each prompt, counts are even, and tokens are not: 0.52 to 1.92. */
    @Test
    void acquire_promptsOfDifferentLengths_evenOutTheirTokens() {
      BoundedLoad<String> load = Loads.of(TEN, 1.25);
      Random random = new Random(1);
      long[] lengths = {400, 32_000};
      for (int i = 0; i < 400; i++) {
        load.acquire("prompt-" + i, lengths[random.nextInt(2)]);
      }

      double mean = load.totalLoad() / 10.0;
      assertThat(load.loads().values()).allMatch(tokens -> tokens <= Math.ceil(1.25 * mean));
    }

    @Test
    void acquire_smallestFactorAndLargeLoads_thereIsAlwaysANode() {
      for (int n = 1; n <= 20; n++) {
        HashRing<String> ring = HashRing.builder()
            .addAll(IntStream.range(0, n).mapToObj(i -> "node-" + i).toList())
            .build();
        BoundedLoad<String> load = Loads.of(ring, Math.nextUp(1.0));
        Random random = new Random(n);
        for (int i = 0; i < 200; i++) {
          load.acquire("key", 1 + random.nextLong(1L << (1 + random.nextInt(54))));
          load.tryAcquire("key", 1, node -> !node.equals("node-1")).orElseThrow();
        }
      }
    }
  }

  @Nested
  class Positions {

    @Test
    void acquireAt_anyPosition_isOnItsOwner() {
      BoundedLoad<String> load = BoundedLoad.of(ConcurrentHashRing.of(TEN), FACTOR.atLeast(1000));
      byte[] key = {1, 2, 3};
      for (long position :
          new long[] {0, 1, Long.MAX_VALUE, Long.MIN_VALUE, -1, TEN.position(key)}) {
        String owner = TEN.locateAt(position);
        assertThat(load.tryAcquireAt(position, 1, node -> true).orElseThrow().node())
            .isEqualTo(owner);
        assertThat(load.tryAcquireAt(position, 5, node -> true).orElseThrow().node())
            .isEqualTo(owner);
        assertThat(load.tryAcquireAt(position, 5, node -> !node.equals(owner))
                .orElseThrow()
                .node())
            .isEqualTo(TEN.preferenceListAt(position).first(2).get(1));
      }
      assertThat(load.tryAcquireAt(TEN.position(key), 1, node -> true)
              .orElseThrow()
              .node())
          .isEqualTo(TEN.locate(key));
    }

    @Test
    void acquireAt_beyondTheLastPosition_isRefusedAsByTheRing() {
      HashRing<String> ring = HashRing.builder()
          .placement(Placements.slots(InteropFunctions.md5(), 512, 9, Ties.SMALLEST_ID))
          .addAll(List.of("a", "b"))
          .build();
      BoundedLoad<String> load = Loads.of(ring, 1.25);
      String message = catchThrowable(() -> ring.locateAt(512)).getMessage();

      assertThat(load.tryAcquireAt(511, 1, node -> true).orElseThrow().node())
          .isEqualTo(ring.locateAt(511));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> load.tryAcquireAt(512, 1, node -> true).orElseThrow())
          .withMessage(message);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> load.tryAcquireAt(512, 1, node -> true))
          .withMessage(message);
      assertThat(load.totalLoad()).isEqualTo(1);
    }
  }

  @Nested
  class Errors {

    private final BoundedLoad<String> load = Loads.of(TEN, 1.25);

    @Test
    void units_notPositive_areRefused() {
      for (long units : new long[] {0, -1, Long.MIN_VALUE}) {
        String message = "units must be positive: " + units;
        assertThatIllegalArgumentException()
            .isThrownBy(() -> load.acquire("key", units))
            .withMessage(message);
        assertThatIllegalArgumentException()
            .isThrownBy(() -> load.tryAcquire("key", units, node -> true).orElseThrow())
            .withMessage(message);
        assertThatIllegalArgumentException()
            .isThrownBy(() -> load.tryAcquireAt(7, units, node -> true).orElseThrow())
            .withMessage(message);
        assertThatIllegalArgumentException()
            .isThrownBy(() -> load.tryAcquire("key", units, node -> true))
            .withMessage(message);
        assertThatIllegalArgumentException()
            .isThrownBy(() -> load.tryAcquireAt(7, units, node -> true))
            .withMessage(message);
      }
      assertThat(load.totalLoad()).isZero();
    }

    @Test
    void units_beyondTheLargestTotal_areRefused() {
      Lease<String> most = load.acquire("key", Long.MAX_VALUE - 10);
      String message =
          "units must not take the load of all, 9223372036854775797, above 2^63 - 1: 11";

      assertThat(load.capacity("gpu0")).isPositive();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> load.acquire("key", 11))
          .withMessage(message);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> load.tryAcquire("key", 11, node -> true))
          .withMessage(message);
      assertThat(load.totalLoad()).isEqualTo(Long.MAX_VALUE - 10);
      Lease<String> rest = load.acquire("key", 10);
      assertThat(load.capacity("gpu0")).isPositive();
      most.close();
      rest.close();
      assertThat(load.totalLoad()).isZero();
    }

    @Test
    void bound_badValues_areRefused() {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Bound.factor(1))
          .withMessage("factor must be finite and greater than 1: 1.0");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> FACTOR.atLeast(-1))
          .withMessage("atLeast must not be negative: -1");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> FACTOR.atMost(0))
          .withMessage("atMost must be positive: 0");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> FACTOR.atMost(5).atLeast(6))
          .withMessage("atLeast must not be greater than atMost, 5: 6");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> FACTOR.atLeast(6).atMost(5))
          .withMessage("atLeast must not be greater than atMost, 5: 6");
      assertThat(FACTOR.atLeast(5).atMost(5))
          .hasToString(FACTOR.atMost(5).atLeast(5).toString());
      assertThat(Bound.factor(Double.MAX_VALUE).toString()).contains(Double.MAX_VALUE + "");
      assertThatNullPointerException()
          .isThrownBy(() -> BoundedLoad.of(ConcurrentHashRing.of(TEN), null))
          .withMessage("bound must not be null");
    }

    @Test
    void toString_bound_tellsWhatIsSet() {
      assertThat(FACTOR).hasToString("factor 1.25");
      assertThat(FACTOR.atLeast(8).atMost(200)).hasToString("factor 1.25, at least 8, at most 200");
      assertThat(BoundedLoad.of(ConcurrentHashRing.of(TEN), FACTOR.atLeast(8)))
          .hasToString("BoundedLoad[factor 1.25, at least 8, load 0, " + TEN + "]");
    }
  }
}
