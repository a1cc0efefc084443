package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

import io.hashring.RingState.Edit;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.placement.Placement;
import io.hashring.placement.Placements;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * An immutable consistent-hashing ring: positions on a circle, the nodes that own them, and the
 * lookups that follow. {@link #points()} shows it as a {@link NavigableMap}.
 *
 * <p>Every node claims a number of <i>points</i>, positions drawn from its id, in proportion to its
 * weight. A key belongs to the node that owns the first point at or after the key's own position,
 * around the circle (Karger et al., <a href="https://doi.org/10.1145/258533.258660">Consistent
 * hashing and random trees</a>, STOC 1997). When a node comes, it takes keys from the others and no
 * other key moves; when it leaves, only its keys do.
 *
 * <pre>{@code
 * HashRing<String> ring = HashRing.of("cache-a", "cache-b", "cache-c");
 * String owner = ring.locate("user:42");
 * HashRing<String> grown = ring.with("cache-d");
 * }</pre>
 *
 * <p>A ring is a function of the set of its members' ids and weights, of its placement, and of
 * nothing else: any order of joins, leaves and changes of weight that ends in the same set gives an
 * {@linkplain #equals equal} ring, with the same {@linkplain #checksum() checksum} and the same
 * owner for every key, on every machine. Where several nodes claim one position, the one whose id
 * has the smallest UTF-8 bytes owns it; the others keep their claims and follow in that order when
 * it leaves. A node of weight 0 is a member that holds no point and no key.
 *
 * <p>Positions are unsigned 64-bit numbers, and text is hashed as its UTF-8 bytes. Rings are safe
 * for use by any number of threads. Complexities are given in {@code n}, the number of nodes, and
 * {@code p}, the number of points of all of them.
 *
 * @param <N> the type of a node. A ring knows a node only by its id and never calls any other
 *     method of it, except {@code equals}, {@code hashCode} and {@code toString} in its own.
 */
public final class HashRing<N> {

  /** The number of points per node of weight 1 in a ring that was not told otherwise. */
  public static final int DEFAULT_POINTS_PER_NODE = 160;

  /** The largest number of points, of all nodes together, that a ring holds. */
  public static final int MAX_POINTS = 1 << 28;

  /** How many keys are hashed before their owners are looked up. */
  private static final int BATCH = 16;

  private final RingState<N> state;

  // What a lookup needs, one step nearer than in the state.
  private final HashFunction keyFunction;
  private final PagedPoints points;
  private final @Nullable Object[] nodes;

  /** Whether the owner of a key is simply that of the first point at or after it. */
  private final boolean isPlain;

  HashRing(RingState<N> state) {
    this.state = state;
    this.keyFunction = state.settings.placement.keyFunction();
    this.points = state.points;
    this.nodes = state.nodes;
    this.isPlain = state.settings.arePlain();
  }

  RingState<N> state() {
    return state;
  }

  /**
   * A ring of nodes that are their own ids, of weight 1 each, with all settings at their defaults.
   *
   * @param nodes the nodes, in any order
   * @return the ring
   * @throws IllegalArgumentException if a node is given twice, or is not a valid
   *     {@linkplain #builder(Function) id}
   */
  public static HashRing<String> of(String... nodes) {
    requireNonNull(nodes, "nodes must not be null");
    return builder().addAll(Arrays.asList(nodes)).build();
  }

  /**
   * A builder of rings whose nodes are their own ids.
   *
   * @return a new builder
   */
  public static Builder<String> builder() {
    return builder(Function.identity());
  }

  /**
   * A builder of rings.
   *
   * @param id the id of a node: not empty, well-formed Unicode, different for different nodes and
   *     always the same for the same one. An identity that outlives an address is a good id.
   * @param <N> the type of a node
   * @return a new builder
   */
  public static <N> Builder<N> builder(Function<? super N, String> id) {
    return new Builder<>(requireNonNull(id, "id must not be null"));
  }

  /**
   * Where a key lies on the circle: the hash of its bytes as the placement has it, text as UTF-8.
   * Every question about a key can be asked about its position as well, by the methods whose names
   * end in {@code At}; so a key that is asked for often is hashed once.
   *
   * @param key the key
   * @return its position, an unsigned number of at most {@link Placement#maxPosition()}
   */
  public long position(CharSequence key) {
    return keyFunction.hash(requireNonNull(key, "key must not be null"));
  }

  /**
   * Where a key lies on the circle; as {@link #position(CharSequence)}.
   *
   * @param key the key
   * @return its position, an unsigned number of at most {@link Placement#maxPosition()}
   */
  public long position(byte[] key) {
    return keyFunction.hash(requireNonNull(key, "key must not be null"));
  }

  /**
   * The owner of a key: the node that owns the first point at or after the key's position; under a
   * placement that {@linkplain Placement#search() searches} for the nearest point, the owner of
   * that; with several {@linkplain Builder#probes probes}, the owner of the point that is nearest
   * clockwise to any of them.
   *
   * <p>Takes the hash of the key and O(1) where points are evenly spread, as those of placement v1
   * are, O(log p) at worst; with {@code k} probes {@code k} times that. Allocates nothing but what
   * the hash does.
   *
   * @param key the key
   * @return the node
   * @throws EmptyRingException if no node holds a point
   */
  public N locate(CharSequence key) {
    return owner(position(key));
  }

  /**
   * The owner of a key; as {@link #locate(CharSequence)}.
   *
   * @param key the key
   * @return the node
   * @throws EmptyRingException if no node holds a point
   */
  public N locate(byte[] key) {
    return owner(position(key));
  }

  /**
   * The owner of a position; as {@link #locate(CharSequence)} without the hash.
   *
   * @param position what {@link #position(CharSequence)} gives for a key; read as an unsigned
   *     number
   * @return the node
   * @throws EmptyRingException if no node holds a point
   * @throws IllegalArgumentException if the position is beyond the last one of the placement
   */
  public N locateAt(long position) {
    return owner(state.settings.checkPosition(position));
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // a slot that holds points holds a node
  private N owner(long position) {
    int slot = isPlain ? points.owner(position) : state.owner(position);
    if (slot == PagedPoints.NO_SLOT) {
      throw new EmptyRingException(state.members.length);
    }
    return (N) nodes[slot];
  }

  /**
   * The nodes in the order in which they are met clockwise from a key, the owner first: for the
   * copies of its data, and for what to do when a node is down. With several probes the order is
   * that of the smallest distance of a node's points from any of them.
   *
   * @param key the key
   * @return a lazy list
   */
  public PreferenceList<N> preferenceList(CharSequence key) {
    return new PreferenceList<>(state, position(key), null);
  }

  /**
   * The nodes in the order in which they are met clockwise from a position; as
   * {@link #preferenceList(CharSequence)} without the hash.
   *
   * @param position what {@link #position(CharSequence)} gives for a key; read as an unsigned
   *     number
   * @return a lazy list
   * @throws IllegalArgumentException if the position is beyond the last one of the placement
   */
  public PreferenceList<N> preferenceListAt(long position) {
    return new PreferenceList<>(state, state.settings.checkPosition(position), null);
  }

  /**
   * The owners of many keys; as {@link #locate(CharSequence)} of each, but what several of them
   * read from memory is on its way at the same time, which is worth most where the ring is larger
   * than the caches. Allocates two small arrays a call and nothing a key.
   *
   * @param keys the keys
   * @param owners takes the owner of each key at the key's index; at least as long
   * @throws EmptyRingException if there are keys, and no node holds a point
   * @throws IllegalArgumentException if there are more keys than places for owners
   */
  public void locateAll(CharSequence[] keys, N[] owners) {
    requireNonNull(keys, "keys must not be null");
    requireNonNull(owners, "owners must not be null");
    checkArgument(
        owners.length >= keys.length,
        "owners must have a place for each of %s keys: %s",
        keys.length,
        owners.length);
    if (keys.length > 0 && state.holders == 0) {
      throw new EmptyRingException(state.members.length);
    }
    long[] positions = new long[Math.min(keys.length, BATCH)];
    int[] slots = new int[positions.length];
    for (int from = 0; from < keys.length; from += BATCH) {
      int count = Math.min(BATCH, keys.length - from);
      for (int i = 0; i < count; i++) {
        positions[i] = position(keys[from + i]);
      }
      state.owners(positions, count, slots);
      for (int i = 0; i < count; i++) {
        owners[from + i] = state.node(slots[i]);
      }
    }
  }

  /**
   * Keys by their owners, for one request to each node: a multi-get. As {@link #group(Collection,
   * ToLongFunction)} of their {@linkplain #position(CharSequence) positions}.
   *
   * @param keys the keys, which may repeat
   * @param <K> the type of a key
   * @return an immutable map of the nodes that own any, in the order of the ids' UTF-8 bytes, which
   *     knows nodes by their ids; of each node the keys in the order in which they were given
   * @throws EmptyRingException if there are keys, and no node holds a point
   */
  public <K extends CharSequence> Map<N, List<K>> group(Collection<K> keys) {
    return KeyGroups.of(state, keys, this::position);
  }

  /**
   * Things by the owners of their positions: keys of bytes, objects that carry a key, positions
   * themselves. Takes the time of as many lookups, O(n) for the counts of the nodes, and an array
   * or two as long as the collection.
   *
   * <pre>{@code
   * Map<Node, List<Order>> orders = ring.group(all, order -> ring.position(order.customer()));
   * }</pre>
   *
   * @param keys the things, which may repeat
   * @param position where one lies, as {@link #position(CharSequence)} says; called once for each
   * @param <K> the type of a thing
   * @return an immutable map of the nodes that own any, in the order of the ids' UTF-8 bytes, which
   *     knows nodes by their ids; of each node its things in the order in which they were given
   * @throws EmptyRingException if there are keys, and no node holds a point
   * @throws IllegalArgumentException if a position is beyond the last one of the placement
   */
  public <K> Map<N, List<K>> group(Collection<K> keys, ToLongFunction<? super K> position) {
    requireNonNull(position, "position must not be null");
    return KeyGroups.of(
        state, keys, key -> state.settings.checkPosition(position.applyAsLong(key)));
  }

  /**
   * This ring with a node added, or, if its id is a member already, with this object in place of
   * the node that is there. Shares with this ring what does not change: for a node of {@code v}
   * points it takes O(v log v), and O(n + p) copies of a few bytes each. A new node has weight 1;
   * one that is there keeps its weight, so a new address under an old id moves no key.
   *
   * @param node the node
   * @return the ring after the change; this one stays as it is
   * @throws IllegalArgumentException if the id is not valid, or there would be too many points
   */
  public HashRing<N> with(N node) {
    return change(change -> change.set(node));
  }

  /**
   * This ring with a node added with a weight, or, if its id is a member already, with this object
   * and this weight in place of what is there.
   *
   * @param node the node
   * @param weight its share relative to that of others; finite, not negative
   * @return the ring after the change; this one stays as it is
   * @throws IllegalArgumentException if the id or the weight is not valid, or there would be too
   *     many points
   */
  public HashRing<N> with(N node, double weight) {
    return change(change -> change.set(node, weight));
  }

  /**
   * This ring without a node.
   *
   * @param node a member, known by its id
   * @return the ring after the change; this one stays as it is
   * @throws IllegalArgumentException if the node's id is not a member
   */
  public HashRing<N> without(N node) {
    return change(change -> change.remove(node));
  }

  /**
   * This ring without a node, or this very ring if it is no member.
   *
   * @param node a node, known by its id
   * @return the ring after the change; this one stays as it is
   * @throws IllegalArgumentException if the id is not valid
   */
  public HashRing<N> withoutIfPresent(N node) {
    return change(change -> change.removeIfPresent(node));
  }

  /**
   * This ring after any number of changes, made in one go. The changes are described in order and
   * applied together; if the description throws, nothing has happened.
   *
   * @param description tells the changes to the {@link Change} that it is given
   * @return the ring after the changes, or this very ring if there are none; this one stays as it
   *     is
   * @throws IllegalArgumentException if one of the changes is not valid, or there would be too many
   *     points
   */
  public HashRing<N> change(Consumer<? super Change<N>> description) {
    requireNonNull(description, "description must not be null");
    Change<N> change = new Change<>(state);
    description.accept(change);
    return change.applyTo(this);
  }

  /**
   * A view of the points as a map: from every position that a node claims to the node that owns it,
   * in unsigned order. Under a placement that is searched clockwise, with one probe, the owner of a
   * key is {@code points().ceilingEntry(position(key))}, or {@code firstEntry()} where there is
   * none.
   *
   * <p>A question for one position takes O(1) where points are evenly spread, O(log p) at worst;
   * {@code size} takes O(1) of the whole map, and O(p) of a part of it.
   *
   * @return an immutable map
   */
  public NavigableMap<Long, N> points() {
    return state.pointsMap();
  }

  /**
   * The members, those of weight 0 included. The set knows a node by its id and by nothing else:
   * {@code contains} takes O(log n) and finds any object with the id of a member, and members that
   * are equal as objects are all in it.
   *
   * @return an immutable set, in the order of the ids' UTF-8 bytes
   */
  public Set<N> nodes() {
    return NodeMap.nodes(state);
  }

  /**
   * The members in the order in which they were added, which decides about keys under placements
   * whose {@linkplain Placement#ties() ties} go to the first or the last added. Takes O(n log n).
   *
   * @return an immutable list
   */
  public List<N> nodesAsAdded() {
    return state.membersByRank().stream().map(member -> member.node).toList();
  }

  /**
   * Whether an id is that of a member. Takes O(log n).
   *
   * @param id the id, as the builder's function gives it for a node
   * @return whether there is a member of that id
   */
  public boolean contains(String id) {
    return find(id).isPresent();
  }

  /**
   * The member of an id. Takes O(log n).
   *
   * @param id the id, as the builder's function gives it for a node
   * @return the node, or nothing if the id is not that of a member
   */
  public Optional<N> find(String id) {
    requireNonNull(id, "id must not be null");
    return Optional.ofNullable(state.find(id)).map(member -> member.node);
  }

  /**
   * The weight of a member. Takes O(log n).
   *
   * @param node a member, known by its id
   * @return its weight, finite and not negative
   * @throws IllegalArgumentException if the node's id is not a member
   */
  public double weight(N node) {
    return state.member(node).weight;
  }

  /**
   * Where points and keys lie. The number of points of a node of weight 1 is
   * {@code placement().pointCount(id, 1)}, and {@link Placement#definition()} tells what it was
   * made by.
   *
   * @return the placement, which is {@linkplain Placements#v1 placement v1} unless the builder was
   *     told another
   */
  public Placement placement() {
    return state.settings.placement;
  }

  /**
   * The number of probes of a key.
   *
   * @return 1 unless the builder was told more
   */
  public int probes() {
    return state.settings.probes;
  }

  /**
   * What changes hands between this ring and another, exactly.
   *
   * <p>Where one comes from the other by few changes it takes O(k log p) for {@code k} changed
   * points, a glance at each page of points and O(n) to match the members; O(p) otherwise, and
   * where the placement searches for the nearest point.
   *
   * @param after a ring with an equal placement, of any members
   * @return the ranges that change owner, from this ring to that one
   * @throws IllegalArgumentException if {@code after} has another placement, or another number of
   *     probes
   * @throws IllegalStateException if this ring has several probes, since the keys that move then
   *     form no ranges
   */
  public RingDiff<N> diff(HashRing<N> after) {
    return diff(after, Replication.of(1));
  }

  /**
   * What changes hands between this ring and another where each key has copies on the nodes that
   * {@link PreferenceList#first(Replication)} gives: who gains a copy of which range, and who loses
   * one. As {@link #diff(HashRing)}, with a walk past {@code r} nodes of every domain for every
   * range that may have changed.
   *
   * @param after a ring with an equal placement, of any members
   * @param replication how many copies there are over which failure domains, in both rings
   * @return the ranges of which copies move, from this ring to that one
   * @throws IllegalArgumentException if {@code after} has another placement, or another number of
   *     probes
   * @throws IllegalStateException if this ring has several probes, since the keys that move then
   *     form no ranges
   * @throws NullPointerException if a node has no domain
   */
  public RingDiff<N> diff(HashRing<N> after, Replication<? super N> replication) {
    return diff(after, replication, replication);
  }

  /**
   * What changes hands between this ring and another, or the same one, where the number of copies
   * changes too, or the domains over which they are spread. Takes O(p) walks where the replications
   * are not the same.
   *
   * @param after a ring with an equal placement, of any members
   * @param replicationBefore how many copies there are over which failure domains in this ring
   * @param replicationAfter the same in the other
   * @return the ranges of which copies move, from this ring to that one
   * @throws IllegalArgumentException if {@code after} has another placement, or another number of
   *     probes
   * @throws IllegalStateException if this ring has several probes, since the keys that move then
   *     form no ranges
   * @throws NullPointerException if a node has no domain
   */
  public RingDiff<N> diff(
      HashRing<N> after,
      Replication<? super N> replicationBefore,
      Replication<? super N> replicationAfter) {
    requireNonNull(after, "after must not be null");
    requireNonNull(replicationBefore, "replicationBefore must not be null");
    requireNonNull(replicationAfter, "replicationAfter must not be null");
    RingSettings<N> settings = state.settings;
    checkArgument(
        settings.agreeWith(after.state.settings),
        "after must have the placement and the probes of this ring, %s and %s: %s and %s",
        settings.placement,
        settings.probes,
        after.state.settings.placement,
        after.state.settings.probes);
    checkState(
        settings.probes == 1,
        "a diff takes rings of one probe, with more the keys that move form no ranges: %s",
        settings.probes);
    return RingDiff.between(
        new Copies<>(state, replicationBefore), new Copies<>(after.state, replicationAfter));
  }

  /**
   * How much of this ring each node owns.
   *
   * @return the shares of the nodes beside those that their weights ask for
   */
  public Ownership<N> ownership() {
    return ownership(Replication.of(1));
  }

  /**
   * How much of this ring each node holds a copy of. Takes O(p) walks.
   *
   * @param replication how many copies there are over which failure domains
   * @return the shares of the nodes beside those that their weights ask for
   * @throws IllegalStateException if this ring has several probes and the replication is more than
   *     one copy, since the keys of a list then form no ranges
   * @throws NullPointerException if a node has no domain
   */
  public Ownership<N> ownership(Replication<? super N> replication) {
    requireNonNull(replication, "replication must not be null");
    checkState(
        state.settings.probes == 1 || replication.copies() == 1,
        "copies must be 1 where a ring has several probes, whose lists form no ranges: %s with %s"
            + " probes",
        replication.copies(),
        state.settings.probes);
    return new Ownership<>(new Copies<>(state, replication));
  }

  /**
   * A number that is equal for equal rings, in every process and on every machine, and different
   * for different ones but for one case in 2^64. It covers the hash of keys, and of every member
   * the id, the weight and the points; not the objects that stand for the nodes. Two processes that
   * show the same checksum send every key to the same id.
   *
   * <p>Takes O(p) the first time, and O(1) from then on; after a change of a ring that was asked
   * before, the points that changed, except under a placement for which the order of adding counts.
   *
   * @return the checksum, of which all 64 bits count
   */
  public long checksum() {
    return state.checksum();
  }

  /**
   * A builder that holds the settings and the members of this ring, in the order in which they were
   * added.
   *
   * @return a new builder
   */
  public Builder<N> toBuilder() {
    return new Builder<>(state);
  }

  /**
   * This ring with other objects in the place of its nodes: what a decorator keeps for each of them
   * is then found by the lookup itself. Takes O(n); both rings share the points.
   */
  <M> HashRing<M> map(Function<? super Member<N>, M> mapping, Function<? super M, String> id) {
    return new HashRing<>(state.map(mapping, id));
  }

  /** The id of a node, which is checked. */
  String id(N node) {
    return state.settings.id(node);
  }

  /**
   * Whether another object is a ring with an equal placement and as many probes, and with the same
   * members: equal nodes, the same ids, weights and points, and, where the
   * {@linkplain Placement#ties placement} says that it counts, the same order of adding. Takes
   * O(n).
   */
  @Override
  public boolean equals(@Nullable Object object) {
    return this == object || (object instanceof HashRing<?> other && state.isEqualTo(other.state));
  }

  /** That of the checksum, and as costly. */
  @Override
  public int hashCode() {
    return Long.hashCode(checksum());
  }

  /** The number of nodes and points, the placement and the checksum, as costly as that. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "HashRing[%d nodes, %d points, %s, checksum %016x]",
        state.members.length,
        points.size(),
        placement(),
        checksum());
  }

  /**
   * Changes to a ring, in the order in which they are told. Passed to the argument of
   * {@link HashRing#change}, and of no use after that call.
   *
   * @param <N> the type of a node
   */
  public static final class Change<N> {
    private final RingState<N> before;

    /** By id: what is to be there, or null if nothing is. */
    private final TreeMap<String, @Nullable Edit<N>> edits = new TreeMap<>(Member::compareIds);

    private int turns;
    private boolean applied;

    private Change(RingState<N> before) {
      this.before = before;
    }

    /**
     * Adds a node of weight 1.
     *
     * @param node the node
     * @return this
     * @throws IllegalArgumentException if the id is not valid, or is that of a member at this point
     */
    public Change<N> add(N node) {
      String id = id(node);
      checkArgument(!isMember(id), "node must not be a member yet: %s", id);
      return set(id, node, 1);
    }

    /**
     * Adds a node, or puts it in the place of the member of the same id; as
     * {@link HashRing#with(Object)}.
     *
     * @param node the node
     * @return this
     * @throws IllegalArgumentException if the id is not valid
     */
    public Change<N> set(N node) {
      String id = id(node);
      return set(id, node, weight(id));
    }

    /**
     * Adds a node with a weight, or puts both in the place of the member of the same id; as
     * {@link HashRing#with(Object, double)}.
     *
     * @param node the node
     * @param weight its share relative to that of others; finite, not negative
     * @return this
     * @throws IllegalArgumentException if the id or the weight is not valid
     */
    public Change<N> set(N node, double weight) {
      return set(id(node), node, weight);
    }

    private Change<N> set(String id, N node, double weight) {
      double checked = Member.checkWeight(weight, id);
      Edit<N> told = edits.get(id);
      Edit<N> edit = told == null
          ? new Edit<>(node, checked, !isMember(id), turns++)
          : new Edit<>(node, checked, told.isNew(), told.turn());
      edits.put(id, edit);
      return this;
    }

    /**
     * Removes a node; as {@link HashRing#without(Object)}.
     *
     * @param node a member, known by its id
     * @return this
     * @throws IllegalArgumentException if the node's id is not a member at this point
     */
    public Change<N> remove(N node) {
      String id = id(node);
      checkArgument(isMember(id), "node must be a member: %s", id);
      edits.put(id, null);
      return this;
    }

    /**
     * Removes a node if it is there; as {@link HashRing#withoutIfPresent(Object)}.
     *
     * @param node a node, known by its id
     * @return this
     * @throws IllegalArgumentException if the id is not valid
     */
    public Change<N> removeIfPresent(N node) {
      return isMember(id(node)) ? remove(node) : this;
    }

    private String id(N node) {
      checkState(!applied, "change must be described before change(…) returns");
      return before.settings.id(node);
    }

    /** The weight that a node has, or would have if it were added. */
    private double weight(String id) {
      if (edits.containsKey(id)) {
        Edit<N> edit = edits.get(id);
        return edit == null ? 1 : edit.weight();
      }
      Member<N> member = before.find(id);
      return member == null ? 1 : member.weight;
    }

    private boolean isMember(String id) {
      return edits.containsKey(id) ? edits.get(id) != null : before.find(id) != null;
    }

    private HashRing<N> applyTo(HashRing<N> ring) {
      applied = true;
      return edits.isEmpty() ? ring : new HashRing<>(before.after(edits));
    }
  }

  /**
   * A builder of rings. Takes settings and members in any order, and may build any number of rings.
   * Not safe for use by several threads.
   *
   * @param <N> the type of a node
   */
  public static final class Builder<N> {
    private final Function<? super N, String> idFunction;
    private HashFunction hashFunction = HashFunctions.xxh3_64();
    private int pointsPerNode = DEFAULT_POINTS_PER_NODE;
    private @Nullable Placement placement;
    private int probes = 1;

    /** By id, in the order of adding. */
    private Map<String, Map.Entry<N, Double>> weights = new LinkedHashMap<>();

    /** The last option set that only the default placement has. */
    private @Nullable String defaultPlacementOption;

    private Builder(Function<? super N, String> idFunction) {
      this.idFunction = idFunction;
    }

    private Builder(RingState<N> ring) {
      RingSettings<N> settings = ring.settings;
      this.idFunction = settings.idFunction;
      this.hashFunction = settings.hashFunction;
      this.pointsPerNode = settings.pointsPerNode;
      this.placement = settings.customPlacement;
      this.probes = settings.probes;
      for (Member<N> member : ring.membersByRank()) {
        weights.put(member.id, Map.entry(member.node, member.weight));
      }
    }

    /**
     * The hash of ids and keys under the default placement; {@link HashFunctions#xxh3_64()} unless
     * set.
     *
     * @param hashFunction the function
     * @return this
     * @throws IllegalStateException if a placement is set, which brings its own hash
     */
    public Builder<N> hashFunction(HashFunction hashFunction) {
      requireNonNull(hashFunction, "hashFunction must not be null");
      setDefaultPlacementOption("hashFunction", hashFunction);
      this.hashFunction = hashFunction;
      return this;
    }

    /**
     * The number of points of a node of weight 1 under the default placement;
     * {@value HashRing#DEFAULT_POINTS_PER_NODE} unless set. More points even out the shares, whose
     * standard deviation is about {@code 1 / sqrt(pointsPerNode)} of their mean, and cost memory
     * and time of change in proportion.
     *
     * @param pointsPerNode at least 1
     * @return this
     * @throws IllegalArgumentException if it is less than 1
     * @throws IllegalStateException if a placement is set, which brings its own number of points
     */
    public Builder<N> pointsPerNode(int pointsPerNode) {
      checkArgument(pointsPerNode >= 1, "pointsPerNode must be at least 1: %s", pointsPerNode);
      setDefaultPlacementOption("pointsPerNode", pointsPerNode);
      this.pointsPerNode = pointsPerNode;
      return this;
    }

    private void setDefaultPlacementOption(String option, Object value) {
      checkState(
          placement == null,
          "%s must not be set beside a placement, which brings its own: %s with placement %s",
          option,
          value,
          placement);
      defaultPlacementOption = option;
    }

    /**
     * Where points and keys lie; {@link Placements#v1 placement v1} of the hash function and the
     * points per node unless set.
     *
     * @param placement the placement
     * @return this
     * @throws IllegalStateException if the hash function or the points per node are set, which a
     *     placement brings itself
     */
    public Builder<N> placement(Placement placement) {
      requireNonNull(placement, "placement must not be null");
      checkState(
          defaultPlacementOption == null,
          "placement must not be set beside %s, which it brings itself: %s",
          defaultPlacementOption,
          placement);
      this.placement = placement;
      return this;
    }

    /**
     * The number of probes: so many hashes of a key compete, all derived from one, and the key
     * belongs to the owner of the point that is nearest clockwise to any of them (Appleton and
     * O'Reilly, <a href="https://arxiv.org/abs/1505.00062">Multi-probe consistent hashing</a>,
     * 2015). 1 unless set.
     *
     * <p>Probes even out the shares where points would take memory: with {@code k} probes, the
     * standard deviation of a share is that of {@code 2k - 1} times the points, and a lookup costs
     * about {@code k} lookups. Preference lists, successors and lookups with a predicate take the
     * nodes in the order of the smallest distance of their points from any probe; of nodes equally
     * near, the smaller id comes first.
     *
     * @param probes from 1 to 1,024
     * @return this
     * @throws IllegalArgumentException if it is not
     */
    public Builder<N> probes(int probes) {
      this.probes = RingSettings.checkProbes(probes);
      return this;
    }

    /**
     * Adds a node of weight 1.
     *
     * @param node the node
     * @return this
     * @throws IllegalArgumentException if its id is not valid, or was added already
     */
    public Builder<N> add(N node) {
      return add(node, 1);
    }

    /**
     * Adds a node.
     *
     * <p>Under placement v1 it holds {@code max(1, round(weight · pointsPerNode))} points, and that
     * number, not the weight, decides about its share. So a weight of less than some ten points
     * differs from its share by a good part of it, and one below half a point has more than it asks
     * for: 0.004 and 0.008 at 160 points per node are one point each.
     * {@link Ownership#roundedShare} tells what rounding does, {@link #scaleWeights} makes room for
     * it.
     *
     * @param node the node
     * @param weight its share relative to that of others; finite, not negative; 0 for a member that
     *     holds no keys
     * @return this
     * @throws IllegalArgumentException if its id or weight is not valid, or the id was added
     *     already
     */
    public Builder<N> add(N node, double weight) {
      put(weights, node, weight);
      return this;
    }

    private void put(Map<String, Map.Entry<N, Double>> more, N node, double weight) {
      String id = RingSettings.id(idFunction, node);
      double checked = Member.checkWeight(weight, id);
      checkArgument(
          !weights.containsKey(id) && !more.containsKey(id),
          "id must be unique among the nodes: %s",
          id);
      more.put(id, Map.entry(node, checked));
    }

    /**
     * Adds nodes of weight 1.
     *
     * @param nodes the nodes, in any order
     * @return this
     * @throws IllegalArgumentException if one of the ids is not valid, or was added already; no
     *     node is added then
     */
    public Builder<N> addAll(Iterable<? extends N> nodes) {
      requireNonNull(nodes, "nodes must not be null");
      Map<String, Map.Entry<N, Double>> more = new LinkedHashMap<>();
      nodes.forEach(node -> put(more, node, 1));
      weights.putAll(more);
      return this;
    }

    /**
     * Multiplies the weights of the nodes added so far, so that the smallest of them get points
     * enough to tell them apart. Weights are relative, so the shares that they ask for stay what
     * they are; the points of all nodes, and with them memory and time of change, grow as the
     * factor does.
     *
     * @param factor finite and positive
     * @return this
     * @throws IllegalArgumentException if the factor is not valid, or a weight would become
     *     infinite, or 0 though it is positive; all weights are as they were then
     */
    public Builder<N> scaleWeights(double factor) {
      checkArgument(
          factor > 0 && factor <= Double.MAX_VALUE,
          "factor must be finite and positive: %s",
          factor);
      Map<String, Map.Entry<N, Double>> scaled = new LinkedHashMap<>();
      weights.forEach((id, entry) -> {
        double weight = Member.checkWeight(entry.getValue() * factor, id);
        checkArgument(
            weight > 0 || entry.getValue() == 0,
            "factor must leave a positive weight positive: %s with node %s of weight %s",
            factor,
            id,
            entry.getValue());
        scaled.put(id, Map.entry(entry.getKey(), weight));
      });
      weights = scaled;
      return this;
    }

    /**
     * Builds the ring. Takes O(n log n), and O(p) where points are evenly spread, O(p log p) at
     * worst.
     *
     * @return a ring with these settings and members; later calls of this builder do not change it
     * @throws IllegalArgumentException if the nodes would hold more than
     *     {@link HashRing#MAX_POINTS} points together, or more than the heap of the JVM can hold,
     *     or the placement has no place for these members or for several probes
     */
    public HashRing<N> build() {
      RingSettings<N> settings =
          new RingSettings<>(idFunction, hashFunction, pointsPerNode, placement, probes);
      List<Member<N>> members = new ArrayList<>(weights.size());
      weights.forEach((id, entry) -> members.add(new Member<>(
          entry.getKey(),
          id,
          entry.getValue(),
          members.size(),
          members.size(),
          settings.placement)));
      members.sort((a, b) -> Member.compareIds(a.id, b.id));
      return new HashRing<>(RingState.of(settings, members.toArray(RingState.newMembers(0))));
    }
  }
}
