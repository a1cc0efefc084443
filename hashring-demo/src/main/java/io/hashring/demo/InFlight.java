package io.hashring.demo;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A gate that counts the requests under way and, once closed, knows when the last has ended. */
final class InFlight {

  private final CompletableFuture<@Nullable Void> drained = new CompletableFuture<>();
  private int count;
  private boolean closed;

  /** Lets one request in; {@code false} once the gate is closed. */
  synchronized boolean begin() {
    if (closed) {
      return false;
    }
    count++;
    return true;
  }

  synchronized void end() {
    count--;
    completeIfDrained();
  }

  synchronized int count() {
    return count;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  synchronized void close() {
    closed = true;
    completeIfDrained();
  }

  /** Closes the gate and waits until the last request has ended, or the patience is over. */
  boolean drain(Duration patience) {
    close();
    drained.completeOnTimeout(null, patience.toMillis(), TimeUnit.MILLISECONDS).join();
    return count() == 0;
  }

  private void completeIfDrained() {
    if (closed && count == 0) {
      drained.complete(null);
    }
  }
}
