package io.hashring.demo.proxy;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many requests may be sent again, so that retries cannot multiply the load of replicas that
 * fail under it: one for every five requests, and a reserve that outlasts the sudden end of a
 * replica. Any thread may use it; no lock.
 */
public final class RetryBudget {

  static final int RESERVE = 1_000;

  private static final int REQUESTS_PER_RETRY = 5;

  /** In requests. */
  private final AtomicLong saved = new AtomicLong((long) RESERVE * REQUESTS_PER_RETRY);

  /** One more request came in. */
  void earn() {
    // Read first: a full budget, which is the rule, is then shared between cores without a write.
    if (saved.get() < (long) RESERVE * REQUESTS_PER_RETRY) {
      saved.incrementAndGet();
    }
  }

  /** Takes one retry out; {@code false} if there is none left. */
  boolean spend() {
    long before =
        saved.getAndUpdate(now -> now >= REQUESTS_PER_RETRY ? now - REQUESTS_PER_RETRY : now);
    return before >= REQUESTS_PER_RETRY;
  }

  /** The retries that are left. */
  public long left() {
    return saved.get() / REQUESTS_PER_RETRY;
  }
}
