package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.hashring.BoundedLoad.Bound;
import io.hashring.BoundedLoad.Lease;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.placement.Placement;
import io.hashring.placement.Placements;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BoundedLoadTest {

  private static final HashRing<String> ABC = HashRing.of("a", "b", "c");

  private static List<String> keys(int count) {
    return IntStream.range(0, count).mapToObj(i -> "user:" + i).toList();
  }

  @Nested
  class Acquire {

    @Test
    void acquire_oneHotKey_goesOnToTheNextNodeWhenOneIsFull() {
      BoundedLoad<String> load = Loads.of(ABC, 1.25);
      List<String> walk = ABC.preferenceList("hot").first(3);
      List<String> chosen = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        chosen.add(load.acquire("hot").node());
      }

      // capacities at the 1st to the 6th: 1, 1, 2, 2, 3, 3
      assertThat(chosen)
          .containsExactly(
              walk.get(0), walk.get(1), walk.get(0), walk.get(1), walk.get(0), walk.get(1));
      assertThat(load.load(walk.get(0))).isEqualTo(3);
      assertThat(load.load(walk.get(2))).isZero();
      assertThat(load.totalLoad()).isEqualTo(6);
      assertThat(load.capacity(walk.get(2))).isEqualTo(3);
    }

    @Test
    void acquire_closedLease_makesRoomOnTheOwner() {
      BoundedLoad<String> load = Loads.of(ABC, 1.25);
      String owner = ABC.locate("hot");
      Lease<String> first = load.acquire("hot");
      assertThat(load.acquire("hot").node()).isNotEqualTo(owner);

      first.close();

      assertThat(load.acquire("hot").node()).isEqualTo(owner);
      assertThat(first).hasToString("Lease[" + owner + "]");
    }

    @Test
    void acquire_whenLoadFalls_aNodeAboveItsCapacityKeepsItsLeasesAndGetsNoMore() {
      HashRing<String> ring = HashRing.of("a", "b");
      BoundedLoad<String> load = Loads.of(ring, 1.5);
      String key = keyOf(ring, "a");
      List<Lease<String>> onA = new ArrayList<>();
      List<Lease<String>> onB = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        Lease<String> lease = load.acquire(key);
        (lease.node().equals("a") ? onA : onB).add(lease);
      }
      assertThat(onA).hasSize(9);
      onB.forEach(Lease::close);

      assertThat(load.load("a")).isEqualTo(9);
      assertThat(load.capacity("a")).isEqualTo(8); // ⌈1.5 · 10 / 2⌉
      assertThat(load.acquire(key).node()).isEqualTo("b");
    }

    private String keyOf(HashRing<String> ring, String node) {
      return keys(100).stream()
          .filter(key -> ring.locate(key).equals(node))
          .findFirst()
          .orElseThrow();
    }

    @Test
    void acquire_eligibleNodesFull_areFilledByTheirShareAmongThemselves() {
      HashRing<String> ring = HashRing.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");
      BoundedLoad<String> load = Loads.of(ring, 1.25);
      Predicate<String> up = node -> node.equals("a") || node.equals("b");
      for (int i = 1; i <= 100; i++) {
        assertThat(load.tryAcquire("hot", 1, up).orElseThrow().node()).matches(up::test);
        assertThat(Math.max(load.load("a"), load.load("b")))
            .isLessThanOrEqualTo((long) Math.ceil(1.25 * i / 2));
      }

      // once the others are back they are first
      assertThat(load.capacity("a")).isEqualTo(13);
      assertThat(load.acquire("hot").node()).matches(up.negate()::test);
    }

    @Test
    void acquire_noneEligible_isRefusedAndCountsNothing() {
      BoundedLoad<String> load = Loads.of(ABC, 1.25);

      assertThat(load.tryAcquire("key", 1, node -> false)).isEmpty();
      assertThat(load.totalLoad()).isZero();
    }

    @Test
    void acquire_noNodeHoldsPoints_isRefused() {
      for (HashRing<String> ring : List.of(HashRing.of(), HashRing.of("a").with("a", 0))) {
        BoundedLoad<String> load = Loads.of(ring, 1.25);

        assertThatThrownBy(() -> load.acquire("key")).isInstanceOf(EmptyRingException.class);
        assertThat(load.tryAcquire("key", 1, node -> true)).isEmpty();
        assertThat(load.tryAcquireAt(1, 1, node -> true)).isEmpty();
        assertThat(load.totalLoad()).isZero();
      }
    }

    @Test
    void acquire_predicateThatThrows_countsNothing() {
      BoundedLoad<String> load = Loads.of(ABC, 1.25);
      load.acquire("key");

      assertThatThrownBy(() -> load.tryAcquire("key", 1, node -> {
                throw new IllegalStateException("health unknown");
              })
              .orElseThrow())
          .hasMessage("health unknown");
      assertThat(load.totalLoad()).isEqualTo(1);
      load.acquire("key").close(); // the lock is free
    }

    @Test
    void acquire_ringChangedByThePredicate_startsAnewOnTheRingAfter() {
      ConcurrentHashRing<String> ring = ConcurrentHashRing.of(ABC);
      BoundedLoad<String> load = Loads.of(ring, 1.25);
      String owner = ABC.locate("key");

      Lease<String> lease = load.tryAcquire("key", 1, node -> {
            if (ring.ring().nodes().contains(owner)) {
              ring.remove(owner);
              load.capacity(owner); // notices
            }
            return true;
          })
          .orElseThrow();

      assertThat(lease.node()).isEqualTo(ring.ring().locate("key")).isNotEqualTo(owner);
      lease.close();
      assertThat(load.totalLoad()).isZero();
    }

    @Test
    void acquire_nodePassedOverThatHasRoomMeanwhile_isTaken() {
      BoundedLoad<String> load = Loads.of(ABC, 1.25);
      String owner = ABC.locate("hot");
      Lease<String> first = load.acquire("hot");

      Lease<String> second = load.tryAcquire("hot", 1, node -> {
            if (!node.equals(owner)) {
              first.close();
            }
            return true;
          })
          .orElseThrow();

      assertThat(second.node()).isEqualTo(owner);
      assertThat(load.totalLoad()).isEqualTo(1);
    }

    @Test
    void acquire_loadThatFallsMeanwhile_isBoundByWhatItIsWhenTheLeaseIsPlaced() {
      BoundedLoad<String> load = Loads.of(ABC, 1.25);
      List<String> walk = ABC.preferenceList("hot").first(3);
      List<Lease<String>> onFirst = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        Lease<String> lease = load.acquire("hot");
        if (lease.node().equals(walk.get(0))) {
          onFirst.add(lease);
        }
      }
      assertThat(onFirst).hasSize(9); // ⌈1.25 · 20 / 3⌉
      assertThat(load.load(walk.get(1))).isEqualTo(8);

      Lease<String> last = load.tryAcquire("hot", 1, node -> {
            onFirst.forEach(Lease::close);
            return !node.equals(walk.get(0));
          })
          .orElseThrow();

      // the second has 8 of the 11 leases that are left: far above ⌈1.25 · 12 / 3⌉
      assertThat(last.node()).isEqualTo(walk.get(2));
    }

    /**
     * A key during whose hashing something happens: after the call has begun, before it has a node.
     */
    private record Meanwhile(String text, Runnable action) implements CharSequence {
      @Override
      public int length() {
        return text.length();
      }

      @Override
      public char charAt(int index) {
        action.run();
        return text.charAt(index);
      }

      @Override
      public CharSequence subSequence(int start, int end) {
        action.run();
        return text.subSequence(start, end);
      }

      @Override
      public String toString() {
        action.run();
        return text;
      }
    }

    @Test
    void acquire_ringChangedWhileTheKeyIsHashed_startsAnewOnTheRingAfter() {
      ConcurrentHashRing<String> ring = ConcurrentHashRing.of(ABC);
      BoundedLoad<String> load = Loads.of(ring, 10);
      String comer = keys(100).stream()
          .filter(node -> ABC.with(node).locate("key").equals(node))
          .findFirst()
          .orElseThrow();
      assertThat(load.acquire("key").node()).isEqualTo(ABC.locate("key"));
      Runnable join = () -> {
        ring.set(comer);
        load.capacity(comer); // notices
      };

      assertThat(load.acquire(new Meanwhile("key", join)).node()).isEqualTo(comer);
      assertThat(load.totalLoad()).isEqualTo(2);
    }

    @Test
    void acquire_loadThatFallsWhileTheKeyIsHashed_isBoundByWhatItIsWhenTheLeaseIsPlaced() {
      HashRing<String> ring = HashRing.of("a", "b");
      BoundedLoad<String> load = Loads.of(ring, 1.5);
      String key = keyOf(ring, "a");
      List<Lease<String>> onB = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        Lease<String> lease = load.acquire(key);
        if (lease.node().equals("b")) {
          onB.add(lease);
        }
      }
      long onA = load.load("a");
      assertThat(onA).isEqualTo(9).isLessThan(load.capacity("a")); // the next one would be its own

      Lease<String> next = load.acquire(new Meanwhile(key, () -> onB.forEach(Lease::close)));

      assertThat(next.node()).isEqualTo("b"); // ⌈1.5 · 10 / 2⌉ = 8
    }

    /** With several probes and with other placements the walk is the ring's, whichever that is. */
    @Test
    void acquire_otherWalks_areFollowed() {
      HashRing<String> probing =
          HashRing.builder().pointsPerNode(10).probes(5).addAll(keys(6)).build();
      for (String key : keys(50)) {
        BoundedLoad<String> load = Loads.of(probing, Math.nextUp(1.0));
        Set<String> first = new LinkedHashSet<>();
        for (int i = 0; i < 11; i++) { // with six all may have two
          first.add(load.acquire(key).node());
        }
        assertThat(first).containsExactlyElementsOf(probing.preferenceList(key).first(6));
      }
    }

    @Test
    void acquire_singleNode_isNeverFull() {
      BoundedLoad<String> load = Loads.of(HashRing.of("a"), Math.nextUp(1.0));
      for (int i = 0; i < 1000; i++) {
        assertThat(load.acquire("key").node()).isEqualTo("a");
      }
    }
  }

  @Nested
  class Changes {

    private final ConcurrentHashRing<Node> ring = ConcurrentHashRing.of(
        HashRing.builder(Node::id).add(new Node("a", 1)).add(new Node("b", 1)).build());
    private final BoundedLoad<Node> load = Loads.of(ring, 1.25);

    private List<Lease<Node>> acquire(int count) {
      return IntStream.range(0, count).mapToObj(i -> load.acquire("key-" + i)).toList();
    }

    private static Node node(String id) {
      return new Node(id, -1);
    }

    @Test
    void change_nodeThatLeft_countsDownAndBurdensNobody() {
      List<Lease<Node>> leases = acquire(100);
      long onA = load.load(node("a"));
      ring.remove(node("a"));

      assertThat(load.capacity(node("a"))).isZero();
      assertThat(load.capacity(node("b"))).isEqualTo((long) Math.ceil(1.25 * (100 - onA + 1)));
      assertThat(load.acquire("key").node().id()).isEqualTo("b");
      assertThat(load.load(node("a"))).isEqualTo(onA);
      assertThat(load.totalLoad()).isEqualTo(101);

      leases.forEach(Lease::close);
      assertThat(load.load(node("a"))).isZero();
      assertThat(load.load(node("b"))).isEqualTo(1);
      assertThat(load.totalLoad()).isEqualTo(1);
    }

    @Test
    void change_nodeThatComesBackUnderItsId_hasTheLeasesThatItHad() {
      List<Lease<Node>> leases = acquire(10);
      long onA = load.load(node("a"));
      ring.remove(node("a"));
      load.acquire("key").close();
      ring.set(new Node("c", 1));
      load.acquire("key").close();
      ring.set(new Node("a", 2));

      assertThat(load.load(node("a"))).isEqualTo(onA);
      assertThat(load.capacity(node("a"))).isEqualTo(5); // ⌈1.25 · 11 / 3⌉
      Predicate<Node> isA = node -> node.id().equals("a");
      assertThat(load.tryAcquire("key", 1, isA).orElseThrow().node()).isEqualTo(new Node("a", 2));
      leases.forEach(Lease::close);
      assertThat(load.load(node("a"))).isEqualTo(1);
    }

    /** A new address under an old id moves no key: it is who answers that changes. */
    @Test
    void change_nodeReplacedUnderItsId_isWhatTheNextLeaseIsOn() {
      String key = IntStream.range(0, 100)
          .mapToObj(i -> "key-" + i)
          .filter(k -> ring.ring().locate(k).id().equals("a"))
          .findFirst()
          .orElseThrow();
      Lease<Node> before = load.acquire(key);
      for (int address = 2; address < 100; address++) {
        ring.set(new Node("a", address));

        try (Lease<Node> lease =
            load.tryAcquire(key, 1, node -> node.id().equals("a")).orElseThrow()) {
          assertThat(lease.node()).isEqualTo(new Node("a", address));
        }
        assertThat(load.load(node("a"))).isEqualTo(1);
      }
      assertThat(before.node()).isEqualTo(new Node("a", 1));
      before.close();
      try (Lease<Node> lease = load.acquire(key)) {
        assertThat(lease.node()).isEqualTo(new Node("a", 99));
      }
      assertThat(load.loads()).containsOnly(entry("a", 0L), entry("b", 0L));
    }

    @Test
    void loads_nodesThatLeft_areListedWhileTheyHoldLeases() {
      List<Lease<Node>> leases = acquire(10);
      long onA = load.load(node("a"));
      ring.remove(node("a"));
      ring.set(new Node("c", 1));

      assertThat(load.loads())
          .containsExactly(entry("b", 10 - onA), entry("c", 0L), entry("a", onA));
      leases.forEach(Lease::close);
      assertThat(load.loads()).containsExactly(entry("b", 0L), entry("c", 0L));
      assertThatThrownBy(() -> load.loads().clear())
          .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void loads_nodeThatLeavesWithoutALease_isNotListed() {
      assertThat(load.loads()).hasSize(2);
      ring.remove(node("a"));

      assertThat(load.loads()).containsExactly(entry("b", 0L));
    }

    @Test
    void capacity_nodeOfAWeightButWithoutPoints_isNoneAndBurdensNobody() {
      Placement placement = new Placement() {
        private final Placement v1 = Placements.v1(HashFunctions.xxh3_64(), 10);

        @Override
        public HashFunction keyFunction() {
          return v1.keyFunction();
        }

        @Override
        public long pointCount(String id, double weight) {
          return id.equals("none") ? 0 : v1.pointCount(id, weight);
        }

        @Override
        public long[] points(String id, double weight) {
          return id.equals("none") ? new long[0] : v1.points(id, weight);
        }
      };
      HashRing<String> three = HashRing.builder()
          .placement(placement)
          .add("a")
          .add("b")
          .add("none", 8)
          .build();
      BoundedLoad<String> ofThree =
          BoundedLoad.of(ConcurrentHashRing.of(three), Bound.factor(1.25));

      assertThat(ofThree.capacity("a")).isEqualTo(1);
      for (int i = 0; i < 10; i++) {
        ofThree.acquire("key-" + i);
      }
      assertThat(ofThree.capacity("a")).isEqualTo(7); // ⌈1.25 · 11 / 2⌉
      assertThat(ofThree.capacity("none")).isZero();
      assertThat(BoundedAssignment.of(three, List.of("1", "2", "3", "4"), 1.25).nodes())
          .hasSize(4); // of which each of two may have three
    }

    @Test
    void change_weight_changesTheCapacity() {
      acquire(7);
      ring.set(new Node("a", 1), 3);

      assertThat(load.capacity(node("a"))).isEqualTo(8); // ⌈1.25 · 8 · 3/4⌉
      assertThat(load.capacity(node("b"))).isEqualTo(3);
    }

    @Test
    void change_drainedNode_getsNoMoreAndBurdensNobody() {
      List<Lease<Node>> leases = acquire(20);
      long onA = load.load(node("a"));
      ring.set(new Node("a", 1), 0);
      List<Lease<Node>> more = acquire(20);

      assertThat(onA).isPositive();
      assertThat(load.load(node("a"))).isEqualTo(onA);
      assertThat(load.capacity(node("a"))).isZero();
      assertThat(load.capacity(node("b"))).isEqualTo((long) Math.ceil(1.25 * (40 - onA + 1)));
      assertThat(load.tryAcquire("key", 1, node -> node.id().equals("a"))).isEmpty();
      leases.forEach(Lease::close);
      more.forEach(Lease::close);
      more.forEach(Lease::close);
      assertThat(load.totalLoad()).isZero();
    }
  }

  @Nested
  class CloseAfter {

    private final BoundedLoad<String> load = Loads.of(ABC, 1.25);
    private final CompletableFuture<String> answer = new CompletableFuture<>();

    @Test
    void closeAfter_result_closesBeforeTheStageIsComplete() {
      List<Long> loads = new ArrayList<>();
      CompletionStage<String> stage = load.acquire("key").closeAfter(node -> answer);
      stage.thenRun(() -> loads.add(load.totalLoad()));
      assertThat(load.totalLoad()).isEqualTo(1);

      answer.complete("done");

      assertThat(stage).isCompletedWithValue("done");
      assertThat(loads).containsExactly(0L);
    }

    @Test
    void closeAfter_exceptionOrCancellation_closes() {
      CompletionStage<String> failed = load.acquire("key").closeAfter(node -> answer);
      answer.completeExceptionally(new IllegalStateException("reset"));
      assertThat(failed)
          .isCompletedExceptionally()
          .failsWithin(Duration.ZERO)
          .withThrowableOfType(ExecutionException.class)
          .withMessageContaining("reset");
      assertThat(load.totalLoad()).isZero();

      CompletableFuture<String> cancelled = new CompletableFuture<>();
      load.acquire("key").closeAfter(node -> cancelled);
      cancelled.cancel(false);
      assertThat(load.totalLoad()).isZero();
    }

    @Test
    void closeAfter_answerThatIsThere_closesAtOnce() {
      CompletionStage<String> stage =
          load.acquire("key").closeAfter(CompletableFuture::completedFuture);

      assertThat(stage).isCompletedWithValue(ABC.locate("key"));
      assertThat(load.totalLoad()).isZero();
    }

    @Test
    void closeAfter_callThatThrowsOrReturnsNothing_closes() {
      assertThatThrownBy(() -> load.acquire("key").closeAfter(node -> {
            throw new IllegalStateException("no connection");
          }))
          .hasMessage("no connection");
      assertThat(load.totalLoad()).isZero();
      assertThatNullPointerException()
          .isThrownBy(() -> load.acquire("key").closeAfter(node -> null))
          .withMessage("answer must not be null");
      assertThat(load.totalLoad()).isZero();
    }

    @Test
    void closeAfter_noCall_isRefused() {
      try (Lease<String> lease = load.acquire("key")) {
        assertThatNullPointerException()
            .isThrownBy(() -> lease.closeAfter(null))
            .withMessage("call must not be null");
        assertThat(load.totalLoad()).isEqualTo(1);
      }
    }
  }

  @Nested
  class Errors {

    private final BoundedLoad<String> load = Loads.of(ABC, 1.25);

    @ParameterizedTest
    @ValueSource(
        doubles = {Double.NaN, 1, 0, -2, 0.999, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void factor_notGreaterThanOne_isRefused(double factor) {
      String message = "factor must be finite and greater than 1: " + factor;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Loads.of(ABC, factor))
          .withMessage(message);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Loads.of(ConcurrentHashRing.of(ABC), factor))
          .withMessage(message);
    }

    @Test
    void arguments_null_areRefused() {
      assertThatNullPointerException()
          .isThrownBy(() -> Loads.of((HashRing<String>) null, 2))
          .withMessage("ring must not be null");
      assertThatNullPointerException()
          .isThrownBy(() -> Loads.of((ConcurrentHashRing<String>) null, 2))
          .withMessage("ring must not be null");
      assertThatNullPointerException()
          .isThrownBy(() -> load.acquire((String) null))
          .withMessage("key must not be null");
      assertThatNullPointerException()
          .isThrownBy(() -> load.tryAcquire(null, 1, node -> true))
          .withMessage("key must not be null");
      assertThatNullPointerException()
          .isThrownBy(() -> load.tryAcquire("key", 1, null))
          .withMessage("eligible must not be null");
      assertThatNullPointerException()
          .isThrownBy(() -> load.tryAcquireAt(1, 1, null))
          .withMessage("eligible must not be null");
      assertThatNullPointerException()
          .isThrownBy(() -> load.load(null))
          .withMessage("node must not be null");
      assertThatNullPointerException()
          .isThrownBy(() -> load.capacity(null))
          .withMessage("node must not be null");
      assertThat(load.totalLoad()).isZero();
    }

    @Test
    void nodes_unknown_haveNoLoadAndNoCapacity() {
      assertThat(load.load("x")).isZero();
      assertThat(load.capacity("x")).isZero();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> load.load(""))
          .withMessage("id must not be empty");
    }

    @Test
    void toString_anyLoad_tellsFactorAndLeases() {
      load.acquire("key");

      assertThat(load).hasToString("BoundedLoad[factor 1.25, load 1, " + ABC + "]");
    }
  }
}
