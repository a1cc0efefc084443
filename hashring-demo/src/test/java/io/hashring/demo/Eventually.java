package io.hashring.demo;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for a condition, with a deadline. */
public final class Eventually {

  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final Duration BETWEEN = Duration.ofMillis(2);

  private Eventually() {}

  public static void eventually(String what, Callable<Boolean> condition) throws Exception {
    eventually(() -> what, condition);
  }

  /** @param what is asked when it is too late */
  public static void eventually(Supplier<String> what, Callable<Boolean> condition)
      throws Exception {
    within(DEADLINE, what, condition);
  }

  /** For what takes its time by what somebody else decides. */
  public static void within(Duration patience, Supplier<String> what, Callable<Boolean> condition)
      throws Exception {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + patience + ": " + what.get());
      }
      LockSupport.parkNanos(BETWEEN.toNanos());
    }
  }
}
