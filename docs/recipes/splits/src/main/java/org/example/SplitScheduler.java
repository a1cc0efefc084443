package org.example;

import io.hashring.BoundedAssignment;
import io.hashring.ConcurrentHashRing;
import io.hashring.HashRing;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Sends the splits of a query to workers that are likely to have them in their caches. */
final class SplitScheduler {

  /** A worker, known by a name that it keeps when it starts again at another address. */
  record Worker(String id, String address) {}

  private final ConcurrentHashRing<Worker> workers;
  private final double bound;

  /** The bound is by how much a worker may exceed the mean, such as 1.1. */
  SplitScheduler(HashRing<Worker> workers, double bound) {
    this.workers = ConcurrentHashRing.of(workers);
    this.bound = bound;
  }

  ConcurrentHashRing<Worker> workers() {
    return workers;
  }

  /** All splits of a stage at once: each on the first worker of its list that has room. */
  Map<String, Worker> assign(Collection<String> splits, Predicate<Worker> isUp) {
    HashRing<Worker> all = workers.ring();
    HashRing<Worker> up =
        all.change(change -> all.nodes().stream().filter(isUp.negate()).forEach(change::remove));
    return BoundedAssignment.of(up, splits, bound).nodes();
  }

  /** Where a split may be tried: where it was cached first, after that where it will be. */
  List<Worker> candidates(String split, int n, Predicate<Worker> isUp) {
    return workers.ring().preferenceList(split).where(isUp).first(n);
  }
}
