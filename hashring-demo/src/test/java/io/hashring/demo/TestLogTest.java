package io.hashring.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

final class TestLogTest {

  private static LogRecord record(Level level, String message, Object... values) {
    LogRecord record = new LogRecord(level, message);
    record.setParameters(values);
    return record;
  }

  @Test
  void warning_thatIsExpected_isHeldBack() {
    assertThat(TestLog.isExpected(record(Level.INFO, "anything"))).isTrue();
    assertThat(TestLog.isExpected(record(Level.WARNING, "{0} is {1}: {2}", "s1", "down", "dead")))
        .isTrue();
  }

  @Test
  void warning_thatNobodyExpects_isNot() {
    assertThat(TestLog.isExpected(record(Level.WARNING, "the roof is on fire"))).isFalse();
    LogRecord thrown = record(Level.WARNING, "Connection was closed");
    assertThat(TestLog.isExpected(thrown)).isTrue();
    thrown.setMessage("could not look after the replicas");
    thrown.setThrown(new IOException("why"));
    assertThat(TestLog.isExpected(thrown)).isFalse();
  }

  /** As the build starts tests. An editor that does not gets lines as ever. */
  @Test
  void handlerOfTheBuild_isThisOne() {
    if (System.getProperty("java.util.logging.config.file") != null) {
      assertThat(LogManager.getLogManager().getLogger("").getHandlers())
          .hasOnlyElementsOfType(TestLog.class);
    }
  }
}
