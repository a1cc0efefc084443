package io.hashring.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Filter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lets one line of each kind through in an interval, with the number of those that it held back
 * before, so that clients and replicas cannot fill a disk. A kind is what one place in the code
 * says, whatever the values in it. What the world outside does has no stack: it has no cause in
 * here.
 *
 * <p>Only of what concerns requests and connections; a change of the members is always told.
 */
final class LogThrottle implements Filter {

  private static final Duration INTERVAL = Duration.ofMinutes(1);

  /** What others put into their messages: numbers, and the names of connections. */
  private static final Pattern VALUE = Pattern.compile("\\[[^]]*]|0x[0-9a-f]+|[0-9]+");

  /** Kinds are few, unless somebody puts values into them. */
  private static final int MOST_KINDS = 1_000;

  private final Map<String, Kind> kinds = new ConcurrentHashMap<>();

  /** For all that this process logs; and loads what that takes, while it can be loaded. */
  static void install() {
    LogThrottle throttle = new LogThrottle();
    for (Handler handler : LogManager.getLogManager().getLogger("").getHandlers()) {
      handler.setFilter(throttle);
    }
    warmUp(throttle);
  }

  /**
   * The first line that is logged loads time zones and bundles of text. When the first is that
   * there are no more descriptors, none is left to open their files.
   */
  private static void warmUp(LogThrottle throttle) {
    LogRecord record = new LogRecord(Level.WARNING, "{0}");
    record.setLoggerName("io.netty");
    record.setParameters(new Object[] {1});
    record.setThrown(new IllegalStateException());
    record.getSourceClassName();
    throttle.isLoggable(record);
    new SimpleFormatter().format(record);
    Logger.getLogger(LogThrottle.class.getName()).fine("ready");
  }

  @Override
  public boolean isLoggable(LogRecord record) {
    if (!concernsTraffic(record)) {
      return true;
    }
    String name = kindOf(record);
    Kind kind = kinds.get(name);
    if (kind == null) {
      kind = kinds.computeIfAbsent(kinds.size() < MOST_KINDS ? name : "", any -> new Kind());
    }
    return kind.passes(record);
  }

  private static boolean concernsTraffic(LogRecord record) {
    String name = String.valueOf(record.getLoggerName());
    return record.getLevel().intValue() >= Level.WARNING.intValue()
        && (name.startsWith("io.vertx.")
            || name.startsWith("io.netty")
            || name.startsWith("io.hashring.demo.proxy."));
  }

  private static String kindOf(LogRecord record) {
    Throwable thrown = record.getThrown();
    String message = VALUE.matcher(String.valueOf(record.getMessage())).replaceAll("");
    return record.getLoggerName()
        + message
        + (thrown == null ? "" : thrown.getClass().getName());
  }

  private static final class Kind {

    private final AtomicLong next = new AtomicLong(System.nanoTime());
    private final AtomicLong heldBack = new AtomicLong();

    boolean passes(LogRecord record) {
      long now = System.nanoTime();
      long due = next.get();
      if (now - due < 0 || !next.compareAndSet(due, now + INTERVAL.toNanos())) {
        heldBack.incrementAndGet();
        return false;
      }
      String message = record.getMessage();
      if (isOfTheWorld(record.getThrown())) {
        message += ": " + record.getThrown();
        record.setThrown(null);
      }
      long held = heldBack.getAndSet(0);
      record.setMessage(
          held == 0 ? message : message + " (and " + held + " more like this before)");
      return true;
    }

    private static boolean isOfTheWorld(@Nullable Throwable thrown) {
      return thrown instanceof IOException;
    }
  }
}
