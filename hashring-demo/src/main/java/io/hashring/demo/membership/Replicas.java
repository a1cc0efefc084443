package io.hashring.demo.membership;

import com.google.common.util.concurrent.Striped;
import com.google.common.util.concurrent.Uninterruptibles;
import io.hashring.demo.cluster.Member;
import io.hashring.demo.replica.RefusedException;
import io.hashring.demo.replica.ReplicaPool;
import io.hashring.demo.replica.ReplicaSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Lock;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Starts and stops replicas side by side, and knows which of them run in this process. */
final class Replicas implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(Replicas.class.getName());

  /** Starts and stops at the same time. */
  private static final int THREADS = 8;

  private final ReplicaPool pool;
  private final Supplier<String> self;
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS, Replicas::thread);

  /** Starts and stops of one name come one after the other. */
  private final Striped<Lock> locks = Striped.lock(ReplicaPool.MAX_REPLICAS);

  private final Map<String, Member> running = new ConcurrentHashMap<>();
  private volatile boolean ending;

  Replicas(ReplicaPool pool, Supplier<String> self) {
    this.pool = pool;
    this.self = self;
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "replicas");
    thread.setDaemon(true);
    return thread;
  }

  static RefusedException stopping() {
    return new RefusedException(
        RefusedException.Reason.STOPPING, "the members are as before: the balancer stops");
  }

  /** The names of those that run in this process; a copy. */
  Set<String> running() {
    return new LinkedHashSet<>(running.keySet());
  }

  boolean isRunning(String name) {
    return running.containsKey(name);
  }

  /** Starts all, in that order, or none. */
  List<Member> startAll(Collection<ReplicaSpec> specs) throws Exception {
    Map<String, Future<Member>> starts = begin(specs);
    List<Member> started = new ArrayList<>();
    Exception failure = null;
    for (Future<Member> start : starts.values()) {
      try {
        started.add(Uninterruptibles.getUninterruptibly(start));
      } catch (ExecutionException e) {
        failure = failure == null ? cause(e) : failure;
      }
    }
    if (failure != null) {
      stopAll(started.stream().map(Member::name).toList());
      throw failure;
    }
    return started;
  }

  /** Starts as many as can be, and says which. */
  Map<String, Member> startAny(Collection<ReplicaSpec> specs) {
    Map<String, Member> started = new LinkedHashMap<>();
    begin(specs).forEach((name, start) -> {
      try {
        started.put(name, Uninterruptibles.getUninterruptibly(start));
      } catch (ExecutionException e) {
        LOG.log(Level.WARNING, cause(e), () -> "could not start " + name + " again");
      }
    });
    return started;
  }

  private Map<String, Future<Member>> begin(Collection<ReplicaSpec> specs) {
    Map<String, Future<Member>> starts = new LinkedHashMap<>();
    specs.forEach(spec -> starts.put(spec.name(), threads.submit(() -> start(spec))));
    return starts;
  }

  private static Exception cause(ExecutionException e) {
    return e.getCause() instanceof Exception cause ? cause : e;
  }

  private Member start(ReplicaSpec spec) throws Exception {
    if (ending) {
      throw stopping();
    }
    String name = spec.name();
    double weight = spec.weight() == null ? 1 : spec.weight();
    if (spec.address() != null) {
      return new Member(name, pool.admit(name, spec.address()), null, weight);
    }
    if (pool.isShared()) {
      return new Member(name, pool.start(name, weight), null, weight);
    }
    Lock lock = locks.get(name);
    lock.lock();
    try {
      if (running.containsKey(name)) { // an earlier start, which another balancer had taken over
        stop(name);
      }
      Member member = new Member(name, pool.start(name, weight), self.get(), weight);
      running.put(name, member);
      return member;
    } finally {
      lock.unlock();
    }
  }

  void stopAll(Collection<String> names) {
    List<Future<?>> stops = new ArrayList<>();
    names.forEach(name -> stops.add(threads.submit(() -> stop(name))));
    for (Future<?> stop : stops) {
      try {
        Uninterruptibles.getUninterruptibly(stop);
      } catch (ExecutionException e) {
        throw new IllegalStateException(e); // stop has told what it could not do
      }
    }
  }

  /** Stops this start of a replica, and no later one of the same name. */
  void stopLater(String name, Runnable whenStopped) {
    Member start = running.get(name);
    try {
      threads.execute(() -> {
        Lock lock = locks.get(name);
        lock.lock();
        try {
          if (Objects.equals(running.get(name), start)) {
            stop(name);
          }
        } finally {
          lock.unlock();
        }
        whenStopped.run();
      });
    } catch (RejectedExecutionException e) {
      LOG.log(Level.FINE, "{0} is stopped with the balancer", name);
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

  /** Starts that have not begun fail from now on. */
  void startNoMore() {
    ending = true;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
