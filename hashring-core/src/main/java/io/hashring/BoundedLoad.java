package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.Maps;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Lookups on a ring that keep every node below a multiple of its fair share of the load: consistent
 * hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam, <a
 * href="https://arxiv.org/abs/1608.01350">arXiv 1608.01350</a>).
 *
 * <pre>{@code
 * BoundedLoad<String> load = BoundedLoad.of(ring, 1.25);
 * try (BoundedLoad.Lease<String> lease = load.acquire("user:42")) {
 *   send(lease.node());
 * }
 * }</pre>
 *
 * <p>A <i>lease</i> is one unit of load on a node, a request or a connection, from the call that
 * acquires it until it is closed. A key's lease is on the first node of the key's preference list
 * that is not full. A node of weight {@code w} is full when it holds as many leases as its
 * <i>capacity</i>
 *
 * <pre>{@code ceil(c · (t + 1) · w / W)}</pre>
 *
 * where {@code c} is the factor, {@code t} the number of leases on the nodes of the ring that hold
 * points, and {@code W} the sum of these nodes' weights. The law: <b>at the moment in which a lease
 * is placed, its node holds no more leases, this one counted, than its capacity just before.</b>
 *
 * <ul>
 *   <li>It holds with any number of threads: leases are placed and closed one after the other, so
 *       that the loads and {@code t} are those of one moment.
 *   <li>It is said of that moment alone. When leases are closed, {@code t} falls, and a node that
 *       has kept its own may be above what its capacity is now; it gets no more until it is below.
 *   <li>Nodes of weight 0 and nodes that have left get none. The leases that are still on them
 *       count in their own {@link #load} and in {@link #totalLoad}, not in {@code t}: what drains
 *       away is no reason to burden others more.
 *   <li>Not all nodes are full at once, for their capacities add up to more than {@code t}. Those
 *       that a predicate finds eligible may be, as when many others are down. Then {@code t} and
 *       {@code W} are taken over the eligible ones alone, which is the share that is fair among
 *       them, and of these not all can be full. So whoever asks gets a lease unless no node is
 *       eligible.
 * </ul>
 *
 * <p>Safe for use by any number of threads. To place a lease takes a lookup and a short lock; for
 * each full node on the way a step of the walk and a comparison. Predicates are called outside the
 * lock. A lease that is never closed burdens its node for ever: use try-with-resources, or close it
 * on every path.
 *
 * @param <N> the type of a node
 */
public final class BoundedLoad<N> {

  private final ConcurrentHashRing<N> ring;
  private final double factor;
  private final ReentrantLock lock = new ReentrantLock();

  /** Written under the lock. */
  private volatile View<N> view;

  /*
   * All that follows, and all loads, are read and written under the lock. The law ties the load of a
   * node to the load of all, so both must be read, compared and changed as one: with counters that
   * change one by one, leases that close in between leave a node above what the law allows at every
   * moment of the call.
   */

  /** By id, those of the ring's nodes and of nodes that have left and still hold leases. */
  private Map<String, Load> loads = new HashMap<>();

  private long total;

  /** The part of the total that is on nodes that hold points. */
  private long shared;

  /** How many times a load or the view has changed. */
  private long changes;

  private BoundedLoad(ConcurrentHashRing<N> ring, double factor) {
    this.ring = ring;
    this.factor = factor;
    this.view = newView(ring.ring());
  }

  /**
   * Bounds the load of the nodes of a ring that may change. Nodes that join take leases at once,
   * those that leave get no more; leases are not moved.
   *
   * @param ring the ring
   * @param factor by how much the load of a node may exceed its fair share, such as 1.25; finite
   *     and greater than 1. A lower factor evens out better and sends more keys to other nodes than
   *     their owners.
   * @param <N> the type of a node
   * @return the loads, all 0
   * @throws IllegalArgumentException if the factor is not valid
   */
  public static <N> BoundedLoad<N> of(ConcurrentHashRing<N> ring, double factor) {
    requireNonNull(ring, "ring must not be null");
    return new BoundedLoad<>(ring, Quota.checkFactor(factor));
  }

  /**
   * Bounds the load of the nodes of a ring; as {@link #of(ConcurrentHashRing, double)}.
   *
   * @param ring the ring
   * @param factor by how much the load of a node may exceed its fair share; finite and greater than
   *     1
   * @param <N> the type of a node
   * @return the loads, all 0
   * @throws IllegalArgumentException if the factor is not valid
   */
  public static <N> BoundedLoad<N> of(HashRing<N> ring, double factor) {
    return of(ConcurrentHashRing.of(ring), factor);
  }

  /**
   * Places a lease on the first node clockwise from a key that is not full.
   *
   * @param key the key
   * @return the lease, to be closed
   * @throws EmptyRingException if no node holds a point
   */
  public Lease<N> acquire(CharSequence key) {
    View<N> now = view();
    Lease<N> lease = place(now, now.places.locate(key));
    return lease == null ? acquire(key, node -> true) : lease;
  }

  /**
   * Places a lease on the first node clockwise from a key that is not full; as
   * {@link #acquire(CharSequence)}.
   *
   * @param key the key
   * @return the lease, to be closed
   * @throws EmptyRingException if no node holds a point
   */
  public Lease<N> acquire(byte[] key) {
    View<N> now = view();
    Lease<N> lease = place(now, now.places.locate(key));
    return lease == null ? acquire(key, node -> true) : lease;
  }

  /**
   * Places a lease on the first eligible node clockwise from a key that is not full.
   *
   * @param key the key
   * @param eligible whether a node may be chosen; asked once for each node on the way, and anew if
   *     the ring changes meanwhile
   * @return the lease, to be closed
   * @throws EmptyRingException if no node holds a point
   * @throws NoSuchElementException if no node is eligible
   */
  public Lease<N> acquire(CharSequence key, Predicate<? super N> eligible) {
    return walk((places, visitor) -> places.locate(key, visitor), eligible).orThrow();
  }

  /**
   * Places a lease on the first eligible node clockwise from a key that is not full; as
   * {@link #acquire(CharSequence, Predicate)}.
   *
   * @param key the key
   * @param eligible whether a node may be chosen
   * @return the lease, to be closed
   * @throws EmptyRingException if no node holds a point
   * @throws NoSuchElementException if no node is eligible
   */
  public Lease<N> acquire(byte[] key, Predicate<? super N> eligible) {
    return walk((places, visitor) -> places.locate(key, visitor), eligible).orThrow();
  }

  /**
   * Places a lease, if there is a node for it; else as {@link #acquire(CharSequence)}.
   *
   * @param key the key
   * @return the lease, to be closed, or nothing if no node holds a point
   */
  public Optional<Lease<N>> tryAcquire(CharSequence key) {
    return tryAcquire(key, node -> true);
  }

  /**
   * Places a lease, if there is a node for it; else as {@link #acquire(byte[])}.
   *
   * @param key the key
   * @return the lease, to be closed, or nothing if no node holds a point
   */
  public Optional<Lease<N>> tryAcquire(byte[] key) {
    return tryAcquire(key, node -> true);
  }

  /**
   * Places a lease, if there is a node for it; else as {@link #acquire(CharSequence, Predicate)}.
   *
   * @param key the key
   * @param eligible whether a node may be chosen
   * @return the lease, to be closed, or nothing if no node is eligible
   */
  public Optional<Lease<N>> tryAcquire(CharSequence key, Predicate<? super N> eligible) {
    return Optional.ofNullable(
        walk((places, visitor) -> places.locate(key, visitor), eligible).lease);
  }

  /**
   * Places a lease, if there is a node for it; else as {@link #acquire(byte[], Predicate)}.
   *
   * @param key the key
   * @param eligible whether a node may be chosen
   * @return the lease, to be closed, or nothing if no node is eligible
   */
  public Optional<Lease<N>> tryAcquire(byte[] key, Predicate<? super N> eligible) {
    return Optional.ofNullable(
        walk((places, visitor) -> places.locate(key, visitor), eligible).lease);
  }

  /** A lease on the owner of a key, or null if it is full or the ring has changed. */
  private @Nullable Lease<N> place(View<N> now, Place<N> owner) {
    lock.lock();
    try {
      return now == view && hasRoom(owner) ? place(owner) : null;
    } finally {
      lock.unlock();
    }
  }

  private Walk walk(
      BiConsumer<HashRing<Place<N>>, Predicate<Place<N>>> locate, Predicate<? super N> eligible) {
    requireNonNull(eligible, "eligible must not be null");
    Walk walk;
    do {
      View<N> now = view();
      walk = new Walk(now, eligible);
      locate.accept(now.places, walk);
      walk.end();
    } while (walk.stale);
    return walk;
  }

  /**
   * Looks for room on a walk. A lease is placed on the first eligible node that has room at that
   * very moment: nodes that were passed over are asked again if anything has changed since.
   */
  private final class Walk implements Predicate<Place<N>> {
    private final View<N> now;
    private final Predicate<? super N> eligible;
    private final List<Place<N>> passed = new ArrayList<>();
    private long seen = -1;
    private @Nullable Lease<N> lease;

    /** Whether the ring has changed, so that the walk must be begun anew. */
    private boolean stale;

    Walk(View<N> now, Predicate<? super N> eligible) {
      this.now = now;
      this.eligible = eligible;
    }

    /** Whether the walk is over. */
    @Override
    public boolean test(Place<N> place) {
      if (!eligible.test(place.node)) {
        return false;
      }
      lock.lock();
      try {
        passed.add(place);
        lookForRoom();
        return stale || lease != null;
      } finally {
        lock.unlock();
      }
    }

    private void lookForRoom() {
      stale = now != view;
      if (stale) {
        return;
      }
      int unasked = seen == changes ? passed.size() - 1 : 0;
      seen = changes;
      for (Place<N> place : passed.subList(unasked, passed.size())) {
        if (hasRoom(place)) {
          lease = place(place);
          return;
        }
      }
    }

    /** When the walk has met all nodes, what is fair is their share of the load of the eligible. */
    void end() {
      if (stale || lease != null || passed.isEmpty()) {
        return;
      }
      lock.lock();
      try {
        lookForRoom();
        if (!stale && lease == null) {
          lease = place(firstWithRoom(passed, factor));
        }
      } finally {
        lock.unlock();
      }
    }

    Lease<N> orThrow() {
      if (lease != null) {
        return lease;
      }
      if (now.places.points().isEmpty()) {
        throw new EmptyRingException(now.places.nodes().size());
      }
      throw new NoSuchElementException("no node is eligible: the predicate refused all");
    }
  }

  private boolean hasRoom(Place<N> place) {
    return place.load.leases < Quota.bound(place.load.share, shared + 1);
  }

  /** The first of some nodes that has room by its share among them. There is always one. */
  private static <N> Place<N> firstWithRoom(List<Place<N>> places, double factor) {
    Quota quota =
        Quota.of(factor, places.stream().map(place -> place.load.weight).toList());
    long load = places.stream().mapToLong(place -> place.load.leases).sum();
    return places.stream()
        .filter(place -> place.load.leases < Quota.bound(quota.share(place.load.weight), load + 1))
        .findFirst()
        .orElseThrow();
  }

  private Lease<N> place(Place<N> place) {
    Lease<N> lease = new Lease<>(this, place.node, place.load);
    count(place.load, 1);
    return lease;
  }

  private void count(Load load, int more) {
    load.leases += more;
    total += more;
    shared += load.weight > 0 ? more : 0;
    changes++;
  }

  private void close(Lease<N> lease) {
    lock.lock();
    try {
      if (!lease.closed) {
        lease.closed = true;
        count(lease.load, -1);
      }
    } finally {
      lock.unlock();
    }
  }

  private View<N> view() {
    View<N> known = view;
    return known.isOf(ring.ring()) ? known : update();
  }

  private View<N> update() {
    lock.lock();
    try {
      HashRing<N> now = ring.ring();
      if (!view.isOf(now)) {
        view = newView(now);
        changes++;
      }
      return view;
    } finally {
      lock.unlock();
    }
  }

  private View<N> newView(HashRing<N> now) {
    Map<String, Load> kept = new HashMap<>();
    loads.forEach((id, load) -> {
      load.weight = 0;
      load.share = 0;
      if (load.leases > 0) {
        kept.put(id, load);
      }
    });
    loads = kept;
    HashRing<Place<N>> places =
        places(now, factor, id -> kept.computeIfAbsent(id, newId -> new Load()));
    shared = 0;
    for (Place<N> place : places.nodes()) {
      shared += place.load.weight > 0 ? place.load.leases : 0;
    }
    return new View<>(now, places);
  }

  /** A ring of places, with the weights and shares of their loads set. */
  private static <N> HashRing<Place<N>> places(
      HashRing<N> ring, double factor, Function<String, Load> loadOfId) {
    HashRing<Place<N>> places = ring.map(
        member -> {
          Load load = loadOfId.apply(member.id);
          load.weight = member.pointCount() > 0 ? member.weight : 0;
          return new Place<>(member.id, member.node, load);
        },
        place -> place.id);
    Quota quota =
        Quota.of(factor, places.nodes().stream().map(place -> place.load.weight).toList());
    places.nodes().forEach(place -> place.load.share = quota.share(place.load.weight));
    return places;
  }

  /**
   * The number of leases on a node now. Takes the lock for a moment, as do {@link #capacity} and
   * {@link #totalLoad}.
   *
   * @param node a node, known by its id; it may have left the ring
   * @return its leases that are not closed; 0 for a node that is unknown
   * @throws IllegalArgumentException if the id is not valid
   */
  public long load(N node) {
    String id = ring.ring().id(node);
    lock.lock();
    try {
      Load load = loads.get(id);
      return load == null ? 0 : load.leases;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The number of leases that a node may hold when the next one is placed.
   *
   * @param node a node, known by its id
   * @return {@code ceil(c · (t + 1) · w / W)}; 0 for a node of weight 0 and for one that is not on
   *     the ring. Never more than the exact value, and less only where that is above a whole number
   *     by less than all roundings in its calculation.
   * @throws IllegalArgumentException if the id is not valid
   */
  public long capacity(N node) {
    String id = view().ring.id(node);
    lock.lock();
    try {
      Load load = loads.get(id);
      return load == null ? 0 : Quota.bound(load.share, shared + 1);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The number of leases on all nodes now.
   *
   * @return all leases that are not closed, those on nodes that have left included
   */
  public long totalLoad() {
    lock.lock();
    try {
      return total;
    } finally {
      lock.unlock();
    }
  }

  /** The factor, the number of leases and the ring. */
  @Override
  public String toString() {
    return "BoundedLoad[factor " + factor + ", " + totalLoad() + " leases, " + ring.ring() + "]";
  }

  /** A ring, and the same with places for nodes. */
  private static final class View<N> {
    final HashRing<N> ring;
    final HashRing<Place<N>> places;

    View(HashRing<N> ring, HashRing<Place<N>> places) {
      this.ring = ring;
      this.places = places;
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
    final Load load;

    Place(String id, N node, Load load) {
      this.id = id;
      this.node = node;
      this.load = load;
    }
  }

  /** What is counted for an id, in all views. */
  private static final class Load {
    long leases;

    /** In the current ring, 0 if it holds no point there. */
    double weight;

    /** The part that it may hold of all, 0 if the weight is. */
    double share;
  }

  /**
   * One unit of load on a node, until it is closed. Safe for use by any number of threads.
   *
   * @param <N> the type of a node
   */
  public static final class Lease<N> implements AutoCloseable {
    private final BoundedLoad<N> owner;
    private final N node;
    private final Load load;

    /** Read and written under the owner's lock. */
    private boolean closed;

    private Lease(BoundedLoad<N> owner, N node, Load load) {
      this.owner = owner;
      this.node = node;
      this.load = load;
    }

    /**
     * The node that was chosen.
     *
     * @return the node, as it was on the ring when the lease was placed
     */
    public N node() {
      return node;
    }

    /** Takes the unit off the node. Closing once more, from whichever thread, has no effect. */
    @Override
    public void close() {
      owner.close(this);
    }

    @Override
    public String toString() {
      return "Lease[" + node + "]";
    }
  }

  /**
   * Assigns keys to the nodes of a ring so that no node has more than {@code ceil(c · m · w / W)}
   * of {@code m} keys: the static form of the same paper, for partitions and shards.
   *
   * <p>Every key goes to the first node of its preference list that is not full, one after the
   * other in the order of their {@linkplain HashFunctions#xxh3_64() XXH3} hashes, equal ones in
   * that of their UTF-8 bytes. The paper leaves the order open; with one that is fixed the
   * assignment is a function of the ring, the set of keys and the factor, so that all who know
   * these agree without a word, and it does not matter what the keys were assigned to before. Takes
   * the time of sorting the keys and of looking them up.
   *
   * @param ring the ring
   * @param keys the keys, distinct, in any order
   * @param factor by how much the load of a node may exceed its fair share; finite and greater than
   *     1
   * @param <N> the type of a node
   * @return the assignment
   * @throws IllegalArgumentException if the factor is not valid, or a key is given twice
   * @throws EmptyRingException if there are keys, and no node holds a point
   */
  public static <N> Assignment<N> assign(HashRing<N> ring, Collection<String> keys, double factor) {
    requireNonNull(ring, "ring must not be null");
    requireNonNull(keys, "keys must not be null");
    Quota.checkFactor(factor);
    Map<String, Load> loads = new HashMap<>();
    HashRing<Place<N>> places =
        places(ring, factor, id -> loads.computeIfAbsent(id, newId -> new Load()));
    Map<String, Place<N>> placeOfKey = new LinkedHashMap<>();
    for (String key : inOrder(keys)) {
      Place<N> place = places.locate(key);
      if (!hasRoom(place, keys.size())) {
        place = places.locate(key, other -> hasRoom(other, keys.size())).orElseThrow();
      }
      checkArgument(placeOfKey.put(key, place) == null, "keys must be distinct: %s", key);
      place.load.leases++;
    }
    return new Assignment<>(ring, factor, loads, Collections.unmodifiableMap(placeOfKey));
  }

  private static boolean hasRoom(Place<?> place, int keys) {
    return place.load.leases < Quota.bound(place.load.share, keys);
  }

  private static List<String> inOrder(Collection<String> keys) {
    record Hashed(long hash, String key) {}
    HashFunction hash = HashFunctions.xxh3_64();
    Comparator<Hashed> byHash = (a, b) -> Long.compareUnsigned(a.hash, b.hash);
    return keys.stream()
        .map(key -> new Hashed(hash.hash(requireNonNull(key, "key must not be null")), key))
        .sorted(byHash.thenComparing(Hashed::key, Member::compareIds))
        .map(Hashed::key)
        .toList();
  }

  /**
   * Which node has which keys: what {@link BoundedLoad#assign} returns. Immutable.
   *
   * @param <N> the type of a node
   */
  public static final class Assignment<N> {
    private final HashRing<N> ring;
    private final double factor;
    private final Map<String, Load> loads;
    private final Map<String, Place<N>> places;

    private Assignment(
        HashRing<N> ring, double factor, Map<String, Load> loads, Map<String, Place<N>> places) {
      this.ring = ring;
      this.factor = factor;
      this.loads = loads;
      this.places = places;
    }

    /**
     * The node of every key.
     *
     * @return an immutable map of all keys
     */
    public Map<String, N> nodes() {
      return Collections.unmodifiableMap(Maps.transformValues(places, place -> place.node));
    }

    /**
     * The number of keys on a node.
     *
     * @param node a node, known by its id
     * @return how many keys it has; 0 if it is not on the ring
     * @throws IllegalArgumentException if the id is not valid
     */
    public long load(N node) {
      Load load = loads.get(ring.id(node));
      return load == null ? 0 : load.leases;
    }

    /**
     * The number of keys that a node may have.
     *
     * @param node a node, known by its id
     * @return {@code ceil(c · m · w / W)}; 0 for a node of weight 0 and for one that is not on the
     *     ring
     * @throws IllegalArgumentException if the id is not valid
     */
    public long capacity(N node) {
      Load load = loads.get(ring.id(node));
      return load == null ? 0 : Quota.bound(load.share, places.size());
    }

    /**
     * The assignment of the same keys, under the same factor, to another ring; the same as
     * {@link BoundedLoad#assign} gives.
     *
     * <p>Few keys move: for {@code c = 1 + ε}, {@code ε ≤ 1}, the paper proves that a change of a
     * node moves {@code O(1 / ε²)} times as many keys in expectation as it must.
     *
     * @param after the ring after a change
     * @return the assignment
     * @throws EmptyRingException if there are keys, and no node holds a point
     */
    public Assignment<N> reassign(HashRing<N> after) {
      return assign(after, places.keySet(), factor);
    }

    /**
     * The keys that another assignment gives to another node, known by its id.
     *
     * @param after the other assignment
     * @return an immutable set of those keys that are in both and must be moved
     */
    public Set<String> moves(Assignment<N> after) {
      Set<String> moves = new LinkedHashSet<>();
      places.forEach((key, place) -> {
        Place<N> there = after.places.get(key);
        if (there != null && !there.id.equals(place.id)) {
          moves.add(key);
        }
      });
      return Collections.unmodifiableSet(moves);
    }

    /** The number of keys, the factor and the ring. */
    @Override
    public String toString() {
      return "Assignment[" + places.size() + " keys, factor " + factor + ", " + ring + "]";
    }
  }
}
