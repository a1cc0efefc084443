package org.example;

import io.hashring.BoundedLoad;
import io.hashring.BoundedLoad.Bound;
import io.hashring.BoundedLoad.Lease;
import io.hashring.ConcurrentHashRing;
import io.hashring.HashRing;
import java.util.function.Predicate;

/** Sends a prompt to the engine that has its beginning, unless that one is too busy. */
final class PrefixRouter {

  /** An engine, known by a name that it keeps when its pod is replaced. */
  record Engine(String id, String address) {}

  private final ConcurrentHashRing<Engine> engines;
  private final BoundedLoad<Engine> load;
  private final int prefixLength;

  /** The key is so much of a prompt; the bound is of units of load, such as tokens. */
  PrefixRouter(HashRing<Engine> engines, int prefixLength, Bound bound) {
    this.engines = ConcurrentHashRing.of(engines);
    this.load = BoundedLoad.of(this.engines, bound);
    this.prefixLength = prefixLength;
  }

  ConcurrentHashRing<Engine> engines() {
    return engines;
  }

  /** The engine for a prompt. The lease is to be closed when the answer has ended. */
  Lease<Engine> route(String prompt, long units, Predicate<Engine> isUp) {
    String key = prompt.substring(0, Math.min(prefixLength, prompt.length()));
    return load.tryAcquire(key, units, isUp)
        .orElseThrow(() -> new IllegalStateException("no engine is up"));
  }
}
