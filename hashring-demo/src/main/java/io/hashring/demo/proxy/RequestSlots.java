package io.hashring.demo.proxy;

import io.hashring.demo.membership.Backend;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How many short requests of one event loop a replica may have at once; those beyond wait for one
 * of them to end, in the order in which they came. Lives on that event loop.
 */
final class RequestSlots {

  /** There was no slot in time, or too many wait already. */
  static final class NoneFreeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoneFreeException() {
      super("the replica has too many requests: try again later", null, false, false);
    }
  }

  private static final class Replica {
    final Deque<Slot> waiting = new ArrayDeque<>();
    int taken;
  }

  private final Vertx vertx;
  private final int size;
  private final int mostWaiting;
  private final long patienceMillis;
  private final Map<Backend, Replica> replicas = new HashMap<>();

  /**
   * @param size slots of each replica; positive
   * @param mostWaiting how many may wait for a slot of one replica
   * @param patience how long each may wait
   */
  RequestSlots(Vertx vertx, int size, int mostWaiting, Duration patience) {
    this.vertx = vertx;
    this.size = size;
    this.mostWaiting = mostWaiting;
    this.patienceMillis = patience.toMillis();
  }

  /** Takes a slot, or a place in the queue for one, or nothing. */
  Slot take(Backend backend) {
    Replica replica = replicas.computeIfAbsent(backend, any -> new Replica());
    Slot slot = new Slot(backend, replica);
    if (replica.taken < size) {
      slot.grant();
    } else if (replica.waiting.size() < mostWaiting) {
      slot.await();
    } else {
      slot.state = State.RELEASED;
    }
    return slot;
  }

  private enum State {
    WAITING,
    GRANTED,
    RELEASED
  }

  /** One of the requests that a replica may have; to be released, also while it is waited for. */
  final class Slot {

    private final Backend backend;
    private final Replica replica;
    private State state = State.WAITING;
    private @Nullable Consumer<@Nullable RuntimeException> waiter;
    private long timer;

    private Slot(Backend backend, Replica replica) {
      this.backend = backend;
      this.replica = replica;
    }

    /**
     * Waits.
     *
     * @param then is told null when the request may be sent, or why it may not; nothing if the slot
     *     is released before
     */
    void whenGranted(Consumer<@Nullable RuntimeException> then) {
      switch (state) {
        case GRANTED -> then.accept(null);
        case WAITING -> waiter = then;
        case RELEASED -> then.accept(new NoneFreeException());
      }
    }

    private void grant() {
      replica.taken++;
      state = State.GRANTED;
      tell(null);
    }

    private void tell(@Nullable RuntimeException reason) {
      Consumer<@Nullable RuntimeException> then = waiter;
      waiter = null;
      if (then != null) {
        then.accept(reason);
      }
    }

    private void await() {
      replica.waiting.add(this);
      timer = vertx.setTimer(patienceMillis, time -> {
        state = State.RELEASED;
        replica.waiting.remove(this);
        tell(new NoneFreeException());
      });
    }

    /** Gives it back, if that has not happened. */
    void release() {
      State before = state;
      state = State.RELEASED;
      if (before == State.WAITING) {
        waiter = null;
        vertx.cancelTimer(timer);
        replica.waiting.remove(this);
      } else if (before == State.GRANTED) {
        replica.taken--;
        next();
      }
    }

    private void next() {
      Slot next = replica.waiting.poll();
      if (next != null) {
        vertx.cancelTimer(next.timer);
        next.grant();
      } else if (replica.taken == 0) {
        replicas.remove(backend, replica);
      }
    }
  }
}
