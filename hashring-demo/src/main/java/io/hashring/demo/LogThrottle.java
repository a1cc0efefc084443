package io.hashring.demo;

import io.hashring.demo.membership.Health;
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
 * <p>Only of what concerns requests and connections; a change of the members is always told. So is
 * each change of a member's health, but of one that comes and goes without an end: after a few it
 * is told once in an interval as well.
 */
final class LogThrottle implements Filter {

  private static final Duration INTERVAL = Duration.ofMinutes(1);

  /** How many changes of a member's health are told before they are too many. */
  private static final int CHANGES_OF_HEALTH = 6;

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
    boolean isHealth = Health.class.getName().equals(record.getLoggerName());
    if (!isHealth && !concernsTraffic(record)) {
      return true;
    }
    String name = isHealth ? record.getLoggerName() + member(record) : kindOf(record);
    Kind kind = kinds.get(name);
    if (kind == null) {
      int atOnce = isHealth ? CHANGES_OF_HEALTH : 1;
      kind = kinds.computeIfAbsent(kinds.size() < MOST_KINDS ? name : "", any -> new Kind(atOnce));
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

  /** What the line is about, which is the first of its values. */
  private static String member(LogRecord record) {
    Object[] values = record.getParameters();
    return values == null || values.length == 0 ? "" : String.valueOf(values[0]);
  }

  private static String kindOf(LogRecord record) {
    Throwable thrown = record.getThrown();
    String message = VALUE.matcher(String.valueOf(record.getMessage())).replaceAll("");
    return record.getLoggerName()
        + message
        + (thrown == null ? "" : thrown.getClass().getName());
  }

  private static final class Kind {

    /** When as many have passed as one in each interval would have; ahead by those at once. */
    private final AtomicLong even = new AtomicLong(System.nanoTime());

    private final AtomicLong heldBack = new AtomicLong();
    private final long ahead;

    Kind(int atOnce) {
      this.ahead = (atOnce - 1) * INTERVAL.toNanos();
    }

    boolean passes(LogRecord record) {
      long now = System.nanoTime();
      long was = even.get();
      long next = (was - now > 0 ? was : now) + INTERVAL.toNanos();
      if (was - now > ahead || !even.compareAndSet(was, next)) {
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
