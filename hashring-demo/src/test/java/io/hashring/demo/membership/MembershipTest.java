package io.hashring.demo.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.demo.cluster.Cluster;
import io.hashring.demo.replica.RefusedException;
import io.hashring.demo.replica.ReplicaException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class MembershipTest {

  private final PaperPool pool = new PaperPool();
  private final Membership membership = new Membership(
      pool, Cluster.ofOne(), 10, HealthTest::health, Duration.ofSeconds(10), Duration.ZERO);

  @AfterEach
  void stop() {
    membership.close();
  }

  /** Returns in none before it was called in all. */
  private static PaperPool.Step together(int parties) {
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
