package io.hashring.demo.membership;

import static io.hashring.demo.Eventually.eventually;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.HashRange;
import io.hashring.HashRing;
import io.hashring.demo.Logged;
import io.hashring.demo.cluster.Cluster;
import io.hashring.demo.cluster.Member;
import io.hashring.demo.replica.RefusedException;
import io.hashring.demo.replica.RefusedException.Reason;
import io.hashring.demo.replica.ReplicaException;
import io.hashring.demo.replica.ReplicaSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A plan is what the change does that follows, and until then nothing is done. */
final class RingPlanTest {

  private static final int POINTS = 40;
  private static final double[] WEIGHTS = {0.05, 0.5, 1, 1.5, 2, 3.7, 10};

  private final PaperPool pool = new PaperPool();
  private final Membership membership = membership(Duration.ZERO);

  private Membership membership(Duration slowStart) {
    return new Membership(
        pool, Cluster.ofOne(), POINTS, HealthTest::health, Duration.ofSeconds(10), slowStart);
  }

  @AfterEach
  void stop() {
    membership.close();
  }

  private static MembershipEdit edit(
      List<String> add, List<String> remove, Map<String, Double> weights) {
    return new MembershipEdit(add.stream().map(ReplicaSpec::new).toList(), remove, weights);
  }

  /** A range that changes hands, by the names of the nodes. */
  private record Range(
      HashRange range, @Nullable String from, @Nullable String to) {}

  private static List<Range> ranges(HashRing<Backend> before, HashRing<Backend> after) {
    return before.diff(after).moves().stream()
        .map(move -> new Range(move.range(), name(move.from()), name(move.to())))
        .toList();
  }

  private static @Nullable String name(@Nullable Backend backend) {
    return backend == null ? null : backend.name();
  }

  private static MembershipEdit random(Random random, Members members) {
    List<String> there = new ArrayList<>(members.names());
    Collections.shuffle(there, random);
    List<ReplicaSpec> add = new ArrayList<>();
    List<String> remove = new ArrayList<>();
    Map<String, Double> weights = new LinkedHashMap<>();
    int joining = random.nextInt(4);
    for (int i = 0; i < joining; i++) {
      String name = "n" + random.nextInt(40);
      boolean isNew = members.named(name).isEmpty()
          && add.stream().noneMatch(spec -> spec.name().equals(name));
      if (isNew) {
        add.add(new ReplicaSpec(name, null, random.nextBoolean() ? weight(random) : null));
      }
    }
    for (String name : there) {
      switch (random.nextInt(6)) {
        case 0 -> remove.add(name);
        case 1 -> weights.put(name, weight(random));
        case 2 -> {
          double same = members.ring().weight(node(members, name));
          weights.put(name, random.nextBoolean() ? 0 : same);
        }
        default -> {}
      }
    }
    return new MembershipEdit(add, remove, weights);
  }

  private static Backend node(Members members, String name) {
    return members.named(name).orElseThrow();
  }

  private static double weight(Random random) {
    return WEIGHTS[random.nextInt(WEIGHTS.length)];
  }

  private static RingChange timeless(@Nullable RingChange some) {
    RingChange change = requireNonNull(some);
    return new RingChange(
        Instant.EPOCH,
        change.joined(),
        change.left(),
        change.reweighted(),
        change.moved(),
        change.moves(),
        change.arcs(),
        change.moreArcs(),
        change.checksum());
  }

  @Test
  void plan_isTheChangeThatFollows_toTheLastRange_andChangesNothing() throws Exception {
    membership.begin(3);
    AtomicInteger transitions = new AtomicInteger();
    membership.ring().onChange((before, after) -> transitions.incrementAndGet());
    Random random = new Random(15);
    int moving = 0;
    for (int i = 0; i < 200; i++) {
      Members before = membership.current();
      List<Member> list = membership.list();
      int starts = pool.starts.get();
      MembershipEdit edit = random(random, before);
      RingPlan plan;
      try (Logged logged = Logged.below("io.hashring.demo")) {
        plan = membership.plan(edit);
        assertThat(logged.lines("")).isEmpty();
      }
      assertThat(membership.current()).as("a plan changes no member").isSameAs(before);
      assertThat(membership.list()).isSameAs(list);
      assertThat(pool.starts).hasValue(starts);
      assertThat(before.ring().nodes()).isEqualTo(plan.before().nodes());

      transitions.set(0);
      Membership.Made made = membership.change(edit, plan.before().checksum());
      Members after = membership.current();
      assertThat(made.members().names()).isEqualTo(after.names());
      assertThat(after.ring().checksum()).as("%s", edit).isEqualTo(plan.after().checksum());
      List<Range> planned = ranges(plan.before(), plan.after());
      assertThat(ranges(before.ring(), after.ring())).as("%s", edit).isEqualTo(planned);
      assertThat(ranges(made.plan().before(), made.plan().after())).isEqualTo(planned);
      boolean isAnother = after.ring().checksum() != before.ring().checksum();
      assertThat(after.version()).isEqualTo(before.version() + (isAnother ? 1 : 0));
      assertThat(transitions).as("one change of the ring").hasValueLessThanOrEqualTo(1);
      if (isAnother) {
        assertThat(timeless(after.lastChange())).isEqualTo(timeless(plan.change()));
      } else {
        assertThat(planned).isEmpty();
      }
      moving += planned.isEmpty() ? 0 : 1;
    }
    assertThat(moving).as("plans that move something").isGreaterThan(150);
  }

  @Test
  void plan_withASlowStart_isItsFirstStep_andTellsTheLast() throws Exception {
    Membership slow = membership(Duration.ofHours(1));
    try {
      slow.begin(3);
      assertThat(slow.plan(edit(List.of(), List.of("server1"), Map.of())).risen())
          .as("of what was there at the start the weight is whole")
          .isNull();
      MembershipEdit edit = edit(List.of("a"), List.of("server1"), Map.of("server2", 2.0));
      RingPlan plan = slow.plan(edit);
      slow.change(edit, plan.before().checksum());
      Members after = slow.current();
      assertThat(after.ring().checksum()).isEqualTo(plan.after().checksum());
      assertThat(after.ring().weight(node(after, "a"))).isEqualTo(0.1);
      HashRing<Backend> whole = after.ring().change(change -> change.set(node(after, "a"), 1));
      RingPlan risen = requireNonNull(plan.risen());
      assertThat(risen.after().checksum()).isEqualTo(whole.checksum());
      assertThat(risen.change().moved()).isGreaterThan(plan.change().moved());
    } finally {
      slow.close();
    }
  }

  @Test
  void plan_ofARingThatIsEmptyThen() throws Exception {
    membership.begin(2);
    MembershipEdit all = edit(List.of(), List.of("server1", "server2"), Map.of());
    RingPlan plan = membership.plan(all);
    assertThat(plan.change().moved()).isEqualTo(1);
    assertThat(plan.change().arcs()).isNotEmpty().allMatch(arc -> arc.to() == null);
    membership.change(all, plan.before().checksum());
    assertThat(membership.current().size()).isZero();
    RingPlan back = membership.plan(edit(List.of("server1"), List.of(), Map.of()));
    assertThat(back.change().arcs())
        .containsExactly(new RingChange.Arc(back.change().arcs().get(0).range(), null, "server1"));
    assertThat(back.change().arcs().get(0).range())
        .matches(range -> range.from() == range.to(), "the whole circle");
  }

  // What is not done

  private void assertRefused(Reason reason, String message, ThrowingCallable call) {
    Members before = membership.current();
    List<Member> list = membership.list();
    int starts = pool.starts.get();
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            RefusedException.class, refused -> assertThat(refused.reason()).isEqualTo(reason))
        .hasMessage(message);
    assertThat(membership.current()).as("nothing is changed").isSameAs(before);
    assertThat(membership.list()).isSameAs(list);
    assertThat(pool.starts).hasValue(starts);
  }

  private void assertRefusedBoth(Reason reason, String message, MembershipEdit edit) {
    long checksum = membership.current().ring().checksum();
    assertRefused(reason, message, () -> membership.plan(edit));
    assertRefused(reason, message, () -> membership.change(edit, checksum));
  }

  @Test
  void change_ofAnotherRing_isRefused() throws Exception {
    membership.begin(3);
    MembershipEdit edit = edit(List.of("a"), List.of("server1"), Map.of());
    RingPlan plan = membership.plan(edit);
    membership.reweigh("server2", 2);
    HexFormat hex = HexFormat.of();
    assertRefused(
        Reason.STALE,
        "nothing is changed: the plan is for the ring "
            + hex.toHexDigits(plan.before().checksum())
            + ", and by now it is "
            + hex.toHexDigits(membership.current().ring().checksum()),
        () -> membership.change(edit, plan.before().checksum()));
    membership.reweigh("server2", 1);
    membership.change(edit, plan.before().checksum());
    assertThat(membership.current().names())
        .as("it is that ring again")
        .containsExactly("server2", "server3", "a");
  }

  @Test
  void changes_ofOneRing_atTheSameTime_oneIsMade() throws Exception {
    membership.begin(2);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 10; round++) {
        long checksum = membership.current().ring().checksum();
        long version = membership.current().version();
        List<Callable<Membership.Made>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          MembershipEdit edit = edit(List.of("r" + round + "-" + i), List.of(), Map.of());
          calls.add(() -> membership.change(edit, checksum));
        }
        int made = 0;
        for (Future<Membership.Made> call : threads.invokeAll(calls)) {
          try {
            call.get();
            made++;
          } catch (ExecutionException e) {
            assertThat(e.getCause()).hasMessageStartingWith("nothing is changed: the plan is for");
          }
        }
        assertThat(made).isEqualTo(1);
        assertThat(membership.current().version()).isEqualTo(version + 1);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(pool.running).hasSize(12);
  }

  @Test
  void change_oneDoesNotStart_nothingIsChanged() throws Exception {
    membership.begin(2);
    Members before = membership.current();
    pool.onStart = name -> {
      if (name.equals("b")) {
        throw new ReplicaException("b is ill");
      }
    };
    MembershipEdit edit = edit(List.of("a", "b"), List.of("server1"), Map.of("server2", 3.0));
    assertThatThrownBy(() -> membership.change(edit, before.ring().checksum()))
        .isInstanceOf(ReplicaException.class)
        .hasMessage("b is ill");
    assertThat(membership.current()).isSameAs(before);
    assertThat(pool.running).containsExactlyInAnyOrder("server1", "server2");
  }

  @Test
  void edits_thatCannotBe_areRefused() throws Exception {
    membership.begin(2);
    String known = "there is no replica of this name, but [server1, server2]: ";
    assertRefusedBoth(
        Reason.CONFLICT,
        "names to add must be new, but this one is taken: server2",
        edit(List.of("a", "server2"), List.of(), Map.of()));
    assertRefusedBoth(
        Reason.UNKNOWN, known + "x", edit(List.of("a"), List.of("server1", "x"), Map.of()));
    assertRefusedBoth(
        Reason.UNKNOWN, known + "x", edit(List.of(), List.of("server1"), Map.of("x", 1.0)));
    assertRefusedBoth(
        Reason.INVALID,
        "the weight of server1 must be 0, or from 0.01 to 100: 101.0",
        edit(List.of(), List.of(), Map.of("server1", 101.0)));
    assertRefusedBoth(
        Reason.INVALID,
        "the weight of server1 must be worth a point, of which there are 40 for 1 (--points): 0.01",
        edit(List.of("a"), List.of(), Map.of("server1", 0.01)));
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 255; i++) {
      many.add("m" + i);
    }
    assertRefusedBoth(
        Reason.INVALID,
        "add must leave at most 256 replicas, 2 run already: 255",
        edit(many, List.of(), Map.of()));
    assertRefusedBoth(
        Reason.INVALID,
        "hostnames must be names alone, for --replicas is not a list of addresses: a=10.0.0.4:80",
        new MembershipEdit(
            List.of(ReplicaSpec.parse("a=10.0.0.4:80", "")), List.of("server1"), Map.of()));
  }

  @Test
  void edit_ofTooManyPoints_isRefused() throws Exception {
    Membership dense = new Membership(
        pool, Cluster.ofOne(), 60_000, HealthTest::health, Duration.ofSeconds(1), Duration.ZERO);
    try {
      assertThatThrownBy(() -> dense.plan(new MembershipEdit(
              List.of(new ReplicaSpec("a", null, 100.0), new ReplicaSpec("b", null, 34.0)),
              List.of(),
              Map.of())))
          .hasMessage("all weights times --points must be at most 8000000: 8040000");
    } finally {
      dense.close();
    }
  }

  @Test
  void edit_ofANameThatDrains_isRefused() throws Exception {
    membership.begin(2);
    Backend busy = node(membership.current(), "server1");
    busy.requests().begin();
    CompletableFuture<Members> removal = CompletableFuture.supplyAsync(() -> {
      try {
        return membership.remove(new MembershipRequest(1, List.of("server1")));
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    });
    eventually("it leaves", () -> membership.list().stream().anyMatch(Member::leaving));
    assertRefusedBoth(
        Reason.CONFLICT,
        "names to add must be new, but this one still has requests to end: server1",
        edit(List.of("server1"), List.of(), Map.of()));
    assertRefusedBoth(
        Reason.UNKNOWN,
        "there is no replica of this name, but [server2]: server1",
        edit(List.of(), List.of("server1"), Map.of()));
    busy.requests().end();
    removal.get();
  }

  @Test
  void changes_theLastTen_areKept() throws Exception {
    membership.begin(1);
    for (int i = 1; i <= 11; i++) {
      membership.reweigh("server1", i + 0.5);
    }
    List<RingChange> changes = membership.current().changes();
    assertThat(changes)
        .hasSize(10)
        .extracting(change -> change.reweighted().get(0).to())
        .containsExactly(11.5, 10.5, 9.5, 8.5, 7.5, 6.5, 5.5, 4.5, 3.5, 2.5);
    assertThat(changes.get(0)).isSameAs(membership.current().lastChange());
    assertThat(changes.get(0).checksum()).isEqualTo(membership.current().ring().checksum());
  }

  @Test
  void arcs_areTheLargest_andTheRestIsCounted() throws Exception {
    Membership many = new Membership(
        pool, Cluster.ofOne(), 1_000, HealthTest::health, Duration.ofSeconds(1), Duration.ZERO);
    try {
      many.begin(3);
      RingPlan plan = many.plan(edit(List.of("a"), List.of(), Map.of()));
      List<Range> all = ranges(plan.before(), plan.after());
      List<Double> sizes = plan.before().diff(plan.after()).moves().stream()
          .map(move -> move.fraction())
          .sorted(Collections.reverseOrder())
          .toList();
      List<RingChange.Arc> arcs = plan.change().arcs();
      assertThat(arcs).hasSize(RingChange.MOST_ARCS);
      assertThat(plan.change().moreArcs()).isEqualTo(all.size() - arcs.size()).isPositive();
      assertThat(arcs)
          .extracting(arc -> fraction(arc.range()))
          .containsExactlyElementsOf(sizes.subList(0, arcs.size()));
      assertThat(arcs).allMatch(arc -> all.contains(new Range(arc.range(), arc.from(), arc.to())));
    } finally {
      many.close();
    }
  }

  private static double fraction(HashRange range) {
    long length = range.to() - range.from();
    return ((length >>> 11) * 0x1p11 + (length & 0x7ff)) / 0x1p64;
  }
}
