package io.hashring;

import io.hashring.BoundedLoad.Bound;

/** Bounded loads, in fewer words. */
final class Loads {

  private Loads() {}

  static <N> BoundedLoad<N> of(HashRing<N> ring, double factor) {
    return of(ConcurrentHashRing.of(ring), factor);
  }

  static <N> BoundedLoad<N> of(ConcurrentHashRing<N> ring, double factor) {
    return BoundedLoad.of(ring, Bound.factor(factor));
  }
}
