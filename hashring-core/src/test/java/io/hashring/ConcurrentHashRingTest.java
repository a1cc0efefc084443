package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ConcurrentHashRingTest {

  private static final HashRing<String> AB = HashRing.of("a", "b");

  private record Change(HashRing<String> before, HashRing<String> after) {}

  @Nested
  class Reading {

    @Test
    void lookups_anyKey_areThoseOfTheCurrentRing() {
      ConcurrentHashRing<String> ring = ConcurrentHashRing.of(AB);
      HashRing<String> now = ring.set("c", 2);

      assertThat(ring.ring()).isSameAs(now).isEqualTo(AB.with("c", 2));
      for (String key : List.of("", "user:42", "ключ")) {
        assertThat(ring.ring().locate(key)).isEqualTo(now.locate(key));
      }
    }

    @Test
    void locate_emptyRing_fails() {
      assertThatThrownBy(() -> ConcurrentHashRing.of(HashRing.of()).ring().locate("key"))
          .isInstanceOf(EmptyRingException.class);
    }

    @Test
    void toString_anyRing_tellsVersionAndRing() {
      ConcurrentHashRing<String> ring = ConcurrentHashRing.of(AB, 3);
      ring.set("c");

      assertThat(ring).hasToString("version 1 of " + ring.ring() + ", 1 before it");
    }
  }

  @Nested
  class Changing {

    @Test
    void changes_ofEachKind_followOneAnother() {
      ConcurrentHashRing<String> ring = ConcurrentHashRing.of(AB);

      assertThat(ring.snapshot().version()).isZero();
      assertThat(ring.set("c")).isEqualTo(HashRing.of("a", "b", "c"));
      assertThat(ring.set("c", 0.5).weight("c")).isEqualTo(0.5);
      assertThat(ring.remove("a").nodes()).containsExactly("b", "c");
      assertThat(ring.change(change -> change.set("d").remove("b")).nodes())
          .containsExactly("c", "d");
      assertThat(ring.update(now -> now.with("e")).nodes()).containsExactly("c", "d", "e");
      assertThat(ring.add("f").nodes()).containsExactly("c", "d", "e", "f");
      assertThat(ring.snapshot().version()).isEqualTo(6);
    }

    @Test
    void changes_thatLeadToAnEqualRing_areNone() {
      ConcurrentHashRing<String> ring = ConcurrentHashRing.of(AB, 3);
      List<Change> told = new ArrayList<>();
      ring.onChange((before, after) -> told.add(new Change(before, after)));

      assertThat(ring.set("a")).isSameAs(AB);
      assertThat(ring.set("a", 1)).isSameAs(AB);
      assertThat(ring.change(change -> {})).isSameAs(AB);
      assertThat(ring.change(change -> change.set("c").remove("c"))).isSameAs(AB);
      assertThat(ring.update(now -> HashRing.of("b", "a"))).isSameAs(AB);
      assertThat(ring.ring()).isSameAs(AB);
      assertThat(ring.snapshot().version()).isZero();
      assertThat(ring.snapshot().history()).isEmpty();
      assertThat(told).isEmpty();
    }

    @Test
    void with_newAddressUnderAnOldId_isAChange() {
      ConcurrentHashRing<Node> ring =
          ConcurrentHashRing.of(HashRing.builder(Node::id).add(new Node("a", 1)).build());

      ring.set(new Node("a", 2));

      assertThat(ring.snapshot().version()).isEqualTo(1);
      assertThat(ring.ring().locate("key")).isEqualTo(new Node("a", 2));
    }

    @Test
    void changes_thatFail_leaveNoTrace() {
      ConcurrentHashRing<String> ring = ConcurrentHashRing.of(AB, 3);
      ring.onChange((before, after) -> {
        throw new AssertionError("must not be told");
      });

      assertThatIllegalArgumentException()
          .isThrownBy(() -> ring.remove("x"))
          .withMessage("node must be a member: x");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ring.set("c", Double.NaN))
          .withMessage("weight must be finite and not negative: NaN of node c");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ring.change(change -> change.set("c").remove("x")))
          .withMessage("node must be a member: x");
      assertThatNullPointerException()
          .isThrownBy(() -> ring.update(now -> null))
          .withMessage("ring must not be null");
      assertThatNullPointerException()
          .isThrownBy(() -> ring.update(null))
          .withMessage("function must not be null");
      assertThatNullPointerException()
          .isThrownBy(() -> ring.change(null))
          .withMessage("description must not be null");
      assertThat(ring.snapshot().ring()).isSameAs(AB);
      assertThat(ring.snapshot().version()).isZero();
      assertThat(ring.snapshot().history()).isEmpty();
      ring.update(now -> now); // the lock is free again
    }

    @Test
    void update_withinAnother_isRefused() {
      ConcurrentHashRing<String> ring = ConcurrentHashRing.of(AB);

      assertThatIllegalStateException()
          .isThrownBy(() -> ring.update(now -> ring.set("c")))
          .withMessage("a change must not be made within the description of another");
      assertThatIllegalStateException()
          .isThrownBy(() -> ring.change(change -> ring.set("c")))
          .withMessage("a change must not be made within the description of another");
      assertThat(ring.ring()).isSameAs(AB);
      assertThat(ring.set("c").nodes()).hasSize(3);
    }

    @Test
    void of_badArguments_fail() {
      assertThatNullPointerException()
          .isThrownBy(() -> ConcurrentHashRing.of(null))
          .withMessage("ring must not be null");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ConcurrentHashRing.of(AB, -1))
          .withMessage("historyLength must not be negative: -1");
    }
  }

  @Nested
  class History {

    @Test
    void history_fewChanges_hasAllRingsTheLastOneFirst() {
      ConcurrentHashRing<String> ring = ConcurrentHashRing.of(AB, 3);
      HashRing<String> abc = ring.set("c");
      ring.set("d");

      assertThat(ring.snapshot().history()).containsExactly(abc, AB);
    }

    @Test
    void history_manyChanges_forgetsTheOldest() {
      for (int length = 0; length <= 4; length++) {
        ConcurrentHashRing<String> ring = ConcurrentHashRing.of(AB, length);
        List<HashRing<String>> rings = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
          rings.add(0, ring.ring());
          ring.set("node-" + i);
          assertThat(ring.snapshot().history())
              .isEqualTo(rings.subList(0, Math.min(length, rings.size())));
        }
      }
    }

    @Test
    void history_ownerBeforeTheChange_canStillBeAsked() {
      ConcurrentHashRing<String> ring = ConcurrentHashRing.of(AB, 1);
      ring.set("c");
      List<String> moved = IntStream.range(0, 1000)
          .mapToObj(i -> "user:" + i)
          .filter(key -> ring.ring().locate(key).equals("c"))
          .toList();

      assertThat(moved).hasSizeBetween(200, 466);
      for (String key : moved) {
        assertThat(ring.snapshot().history().get(0).locate(key)).isEqualTo(AB.locate(key));
      }
    }

    @Test
    void history_isImmutable() {
      ConcurrentHashRing<String> ring = ConcurrentHashRing.of(AB, 1);
      ring.set("c");

      assertThatThrownBy(() -> ring.snapshot().history().clear())
          .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void snapshot_laterChanges_doNotShowInIt() {
      ConcurrentHashRing<String> ring = ConcurrentHashRing.of(AB, 1);
      HashRing<String> abc = ring.set("c");
      ConcurrentHashRing.Snapshot<String> snapshot = ring.snapshot();
      ring.set("d");

      assertThat(snapshot.version()).isEqualTo(1);
      assertThat(snapshot.ring()).isSameAs(abc);
      assertThat(snapshot.history()).containsExactly(AB);
    }
  }

  @Nested
  class Listening {

    private final ConcurrentHashRing<String> ring = ConcurrentHashRing.of(AB);
    private final List<String> log = new ArrayList<>();

    private void record(String listener, HashRing<String> before, HashRing<String> after) {
      log.add(listener + " " + before.nodes() + " " + after.nodes());
    }

    @Test
    void onChange_anyChange_isToldBeforeAndAfterOnce() {
      ring.onChange((before, after) -> record("x", before, after));
      ring.onChange((before, after) -> record("y", before, after));

      ring.set("c");
      ring.change(change -> change.remove("a").remove("b"));

      assertThat(log)
          .containsExactly(
              "x [a, b] [a, b, c]", "y [a, b] [a, b, c]", "x [a, b, c] [c]", "y [a, b, c] [c]");
    }

    @Test
    void onChange_sameListenerTwice_isTwoRegistrations() {
      AtomicInteger told = new AtomicInteger();
      BiConsumer<HashRing<String>, HashRing<String>> listener =
          (before, after) -> told.incrementAndGet();
      ConcurrentHashRing.Registration first = ring.onChange(listener);
      ring.onChange(listener);
      ring.set("c");
      assertThat(told).hasValue(2);

      first.close();
      first.close();
      ring.set("d");
      assertThat(told).hasValue(3);
    }

    @Test
    void onChange_closed_isNotToldAnyMore() {
      ConcurrentHashRing.Registration registration =
          ring.onChange((before, after) -> record("x", before, after));
      ring.set("c");
      registration.close();
      ring.set("d");

      assertThat(log).containsExactly("x [a, b] [a, b, c]");
    }

    @Test
    void onChange_listenerThatThrows_harmsNobody() {
      List<Throwable> uncaught = new ArrayList<>();
      List<Throwable> thrown = List.of(new IllegalStateException("one"), new AssertionError("two"));
      AtomicInteger next = new AtomicInteger();
      ring.onChange((before, after) -> sneak(thrown.get(next.getAndIncrement())));
      ring.onChange((before, after) -> record("y", before, after));
      Thread thread = Thread.currentThread();
      Thread.UncaughtExceptionHandler handler = thread.getUncaughtExceptionHandler();
      thread.setUncaughtExceptionHandler((where, what) -> {
        assertThat(where).isSameAs(thread);
        uncaught.add(what);
        throw new IllegalStateException("so does the handler");
      });
      try {
        assertThat(ring.set("c").nodes()).hasSize(3);
        assertThat(ring.set("d").nodes()).hasSize(4);
      } finally {
        thread.setUncaughtExceptionHandler(handler);
      }

      assertThat(uncaught).isEqualTo(thrown);
      assertThat(log).containsExactly("y [a, b] [a, b, c]", "y [a, b, c] [a, b, c, d]");
    }

    @SuppressWarnings("unchecked")
    private <T extends Throwable> void sneak(Throwable thrown) throws T {
      throw (T) thrown;
    }

    @Test
    void onChange_listenerThatChangesTheRing_allAreToldInOrder() {
      ring.onChange((before, after) -> {
        record("x", before, after);
        if (after.nodes().contains("c")) {
          assertThat(ring.remove("c").nodes()).containsExactly("a", "b");
          assertThat(ring.ring().nodes()).containsExactly("a", "b");
        }
      });
      ring.onChange((before, after) -> record("y", before, after));

      ring.set("c");

      assertThat(log)
          .containsExactly(
              "x [a, b] [a, b, c]",
              "y [a, b] [a, b, c]",
              "x [a, b, c] [a, b]",
              "y [a, b, c] [a, b]");
      assertThat(ring.snapshot().version()).isEqualTo(2);
    }

    @Test
    void onChange_registeredByAListener_isToldOfLaterChangesOnly() {
      AtomicBoolean registered = new AtomicBoolean();
      ring.onChange((before, after) -> {
        record("x", before, after);
        if (!registered.getAndSet(true)) {
          ring.set("d"); // made before, told after the registration
          ring.onChange((b, a) -> record("y", b, a));
        }
      });

      ring.set("c");
      ring.set("e");

      assertThat(log)
          .containsExactly(
              "x [a, b] [a, b, c]",
              "x [a, b, c] [a, b, c, d]",
              "x [a, b, c, d] [a, b, c, d, e]",
              "y [a, b, c, d] [a, b, c, d, e]");
    }

    @Test
    void onChange_closedByAListener_isNotToldOfThisChange() {
      AtomicReference<ConcurrentHashRing.Registration> own = new AtomicReference<>();
      AtomicReference<ConcurrentHashRing.Registration> other = new AtomicReference<>();
      own.set(ring.onChange((before, after) -> {
        record("x", before, after);
        own.get().close();
        other.get().close();
      }));
      other.set(ring.onChange((before, after) -> record("y", before, after)));

      ring.set("c");
      ring.set("d");

      assertThat(log).containsExactly("x [a, b] [a, b, c]");
    }

    @Test
    void onChange_slowListener_holdsUpNoReaderAndNoChange() throws Exception {
      CountDownLatch entered = new CountDownLatch(1);
      CountDownLatch released = new CountDownLatch(1);
      ring.onChange((before, after) -> {
        entered.countDown();
        await(released);
        record("x", before, after);
      });
      Thread slow = new Thread(() -> ring.set("c"));
      slow.start();
      await(entered);

      assertThat(ring.set("d").nodes()).hasSize(4); // though "x" is still at "c"
      assertThat(ring.ring().nodes()).hasSize(4);
      assertThat(log).isEmpty();
      released.countDown();
      slow.join();
      assertThat(log).containsExactly("x [a, b] [a, b, c]", "x [a, b, c] [a, b, c, d]");
    }

    @Test
    void onChange_null_fails() {
      assertThatNullPointerException()
          .isThrownBy(() -> ring.onChange(null))
          .withMessage("listener must not be null");
    }
  }

  /** Many threads change one ring, while others read it and listen. */
  @Nested
  class Contention {

    @ParameterizedTest
    @EnumSource(Threads.class)
    void changes_manyThreads_noneIsLostAndAllAreToldInOrder(Threads threads) {
      int changers = 64;
      int each = 30;
      ConcurrentHashRing<String> ring =
          ConcurrentHashRing.of(HashRing.builder().pointsPerNode(3).build(), 5);
      List<Change> told =
          new ArrayList<>(); // not safe for threads: listeners are called one by one
      AtomicInteger inside = new AtomicInteger();
      ring.onChange((before, after) -> {
        assertThat(inside.getAndIncrement()).isZero();
        told.add(new Change(before, after));
        inside.decrementAndGet();
      });
      ConcurrentHashMap<Long, HashRing<String>> rings = new ConcurrentHashMap<>();

      threads.run(changers + 2, thread -> {
        if (thread >= changers) {
          readConsistently(ring, rings, changers * each * 2L);
          return;
        }
        for (int i = 0; i < each; i++) {
          String node = thread + "-" + i;
          ring.set(node);
          ring.update(now -> now.with(node, now.weight(node) + 1));
        }
      });

      assertThat(ring.snapshot().version()).isEqualTo(changers * each * 2);
      assertThat(ring.ring().nodes()).hasSize(changers * each);
      for (String node : ring.ring().nodes()) {
        assertThat(ring.ring().weight(node)).isEqualTo(2);
      }
      assertThat(told).hasSize(changers * each * 2);
      for (int i = 1; i < told.size(); i++) {
        assertThat(told.get(i).before == told.get(i - 1).after).isTrue();
      }
      assertThat(told.get(told.size() - 1).after).isSameAs(ring.ring());
    }

    /** Until the last version is seen: one version is one ring, and its history leads to it. */
    private void readConsistently(
        ConcurrentHashRing<String> ring,
        ConcurrentHashMap<Long, HashRing<String>> rings,
        long last) {
      long seen = 0;
      while (seen < last) {
        ConcurrentHashRing.Snapshot<String> snapshot = ring.snapshot();
        assertThat(snapshot.version()).isGreaterThanOrEqualTo(seen);
        seen = snapshot.version();
        assertSame(rings, seen, snapshot.ring());
        assertThat(snapshot.history()).hasSize((int) Math.min(seen, 5));
        for (int i = 0; i < snapshot.history().size(); i++) {
          assertSame(rings, seen - 1 - i, snapshot.history().get(i));
        }
        Thread.yield(); // a virtual thread that only reads would keep its carrier from all others
      }
    }

    private void assertSame(
        ConcurrentHashMap<Long, HashRing<String>> rings, long version, HashRing<String> ring) {
      HashRing<String> known = rings.putIfAbsent(version, ring);
      assertThat(known == null || known == ring)
          .as("one ring of version %s", version)
          .isTrue();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
