package io.hashring.demo.membership;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HealthTest {

  /** Up, and never ejected. */
  static Health health(String name) {
    return new Health(name, 2, 3, Health.State.UP, Ejection.never());
  }

  /** One letter an event: passed, failed, refused; one sign after each: up (+) or down (-). */
  @ParameterizedTest
  @CsvSource({
    "p+p+",
    "f+f+f-", // three in a row
    "f+f+p+f+f+f-", // a pass starts the count anew
    "r-", // refused counts at once
    "r-p-p+", // two in a row
    "r-p-f-p-p+", // a failure starts the count anew
    "r-p-r-p-p+",
    "f+f+r-p-p+f+f+f-" // nothing is carried over
  })
  void rise2fall3(String events) {
    Health health = health("s1");
    for (int i = 0; i < events.length(); i += 2) {
      switch (events.charAt(i)) {
        case 'p' -> health.passed("well");
        case 'f' -> health.failed("ill");
        default -> health.connectFailed("refused");
      }
      assertThat(health.isUp())
          .as(events.substring(0, i + 1))
          .isEqualTo(events.charAt(i + 1) == '+');
    }
  }

  private static Health unchecked() {
    return new Health("s1", 2, 3, Health.State.UNCHECKED, Ejection.never());
  }

  /** The letters of above; sign: up (+), down (-) or nobody knows (?). */
  @ParameterizedTest
  @CsvSource({
    "p+", // one, whatever rise is
    "f-p-p+", // one, whatever fall is; then as always
    "r-p-p+",
    "p+f+f+f-"
  })
  void firstCheck_decides(String events) {
    Health health = unchecked();
    assertThat(health.isUp()).isFalse();
    assertThat(health.status().state()).isEqualTo(Health.State.UNCHECKED);
    for (int i = 0; i < events.length(); i += 2) {
      switch (events.charAt(i)) {
        case 'p' -> health.passed("well");
        case 'f' -> health.failed("ill");
        default -> health.connectFailed("refused");
      }
      assertThat(health.status().state())
          .as(events.substring(0, i + 1))
          .isEqualTo(events.charAt(i + 1) == '+' ? Health.State.UP : Health.State.DOWN);
    }
  }

  @Test
  void whereNobodyIsUp_whoIsDownMayBeTried_butNoReplicaOfOursThatEnded() {
    Health ofOthers = unchecked();
    assertThat(ofOthers.mayBeginUnwell()).as("no check yet").isFalse();
    ofOthers.failed("ill");
    assertThat(ofOthers.mayBeginUnwell()).isTrue();
    Health ours = health("s2");
    ours.failed("late");
    ours.failed("late");
    assertThat(ours.mayBeginUnwell()).as("it is up").isFalse();
    ours.failed("late");
    assertThat(ours.mayBeginUnwell()).as("it may be slow").isTrue();
    ours.connectFailed("refused");
    ours.failed("not what it was");
    assertThat(ours.mayBeginUnwell()).as("another may be there").isFalse();
  }

  @Test
  void status_hasTheReasonOfTheLastChange_andTheLastFailureIsKept() {
    Health health = health("s1");
    health.failed("one");
    assertThat(health.status().reason()).isEqualTo("it was started");
    assertThat(health.lastFailure().what()).isEqualTo("one");
    health.failed("two");
    health.failed("three");
    assertThat(health.status().reason()).isEqualTo("three, 3 times in a row");
    var since = health.status().since();
    health.connectFailed("four");
    assertThat(health.status().since()).as("it was down already").isEqualTo(since);
    assertThat(health.lastFailure().what()).isEqualTo("four");
    health.passed("well");
    health.passed("well");
    assertThat(health.status().reason()).isEqualTo("well");
    assertThat(health.lastFailure().what()).isEqualTo("four");
  }
}
