package org.example;

import io.hashring.ConcurrentHashRing;
import io.hashring.HashRing;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Reads of a cache whose hot keys are on several nodes. Copies of any key are on the first nodes of
 * its list only, so that it is known where to invalidate, whether or not it was ever hot.
 */
final class HotKeys {

  /** A node, known by a name that it keeps when it moves to another address. */
  record Node(String id, String address) {}

  private final ConcurrentHashRing<Node> nodes;
  private final int copies;
  private final long threshold;
  private final AtomicLongArray reads = new AtomicLongArray(1 << 16);

  /** A key is hot from so many reads on, until the counts are halved. */
  HotKeys(HashRing<Node> nodes, int copies, long threshold) {
    this.nodes = ConcurrentHashRing.of(nodes);
    this.copies = copies;
    this.threshold = threshold;
  }

  ConcurrentHashRing<Node> nodes() {
    return nodes;
  }

  /** A hot key is read from one of its nodes, by a second hash: a client stays with its own. */
  Node forRead(String key, String client, Predicate<Node> isUp) {
    List<Node> candidates = candidates(key, isUp);
    long second = nodes.ring().position(key + "\0" + client);
    return candidates.get((int) Long.remainderUnsigned(second, candidates.size()));
  }

  /** A hot key is read from the least loaded of its nodes. */
  Node forRead(String key, ToLongFunction<Node> load, Predicate<Node> isUp) {
    return candidates(key, isUp).stream().min(Comparator.comparingLong(load)).orElseThrow();
  }

  /** Where a key may have copies: all of these are told when it changes. */
  List<Node> forInvalidation(String key) {
    return nodes.ring().preferenceList(key).first(copies);
  }

  /** If all are said to be down, what says so may be wrong: the owner is asked. */
  private List<Node> candidates(String key, Predicate<Node> isUp) {
    HashRing<Node> ring = nodes.ring();
    int n = isHot(key) ? copies : 1;
    List<Node> up =
        ring.preferenceList(key).first(copies).stream().filter(isUp).limit(n).toList();
    return up.isEmpty()
        ? List.of(ring.preferenceList(key).where(isUp).first().orElseGet(() -> ring.locate(key)))
        : up;
  }

  /** Keys that meet in a counter are hot together, which costs a copy and no more. */
  private boolean isHot(String key) {
    int counter = (int) (nodes.ring().position(key) >>> 48);
    return reads.incrementAndGet(counter) > threshold;
  }

  /** To be called at even intervals: what is no longer read is no longer hot. */
  void halve() {
    for (int i = 0; i < reads.length(); i++) {
      reads.updateAndGet(i, count -> count / 2);
    }
  }
}
