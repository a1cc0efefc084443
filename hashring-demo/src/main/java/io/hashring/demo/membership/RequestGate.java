package io.hashring.demo.membership;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A gate that counts the requests under way and, once closed, knows when the last has ended. */
public final class RequestGate {

  private final CompletableFuture<Boolean> drained = new CompletableFuture<>();
  private int count;
  private boolean closed;

  /** Lets one request in; {@code false} once the gate is closed. */
  public synchronized boolean begin() {
    if (closed) {
      return false;
    }
    count++;
    return true;
  }

  public synchronized void end() {
    count--;
    completeIfDrained();
  }

  public synchronized int count() {
    return count;
  }

  public synchronized boolean isClosed() {
    return closed;
  }

  public synchronized void close() {
    closed = true;
    completeIfDrained();
  }

  /**
   * Closes the gate.
   *
   * @return completes with true when the last request ends, or with false when the patience does
   */
  public CompletableFuture<Boolean> drain(Duration patience) {
    close();
    return drained.copy().completeOnTimeout(false, patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void completeIfDrained() {
    if (closed && count == 0) {
      drained.complete(true);
    }
  }
}
