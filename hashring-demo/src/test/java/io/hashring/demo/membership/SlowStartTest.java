package io.hashring.demo.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.cluster.Member;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SlowStartTest {

  private static final Duration TIME = Duration.ofSeconds(9);
  private static final long SECOND = 1_000_000_000L;

  private final SlowStart slowStart = new SlowStart(TIME);

  private static Member member(String name, double weight, double ramp) {
    return new Member(name, SocketAddress.inetSocketAddress(80, "h"), null, weight).ramped(ramp);
  }

  private static double ramp(List<Member> members) {
    return members.get(0).ramp();
  }

  @Test
  void newcomer_beginsWithATenth_unlessItIsAlone() {
    assertThat(slowStart.first(List.of(member("a", 1, 1)))).isEqualTo(0.1);
    assertThat(slowStart.first(List.of())).isEqualTo(1);
    assertThat(slowStart.first(List.of(member("a", 0, 1)))).isEqualTo(1);
    assertThat(slowStart.first(List.of(member("a", 1, 1).leaves()))).isEqualTo(1);
    assertThat(new SlowStart(Duration.ZERO).first(List.of(member("a", 1, 1)))).isEqualTo(1);
  }

  @Test
  void weight_risesByATenthEachNinthOfTheTime() {
    List<Member> members = List.of(member("a", 2, 0.1));
    List<Double> ramps = new ArrayList<>();
    for (long now = -5 * SECOND; now <= 5 * SECOND; now += SECOND / 2) { // over 0, for nanoTime
      members = slowStart.risen(members, name -> true, now);
      ramps.add(ramp(members));
    }
    assertThat(ramps)
        .containsExactly(
            0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.4, 0.5, 0.5, 0.6, 0.6, 0.7, 0.7, 0.8, 0.8, 0.9,
            0.9, 1.0, 1.0, 1.0);
    assertThat(members.get(0).weightNow()).isEqualTo(2);
  }

  @Test
  void time_runsOnceItIsUp_andGoesOnWhileItIsNot() {
    List<Member> members = List.of(member("a", 1, 0.1));
    members = slowStart.risen(members, name -> false, 0);
    members = slowStart.risen(members, name -> false, 100 * SECOND);
    assertThat(ramp(members)).isEqualTo(0.1);
    members = slowStart.risen(members, name -> true, 200 * SECOND);
    members = slowStart.risen(members, name -> false, 204 * SECOND);
    assertThat(ramp(members)).isEqualTo(0.5);
  }

  @Test
  void stepsThatWereMissed_areTakenAtOnce() {
    List<Member> members = slowStart.risen(List.of(member("a", 1, 0.1)), name -> true, 0);
    assertThat(ramp(slowStart.risen(members, name -> true, 60 * SECOND))).isEqualTo(1);
  }

  @Test
  void anotherLeader_goesOnFromWhereItIs() {
    List<Member> members = List.of(member("a", 1, 0.4));
    members = slowStart.risen(members, name -> true, 0);
    assertThat(ramp(members)).isEqualTo(0.4);
    assertThat(ramp(slowStart.risen(members, name -> true, 2 * SECOND))).isEqualTo(0.6);
    assertThat(ramp(new SlowStart(Duration.ZERO).risen(members, name -> true, 0)))
        .isEqualTo(1);
  }

  @Test
  void othersStay_andAWeightThatIsGivenEndsIt() {
    List<Member> members = List.of(member("a", 1, 0.1).weighing(3), member("b", 2, 1));
    assertThat(slowStart.risen(members, name -> true, 0)).isEqualTo(members);
    assertThat(members.get(0).weightNow()).isEqualTo(3);
  }

  /** A name that is added again begins anew. */
  @Test
  void nameThatLeft_isForgotten() {
    slowStart.risen(List.of(member("a", 1, 0.1)), name -> true, 0);
    slowStart.risen(List.of(), name -> true, SECOND);
    List<Member> again = slowStart.risen(List.of(member("a", 1, 0.1)), name -> true, 60 * SECOND);
    assertThat(ramp(again)).isEqualTo(0.1);
  }
}
