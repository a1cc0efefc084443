package io.hashring.demo.membership;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A gate that counts the requests under way and, once closed, knows when the last has ended. */
public final class RequestGate {

  private final CompletableFuture<@Nullable Void> drained = new CompletableFuture<>();
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

  synchronized void close() {
    closed = true;
    completeIfDrained();
  }

  /** Closes the gate and waits until the last request has ended, or the patience is over. */
  public boolean drain(Duration patience) {
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
