package io.hashring.demo.proxy;

import io.hashring.BoundedLoad;
import io.hashring.BoundedLoad.Lease;
import io.hashring.ConcurrentHashRing;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Members;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Keeps every backend below a multiple of its fair share of the requests under way: a request is a
 * lease, and one whose backend is full goes on along the preference list of its key.
 */
public final class MaxLoad {

  private final ConcurrentHashRing<Backend> ring;
  private final BoundedLoad<Backend> load;
  private volatile long version = -1;

  public MaxLoad(double factor) {
    this.ring = ConcurrentHashRing.of(Members.none(1).ring());
    this.load = BoundedLoad.of(ring, factor);
  }

  /** Leases the first backend that may be taken and has room; asks for the key's owner first. */
  Optional<Lease<Backend>> lease(Members members, String key, Predicate<Backend> mayTake) {
    follow(members);
    return load.tryAcquire(key, mayTake);
  }

  /** How many requests the backend may have under way when the next one comes. */
  public long capacity(Backend backend) {
    return load.capacity(backend);
  }

  /** Members are seen in any order by those who look, and must not be followed back. */
  private void follow(Members members) {
    if (members.version() > version) {
      synchronized (this) {
        if (members.version() > version) {
          ring.update(earlier -> members.ring());
          version = members.version();
        }
      }
    }
  }
}
