package io.hashring.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.membership.Health;
import java.io.IOException;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

final class LogThrottleTest {

  private final LogThrottle throttle = new LogThrottle();

  private static LogRecord record(Level level, String logger, String message) {
    LogRecord record = new LogRecord(level, message);
    record.setLoggerName(logger);
    return record;
  }

  private boolean passes(String logger, String message) {
    return throttle.isLoggable(record(Level.WARNING, logger, message));
  }

  @Test
  void kind_passesOnceInAnInterval_whateverItsValues() {
    assertThat(passes("io.netty.x", "Closing: [id: 0x2ddbb167, R:/127.0.0.1:41214] after 3 tries"))
        .isTrue();
    for (int i = 0; i < 1_000; i++) {
      assertThat(passes("io.netty.x", "Closing: [id: 0x" + i + "f, R:/10.0.0.1:1] after 12 tries"))
          .isFalse();
    }
    assertThat(passes("io.netty.x", "Opening")).as("another message").isTrue();
    assertThat(passes("io.netty.y", "Opening")).as("another logger").isTrue();
    LogRecord thrown = record(Level.WARNING, "io.netty.x", "Opening");
    thrown.setThrown(new IllegalStateException("why"));
    assertThat(throttle.isLoggable(thrown)).as("another reason").isTrue();
    assertThat(thrown.getThrown()).as("a fault of our own keeps its stack").isNotNull();
  }

  @Test
  void whatTheWorldDoes_hasNoStack() {
    LogRecord record = record(Level.SEVERE, "io.vertx.core.X", "Unhandled exception");
    record.setThrown(new IOException("Connection reset by peer"));
    assertThat(throttle.isLoggable(record)).isTrue();
    assertThat(record.getThrown()).isNull();
    assertThat(record.getMessage())
        .isEqualTo("Unhandled exception: java.io.IOException: Connection reset by peer");
  }

  @Test
  void changesOfMembers_areAlwaysTold() {
    for (int i = 0; i < 10; i++) {
      assertThat(passes("io.hashring.demo.membership.Membership", "server1 is down"))
          .isTrue();
      assertThat(throttle.isLoggable(record(Level.INFO, "io.hashring.demo.proxy.X", "told")))
          .isTrue();
    }
    assertThat(passes("io.hashring.demo.proxy.X", "an answer is not valid HTTP: {0}"))
        .isTrue();
    assertThat(passes("io.hashring.demo.proxy.X", "an answer is not valid HTTP: {0}"))
        .isFalse();
  }

  @Test
  void changesOfHealth_areToldUntilAMemberHasTooMany() {
    for (int i = 0; i < 6; i++) {
      assertThat(changePasses("server1", i)).as("change %s", i).isTrue();
    }
    assertThat(changePasses("server1", 6)).as("one more").isFalse();
    assertThat(changePasses("server2", 0)).as("of another member").isTrue();
  }

  /** Down and up in turn. */
  private boolean changePasses(String member, int i) {
    LogRecord record =
        record(i % 2 == 0 ? Level.WARNING : Level.INFO, Health.class.getName(), "{0} is {1}: {2}");
    record.setParameters(new Object[] {member, i % 2 == 0 ? "down" : "up", "reason " + i});
    return throttle.isLoggable(record);
  }

  @Test
  void kinds_areBounded() {
    int passed = 0;
    for (int i = 0; i < 5_000; i++) {
      String letters = Integer.toString(i, 26)
          .replaceAll("[0-9]", "_$0_")
          .replaceAll("[0-9]", "z".repeat(1 + i % 10));
      passed +=
          passes("io.netty.x", letters + "-" + "q".repeat(i % 100) + "w".repeat(i / 100)) ? 1 : 0;
    }
    assertThat(passed).isLessThanOrEqualTo(1_001);
  }
}
