package io.hashring.demo.membership;

import static org.assertj.core.api.Assertions.assertThat;

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
}
