package io.hashring.demo;

import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * The members, and the only place that changes them. Changes block and come one after the other;
 * readers see one state or the next, never half a change, and a change that fails leaves the
 * members as they were.
 */
final class Membership implements AutoCloseable {

  /** Far above what one machine runs well, and low enough that a slip of the pen harms nobody. */
  static final int MAX_REPLICAS = 256;

  private static final Logger LOG = Logger.getLogger(Membership.class.getName());

  private final ReplicaPool pool;
  private final Supplier<Health> health;
  private final Duration drainTimeout;
  private volatile Members current;

  Membership(ReplicaPool pool, int pointsPerNode, Supplier<Health> health, Duration drainTimeout) {
    this.pool = pool;
    this.health = health;
    this.drainTimeout = drainTimeout;
    this.current = Members.none(pointsPerNode);
  }

  Members current() {
    return current;
  }

  /** Starts replicas and puts them on the ring, all or none. */
  synchronized Members add(MembershipRequest request) throws Exception {
    List<Backend> started = new ArrayList<>();
    try {
      for (String name : joining(request)) {
        SocketAddress address = pool.start(name);
        started.add(new Backend(name, address, health.get()));
      }
    } catch (Exception e) {
      started.forEach(this::stop);
      throw e;
    }
    current = current.with(started);
    return current;
  }

  /** Takes replicas off the ring, lets their requests end, and stops them. */
  synchronized Members remove(MembershipRequest request) {
    List<Backend> leaving = leaving(request);
    current = current.without(leaving);
    leaving.forEach(backend -> backend.requests().close());
    long deadline = System.nanoTime() + drainTimeout.toNanos();
    for (Backend backend : leaving) {
      drain(backend, Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
      stop(backend);
    }
    return current;
  }

  private List<String> joining(MembershipRequest request) {
    Members members = current;
    for (String name : request.named()) {
      if (members.named(name).isPresent()) {
        throw new IllegalArgumentException("hostnames must be new, but this one is taken: " + name);
      }
    }
    if (request.n() > MAX_REPLICAS - members.size()) {
      throw new IllegalArgumentException("n must leave at most " + MAX_REPLICAS + " replicas, "
          + members.size() + " run already: " + request.n());
    }
    Set<String> taken = new LinkedHashSet<>(members.names());
    List<String> names = firstN(
        request.n(),
        Stream.concat(
            request.named().stream(), pool.names().filter(name -> !taken.contains(name))));
    if (names.size() < request.n()) {
      throw new IllegalArgumentException(
          "n must be at most " + names.size() + ", no more replicas are known: " + request.n());
    }
    return names;
  }

  private List<Backend> leaving(MembershipRequest request) {
    Members members = current;
    if (request.n() > members.size()) {
      throw new IllegalArgumentException(
          "n must be at most " + members.size() + ", the replicas there are: " + request.n());
    }
    Stream<Backend> named = request.named().stream()
        .map(name -> members
            .named(name)
            .orElseThrow(() -> new IllegalArgumentException(
                "hostnames must be among " + members.names() + ": " + name)));
    List<Backend> newestFirst = new ArrayList<>(members.byAge());
    Collections.reverse(newestFirst);
    return firstN(request.n(), Stream.concat(named, newestFirst.stream()));
  }

  /** Distinct before limit: a name given and met again among the others counts once. */
  private static <T> List<T> firstN(int n, Stream<T> candidates) {
    return candidates.distinct().limit(n).toList();
  }

  private void drain(Backend backend, Duration patience) {
    if (!backend.requests().drain(patience)) {
      LOG.log(
          Level.WARNING,
          "{0} stops with {1} requests under way: --drain-timeout is over",
          new Object[] {backend.name(), backend.requests().count()});
    }
  }

  private void stop(Backend backend) {
    try {
      pool.stop(backend.name());
    } catch (Exception e) {
      LOG.log(Level.WARNING, e, () -> "could not stop " + backend.name());
    }
  }

  @Override
  public synchronized void close() {
    pool.close();
  }
}
