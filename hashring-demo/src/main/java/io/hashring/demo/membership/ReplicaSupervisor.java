package io.hashring.demo.membership;

import io.hashring.demo.replica.ReplicaPool;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Replaces members that died, each under its own name: at once, and ever later when it keeps dying.
 * Whether a member needs to be replaced is for the pool to know, which leaves alone what runs; so
 * to be told of one death twice does no harm, and for each name one try waits at most.
 */
public final class ReplicaSupervisor implements ReplicaPool.Watcher, AutoCloseable {

  /** Replicas that start at the same time. */
  private static final int THREADS = 4;

  /** Who lived that long did not die of its start. */
  private static final Duration LONG_LIFE = Duration.ofSeconds(5);

  private static final Duration FIRST_DELAY = Duration.ofMillis(250);
  private static final int LONGEST_DELAY_LOG2 = 7; // 32 s

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Logger LOG = Logger.getLogger(ReplicaSupervisor.class.getName());

  private final ReplicaPool pool;
  private final Membership membership;
  private final BooleanSupplier onDuty;
  private final BooleanSupplier alone;
  private final Duration replaceAfter;
  private final Set<String> waiting = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean following = new AtomicBoolean();
  private final Map<String, Tries> tries = new ConcurrentHashMap<>();
  private final ScheduledThreadPoolExecutor threads =
      new ScheduledThreadPoolExecutor(THREADS, ReplicaSupervisor::thread);

  /** How often a replica of one name was tried to be replaced, never having lived long. */
  private record Tries(int count, long lastNanos) {

    private static final Tries NONE = new Tries(0, 0);

    Tries oneMore() {
      return new Tries(isOver() ? 1 : count + 1, System.nanoTime());
    }

    private boolean isOver() {
      return count == 0
          || System.nanoTime() - lastNanos > delay().plus(LONG_LIFE).toNanos();
    }

    Duration nextDelay() {
      return isOver() ? Duration.ZERO : delay();
    }

    private Duration delay() {
      return FIRST_DELAY.multipliedBy(1L << Math.min(count - 1, LONGEST_DELAY_LOG2));
    }
  }

  /**
   * Watches nothing before it is started.
   *
   * @param onDuty whether deaths are this process's to heal, asked at each; it only marks the
   *     member as down otherwise
   * @param alone whether no other balancer sends requests to the members
   * @param replaceAfter how long a replica may run without being reached
   */
  public ReplicaSupervisor(
      ReplicaPool pool,
      Membership membership,
      BooleanSupplier onDuty,
      BooleanSupplier alone,
      Duration replaceAfter) {
    this.pool = pool;
    this.membership = membership;
    this.onDuty = onDuty;
    this.alone = alone;
    this.replaceAfter = replaceAfter;
    threads.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "respawn");
    thread.setDaemon(true);
    return thread;
  }

  public void start() {
    pool.watch(this);
    if (pool.canReplace()) {
      long millis = Math.min(1_000, replaceAfter.toMillis());
      var unused = threads.scheduleWithFixedDelay(
          this::replaceUnreachable, millis, millis, TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public void died(String name) {
    membership.current().named(name).ifPresent(member -> {
      member.health().connectFailed("its replica ended");
      replaceLater(name);
    });
  }

  @Override
  public void stalled(String name) {
    membership
        .current()
        .named(name)
        .ifPresent(member -> member.health().connectFailed("its replica is paused"));
  }

  @Override
  public void running(Set<String> names) {
    for (String member : membership.current().names()) {
      if (!names.contains(member)) {
        died(member);
      }
    }
  }

  @Override
  public void placed(Map<String, SocketAddress> running) {
    for (Backend member : membership.current().byAge()) {
      SocketAddress place = running.get(member.name());
      if (place == null) {
        member.health().connectFailed("its task does not run");
      } else if (!place.equals(member.address()) && onDuty.getAsBoolean()) {
        LOG.log(Level.INFO, "{0} runs at {1} now", new Object[] {member.name(), place});
        membership.relocated(member.name(), place);
      }
    }
  }

  @Override
  public void decided(Set<String> names) {
    boolean same = Set.copyOf(membership.current().names()).equals(names);
    if (same || !onDuty.getAsBoolean() || !following.compareAndSet(false, true)) {
      return;
    }
    try {
      threads.execute(() -> follow(names));
    } catch (RejectedExecutionException e) {
      LOG.log(Level.FINE, "the members changed while the balancer stops");
    }
  }

  private void follow(Set<String> names) {
    try {
      membership.follow(names);
    } catch (Exception e) {
      LOG.log(
          Level.WARNING, "the members are not yet {0}: {1}", new Object[] {names, e.getMessage()});
    } finally {
      following.set(false);
    }
  }

  /**
   * What runs and cannot be reached does harm as what is dead does. If none can be reached, though,
   * the fault may lie here; other balancers may well reach them then.
   */
  private void replaceUnreachable() {
    List<Backend> members = membership.current().byAge();
    if (members.stream().anyMatch(Backend::isEligible) || alone.getAsBoolean()) {
      members.stream()
          .filter(member -> member.health().isDownFor(replaceAfter))
          .forEach(member -> replaceLater(member.name()));
    }
  }

  private void replaceLater(String name) {
    if (!onDuty.getAsBoolean() || !waiting.add(name)) {
      return;
    }
    Duration delay = tries.getOrDefault(name, Tries.NONE).nextDelay();
    try {
      ScheduledFuture<?> unused =
          threads.schedule(() -> replace(name), delay.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.log(Level.FINE, "{0} died while the balancer stops", name);
    }
  }

  private void replace(String name) {
    waiting.remove(name);
    Backend member = membership.current().named(name).orElse(null);
    if (member == null) {
      tries.remove(name);
      return;
    }
    try {
      boolean unreachable = member.health().isDownFor(replaceAfter);
      double weight = membership.weight(name);
      SocketAddress address = unreachable ? pool.restart(name, weight) : pool.start(name, weight);
      if (membership.relocated(name, address)) {
        tries.merge(name, Tries.NONE.oneMore(), (old, one) -> old.oneMore());
        LOG.log(Level.INFO, "{0} is back, at {1}", new Object[] {name, address});
      }
    } catch (Exception e) {
      tries.merge(name, Tries.NONE.oneMore(), (old, one) -> old.oneMore());
      LOG.log(Level.WARNING, "{0} could not be replaced: {1}", new Object[] {name, e.getMessage()});
      replaceLater(name);
    }
  }

  /** Lets the starts under way end, and begins no more. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.log(Level.WARNING, "gave up waiting for a replica to start");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
