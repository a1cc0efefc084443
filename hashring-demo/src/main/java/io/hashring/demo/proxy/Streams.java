package io.hashring.demo.proxy;

import io.hashring.demo.membership.Backend;
import java.util.HashMap;
import java.util.Map;

/**
 * How many WebSockets, event streams and other requests that last each replica has, and how many it
 * may have. They are counted apart, for short requests must not wait until one of these ends. Any
 * thread may use it.
 */
public final class Streams {

  private final int limit;
  private final Map<Backend, Integer> counts = new HashMap<>();
  private long moved;
  private long refused;

  /** @param limit how many a replica may have; positive */
  public Streams(int limit) {
    this.limit = limit;
  }

  synchronized boolean hasRoom(Backend backend) {
    return count(backend) < limit;
  }

  /** Counts one more, if there is room. */
  synchronized boolean begin(Backend backend) {
    if (!hasRoom(backend)) {
      return false;
    }
    counts.merge(backend, 1, Integer::sum);
    return true;
  }

  synchronized void end(Backend backend) {
    counts.computeIfPresent(backend, (same, count) -> count == 1 ? null : count - 1);
  }

  /** One went on to another replica, as there was no room. */
  synchronized void countMoved() {
    moved++;
  }

  /** One was refused, as there was no room anywhere. */
  synchronized void countRefused() {
    refused++;
  }

  /** How many the replica has now. */
  public synchronized int count(Backend backend) {
    return counts.getOrDefault(backend, 0);
  }

  /** How many all replicas have now. */
  public synchronized long total() {
    return counts.values().stream().mapToLong(count -> count).sum();
  }

  public synchronized long moved() {
    return moved;
  }

  public synchronized long refused() {
    return refused;
  }
}
