package io.hashring;

import org.jspecify.annotations.Nullable;

/** The nodes that hold the copies of each key of a ring. */
final class Copies<N> {

  final RingState<N> ring;
  final Replication<? super N> replication;

  /** The failure domains, or null if there are none. */
  final @Nullable FailureDomains<N> domains;

  Copies(RingState<N> ring, Replication<? super N> replication) {
    this.ring = ring;
    this.replication = replication;
    this.domains = replication.levels().isEmpty() ? null : ring.domains(replication.levels());
  }

  /** How many there are of each key. */
  int count() {
    return Math.min(replication.copies(), ring.holders);
  }

  /** Whether these and others would be the same of the same ring. */
  boolean areDealtAs(Copies<N> other) {
    return replication.copies() == other.replication.copies()
        && replication.levels().equals(other.replication.levels());
  }

  /** The slots of the nodes for a position. */
  int[] slots(long position) {
    return domains == null
        ? ring.firstSlots(position, replication.copies())
        : DomainWalk.first(ring, domains, position, replication.copies(), null);
  }

  /**
   * The position of the last claim that decides about the nodes for another; the walk from there
   * goes around the circle at most once. There must be claims.
   */
  long reach(long position) {
    int length =
        domains == null ? count() : DomainWalk.reach(ring, domains, position, replication.copies());
    Successors walk = ring.walk(position, length);
    for (int i = 0; i < length; i++) {
      walk.next();
    }
    return walk.position();
  }
}
