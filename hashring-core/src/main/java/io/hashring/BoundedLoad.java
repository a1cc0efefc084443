package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Lookups on a ring that keep every node below a multiple of its fair share of the load: consistent
 * hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam, <a
 * href="https://arxiv.org/abs/1608.01350">arXiv 1608.01350</a>).
 *
 * <pre>{@code
 * BoundedLoad<String> load = BoundedLoad.of(ring, BoundedLoad.Bound.factor(1.25));
 * try (BoundedLoad.Lease<String> lease = load.acquire("user:42")) {
 *   send(lease.node());
 * }
 * }</pre>
 *
 * <p>A <i>lease</i> is load on a node, a request or a connection, from the call that acquires it
 * until it is closed; it is of one unit, or of several, such as the tokens of a prompt. A key's
 * lease is on the first node of the key's preference list that has room for it. When a lease of
 * {@code u} units comes, a node of weight {@code w} may hold
 *
 * <pre>{@code max(floor, ceil(c · (t + u) · w / W))}</pre>
 *
 * units, its <i>bound</i>, where {@code c} is the factor, {@code t} the load of the nodes of the
 * ring that hold points, and {@code W} the sum of these nodes' weights. The law: <b>at the moment
 * in which a lease is placed, its node holds no more units, those of this lease counted, than its
 * bound.</b> Bounds are exact: a factor of 1.1 is 1.1, though the double is a little more.
 *
 * <ul>
 *   <li>It holds with any number of threads: leases are placed and closed one after the other, so
 *       that the loads and {@code t} are those of one moment.
 *   <li>It is said of that moment alone. When leases are closed, {@code t} falls, and a node that
 *       has kept its own may be above what its bound is now; it gets no more until it is below.
 *   <li>Nodes of weight 0 and nodes that have left get none. The leases that are still on them
 *       count in their own load among {@link #loads}, not in {@code t}: what drains away is no
 *       reason to burden others more.
 *   <li>Not all nodes are full at once, for their bounds add up to more than {@code t}. Those that
 *       a predicate finds eligible may be, as when many others are down. Then {@code t} and
 *       {@code W} are taken over the eligible ones alone, which is the share that is fair among
 *       them, and of these not all can be full. So whoever asks gets a lease unless no node is
 *       eligible.
 *   <li>A lease of several units may be larger than every bound, or than what is left below each.
 *       It goes to the first node that is not full, one that is below its bound, and takes it above
 *       by less than its own units. While it is open, its node is as full as it makes it; the
 *       bounds of all others are higher by their share of it, so that it takes no key from its
 *       owner but those that it is in the way of itself.
 *   <li>Where a node must not hold more than a number of units whatever the others hold, that is a
 *       {@linkplain Bound#atMost limit}. A node that a lease would take above it is not eligible.
 * </ul>
 *
 * <p>Safe for use by any number of threads. To place a lease takes a lookup and a short lock; for
 * each full node on the way a step of the walk and a comparison. Where it fits nowhere, the walk is
 * past all nodes, unless it is larger than every bound. Predicates are called outside the lock. A
 * lease that is never closed burdens its node for ever: use try-with-resources or
 * {@link Lease#closeAfter closeAfter}, or close it on every path.
 *
 * @param <N> the type of a node
 */
public final class BoundedLoad<N> {

  private final ConcurrentHashRing<N> ring;
  private final Bound bound;

  /**
   * A monitor, and not one of {@code java.util.concurrent.locks}: a stack that ends within lock()
   * or unlock() leaves such a lock locked for ever, and a monitor is entered and left without a
   * frame. No predicate, and nothing else that waits, is called while it is held.
   */
  private final Object lock = new Object();

  /** Written under the lock. */
  private volatile View<N> view;

  /*
   * All that follows, and all loads, are read and written under the lock. The law ties the load of
   * a node to the load of all, so both must be read, compared and changed as one: with counters
   * that change one by one, leases that close in between leave a node above what the law allows at
   * every moment of the call.
   */

  private long total;

  /** The part of the total that is on nodes that hold points. */
  private long shared;

  /** How many times a load or the view has changed. */
  private long changes;

  private BoundedLoad(ConcurrentHashRing<N> ring, Bound bound) {
    this.ring = requireNonNull(ring, "ring must not be null");
    this.bound = requireNonNull(bound, "bound must not be null");
    this.view = new View<>(ring.ring(), bound, Map.of());
    show(view); // sets the marks of its loads
  }

  /**
   * Bounds the load of the nodes of a ring that may change. Nodes that join take leases at once,
   * those that leave get no more; leases are not moved. A node object that is replaced under its id
   * is what the next lease is on.
   *
   * @param ring the ring; one that does not change is {@code ConcurrentHashRing.of(…)}, too
   * @param bound what a node may hold, such as {@code Bound.factor(1.25)}
   * @param <N> the type of a node
   * @return the loads, all 0
   */
  public static <N> BoundedLoad<N> of(ConcurrentHashRing<N> ring, Bound bound) {
    return new BoundedLoad<>(ring, bound);
  }

  /**
   * Places a lease of one unit on the first node clockwise from a key that has room.
   *
   * @param key the key
   * @return the lease, to be closed
   * @throws EmptyRingException if no node holds a point
   * @throws NoSuchElementException if all nodes are at their limit
   */
  public Lease<N> acquire(CharSequence key) {
    return acquire(key, 1);
  }

  /**
   * Places a lease on the first node clockwise from a key that has room; if none has, on the first
   * that is not full.
   *
   * @param key the key
   * @param units how much the lease adds to the load of its node; positive
   * @return the lease, to be closed
   * @throws IllegalArgumentException if the units are not positive, or take the load of all above
   *     {@link Long#MAX_VALUE}
   * @throws EmptyRingException if no node holds a point
   * @throws NoSuchElementException if the lease takes every node above its limit
   */
  public Lease<N> acquire(CharSequence key, long units) {
    checkUnits(units);
    View<N> now = view();
    Lease<N> lease = place(now, now.places.locate(key), units);
    return lease == null
        ? walk(places -> places.position(key), units, node -> true).orThrow()
        : lease;
  }

  /**
   * Places a lease, if there is a node for it: on the first eligible node clockwise from a key that
   * has room; if none has, on the first that has room by its share among the eligible ones; else on
   * the first of these that is not full.
   *
   * @param key the key
   * @param units how much the lease adds to the load of its node; positive
   * @param eligible whether a node may be chosen; asked once for each node on the way, and anew if
   *     the ring changes meanwhile
   * @return the lease, to be closed, or nothing if no node is eligible
   * @throws IllegalArgumentException if the units are not positive, or take the load of all above
   *     {@link Long#MAX_VALUE}
   */
  public Optional<Lease<N>> tryAcquire(
      CharSequence key, long units, Predicate<? super N> eligible) {
    return Optional.ofNullable(walk(places -> places.position(key), units, eligible).lease);
  }

  /**
   * Places a lease, if there is a node for it; as {@link #tryAcquire(CharSequence, long,
   * Predicate)}.
   *
   * @param position a position, such as that of a key of bytes
   * @param units how much the lease adds to the load of its node; positive
   * @param eligible whether a node may be chosen
   * @return the lease, to be closed, or nothing if no node is eligible
   * @throws IllegalArgumentException if the units are not positive, or take the load of all above
   *     {@link Long#MAX_VALUE}, or if the position is beyond the last one of the placement
   */
  public Optional<Lease<N>> tryAcquireAt(long position, long units, Predicate<? super N> eligible) {
    return Optional.ofNullable(walk(places -> position, units, eligible).lease);
  }

  private static void checkUnits(long units) {
    checkArgument(units > 0, "units must be positive: %s", units);
  }

  /** Under the lock. */
  private void checkTotal(long units) {
    checkArgument(
        units <= Long.MAX_VALUE - total,
        "units must not take the load of all, %s, above 2^63 - 1: %s",
        total,
        units);
  }

  /** A lease on the owner of a key, or null if it has no room or the ring has changed. */
  private @Nullable Lease<N> place(View<N> now, Place<N> owner, long units) {
    synchronized (lock) {
      return now == view && hasRoom(now, owner, units) ? place(owner, units) : null;
    }
  }

  private boolean hasRoom(View<N> now, Place<N> place, long units) {
    checkTotal(units);
    return isBelowLimit(place, units)
        && now.capacity.hasRoom(place.weight, place.share, place.load.units, shared, units);
  }

  private boolean isBelowLimit(Place<N> place, long units) {
    return place.load.units <= bound.limit - units;
  }

  private Lease<N> place(Place<N> place, long units) {
    Lease<N> lease = new Lease<>(this, place.node, place.load, units);
    count(place.load, units);
    return lease;
  }

  /**
   * Calls nothing, as whoever called it does afterwards, so that a stack that ends does so before
   * anything has changed.
   */
  private void count(Load load, long units) {
    load.units += units;
    total += units;
    shared += load.isShared ? units : 0;
    changes++;
  }

  private void close(Lease<N> lease) {
    synchronized (lock) {
      if (!lease.closed) {
        count(lease.load, -lease.units);
        lease.closed = true;
      }
    }
  }

  private Walk walk(
      ToLongFunction<HashRing<Place<N>>> position, long units, Predicate<? super N> eligible) {
    requireNonNull(eligible, "eligible must not be null");
    checkUnits(units);
    Walk walk;
    do {
      View<N> now = view();
      walk = new Walk(now, units, eligible);
      now.places.preferenceListAt(position.applyAsLong(now.places)).where(walk).first();
      if (walk.lease == null && !walk.stale) {
        walk.end();
      }
    } while (walk.stale);
    return walk;
  }

  /**
   * Looks for room on a walk. A lease is placed on the first eligible node that has room at that
   * very moment: nodes that were passed over are asked again if anything has changed since.
   */
  private final class Walk implements Predicate<Place<N>> {
    private final View<N> now;
    private final long units;
    private final Predicate<? super N> eligible;
    private final List<Place<N>> passed = new ArrayList<>();
    private long seen = -1;
    private @Nullable Lease<N> lease;

    /** Whether the ring has changed, so that the walk must be begun anew. */
    private boolean stale;

    Walk(View<N> now, long units, Predicate<? super N> eligible) {
      this.now = now;
      this.units = units;
      this.eligible = eligible;
    }

    /** Whether the walk is over. */
    @Override
    public boolean test(Place<N> place) {
      if (!eligible.test(place.node)) {
        return false;
      }
      synchronized (lock) {
        passed.add(place);
        lookForRoom();
        return stale || lease != null;
      }
    }

    private void lookForRoom() {
      stale = now != view;
      if (stale) {
        return;
      }
      int unasked = seen == changes ? passed.size() - 1 : 0;
      seen = changes;
      for (int i = unasked; i < passed.size(); i++) {
        Place<N> place = passed.get(i);
        if (hasRoom(now, place, units)) {
          lease = place(place, units);
          return;
        }
      }
    }

    /** When the walk has met all nodes, what is fair is their share of the load of the eligible. */
    void end() {
      synchronized (lock) {
        lookForRoom();
        List<Place<N>> below =
            passed.stream().filter(place -> isBelowLimit(place, units)).toList();
        if (!stale && lease == null && !below.isEmpty()) {
          lease = place(firstAmong(below, units), units);
        }
      }
    }

    Lease<N> orThrow() {
      if (lease != null) {
        return lease;
      }
      if (now.places.points().isEmpty()) {
        throw new EmptyRingException(now.places.nodes().size());
      }
      throw new NoSuchElementException(
          "no node has room for " + units + " more: each may hold at most " + bound.limit);
    }
  }

  /**
   * The first of some nodes that has room by its share among them, else the first that is not full.
   * There is always one, for their bounds add up to more than their load.
   */
  private Place<N> firstAmong(List<Place<N>> places, long units) {
    Capacity capacity = bound.capacity(places);
    long load = 0;
    for (Place<N> place : places) {
      load += place.load.units;
    }
    for (Place<N> place : places) {
      double share = capacity.share(place.weight);
      if (capacity.hasRoom(place.weight, share, place.load.units, load, units)) {
        return place;
      }
    }
    for (Place<N> place : places) {
      double share = capacity.share(place.weight);
      if (capacity.allows(place.weight, share, place.load.units + 1, load + units)) {
        return place;
      }
    }
    throw new AssertionError("all of " + places.size() + " nodes are full");
  }

  private View<N> view() {
    View<N> known = view;
    return known.isOf(ring.ring()) ? known : update();
  }

  private View<N> update() {
    synchronized (lock) {
      HashRing<N> now = ring.ring();
      if (!view.isOf(now)) {
        show(new View<>(now, bound, view.placeOfId));
      }
      return view;
    }
  }

  /** Calls nothing, so that it is done wholly or, where the stack ends, not at all. */
  private void show(View<N> next) {
    for (Load load : view.sharing) {
      load.isShared = false;
    }
    long sum = 0;
    for (Load load : next.sharing) {
      load.isShared = true;
      sum += load.units;
    }
    shared = sum;
    view = next;
    changes++;
  }

  /**
   * The load of a node now. Takes the lock for a moment, as does {@link #capacity}.
   *
   * @param node a node, known by its id; it may have left the ring
   * @return the units of its leases that are not closed; 0 for a node that is unknown
   * @throws IllegalArgumentException if the id is not valid
   */
  long load(N node) {
    String id = ring.ring().id(node);
    synchronized (lock) {
      Place<N> place = view.placeOfId.get(id);
      return place == null ? 0 : place.load.units;
    }
  }

  /**
   * The loads of all nodes at one moment. Takes the lock for O(n).
   *
   * @return an immutable map from the id of a node to the units of its leases that are not closed:
   *     of every node of the ring, and of those that have left and still hold leases
   */
  public Map<String, Long> loads() {
    Map<String, Long> loads = new LinkedHashMap<>();
    synchronized (lock) {
      update().placeOfId.forEach((id, place) -> {
        if (place.isMember || place.load.units > 0) {
          loads.put(id, place.load.units);
        }
      });
    }
    return Collections.unmodifiableMap(loads);
  }

  /**
   * The number of units that a node may hold when a lease of one unit comes next.
   *
   * @param node a node, known by its id
   * @return {@code max(atLeast, ceil(c · (t + 1) · w / W))}, or {@code atMost} if that is less; 0
   *     for a node of weight 0 and for one that is not on the ring
   * @throws IllegalArgumentException if the id is not valid
   */
  public long capacity(N node) {
    String id = view().ring.id(node);
    synchronized (lock) {
      Place<N> place = view.placeOfId.get(id);
      // a total of 2^63 - 1 takes no more
      long next = Math.max(shared, shared + 1);
      return place == null ? 0 : Math.min(bound.limit, view.capacity.bound(place.weight, next));
    }
  }

  /** The units of all leases that are not closed, those on nodes that have left included. */
  long totalLoad() {
    synchronized (lock) {
      return total;
    }
  }

  /** The bound, the load of all nodes and the ring. */
  @Override
  public String toString() {
    return "BoundedLoad[" + bound + ", load " + totalLoad() + ", " + ring.ring() + "]";
  }

  /** A ring, and the same with places for nodes. Immutable, but for what is counted. */
  private static final class View<N> {
    final HashRing<N> ring;
    final HashRing<Place<N>> places;
    final Capacity capacity;

    /** The nodes of the ring, and those that have left and held leases when this view was made. */
    final Map<String, Place<N>> placeOfId = new LinkedHashMap<>();

    /** What is counted for the nodes that hold points. */
    final Load[] sharing;

    View(HashRing<N> ring, Bound bound, Map<String, Place<N>> before) {
      this.ring = ring;
      this.places = ring.map(
          member -> {
            Place<N> known = before.get(member.id);
            double weight = member.pointCount() > 0 ? member.weight : 0;
            Load load = known == null ? new Load() : known.load;
            return new Place<>(member.id, member.node, weight, true, load);
          },
          place -> place.id);
      this.capacity = bound.capacity(places.nodes());
      List<Load> loads = new ArrayList<>();
      for (Place<N> place : places.nodes()) {
        placeOfId.put(place.id, place);
        if (place.weight > 0) {
          place.share = capacity.share(place.weight);
          loads.add(place.load);
        }
      }
      this.sharing = loads.toArray(Load[]::new);
      before.forEach((id, place) -> {
        if (place.load.units > 0 && !placeOfId.containsKey(id)) {
          placeOfId.put(id, new Place<>(id, place.node, 0, false, place.load));
        }
      });
    }

    @SuppressWarnings("ReferenceEquality") // equal rings may have other objects for nodes
    boolean isOf(HashRing<N> other) {
      return ring == other;
    }
  }

  /** A node of a view. */
  private static final class Place<N> {
    final String id;
    final N node;

    /** In the ring of the view, 0 if it holds no point there. */
    final double weight;

    /** Whether it has not left. */
    final boolean isMember;

    final Load load;

    /** The part that it may hold of all, 0 if the weight is. */
    double share;

    Place(String id, N node, double weight, boolean isMember, Load load) {
      this.id = id;
      this.node = node;
      this.weight = weight;
      this.isMember = isMember;
      this.load = load;
    }
  }

  /** What is counted for an id, in all views. */
  private static final class Load {
    long units;

    /** Whether the node holds points, so that its load is part of what all share. */
    boolean isShared;
  }

  /**
   * What a node may hold: a multiple of its fair share, but never less than a floor, and never more
   * than a limit. Immutable.
   *
   * <pre>{@code
   * BoundedLoad.of(live, BoundedLoad.Bound.factor(1.25).atLeast(8).atMost(200));
   * }</pre>
   */
  public static final class Bound {
    private final double factor;
    private final long floor;
    private final long limit;

    private Bound(double factor, long floor, long limit) {
      this.factor = factor;
      this.floor = floor;
      this.limit = limit;
    }

    /**
     * A multiple of the fair share, without a floor and a limit.
     *
     * @param factor by how much the load of a node may exceed its fair share, such as 1.25; finite
     *     and greater than 1. A lower factor evens out better and sends more keys to other nodes
     *     than their owners.
     * @return the bound
     * @throws IllegalArgumentException if the factor is not valid
     */
    public static Bound factor(double factor) {
      return new Bound(Capacity.checkFactor(factor), 0, Long.MAX_VALUE);
    }

    /**
     * This bound with a floor: no node is full below it, whatever its share. So a few requests for
     * one key stay on its owner while there is little load, instead of being spread over idle
     * nodes.
     *
     * @param units what a node may hold in any case; not negative
     * @return the bound
     * @throws IllegalArgumentException if the units are negative or above the limit
     */
    public Bound atLeast(long units) {
      checkArgument(units >= 0, "atLeast must not be negative: %s", units);
      return checkedOf(units, limit);
    }

    /**
     * This bound with a limit: no node holds more, be all others full. So there may be no node for
     * a lease.
     *
     * @param units what a node may hold at most; positive
     * @return the bound
     * @throws IllegalArgumentException if the units are not positive or below the floor
     */
    public Bound atMost(long units) {
      checkArgument(units > 0, "atMost must be positive: %s", units);
      return checkedOf(floor, units);
    }

    private Bound checkedOf(long floor, long limit) {
      checkArgument(
          floor <= limit, "atLeast must not be greater than atMost, %s: %s", limit, floor);
      return new Bound(factor, floor, limit);
    }

    private Capacity capacity(Collection<? extends Place<?>> places) {
      return new Capacity(
          factor, floor, places.stream().mapToDouble(place -> place.weight).toArray());
    }

    /** The factor, and the floor and the limit where they are set. */
    @Override
    public String toString() {
      return "factor " + factor
          + (floor > 0 ? ", at least " + floor : "")
          + (limit < Long.MAX_VALUE ? ", at most " + limit : "");
    }
  }

  /**
   * Units of load on a node, until it is closed. Safe for use by any number of threads.
   *
   * @param <N> the type of a node
   */
  public static final class Lease<N> implements AutoCloseable {
    private final BoundedLoad<N> owner;
    private final N node;
    private final Load load;
    private final long units;

    /** Read and written under the owner's lock. */
    private boolean closed;

    private Lease(BoundedLoad<N> owner, N node, Load load, long units) {
      this.owner = owner;
      this.node = node;
      this.load = load;
      this.units = units;
    }

    /**
     * The node that was chosen.
     *
     * @return the node, as it was on the ring when the lease was placed
     */
    public N node() {
      return node;
    }

    /**
     * Calls the node, and closes this lease when the answer is complete, whether it is a result or
     * an exception; at once if the call throws.
     *
     * <pre>{@code
     * CompletionStage<Response> response =
     *     load.acquire("user:42").closeAfter(node -> client.send(node, request));
     * }</pre>
     *
     * @param call takes the node and returns the answer to come
     * @param <T> the type of the answer
     * @return a stage that completes as the answer does, after this lease is closed
     */
    public <T> CompletionStage<T> closeAfter(
        Function<? super N, ? extends CompletionStage<T>> call) {
      requireNonNull(call, "call must not be null");
      try {
        CompletionStage<T> answer = requireNonNull(call.apply(node), "answer must not be null");
        return answer.whenComplete((result, thrown) -> close());
      } catch (Throwable thrown) {
        close();
        throw thrown;
      }
    }

    /** Takes the units off the node. Closing once more, from whichever thread, has no effect. */
    @Override
    public void close() {
      owner.close(this);
    }

    /** The node, and the units if they are several. */
    @Override
    public String toString() {
      return "Lease[" + node + (units > 1 ? ", " + units + " units" : "") + "]";
    }
  }
}
