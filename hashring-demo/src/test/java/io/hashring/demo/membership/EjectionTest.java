package io.hashring.demo.membership;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.HashRing;
import io.hashring.demo.http.StatusCodes;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EjectionTest {

  private static final Duration PAUSE = Duration.ofMillis(30);

  private final List<Backend> backends = new ArrayList<>();
  private Members members = Members.none(10);
  private Ejection ejection;

  private void rules(int after, double most, String failing, boolean hasChecks) {
    StatusCodes codes = failing.isEmpty() ? StatusCodes.NONE : StatusCodes.parse(failing);
    ejection =
        new Ejection(new Ejection.Rules(after, PAUSE, most, codes, hasChecks), () -> members);
  }

  private void members(int count) {
    for (int i = 0; i < count; i++) {
      Health health = new Health("s" + i, 2, 3, Health.State.UP, ejection);
      backends.add(
          new Backend("s" + i, SocketAddress.inetSocketAddress(80, "10.0.0." + i), health, i));
    }
    weigh(1);
  }

  private void weigh(double weightOfTheLast) {
    HashRing.Builder<Backend> ring = HashRing.<Backend>builder(Backend::name).pointsPerNode(10);
    for (Backend backend : backends) {
      boolean last = backend == backends.get(backends.size() - 1);
      ring.add(backend, last ? weightOfTheLast : 1);
    }
    members = members.after(ring.build());
  }

  private Health health(int i) {
    return backends.get(i).health();
  }

  private void fail(int i, int times) {
    for (int n = 0; n < times; n++) {
      health(i).requestFailed("reset");
    }
  }

  private void awaitTrial(int i) throws Exception {
    eventually("a trial is due", () -> health(i).mayBegin());
  }

  @Test
  void failuresInARow_eject_andASuccessStartsTheCountAnew() {
    rules(3, 0.5, "", true);
    members(2);
    fail(0, 2);
    health(0).completed(200);
    fail(0, 2);
    assertThat(health(0).isUp()).isTrue();
    fail(0, 1);
    assertThat(health(0).status().state()).isEqualTo(Health.State.EJECTED);
    assertThat(health(0).status().reason())
        .isEqualTo("3 requests in a row failed, the last: reset; a trial in 30 ms");
    assertThat(health(0).mayBegin()).isFalse();
    assertThat(health(0).begin()).isFalse();
  }

  @Test
  void trial_isOneRequest_andItsAnswerBringsTheMemberBack() throws Exception {
    rules(1, 0.5, "", true);
    members(2);
    fail(0, 1);
    awaitTrial(0);
    assertThat(health(0).begin()).isTrue();
    assertThat(health(0).begin()).as("a second at the same time").isFalse();
    health(0).answered(200);
    assertThat(health(0).isUp()).isTrue();
    assertThat(health(0).status().reason()).isEqualTo("its trial request was answered 200");
    assertThat(health(0).begin()).isTrue();
  }

  @Test
  void trials_thatFail_makeThePauseGrow_upTo32Times() throws Exception {
    rules(1, 0.5, "", true);
    members(2);
    fail(0, 1);
    List<String> pauses = new ArrayList<>();
    for (int n = 0; n < 7; n++) {
      pauses.add(health(0).status().reason().replaceAll(".* in ", ""));
      awaitTrial(0);
      assertThat(health(0).begin()).isTrue();
      fail(0, 1);
    }
    assertThat(pauses)
        .containsExactly("30 ms", "60 ms", "120 ms", "240 ms", "480 ms", "960 ms", "960 ms");
    assertThat(health(0).ejections()).isEqualTo(8);
    assertThat(health(0).status().reason()).startsWith("its trial request failed: reset");
  }

  @Test
  void trial_thatDecidesNothing_isFollowedByAnother() throws Exception {
    rules(1, 0.5, "", true);
    members(2);
    fail(0, 1);
    awaitTrial(0);
    assertThat(health(0).begin()).isTrue(); // and its client leaves
    awaitTrial(0);
    assertThat(health(0).begin()).isTrue();
  }

  /** Two requests that fail at the same time are both the last of a row. */
  @Test
  void failuresAtTheSameTime_ejectOnce() {
    AtomicBoolean first = new AtomicBoolean(true);
    ejection = new Ejection(new Ejection.Rules(3, PAUSE, 0.5, StatusCodes.NONE, true), () -> {
      if (first.getAndSet(false)) {
        fail(0, 1); // the other, between the decision of the first and what comes of it
      }
      return members;
    });
    members(2);
    fail(0, 3);
    assertThat(health(0).ejections()).isEqualTo(1);
    assertThat(health(0).status().reason()).startsWith("4 requests in a row failed");
  }

  @Test
  void ejectedAgainSoon_forLonger_andLater_forTheFirstPause() throws Exception {
    rules(1, 0.5, "", true);
    members(2);
    fail(0, 1);
    awaitTrial(0);
    health(0).begin();
    health(0).answered(200);
    fail(0, 1);
    assertThat(health(0).status().reason()).endsWith("a trial in 60 ms");
    awaitTrial(0);
    health(0).begin();
    health(0).answered(200);
    long back = System.nanoTime();
    eventually("a while", () -> System.nanoTime() - back > 2 * PAUSE.toNanos());
    fail(0, 1);
    assertThat(health(0).status().reason()).endsWith("a trial in 30 ms");
  }

  @Test
  void lateFailures_ofRequestsUnderWay_doNotCount() {
    rules(2, 0.5, "", true);
    members(2);
    fail(0, 50);
    assertThat(health(0).ejections()).isEqualTo(1);
    health(0).answered(200); // late, too, and no trial
    assertThat(health(0).isUp()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "1,50,0", "2,50,1", "3,50,1", "4,50,2", "5,50,2", "3,100,3", "3,0,0", "10,10,1", "9,10,0"
  })
  void neverMoreThanAPart(int count, int percent, int out) {
    rules(1, percent / 100.0, "", true);
    members(count);
    for (int i = 0; i < count; i++) {
      fail(i, 5);
    }
    assertThat(backends.stream().filter(b -> !b.health().isUp())).hasSize(out);
  }

  @Test
  void membersThatAreDown_countAmongThoseThatAreOut() {
    rules(1, 0.5, "", true);
    members(4);
    health(0).connectFailed("refused");
    health(1).connectFailed("refused");
    fail(2, 5);
    assertThat(health(2).isUp()).isTrue();
    health(1).passed("well");
    health(1).passed("well");
    fail(2, 1);
    assertThat(health(2).isUp()).isFalse();
  }

  @Test
  void membersOfWeight0_areNoneOfThoseThatAreLeft() {
    rules(1, 0.5, "", true);
    members(2);
    weigh(0);
    fail(0, 5);
    assertThat(health(0).isUp()).as("the last that takes keys").isTrue();
  }

  @Test
  void answers_areFailuresByOption() {
    rules(2, 0.5, "500,502-504", true);
    members(2);
    for (int status : List.of(500, 501, 503)) {
      health(0).answered(status);
      health(0).completed(status);
    }
    assertThat(health(0).isUp()).as("501 was none").isTrue();
    health(0).answered(504);
    assertThat(health(0).status().reason()).contains("the last: a request was answered 504");
  }

  @Test
  void checks_thatPass_doNotEndAnEjection_andOneThatFailsIsWhatCounts() {
    rules(1, 0.5, "", true);
    members(2);
    fail(0, 1);
    for (int n = 0; n < 10; n++) {
      health(0).passed("well");
    }
    assertThat(health(0).status().state()).isEqualTo(Health.State.EJECTED);
    health(0).connectFailed("refused");
    assertThat(health(0).status().state()).isEqualTo(Health.State.DOWN);
    assertThat(health(0).mayBegin()).isFalse();
    health(0).passed("well");
    health(0).passed("well");
    assertThat(health(0).status().state()).isEqualTo(Health.State.EJECTED);
  }

  @Test
  void refusedConnections_withoutChecks_areFailuresLikeOthers() {
    rules(3, 0.5, "", false);
    members(2);
    health(0).connectFailed("refused");
    health(0).connectFailed("refused");
    assertThat(health(0).isUp()).as("nothing would bring it back").isTrue();
    health(0).connectFailed("refused");
    assertThat(health(0).status().state()).isEqualTo(Health.State.EJECTED);
  }

  @Test
  void never() {
    rules(0, 0.5, "500", true);
    members(2);
    fail(0, 1_000);
    assertThat(health(0).isUp()).isTrue();
  }
}
