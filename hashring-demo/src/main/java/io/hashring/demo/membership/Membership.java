package io.hashring.demo.membership;

import io.hashring.demo.cluster.Cluster;
import io.hashring.demo.cluster.Member;
import io.hashring.demo.replica.ReplicaPool;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor.DiscardPolicy;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The members, and the only place that changes them. Changes block and come one after the other, in
 * the whole {@link Cluster}; readers see one state or the next, never half a change, and a change
 * that fails leaves the members as they were.
 *
 * <p>A member that leaves is off the ring at once and goes in three steps: every balancer lets its
 * requests under way end; the balancer that answers for the replica stops it; its name is free
 * again. A balancer answers for the replicas in its own process, and the one that leads for all
 * that are in no living balancer's. Where such a replica ended with its balancer, the leader starts
 * it anew under the same name, so no key moves.
 */
public final class Membership implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(Membership.class.getName());

  /** Looks after replicas this often, if nothing tells to do so earlier. */
  private static final Duration TICK = Duration.ofSeconds(1);

  private static final Duration BETWEEN = Duration.ofMillis(50);

  private final ReplicaPool pool;
  private final Cluster cluster;
  private final Supplier<Health> health;
  private final Duration drainTimeout;
  private final ScheduledExecutorService drains = thread("drain");
  private final ScheduledExecutorService reconciler = thread("reconcile");

  /** Replicas of this process that run. */
  private final Set<String> running = ConcurrentHashMap.newKeySet();

  private final Map<String, Departure> departures = new HashMap<>(); // guarded by this

  /** Where replicas live that have moved, until the cluster knows. Guarded by this. */
  private final Map<String, SocketAddress> moves = new HashMap<>();

  /** Starts of new members under way. Guarded by this. */
  private int starts;

  private volatile boolean closed;
  private volatile List<Member> list = List.of();
  private volatile Members current;

  /**
   * What is to be stopped.
   *
   * @param revision once all have acknowledged it, nobody sends requests there
   * @param deadline or else when to stop it all the same, by the clock of {@link System#nanoTime}
   */
  private record Departure(long revision, long deadline) {
    boolean isDue(long acknowledged) {
      return revision <= acknowledged || deadline - System.nanoTime() <= 0;
    }
  }

  public Membership(
      ReplicaPool pool,
      Cluster cluster,
      int pointsPerNode,
      Supplier<Health> health,
      Duration drainTimeout) {
    this.pool = pool;
    this.cluster = cluster;
    this.health = health;
    this.drainTimeout = drainTimeout;
    this.current = Members.none(pointsPerNode);
  }

  private static ScheduledExecutorService thread(String name) {
    return new ScheduledThreadPoolExecutor(
        1,
        task -> {
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        },
        new DiscardPolicy()); // of what comes in while this balancer stops
  }

  public Members current() {
    return current;
  }

  // Changes

  /**
   * Joins the cluster and, if that has no members, takes over the replicas that an earlier balancer
   * left, and starts more up to that many.
   */
  public void begin(int count) throws Exception {
    cluster.join(new Cluster.Listener() {
      @Override
      public void onRevision(List<Member> members, long revision) {
        follow(members, revision);
      }

      @Override
      public void wake() {
        Membership.this.wake();
      }
    });
    List<String> found = pool.found();
    MembershipRequest first = new MembershipRequest(Math.max(count, found.size()), found);
    start(members -> members.isEmpty() ? joining(members, first) : List.of());
    var unused = reconciler.scheduleWithFixedDelay(
        this::reconcile, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Starts replicas and puts them on the ring, all or none. */
  public Members add(MembershipRequest request) throws Exception {
    start(members -> joining(members, request));
    return current;
  }

  private void start(Function<List<Member>, List<String>> names) throws Exception {
    synchronized (this) {
      checkOpen();
      starts++;
    }
    try {
      startAll(names);
    } finally {
      synchronized (this) {
        starts--;
        notifyAll();
      }
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("no replica is started, because the balancer stops");
    }
  }

  private void startAll(Function<List<Member>, List<String>> names) throws Exception {
    List<String> started = new ArrayList<>();
    try {
      cluster.change(members -> {
        List<Member> next = new ArrayList<>(members);
        for (String name : names.apply(members)) {
          checkOpen();
          next.add(start(name));
          started.add(name);
        }
        return next;
      });
    } catch (Exception e) {
      started.forEach(this::stop);
      throw e;
    }
  }

  /** Takes replicas off the ring, lets their requests end, and stops them. */
  public Members remove(MembershipRequest request) throws Exception {
    List<String> leaving = new ArrayList<>();
    cluster.change(members -> {
      leaving(request).forEach(backend -> leaving.add(backend.name()));
      return members.stream()
          .map(member -> leaving.contains(member.name()) ? member.leaves() : member)
          .toList();
    });
    awaitStopped(leaving);
    return current;
  }

  /**
   * The replica of that name lives at this address now: the same node, with the same keys, up, and
   * with nothing under way. This balancer goes there at once, and the others when changes under way
   * are done. A replica that is no member then is stopped.
   *
   * @return whether this was news of a member: false if it is up, and known to live there
   */
  boolean moved(String name, SocketAddress address) {
    boolean changed;
    synchronized (this) {
      moves.put(name, address);
      changed = refresh(name, address);
    }
    wake();
    return changed;
  }

  /**
   * A backend that is down, or lives elsewhere, gives way to a new one at an address, which is up.
   */
  private synchronized boolean refresh(String name, SocketAddress address) {
    Backend old = current.named(name).orElse(null);
    if (old == null || (old.address().equals(address) && old.health().isUp())) {
      return false;
    }
    Backend fresh = new Backend(name, address, health.get());
    current = current.become(
        current.byAge().stream().map(b -> b.name().equals(name) ? fresh : b).toList());
    return true;
  }

  private List<String> joining(List<Member> known, MembershipRequest request) {
    Set<String> taken = new LinkedHashSet<>(known.stream().map(Member::name).toList());
    for (String name : request.named()) {
      if (current.named(name).isPresent()) {
        throw new IllegalArgumentException("hostnames must be new, but this one is taken: " + name);
      }
      if (taken.contains(name)) {
        throw new IllegalArgumentException(
            "hostnames must be new, but this one still has requests to end: " + name);
      }
    }
    int size = current.size();
    if (request.n() > ReplicaPool.MAX_REPLICAS - size) {
      throw new IllegalArgumentException("n must leave at most " + ReplicaPool.MAX_REPLICAS
          + " replicas, " + size + " run already: " + request.n());
    }
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

  private void awaitStopped(Collection<String> names) throws InterruptedException {
    // Twice the patience of a departure: the balancer that answers for the replica may die, too.
    boolean stopped = await(
        () -> list.stream().noneMatch(m -> m.leaving() && names.contains(m.name())),
        drainTimeout.multipliedBy(4));
    if (!stopped) {
      LOG.log(Level.WARNING, "{0} left the ring, and nobody has stopped them yet", names);
    }
  }

  /** Asks whenever the list changes, and now and then. */
  private synchronized boolean await(BooleanSupplier condition, Duration patience)
      throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      if (deadline - System.nanoTime() <= 0) {
        return false;
      }
      wait(BETWEEN.toMillis());
    }
    return true;
  }

  // What the cluster tells

  /** Makes these the members; the cluster calls it, once for a revision. */
  private synchronized void follow(List<Member> members, long revision) {
    Members before = current;
    current = before.become(
        members.stream().filter(m -> !m.leaving()).map(m -> backend(before, m)).toList());
    List<Backend> departed = new ArrayList<>(before.byAge());
    departed.removeAll(current.byAge());
    departed.forEach(backend -> backend.requests().close());
    noteDepartures(members, revision);
    list = members;
    notifyAll();
    drains.execute(() -> {
      drain(departed);
      cluster.acknowledge(revision);
      wake();
    });
  }

  private Backend backend(Members before, Member member) {
    SocketAddress address = moves.getOrDefault(member.name(), member.address());
    return before
        .named(member.name())
        .filter(backend -> backend.address().equals(address))
        .orElseGet(() -> new Backend(member.name(), address, health.get()));
  }

  private void noteDepartures(List<Member> members, long revision) {
    Set<String> leaving = names(members, Member::leaving);
    Set<String> stopping = new LinkedHashSet<>(running); // what is at home elsewhere, or nowhere
    stopping.retainAll(names(list, member -> member.isHostedBy(cluster.self())));
    stopping.removeAll(names(members, member -> member.isHostedBy(cluster.self())));
    stopping.addAll(leaving);
    long deadline = System.nanoTime() + 2 * drainTimeout.toNanos();
    stopping.forEach(name -> departures.putIfAbsent(name, new Departure(revision, deadline)));
    departures.keySet().removeIf(name -> !leaving.contains(name) && !running.contains(name));
  }

  private static Set<String> names(List<Member> members, Predicate<Member> condition) {
    return members.stream().filter(condition).map(Member::name).collect(Collectors.toSet());
  }

  private void drain(List<Backend> departed) {
    long deadline = System.nanoTime() + drainTimeout.toNanos();
    for (Backend backend : departed) {
      drain(backend, Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
    }
  }

  private void drain(Backend backend, Duration patience) {
    if (!backend.requests().drain(patience)) {
      LOG.log(
          Level.WARNING,
          "{0} stops with {1} requests under way: --drain-timeout is over",
          new Object[] {backend.name(), backend.requests().count()});
    }
  }

  // Reconciliation

  /** Something happened in the cluster, so that there may be something to do. */
  private void wake() {
    reconciler.execute(this::reconcile);
  }

  private void reconcile() {
    try {
      Set<String> alive = alive();
      Set<String> done = stopDeparted(alive);
      Map<String, SocketAddress> moved = moved();
      if (!moved.isEmpty()
          || list.stream().anyMatch(m -> done.contains(m.name()) || isLost(m, alive))) {
        cluster.change(members -> reconciled(members, done, moved));
        synchronized (this) {
          moves.entrySet().removeAll(moved.entrySet());
        }
      }
    } catch (Cluster.UnreachableException e) {
      LOG.log(Level.FINE, "later", e);
    } catch (Exception e) {
      LOG.log(Level.WARNING, "could not look after the replicas", e);
    }
  }

  /** What the cluster does not know of where replicas live. */
  private synchronized Map<String, SocketAddress> moved() {
    moves
        .entrySet()
        .removeIf(move -> list.stream().anyMatch(m -> m.isAt(move.getKey(), move.getValue())));
    return Map.copyOf(moves);
  }

  private List<Member> reconciled(
      List<Member> members, Set<String> stopped, Map<String, SocketAddress> moved)
      throws Exception {
    Set<String> alive = alive();
    Set<String> unknown = new LinkedHashSet<>(moved.keySet());
    unknown.removeAll(names(members, member -> true));
    unknown.forEach(this::stop);
    return members.stream()
        .map(member -> member.at(moved.getOrDefault(member.name(), member.address())))
        .filter(member -> !member.leaving() || !stopped.contains(member.name()))
        .map(member -> isLost(member, alive) ? revived(member) : member)
        .toList();
  }

  /** The balancers that look after their own replicas; this one alone, if it need not know. */
  private Set<String> alive() throws Exception {
    Set<String> alive = new LinkedHashSet<>(cluster.isLeader() ? cluster.balancers() : Set.of());
    alive.add(cluster.self());
    return alive;
  }

  /** Whether it is for this balancer to start the member's replica again. */
  private boolean isLost(Member member, Set<String> alive) {
    if (member.leaving() || member.hostedBy() == null) {
      return false;
    }
    return member.isHostedBy(cluster.self())
        ? !running.contains(member.name())
        : cluster.isLeader() && !alive.contains(member.hostedBy());
  }

  private Member revived(Member member) {
    try {
      return start(member.name());
    } catch (Exception e) {
      LOG.log(Level.WARNING, e, () -> "could not start " + member.name() + " again");
      return member;
    }
  }

  /** Stops what nobody sends requests to any more, and returns the names. */
  private Set<String> stopDeparted(Set<String> alive) {
    long acknowledged = cluster.acknowledged();
    Set<String> ready;
    synchronized (this) {
      Set<String> leaving = names(list, Member::leaving);
      Set<String> mine = names(list, member -> member.leaving() && answersFor(member, alive));
      ready = departures.entrySet().stream()
          .filter(departure -> departure.getValue().isDue(acknowledged))
          .map(Map.Entry::getKey)
          .filter(name -> leaving.contains(name) ? mine.contains(name) : running.contains(name))
          .collect(Collectors.toSet());
      // The others stay until the cluster knows that they have stopped.
      departures.keySet().removeIf(name -> ready.contains(name) && !leaving.contains(name));
    }
    ready.forEach(this::stop);
    return ready;
  }

  private boolean answersFor(Member member, Set<String> alive) {
    return member.isHostedBy(cluster.self())
        || (cluster.isLeader()
            && (member.hostedBy() == null || !alive.contains(member.hostedBy())));
  }

  private Member start(String name) throws Exception {
    if (pool.isShared()) {
      return new Member(name, pool.start(name), null);
    }
    forget(name);
    Member member = new Member(name, pool.start(name), cluster.self());
    running.add(name);
    return member;
  }

  /** An earlier start of the replica, which another balancer had taken over. */
  private void forget(String name) {
    synchronized (this) {
      departures.remove(name);
    }
    if (running.contains(name)) {
      stop(name);
    }
  }

  private void stop(String name) {
    running.remove(name);
    try {
      pool.stop(name);
    } catch (Exception e) {
      LOG.log(Level.WARNING, e, () -> "could not stop " + name);
    }
  }

  // The end

  @Override
  public void close() {
    closed = true;
    cluster.leave();
    awaitQuietly(() -> starts == 0); // what they leave could not be stopped later
    awaitQuietly(() -> running.isEmpty() || !cluster.hasOthers()); // who start them again
    boolean othersNeedThem = pool.isShared() && cluster.hasOthers();
    reconciler.shutdownNow();
    drains.shutdownNow();
    cluster.close();
    if (!othersNeedThem) {
      pool.close();
    }
  }

  private void awaitQuietly(BooleanSupplier condition) {
    try {
      await(condition, drainTimeout);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
