package io.hashring.demo;

import static java.util.Objects.requireNonNull;

import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * The members, and the only place that changes them. Who is a member changes in calls that block
 * and come one after the other, but none waits for the requests of replicas that leave; where a
 * member lives changes at any time. Readers see one state or the next, never half a change, and a
 * change that fails leaves the members as they were.
 */
final class Membership implements AutoCloseable {

  /** Far above what one machine runs well, and low enough that a slip of the pen harms nobody. */
  static final int MAX_REPLICAS = 256;

  private static final Logger LOG = Logger.getLogger(Membership.class.getName());

  private final ReplicaPool pool;
  private final Supplier<Health> health;
  private final Duration drainTimeout;
  private final Set<String> draining = new HashSet<>();
  private final AtomicReference<Members> current;

  Membership(ReplicaPool pool, int pointsPerNode, Supplier<Health> health, Duration drainTimeout) {
    this.pool = pool;
    this.health = health;
    this.drainTimeout = drainTimeout;
    this.current = new AtomicReference<>(Members.none(pointsPerNode));
  }

  Members current() {
    return requireNonNull(current.get());
  }

  /** Takes over the replicas that an earlier balancer left, and starts more up to that many. */
  Members begin(int count) throws Exception {
    List<String> found = pool.found();
    return add(new MembershipRequest(Math.max(count, found.size()), found));
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
    return current.updateAndGet(members -> members.with(started));
  }

  /** Takes replicas off the ring, lets their requests end, and stops them. */
  Members remove(MembershipRequest request) {
    List<Backend> leaving = takeOff(request);
    long deadline = System.nanoTime() + drainTimeout.toNanos();
    for (Backend backend : leaving) {
      drain(backend, Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
      end(backend);
    }
    return current();
  }

  /**
   * The replica of that name lives at this address now: the same node, with the same keys, up, and
   * with nothing under way. A replica that left the members meanwhile is stopped.
   *
   * @return whether this was news: false for a member that is up, and known to live there
   */
  boolean moved(String name, SocketAddress address) {
    Backend fresh = new Backend(name, address, health.get());
    UnaryOperator<Members> move =
        members -> isNews(fresh, members) ? members.replacing(fresh) : members;
    Members before = current.getAndUpdate(move);
    if (before.named(name).isEmpty()) {
      return movedMeanwhile(fresh, move);
    }
    return isNews(fresh, before);
  }

  /** Once more while nobody joins or leaves: the replica is a member by now, or never will be. */
  private synchronized boolean movedMeanwhile(Backend fresh, UnaryOperator<Members> move) {
    Members before = current.getAndUpdate(move);
    if (before.named(fresh.name()).isEmpty()) {
      stop(fresh);
    }
    return isNews(fresh, before);
  }

  private static boolean isNews(Backend fresh, Members members) {
    return members
        .named(fresh.name())
        .filter(old -> !old.address().equals(fresh.address()) || !old.health().isUp())
        .isPresent();
  }

  private synchronized List<Backend> takeOff(MembershipRequest request) {
    List<String> names = leaving(request);
    Members before = current.getAndUpdate(members -> members.without(names));
    List<Backend> leaving =
        names.stream().flatMap(name -> before.named(name).stream()).toList();
    for (Backend backend : leaving) {
      draining.add(backend.name());
      backend.requests().close();
    }
    return leaving;
  }

  private synchronized void end(Backend backend) {
    stop(backend);
    draining.remove(backend.name());
  }

  private List<String> joining(MembershipRequest request) {
    Members members = current();
    for (String name : request.named()) {
      if (members.named(name).isPresent()) {
        throw new IllegalArgumentException("hostnames must be new, but this one is taken: " + name);
      }
      if (draining.contains(name)) {
        throw new IllegalArgumentException(
            "hostnames must be new, but this one still has requests to end: " + name);
      }
    }
    if (request.n() > MAX_REPLICAS - members.size()) {
      throw new IllegalArgumentException("n must leave at most " + MAX_REPLICAS + " replicas, "
          + members.size() + " run already: " + request.n());
    }
    Set<String> taken = new LinkedHashSet<>(members.names());
    taken.addAll(draining);
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

  private List<String> leaving(MembershipRequest request) {
    Members members = current();
    if (request.n() > members.size()) {
      throw new IllegalArgumentException(
          "n must be at most " + members.size() + ", the replicas there are: " + request.n());
    }
    for (String name : request.named()) {
      if (members.named(name).isEmpty()) {
        throw new IllegalArgumentException(
            "hostnames must be among " + members.names() + ": " + name);
      }
    }
    List<String> newestFirst = new ArrayList<>(members.names());
    Collections.reverse(newestFirst);
    return firstN(request.n(), Stream.concat(request.named().stream(), newestFirst.stream()));
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
