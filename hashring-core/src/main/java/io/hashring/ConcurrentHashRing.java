package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The ring of a service whose nodes come and go: a holder of the current {@link HashRing}, which it
 * exchanges for another with every change.
 *
 * <pre>{@code
 * ConcurrentHashRing<String> ring = ConcurrentHashRing.of(HashRing.of("cache-a", "cache-b"));
 * ring.onChange((before, after) -> System.out.println(before + " became " + after));
 * ring.add("cache-c");
 * String owner = ring.locate("user:42");
 * }</pre>
 *
 * <p>Safe for use by any number of threads. A read costs one volatile read more than on the ring
 * that is held, and waits for nothing. Changes are atomic: each one starts from the ring that the
 * one before left, so none is lost, and readers see all of it or nothing. Changes wait for one
 * another; a change is described once, never again.
 *
 * <p>A change that leads to a ring {@linkplain HashRing#equals equal} to the one before is none:
 * the ring that is held stays, the version too, and no listener is told. Nodes that are equal are
 * taken to be the same, so a node's {@code equals} should cover whatever may change about it, such
 * as its address.
 *
 * @param <N> the type of a node
 */
public final class ConcurrentHashRing<N> {

  private final int historyLength;

  /**
   * How many frames must fit on a stack before the lock is taken. The lock's own methods take a
   * few, and where the stack ends within them the lock may be held for ever. A monitor would need
   * none, but on JDK 25 virtual threads that wait for one starved beside others that read.
   */
  private static final int RESERVED_FRAMES = 256;

  private final ReentrantLock changing = new ReentrantLock();

  private final List<Registered<N>> listeners = new CopyOnWriteArrayList<>();
  private volatile Snapshot<N> current;

  /** The last snapshot of which all listeners know; its successors are pending. */
  private volatile Snapshot<N> notified;

  /** Whether a thread is notifying listeners. */
  private final AtomicBoolean isNotifying = new AtomicBoolean();

  private ConcurrentHashRing(HashRing<N> ring, int historyLength) {
    this.historyLength = historyLength;
    this.current = new Snapshot<>(0, ring, List.of());
    this.notified = current;
  }

  /**
   * A holder that keeps no previous rings.
   *
   * @param ring the ring to begin with, of version 0
   * @param <N> the type of a node
   * @return a new holder
   */
  public static <N> ConcurrentHashRing<N> of(HashRing<N> ring) {
    return of(ring, 0);
  }

  /**
   * A holder that keeps previous rings, so that a reader who does not find its data at the owner
   * can ask who owned it before the last changes.
   *
   * @param ring the ring to begin with, of version 0
   * @param historyLength for how many changes a ring is kept, not negative. Rings share what did
   *     not change between them, so that one more costs what its change did.
   * @param <N> the type of a node
   * @return a new holder
   * @throws IllegalArgumentException if {@code historyLength} is negative
   */
  public static <N> ConcurrentHashRing<N> of(HashRing<N> ring, int historyLength) {
    requireNonNull(ring, "ring must not be null");
    checkArgument(historyLength >= 0, "historyLength must not be negative: %s", historyLength);
    return new ConcurrentHashRing<>(ring, historyLength);
  }

  /**
   * The current ring. Whoever asks several questions that must agree takes it once, and asks that.
   *
   * @return the ring
   */
  public HashRing<N> ring() {
    return current.ring;
  }

  /**
   * The current ring, the number of changes that led to it, and the rings before it, as they were
   * at one moment.
   *
   * @return an immutable view of this moment
   */
  public Snapshot<N> snapshot() {
    return current;
  }

  /**
   * Adds a node of weight 1.
   *
   * @param node the node
   * @return the ring that this change made, which others may have followed
   * @throws IllegalArgumentException if the id is not valid, or is that of a member, or there would
   *     be too many points
   */
  public HashRing<N> add(N node) {
    return change(change -> change.add(node));
  }

  /**
   * Adds a node, or puts this object in the place of the node of the same id; as
   * {@link HashRing#with(Object)}.
   *
   * @param node the node
   * @return the ring that this change made, which others may have followed
   * @throws IllegalArgumentException if the id is not valid, or there would be too many points
   */
  public HashRing<N> set(N node) {
    return change(change -> change.set(node));
  }

  /**
   * Adds a node with a weight, or puts both in the place of the member of the same id; as
   * {@link HashRing#with(Object, double)}.
   *
   * @param node the node
   * @param weight its share relative to that of others; finite, not negative
   * @return the ring that this change made, which others may have followed
   * @throws IllegalArgumentException if the id or the weight is not valid, or there would be too
   *     many points
   */
  public HashRing<N> set(N node, double weight) {
    return change(change -> change.set(node, weight));
  }

  /**
   * Removes a node; as {@link HashRing#without(Object)}.
   *
   * @param node a member, known by its id
   * @return the ring that this change made, which others may have followed
   * @throws IllegalArgumentException if the node's id is not a member
   */
  public HashRing<N> remove(N node) {
    return change(change -> change.remove(node));
  }

  /**
   * Makes any number of changes in one go: readers see all of them or none, and they count as one
   * change; as {@link HashRing#change(Consumer)}.
   *
   * @param description tells the changes to the {@link HashRing.Change} that it is given
   * @return the ring that this change made, which others may have followed
   * @throws IllegalArgumentException if one of the changes is not valid, or there would be too many
   *     points; nothing has changed then
   */
  public HashRing<N> change(Consumer<? super HashRing.Change<N>> description) {
    requireNonNull(description, "description must not be null");
    return update(ring -> ring.change(description));
  }

  /**
   * Puts the result of a function of the current ring in its place: for changes that depend on what
   * is there. Other changes wait until the function returns, so it should be quick, and must not
   * wait for a thread that changes this ring; if it throws, nothing has changed.
   *
   * <p>Listeners are told before this method returns, unless another thread is telling them of an
   * earlier change at the moment, or this call comes from a listener: then they are told of this
   * change after that one.
   *
   * @param function from the current ring to the one that takes its place; called once
   * @return the ring that this change made, or the current one if they are equal
   * @throws IllegalStateException if called from within the function or the description of another
   *     change of this ring
   */
  public HashRing<N> update(UnaryOperator<HashRing<N>> function) {
    requireNonNull(function, "function must not be null");
    checkState(
        !changing.isHeldByCurrentThread(),
        "a change must not be made within the description of another");
    HashRing<N> after;
    checkState(reserve(RESERVED_FRAMES) == RESERVED_FRAMES);
    changing.lock();
    try {
      Snapshot<N> before = current;
      after = requireNonNull(function.apply(before.ring), "ring must not be null");
      if (after.equals(before.ring)) {
        return before.ring;
      }
      Snapshot<N> next = before.next(after, historyLength);
      // no calls from here on: where a stack ends, it ends before anything has changed
      before.successor = next;
      current = next;
    } finally {
      changing.unlock();
    }
    try {
      notifyListeners();
    } catch (StackOverflowError end) {
      // the change is made; the next one notifies of it, too
    }
    return after;
  }

  /** Goes so many calls deep, and back: where the stack ends here, nothing is held yet. */
  private static int reserve(int frames) {
    return frames == 0 ? 0 : reserve(frames - 1) + 1;
  }

  /**
   * Registers a listener, which is told of every change that is made after this method returned,
   * once each, in the order of the changes, and of none that was made before it was called.
   *
   * <p>Listeners are called one at a time, by the threads that change the ring, in the order of
   * their registration; so a listener needs no lock of its own and should be quick, for later
   * changes, though made at once, are told only after it returns. It may change the ring: all
   * listeners are told of that when they have been told of the change before; it may register
   * listeners and close registrations, its own included.
   *
   * <p>What a listener throws disturbs neither the change, nor its caller, nor other listeners: it
   * goes to the {@linkplain Thread#getUncaughtExceptionHandler() handler of uncaught exceptions} of
   * the thread that told the listener, which prints it unless set otherwise.
   *
   * @param listener takes the rings before and after a change
   * @return the registration; to be kept if the listener is to go before this ring does
   */
  public Registration onChange(BiConsumer<? super HashRing<N>, ? super HashRing<N>> listener) {
    requireNonNull(listener, "listener must not be null");
    Registered<N> registered = new Registered<>(this, listener, current.version);
    listeners.add(registered);
    return registered;
  }

  /**
   * Notifies of what is pending, unless another thread does: that one goes on until nothing is
   * left, and looks again after it has said that it is done.
   */
  private void notifyListeners() {
    while (notified.successor != null && isNotifying.compareAndSet(false, true)) {
      try {
        for (Snapshot<N> next; (next = notified.successor) != null; notified = next) {
          for (Registered<N> listener : listeners) {
            listener.accept(notified.ring, next);
          }
        }
      } finally {
        isNotifying.set(false);
      }
    }
  }

  /** The version, the number of previous rings and the current ring. */
  @Override
  public String toString() {
    return current.toString();
  }

  private static final class Registered<N> implements Registration {
    private final ConcurrentHashRing<N> ring;
    private final BiConsumer<? super HashRing<N>, ? super HashRing<N>> listener;

    /** The last version that the listener needs no more; written by whoever notifies. */
    private long known;

    private volatile boolean closed;

    Registered(
        ConcurrentHashRing<N> ring,
        BiConsumer<? super HashRing<N>, ? super HashRing<N>> listener,
        long known) {
      this.ring = ring;
      this.listener = listener;
      this.known = known;
    }

    void accept(HashRing<N> before, Snapshot<N> after) {
      if (closed || after.version <= known) {
        return;
      }
      known = after.version;
      try {
        listener.accept(before, after.ring);
      } catch (Throwable thrown) {
        uncaught(thrown);
      }
    }

    private static void uncaught(Throwable thrown) {
      Thread thread = Thread.currentThread();
      try {
        thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
      } catch (Throwable ignored) {
        // what such a handler throws is ignored by its contract
      }
    }

    @Override
    public void close() {
      closed = true;
      ring.listeners.remove(this);
    }
  }

  /** What ends the registration of a listener. */
  public interface Registration extends AutoCloseable {

    /**
     * Ends it: the listener is not called again, though a call that another thread has begun may
     * still be under way. Closing once more has no effect.
     */
    @Override
    void close();
  }

  /**
   * What a holder holds at one moment: a ring, its version, and the rings before it. Immutable.
   *
   * @param <N> the type of a node
   */
  public static final class Snapshot<N> {
    private final long version;
    private final HashRing<N> ring;
    private final List<HashRing<N>> history;

    /** Null until the next change. */
    private volatile @Nullable Snapshot<N> successor;

    private Snapshot(long version, HashRing<N> ring, List<HashRing<N>> history) {
      this.version = version;
      this.ring = ring;
      this.history = history;
    }

    private Snapshot<N> next(HashRing<N> after, int historyLength) {
      int kept = Math.min(history.size(), Math.max(0, historyLength - 1));
      List<HashRing<N>> previous = new ArrayList<>(kept + 1);
      if (historyLength > 0) {
        previous.add(ring);
        previous.addAll(history.subList(0, kept));
      }
      return new Snapshot<>(version + 1, after, Collections.unmodifiableList(previous));
    }

    /**
     * The ring.
     *
     * @return the ring that was current
     */
    public HashRing<N> ring() {
      return ring;
    }

    /**
     * The number of changes that led to the ring.
     *
     * @return its version
     */
    public long version() {
      return version;
    }

    /**
     * The rings before the last changes.
     *
     * @return an immutable list, the ring before the last change first, of at most as many as the
     *     holder keeps
     */
    public List<HashRing<N>> history() {
      return history;
    }

    /** The version, the ring and the number of previous rings. */
    @Override
    public String toString() {
      return "version " + version + " of " + ring + ", " + history.size() + " before it";
    }
  }
}
