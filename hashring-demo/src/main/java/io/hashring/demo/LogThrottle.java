package io.hashring.demo;

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
    Kind kind = kinds.get(kindOf(record));
    if (kind == null) {
      kind = kinds.computeIfAbsent(
          kinds.size() < MOST_KINDS ? kindOf(record) : "", name -> new Kind());
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
    return record.getLoggerName() + record.getMessage() + (thrown == null ? "" : thrown.getClass());
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

    private static boolean isOfTheWorld(Throwable thrown) {
      return thrown instanceof java.io.IOException;
    }
  }
}
