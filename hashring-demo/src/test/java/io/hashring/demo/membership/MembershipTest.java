package io.hashring.demo.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.demo.cluster.Cluster;
import io.hashring.demo.replica.RefusedException;
import io.hashring.demo.replica.ReplicaException;
import io.hashring.demo.replica.ReplicaPool;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class MembershipTest {

  private static final class Pool implements ReplicaPool {

    private interface Step {
      void run(String name) throws Exception;
    }

    private final AtomicInteger port = new AtomicInteger(10_000);
    private final Set<String> running = ConcurrentHashMap.newKeySet();
    private volatile Step onStart = name -> {};
    private volatile Step onStop = name -> {};

    @Override
    public Stream<String> names() {
      return IntStream.iterate(1, i -> i + 1).mapToObj(i -> "server" + i);
    }

    @Override
    public SocketAddress start(String name, double weight) throws Exception {
      onStart.run(name);
      running.add(name);
      return SocketAddress.inetSocketAddress(port.incrementAndGet(), "127.0.0.1");
    }

    @Override
    public void stop(String name) throws Exception {
      onStop.run(name);
      running.remove(name);
    }

    @Override
    public void close() {}
  }

  private final Pool pool = new Pool();
  private final Membership membership = new Membership(
      pool, Cluster.ofOne(), 10, HealthTest::health, Duration.ofSeconds(10), Duration.ZERO);

  @AfterEach
  void stop() {
    membership.close();
  }

  /** Returns in none before it was called in all. */
  private static Pool.Step together(int parties) {
    CyclicBarrier all = new CyclicBarrier(parties);
    return name -> all.await(20, TimeUnit.SECONDS);
  }

  @Test
  void begin_startsSideBySide_inTheOrderOfNames() throws Exception {
    pool.onStart = together(3);
    membership.begin(3);
    assertThat(membership.current().names()).containsExactly("server1", "server2", "server3");
  }

  @Test
  void add_startsSideBySide() throws Exception {
    membership.begin(1);
    pool.onStart = together(4);
    membership.add(new MembershipRequest(4, List.of("a", "b")));
    assertThat(membership.current().names())
        .containsExactly("server1", "a", "b", "server2", "server3");
  }

  @Test
  void remove_stopsSideBySide() throws Exception {
    membership.begin(3);
    pool.onStop = together(3);
    membership.remove(new MembershipRequest(3, List.of()));
    assertThat(pool.running).isEmpty();
  }

  @Test
  void add_oneDoesNotStart_noneStays() throws Exception {
    membership.begin(1);
    Members before = membership.current();
    pool.onStart = name -> {
      if (name.equals("b")) {
        throw new ReplicaException("b is ill");
      }
    };
    assertThatThrownBy(() -> membership.add(new MembershipRequest(3, List.of("a", "b", "c"))))
        .isInstanceOf(ReplicaException.class)
        .hasMessage("b is ill");
    assertThat(membership.current()).isSameAs(before);
    assertThat(pool.running).containsExactly("server1");
  }

  @Test
  void changes_afterTheEnd_sayThatTheBalancerStops() throws Exception {
    membership.begin(1);
    membership.close();
    MembershipRequest request = new MembershipRequest(1, List.of());
    assertThatThrownBy(() -> membership.add(request))
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused -> assertThat(refused.reason()).isEqualTo(RefusedException.Reason.STOPPING));
    assertThatThrownBy(() -> membership.remove(request)).hasMessageContaining("the balancer stops");
  }
}
