package io.hashring.demo.membership;

import static java.util.Objects.requireNonNull;

import io.hashring.ConcurrentHashRing;
import io.hashring.HashRing;
import io.hashring.demo.cluster.Cluster;
import io.hashring.demo.cluster.Member;
import io.hashring.demo.replica.RefusedException;
import io.hashring.demo.replica.ReplicaPool;
import io.hashring.demo.replica.ReplicaSpec;
import io.hashring.hash.HashFunctions;
import io.hashring.placement.Placement;
import io.hashring.placement.Placements;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor.DiscardPolicy;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The members, and the only place that changes them. They stand on one live ring, whose listeners
 * do what follows from a change: the record of it, and the draining of what left. Changes block and
 * come one after the other, in the whole {@link Cluster}; readers see one state or the next, never
 * half a change, and a change that fails leaves the members as they were.
 *
 * <p>A member that leaves is off the ring at once and goes in three steps: every balancer lets its
 * requests under way end; the balancer that answers for the replica stops it; its name is free
 * again. Each member goes these steps by itself. A balancer answers for the replicas in its own
 * process, and the leader for all that are in no living balancer's. Where such a replica ended with
 * its balancer, the leader starts it anew under the same name, so no key moves.
 */
public final class Membership implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(Membership.class.getName());

  /** Compares what is with what should be this often, if nothing tells to do so earlier. */
  private static final Duration TICK = Duration.ofSeconds(1);

  private static final Duration BETWEEN = Duration.ofMillis(10);

  /** The longest time between two looks whether a newcomer's weight is to rise. */
  private static final Duration BETWEEN_RISES = Duration.ofMillis(250);

  /** For what an {@code /add} says of a server to be true already when it answers, if it can be. */
  private static final Duration FIRST_CHECK = Duration.ofSeconds(2);

  private final ReplicaPool pool;
  private final Replicas replicas;
  private final Cluster cluster;
  private final int points;
  private final Function<String, Health> health;
  private final Duration drainTimeout;
  private final SlowStart slowStart;
  private final ConcurrentHashRing<Backend> ring;
  private final Departures departures;
  private final ScheduledExecutorService acknowledger = thread("acknowledge");
  private final ScheduledExecutorService reconciler = thread("reconcile");

  /** What left the ring and has requests under way, and since when. */
  private final Map<Backend, Instant> draining = new ConcurrentHashMap<>();

  /** Where replicas live that were replaced, until the cluster knows. Guarded by this. */
  private final Map<String, SocketAddress> relocations = new HashMap<>();

  /** Changes under way that may start replicas. Guarded by this. */
  private int starts;

  private long backends; // guarded by this
  private volatile boolean closed;
  private volatile List<Member> list = List.of();
  private volatile long revision;
  private volatile Members current;

  /**
   * Has no members before it begins.
   *
   * @param health what a member of that name begins with
   * @param slowStart the time in which the weight of a newcomer rises; zero if it need not
   */
  public Membership(
      ReplicaPool pool,
      Cluster cluster,
      int pointsPerNode,
      Function<String, Health> health,
      Duration drainTimeout,
      Duration slowStart) {
    this(
        pool,
        cluster,
        pointsPerNode,
        Placements.v1(HashFunctions.xxh3_64(), pointsPerNode),
        health,
        drainTimeout,
        slowStart);
  }

  /**
   * The same on a ring of another placement.
   *
   * @param pointsPerNode for a weight of 1, by which weights are checked
   * @param placement where the ring has its points
   */
  public Membership(
      ReplicaPool pool,
      Cluster cluster,
      int pointsPerNode,
      Placement placement,
      Function<String, Health> health,
      Duration drainTimeout,
      Duration slowStart) {
    this.pool = pool;
    this.replicas = new Replicas(pool, cluster::self);
    this.cluster = cluster;
    this.points = pointsPerNode;
    this.health = health;
    this.drainTimeout = drainTimeout;
    this.slowStart = new SlowStart(slowStart);
    this.departures = new Departures(drainTimeout.multipliedBy(2));
    this.current = Members.none(placement);
    this.ring = ConcurrentHashRing.of(current.ring());
    ring.onChange(this::record);
    ring.onChange(this::drainDeparted);
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

  /** The live ring of the members, to look up in and to listen to; nobody else changes it. */
  public ConcurrentHashRing<Backend> ring() {
    return ring;
  }

  /** The members as the whole cluster knows them, those included that are leaving. */
  public List<Member> list() {
    return list;
  }

  /** What left the ring and has requests of this balancer under way, and since when. */
  public Map<Backend, Instant> draining() {
    return Map.copyOf(draining);
  }

  /** The weight that a member has, or rises to; 1 for whoever is none. */
  double weight(String name) {
    return list.stream()
        .filter(member -> member.name().equals(name) && !member.leaving())
        .mapToDouble(Member::weight)
        .findFirst()
        .orElse(1);
  }

  // Changes

  /**
   * Joins the cluster and, if that has no members, takes over the replicas that an earlier balancer
   * left, and starts more up to that many.
   */
  public void begin(int count) throws Exception {
    cluster.join(new Cluster.Listener() {
      @Override
      public void onRevision(List<Member> members, long newRevision) {
        follow(members, newRevision);
      }

      @Override
      public void wake() {
        reconcileSoon();
      }
    });
    List<String> found = pool.found();
    MembershipRequest first = new MembershipRequest(Math.max(count, found.size()), found);
    AtomicBoolean isFirst = new AtomicBoolean();
    grow(members -> {
      isFirst.set(members.isEmpty());
      return isFirst.get() ? changes(members).joining(first) : List.of();
    });
    if (!isFirst.get()) {
      cluster.change(members -> changes(members).asListed());
    }
    every(TICK, this::reconcile);
    every(slowStart.betweenLooks(BETWEEN_RISES), this::rise);
  }

  private void every(Duration time, Runnable task) {
    var unused = reconciler.scheduleWithFixedDelay(
        task, time.toMillis(), time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Starts replicas and puts them on the ring, all or none. */
  public Members add(MembershipRequest request) throws Exception {
    pool.checkChangeable();
    return join(request);
  }

  private Members join(MembershipRequest request) throws Exception {
    Set<String> added = grow(members -> changes(members).joining(request));
    Members now = current;
    await(() -> added.stream().noneMatch(this::isUnchecked), FIRST_CHECK);
    return now;
  }

  private boolean isUnchecked(String name) {
    return current
        .named(name)
        .filter(backend -> backend.health().status().state() == Health.State.UNCHECKED)
        .isPresent();
  }

  private ChangePlan changes(List<Member> members) {
    return new ChangePlan(current, members, pool, points);
  }

  /** Gives a member another weight, at once. */
  public Members reweigh(String name, double weight) throws Exception {
    grow(new Editing(MembershipEdit.weight(name, weight), null));
    return current;
  }

  /** What an edit would do to the ring that there is now; changes nothing. */
  public RingPlan plan(MembershipEdit edit) throws Exception {
    checkChangeable(edit);
    Members now;
    List<Member> members;
    synchronized (this) {
      now = current;
      members = list;
    }
    ChangePlan changes = new ChangePlan(now, members, pool, points);
    return planned(changes, edit, changes.joining(edit));
  }

  private RingPlan planned(ChangePlan changes, MembershipEdit edit, List<ReplicaSpec> joining) {
    List<Member> onPaper = joining.stream().map(RingPlan::onPaper).toList();
    return RingPlan.of(changes.members(), joined(changes.staying(edit), onPaper));
  }

  private void checkChangeable(MembershipEdit edit) {
    if (edit.changesWhoIsThere()) {
      pool.checkChangeable();
    }
  }

  /** What was done, and who is a member now. */
  public record Made(RingPlan plan, Members members) {}

  /**
   * Makes all of an edit in one change of the ring, or nothing of it: whoever joins is started
   * first, and whoever leaves is drained and stopped before this returns.
   *
   * @param checksum of the ring that the edit was planned on; if it is another, nothing is changed
   */
  public Made change(MembershipEdit edit, long checksum) throws Exception {
    checkChangeable(edit);
    Editing editing = new Editing(edit, checksum);
    Set<String> added = grow(editing);
    await(() -> added.stream().noneMatch(this::isUnchecked), FIRST_CHECK);
    awaitStopped(edit.remove());
    return new Made(requireNonNull(editing.plan), current);
  }

  /** Makes an edit, if the ring is the one that it was planned on. */
  private final class Editing implements Step {

    private final MembershipEdit edit;
    private final @Nullable Long checksum;
    private @Nullable RingPlan plan;

    /** @param checksum of that ring; null if it was not planned */
    Editing(MembershipEdit edit, @Nullable Long checksum) {
      this.edit = edit;
      this.checksum = checksum;
    }

    @Override
    public List<ReplicaSpec> joining(List<Member> members) throws Exception {
      if (checksum != null) {
        checkIsStill(checksum);
      }
      List<ReplicaSpec> joining = changes(members).joining(edit);
      if (checksum != null) {
        plan = planned(changes(members), edit, joining);
      }
      return joining;
    }

    @Override
    public List<Member> staying(List<Member> members) {
      return changes(members).staying(edit);
    }
  }

  private void checkIsStill(long checksum) {
    long now = current.ring().checksum();
    if (now != checksum) {
      HexFormat hex = HexFormat.of();
      throw new RefusedException(
          RefusedException.Reason.STALE,
          "nothing is changed: the plan is for the ring " + hex.toHexDigits(checksum)
              + ", and by now it is " + hex.toHexDigits(now));
    }
  }

  /** What is to become of the members. */
  @FunctionalInterface
  private interface Step {

    /** The replicas to start or to take for those that join. */
    List<ReplicaSpec> joining(List<Member> members) throws Exception;

    /** The members that are there, as they shall be. */
    default List<Member> staying(List<Member> members) {
      return members;
    }
  }

  private Set<String> grow(Step step) throws Exception {
    synchronized (this) {
      if (closed) {
        throw Replicas.stopping();
      }
      starts++;
    }
    List<Member> started = new ArrayList<>();
    try {
      cluster.change(members -> {
        started.addAll(replicas.startAll(step.joining(members)));
        return joined(step.staying(members), started);
      });
    } catch (Exception e) {
      replicas.stopAll(started.stream().map(Member::name).toList());
      throw e;
    } finally {
      synchronized (this) {
        starts--;
        notifyAll();
      }
    }
    return started.stream().map(Member::name).collect(Collectors.toSet());
  }

  private List<Member> joined(List<Member> staying, List<Member> joining) {
    List<Member> next = new ArrayList<>(staying);
    joining.forEach(member -> next.add(member.ramped(slowStart.first(staying))));
    return next;
  }

  /** Takes replicas off the ring, lets their requests end, and stops them. */
  public Members remove(MembershipRequest request) throws Exception {
    pool.checkChangeable();
    return leave(request);
  }

  /** Which replicas there are is decided elsewhere, and these are all: the members become these. */
  void follow(Set<String> names) throws Exception {
    Set<String> known = names(list, member -> true);
    List<String> joining =
        names.stream().filter(name -> !known.contains(name)).sorted().toList();
    List<String> leaving =
        current.names().stream().filter(name -> !names.contains(name)).toList();
    if (!joining.isEmpty()) {
      join(new MembershipRequest(joining.size(), joining));
    }
    if (!leaving.isEmpty()) {
      leave(new MembershipRequest(leaving.size(), leaving));
    }
  }

  private Members leave(MembershipRequest request) throws Exception {
    if (closed) {
      throw Replicas.stopping();
    }
    Set<String> leaving = new LinkedHashSet<>();
    cluster.change(members -> {
      leaving.addAll(changes(members).leaving(request));
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
   * @return whether that changed a member: false if it is up, and known to live there
   */
  public boolean relocated(String name, SocketAddress address) {
    boolean changed;
    synchronized (this) {
      relocations.put(name, address);
      Optional<Backend> old = current
          .named(name)
          .filter(known -> !(known.address().equals(address)
              && known.health().status().state() != Health.State.DOWN));
      old.ifPresent(
          known -> ring.set(new Backend(name, address, health.apply(name), known.order())));
      changed = old.isPresent();
    }
    reconcileSoon();
    return changed;
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

  private synchronized void follow(List<Member> members, long newRevision) {
    ring.change(RingPlan.to(
        current,
        members,
        member -> known(member).orElseGet(() -> backend(member)),
        Member::weightNow));
    Set<String> leaving = names(members, Member::leaving);
    Set<String> stopping = replicas.running(); // what is hosted elsewhere now, or nowhere
    stopping.retainAll(names(list, member -> member.isHostedBy(cluster.self())));
    stopping.removeAll(names(members, member -> member.isHostedBy(cluster.self())));
    stopping.addAll(leaving);
    departures.note(stopping, newRevision);
    Set<String> ours = names(members, m -> !m.leaving() && m.isHostedBy(cluster.self()));
    departures.retain(
        name -> leaving.contains(name) || (replicas.isRunning(name) && !ours.contains(name)));
    list = members;
    revision = newRevision;
    notifyAll();
    acknowledge();
  }

  private Optional<Backend> known(Member member) {
    return current
        .named(member.name())
        .filter(backend -> backend.address().equals(address(member)));
  }

  private Backend backend(Member member) {
    long order = current.named(member.name()).map(Backend::order).orElseGet(() -> backends++);
    return new Backend(member.name(), address(member), health.apply(member.name()), order);
  }

  private SocketAddress address(Member member) {
    return relocations.getOrDefault(member.name(), member.address());
  }

  private static Set<String> names(List<Member> members, Predicate<Member> condition) {
    return members.stream().filter(condition).map(Member::name).collect(Collectors.toSet());
  }

  // What follows from a change of the ring

  private void record(HashRing<Backend> before, HashRing<Backend> after) {
    Members now = current.after(after);
    RingChange change = now.lastChange();
    if (change != null && now.version() != current.version()) {
      LOG.log(Level.INFO, "members: {0} replicas, {1}", new Object[] {now.size(), change});
    }
    current = now;
  }

  private void drainDeparted(HashRing<Backend> before, HashRing<Backend> after) {
    Set<Backend> departed = new LinkedHashSet<>(before.nodes());
    departed.removeAll(after.nodes());
    for (Backend backend : departed) {
      draining.put(backend, Instant.now());
      var unused = backend.requests().drain(drainTimeout).thenAccept(all -> drained(backend, all));
    }
  }

  private void drained(Backend backend, boolean allEnded) {
    if (!allEnded) {
      LOG.log(
          Level.WARNING,
          "{0} stops with {1} requests under way: --drain-timeout is over",
          new Object[] {backend.name(), backend.requests().count()});
    }
    draining.remove(backend);
    acknowledge();
  }

  private void acknowledge() {
    acknowledger.execute(() -> {
      long upTo = revision; // read first: what leaves later is not covered by it
      cluster.acknowledge(
          upTo, draining.keySet().stream().map(Backend::name).collect(Collectors.toSet()));
      reconcileSoon();
    });
  }

  // Reconciliation

  private void reconcileSoon() {
    reconciler.execute(this::reconcile);
  }

  private void reconcile() {
    try {
      Set<String> alive = alive();
      stopDeparted(alive);
      Set<String> stopped = departures.stopped();
      Map<String, SocketAddress> relocated = relocated();
      if (!relocated.isEmpty()
          || list.stream().anyMatch(m -> stopped.contains(m.name()) || isLost(m, alive))) {
        cluster.change(members -> reconciled(members, stopped, relocated));
        synchronized (this) {
          relocations.entrySet().removeAll(relocated.entrySet());
        }
      }
    } catch (Cluster.UnreachableException | Cluster.ConflictException e) {
      LOG.log(Level.FINE, "later", e);
    } catch (Exception e) {
      LOG.log(whileItLives(), "could not look after the replicas", e);
    }
  }

  /** Takes the steps of slow starts that are due, in the name of all balancers. */
  private void rise() {
    List<Member> now = list;
    if (!cluster.isLeader() || risen(now).equals(now)) {
      return;
    }
    try {
      cluster.change(this::risen);
    } catch (Cluster.UnreachableException | Cluster.ConflictException e) {
      LOG.log(Level.FINE, "later", e);
    } catch (Exception e) {
      LOG.log(whileItLives(), "could not raise the weight of a newcomer", e);
    }
  }

  /** The end interrupts what is under way, and that is nobody's fault. */
  private Level whileItLives() {
    return reconciler.isShutdown() ? Level.FINE : Level.WARNING;
  }

  private List<Member> risen(List<Member> members) {
    return slowStart.risen(members, this::isUp, System.nanoTime());
  }

  private boolean isUp(String name) {
    return current.named(name).filter(Backend::isEligible).isPresent();
  }

  /** What the cluster does not know of where replicas live. */
  private synchronized Map<String, SocketAddress> relocated() {
    relocations
        .entrySet()
        .removeIf(move -> list.stream().anyMatch(m -> m.isAt(move.getKey(), move.getValue())));
    return Map.copyOf(relocations);
  }

  private List<Member> reconciled(
      List<Member> members, Set<String> stopped, Map<String, SocketAddress> relocated)
      throws Exception {
    Set<String> unknown = new LinkedHashSet<>(relocated.keySet());
    unknown.removeAll(names(members, member -> true));
    replicas.stopAll(unknown);
    Set<String> alive = alive();
    Map<String, Member> revived = replicas.startAny(members.stream()
        .filter(m -> isLost(m, alive))
        .map(m -> new ReplicaSpec(m.name(), null, m.weight()))
        .toList());
    return members.stream()
        .filter(member -> !member.leaving() || !stopped.contains(member.name()))
        .map(member -> member.at(relocated.getOrDefault(member.name(), member.address())))
        .map(member -> member.restarted(revived.getOrDefault(member.name(), member)))
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
        ? !replicas.isRunning(member.name())
        : cluster.isLeader() && !alive.contains(member.hostedBy());
  }

  /** Begins to stop what nobody sends requests to any more. */
  private void stopDeparted(Set<String> alive) {
    Set<String> leaving = names(list, Member::leaving);
    Set<String> mine = names(list, member -> member.leaving() && answersFor(member, alive));
    Set<String> due = departures.due(
        cluster, name -> leaving.contains(name) ? mine.contains(name) : replicas.isRunning(name));
    for (String name : due) {
      replicas.stopLater(name, () -> {
        departures.stopped(name);
        reconcileSoon();
      });
    }
  }

  private boolean answersFor(Member member, Set<String> alive) {
    return member.isHostedBy(cluster.self())
        || (cluster.isLeader()
            && (member.hostedBy() == null || !alive.contains(member.hostedBy())));
  }

  // The end

  @Override
  public void close() {
    closed = true;
    replicas.startNoMore();
    cluster.leave();
    awaitQuietly(() -> starts == 0); // what they leave could not be stopped later
    awaitQuietly(() -> replicas.running().isEmpty() || !cluster.hasOthers()); // who take them over
    boolean othersNeedThem = pool.isShared() && cluster.hasOthers();
    reconciler.shutdownNow();
    acknowledger.shutdownNow();
    replicas.close();
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
