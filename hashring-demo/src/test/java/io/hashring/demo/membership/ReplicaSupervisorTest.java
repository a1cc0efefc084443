package io.hashring.demo.membership;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.BoundedLoad;
import io.hashring.demo.cluster.Cluster;
import io.hashring.demo.replica.ReplicaException;
import io.hashring.demo.replica.ReplicaPool;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ReplicaSupervisorTest {

  /** Each start takes the next port; what it does first is the test's to say. */
  private static final class Pool implements ReplicaPool {

    private interface Step {
      void run(String name) throws Exception;
    }

    private final List<String> started = new CopyOnWriteArrayList<>();
    private final List<Long> times = new CopyOnWriteArrayList<>();
    private final List<String> stopped = new CopyOnWriteArrayList<>();
    private final List<String> restarted = new CopyOnWriteArrayList<>();
    private volatile boolean canReplace;
    private volatile Step before = name -> {};

    @Override
    public Stream<String> names() {
      return IntStream.iterate(1, i -> i + 1).mapToObj(i -> "server" + i);
    }

    @Override
    public SocketAddress start(String name, double weight) throws Exception {
      times.add(System.nanoTime());
      before.run(name);
      started.add(name);
      return SocketAddress.inetSocketAddress(10_000 + started.size(), "127.0.0.1");
    }

    @Override
    public boolean canReplace() {
      return canReplace;
    }

    @Override
    public SocketAddress restart(String name, double weight) throws Exception {
      restarted.add(name);
      return start(name, weight);
    }

    @Override
    public void stop(String name) {
      stopped.add(name);
    }

    @Override
    public void close() {}
  }

  private final Pool pool = new Pool();
  private final AtomicBoolean alone = new AtomicBoolean();
  private final AtomicInteger looks = new AtomicInteger();
  private final AtomicBoolean onDuty = new AtomicBoolean(true);
  private final Membership membership = new Membership(
      pool, Cluster.ofOne(), 10, HealthTest::health, Duration.ofSeconds(1), Duration.ZERO);
  private final ReplicaSupervisor respawn =
      new ReplicaSupervisor(pool, membership, onDuty::get, this::isAlone, Duration.ofMillis(50));

  private boolean isAlone() {
    looks.incrementAndGet();
    return alone.get();
  }

  @BeforeEach
  void start() throws Exception {
    membership.begin(3);
  }

  @AfterEach
  void stop() throws Exception {
    respawn.close();
  }

  private Backend member(String name) {
    return membership.current().named(name).orElseThrow();
  }

  @Test
  void died_isReplacedUnderItsName_andNoKeyMoves() throws Exception {
    Members before = membership.current();
    member("server2").requests().begin();
    respawn.died("server2");
    eventually("a new address", () -> member("server2").address().port() == 10_004);
    Members after = membership.current();
    assertThat(after.names()).isEqualTo(before.names());
    assertThat(after.ring().checksum()).isEqualTo(before.ring().checksum());
    assertThat(after.version()).isEqualTo(before.version());
    assertThat(after.lastChange()).isEqualTo(before.lastChange());
    assertThat(
            after.locateAt(after.ring().position("x"), backend -> backend.name().equals("server2")))
        .contains(member("server2"));
    assertThat(member("server2").isEligible()).isTrue();
    assertThat(member("server2").requests().count()).isZero();
    assertThat(member("server1")).isSameAs(before.named("server1").orElseThrow());
  }

  @Test
  void died_boundedLoadAndItsCapacities_followTheNewReplica() throws Exception {
    BoundedLoad<Backend> load = BoundedLoad.of(membership.ring(), BoundedLoad.Bound.factor(1.25));
    Backend before = member("server2");
    assertThat(load.capacity(before)).as("before any request").isEqualTo(1);
    respawn.died("server2");
    eventually("a new address", () -> member("server2") != before);
    try (BoundedLoad.Lease<Backend> lease =
        load.tryAcquire("x", 1, backend -> backend == member("server2")).orElseThrow()) {
      assertThat(lease.node()).isSameAs(member("server2"));
    }
    membership.remove(new MembershipRequest(2, List.of("server1", "server3")));
    assertThat(load.capacity(member("server2"))).as("ceil(1.25 · 1 / 1)").isEqualTo(2);
  }

  @Test
  void died_isDownAtOnce() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    pool.before = name -> gate.await();
    respawn.died("server2");
    assertThat(member("server2").isEligible()).isFalse();
    gate.countDown();
    eventually("it is back", () -> member("server2").isEligible());
  }

  @Test
  void died_notOnDuty() throws Exception {
    onDuty.set(false);
    respawn.died("server2");
    respawn.close();
    assertThat(member("server2").isEligible()).isFalse();
    assertThat(pool.times).hasSize(3);
  }

  @Test
  void died_notAMember() throws Exception {
    respawn.died("stranger");
    respawn.close();
    assertThat(pool.times).hasSize(3);
  }

  @Test
  void stalled_isDown_andNotReplaced() throws Exception {
    respawn.stalled("server2");
    respawn.close();
    assertThat(member("server2").isEligible()).isFalse();
    assertThat(pool.times).hasSize(3);
  }

  private static void fail(Backend backend) {
    for (int i = 0; i < 3; i++) {
      backend.health().failed("ill");
    }
  }

  @Test
  void unreachable_isRestarted_whileAnotherIsReached() throws Exception {
    pool.canReplace = true;
    respawn.start();
    Backend before = member("server2");
    fail(before);
    eventually("it is another, and up", () -> member("server2") != before);
    assertThat(member("server2").isEligible()).isTrue();
    assertThat(pool.restarted).containsExactly("server2");
    assertThat(pool.started.subList(3, pool.started.size())).containsExactly("server2");
  }

  @Test
  void noneIsReached_isOursToBlame_unlessAlone() throws Exception {
    pool.canReplace = true;
    respawn.start();
    membership.current().byAge().forEach(ReplicaSupervisorTest::fail);
    eventually("several looks", () -> looks.get() > 5);
    assertThat(pool.restarted).isEmpty();
    alone.set(true);
    eventually(
        "all are replaced",
        () -> membership.current().byAge().stream().allMatch(Backend::isEligible));
    assertThat(Set.copyOf(pool.restarted))
        .containsExactlyInAnyOrder("server1", "server2", "server3");
  }

  @Test
  void unreachable_notReplaceable_isLeftAlone() throws Exception {
    respawn.start();
    fail(member("server2"));
    respawn.running(Set.of("server1", "server3"));
    eventually("a death is healed all the same", () -> member("server2").isEligible());
    assertThat(pool.restarted).isEmpty();
  }

  @Test
  void running_replacesWhoIsMissing() throws Exception {
    respawn.running(Set.of("server1", "server3", "stranger"));
    eventually("server2 is back", () -> pool.started.size() == 4);
    assertThat(pool.started).last().isEqualTo("server2");
  }

  @Test
  void died_whileItIsReplaced_isReplacedAgain() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    pool.before = name -> {
      started.countDown();
      gate.await();
    };
    respawn.died("server2");
    started.await();
    respawn.died("server2");
    gate.countDown();
    eventually("two more starts", () -> pool.started.size() == 5);
  }

  @Test
  void keepsDying_isTriedEverLater() throws Exception {
    pool.before = name -> {
      throw new ReplicaException("no such image");
    };
    respawn.died("server2");
    eventually("four tries", () -> pool.times.size() >= 3 + 4);
    List<Long> tries = pool.times.subList(3, 7);
    for (int i = 1; i < 4; i++) {
      long pauseMillis = (tries.get(i) - tries.get(i - 1)) / 1_000_000;
      assertThat(pauseMillis).as("pause " + i).isGreaterThanOrEqualTo(250L << (i - 1));
    }
    pool.before = name -> {};
    eventually("it is back", () -> member("server2").isEligible());
  }

  @Test
  void removedWhileItIsReplaced_isStopped_andNoMember() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    pool.before = name -> {
      started.countDown();
      gate.await();
    };
    respawn.died("server2");
    started.await();
    membership.remove(new MembershipRequest(1, List.of("server2")));
    int stops = pool.stopped.size();
    gate.countDown();
    eventually("stopped again", () -> pool.stopped.size() == stops + 1);
    assertThat(pool.stopped).last().isEqualTo("server2");
    assertThat(membership.current().names()).containsExactly("server1", "server3");
  }

  @Test
  void relocated_toWhereItIs_isNoNews() throws Exception {
    Backend before = member("server2");
    assertThat(membership.relocated("server2", before.address())).isFalse();
    assertThat(member("server2")).isSameAs(before);
    before.health().connectFailed("refused");
    assertThat(membership.relocated("server2", before.address())).isTrue();
    assertThat(member("server2").isEligible()).isTrue();
  }

  @Test
  void relocated_whileOthersJoin_losesNeither() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    pool.before = name -> {
      started.countDown();
      gate.await();
    };
    Thread joining = new Thread(() -> {
      try {
        membership.add(new MembershipRequest(1, List.of("s4")));
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    });
    joining.start();
    started.await();
    SocketAddress elsewhere = SocketAddress.inetSocketAddress(9, "127.0.0.1");
    assertThat(membership.relocated("server1", elsewhere)).as("at once").isTrue();
    gate.countDown();
    joining.join();
    assertThat(membership.current().names()).containsExactly("server1", "server2", "server3", "s4");
    assertThat(member("server1").address()).isEqualTo(elsewhere);
  }
}
