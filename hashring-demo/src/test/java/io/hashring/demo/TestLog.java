package io.hashring.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * Holds back what is logged, and prints it where a test fails. A warning that
 * {@code expected-log.txt} does not expect is printed at once, and {@code .ci/quiet} then fails the
 * build.
 */
public final class TestLog extends Handler
    implements BeforeEachCallback, AfterAllCallback, TestWatcher {

  private static final int MOST = 5_000;
  private static final List<Pattern> EXPECTED = expected();
  private static final SimpleFormatter FORMATTER = new SimpleFormatter();

  /** The last lines since the test began. */
  private static final Deque<String> HELD_BACK = new ArrayDeque<>();

  private static List<Pattern> expected() {
    try (InputStream file = TestLog.class.getResourceAsStream("/expected-log.txt")) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .map(line -> Pattern.compile(line, Pattern.DOTALL))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static boolean isExpected(LogRecord record) {
    String line = FORMATTER.formatMessage(record)
        + (record.getThrown() == null ? "" : ": " + record.getThrown());
    return record.getLevel().intValue() < Level.WARNING.intValue()
        || EXPECTED.stream().anyMatch(expected -> expected.matcher(line).matches());
  }

  @Override
  public void publish(LogRecord record) {
    String lines = FORMATTER.format(record);
    if (!isExpected(record)) {
      System.err.print(lines);
    }
    synchronized (HELD_BACK) {
      HELD_BACK.addLast(lines);
      if (HELD_BACK.size() > MOST) {
        HELD_BACK.removeFirst();
      }
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    forget();
  }

  @Override
  public void testFailed(ExtensionContext context, Throwable cause) {
    print(context);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      print(context);
    }
    forget();
  }

  private static void print(ExtensionContext context) {
    synchronized (HELD_BACK) {
      System.err.println("What was logged during " + context.getDisplayName() + ":");
      HELD_BACK.forEach(System.err::print);
    }
  }

  private static void forget() {
    synchronized (HELD_BACK) {
      HELD_BACK.clear();
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
