package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;
import static java.util.Spliterator.IMMUTABLE;
import static java.util.Spliterator.NONNULL;
import static java.util.Spliterator.ORDERED;
import static java.util.Spliterator.SIZED;

import com.google.common.collect.ForwardingMap;
import com.google.common.collect.Iterables;
import com.google.common.collect.Iterators;
import com.google.common.collect.Maps;
import com.google.common.collect.Sets;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Search;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators.AbstractSpliterator;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * An immutable consistent-hashing ring: a {@link NavigableMap} from positions on a circle to the
 * nodes that own them, and the lookups that follow from it.
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

  private final Settings<N> settings;
  private final HashFunction keyFunction;

  /** Whether the owner of a key is simply that of the first point at or after it. */
  private final boolean plain;

  /** In the order of their ids. */
  private final Member<N>[] members;

  /** The nodes by the slots of their members; where there is none, null. */
  private final @Nullable Object[] nodes;

  final PagedPoints points;

  /** How many members hold points. */
  private final int holders;

  /** How many points the members were given; a position that one claims twice counts twice. */
  private final long pointCount;

  private HashRing(
      Settings<N> settings,
      Member<N>[] members,
      @Nullable Object[] nodes,
      PagedPoints points,
      int holders,
      long pointCount) {
    this.settings = settings;
    this.keyFunction = settings.placement.keyFunction();
    this.plain = settings.probes == 1 && settings.placement.search() == Search.CLOCKWISE;
    this.members = members;
    this.nodes = nodes;
    this.points = points;
    this.holders = holders;
    this.pointCount = pointCount;
  }

  private static <N> HashRing<N> of(Settings<N> settings, Member<N>[] members) {
    Placement local = settings.placement.forMembers(new Weights<>(members));
    if (!local.equals(settings.placement)) {
      Arrays.setAll(members, i -> members[i].in(local));
    }
    @Nullable Object[] nodes = new @Nullable Object[members.length];
    for (Member<N> member : members) {
      nodes[member.slot] = member.node;
    }
    List<Member<N>> all = Arrays.asList(members);
    long pointCount = addPoints(0, all);
    Precedence precedence = new Precedence(settings.placement.ties(), all);
    return new HashRing<>(
        settings, members, nodes, PagedPoints.of(all, precedence), countHolders(all), pointCount);
  }

  private static <N> int countHolders(List<Member<N>> members) {
    int holders = 0;
    for (Member<N> member : members) {
      holders += member.pointCount() > 0 ? 1 : 0;
    }
    return holders;
  }

  /** A number of points and those of some members, which may not be too many together. */
  private static <N> long addPoints(long points, List<Member<N>> members) {
    double sum = points; // a sum of longs could overflow
    for (Member<N> member : members) {
      sum += member.pointCount();
      checkArgument(
          sum <= MAX_POINTS,
          "points of all nodes together must not exceed %s: %s with node %s",
          MAX_POINTS,
          (long) sum,
          member);
    }
    return (long) sum;
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
   * The owner of a key. Takes the hash of the key and O(1) where points are evenly spread, as those
   * of placement v1 are; O(log p) at worst. Allocates nothing but what the hash does.
   *
   * @param key the key
   * @return the node that owns the first point at or after the key's position
   * @throws EmptyRingException if no node holds a point
   */
  public N locate(CharSequence key) {
    return locateHash(position(key));
  }

  /**
   * The owner of a key. Takes the hash of the key and O(1) where points are evenly spread, as those
   * of placement v1 are; O(log p) at worst. Allocates nothing but what the hash does.
   *
   * @param key the key
   * @return the node that owns the first point at or after the key's position
   * @throws EmptyRingException if no node holds a point
   */
  public N locate(byte[] key) {
    return locateHash(position(key));
  }

  long position(CharSequence key) {
    return keyFunction.hash(requireNonNull(key, "key must not be null"));
  }

  long position(byte[] key) {
    return keyFunction.hash(requireNonNull(key, "key must not be null"));
  }

  /**
   * The owner of a position, such as the hash of a key by the ring's hash function. Takes O(1)
   * where points are evenly spread, O(log p) at worst, and allocates nothing.
   *
   * @param hash a position, read as an unsigned number
   * @return the node that owns the first point at or after the position
   * @throws EmptyRingException if no node holds a point
   */
  public N locateHash(long hash) {
    int owner = plain ? points.owner(hash) : ownerOtherwise(hash);
    if (owner == PagedPoints.NO_SLOT) {
      throw new EmptyRingException(members.length);
    }
    return node(owner);
  }

  private int ownerOtherwise(long hash) {
    if (holders == 0) {
      return PagedPoints.NO_SLOT;
    }
    if (settings.probes == 1) {
      return points.nearest(hash);
    }
    int owner = points.ownerOfProbes(hash, settings.probes);
    return owner == PagedPoints.NO_SLOT ? walk(hash, 1).next() : owner;
  }

  private boolean comesBefore(int slot, int other) {
    return Member.compareIds(id(slot), id(other)) < 0;
  }

  private String id(int slot) {
    return settings.idFunction.apply(node(slot));
  }

  String id(N node) {
    return id(settings.idFunction, node);
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // a slot that holds points holds a node
  N node(int slot) {
    return (N) nodes[slot];
  }

  /**
   * The first eligible node clockwise from a key, so that an unhealthy node can be passed over
   * while it keeps its place in the ring. Asks the predicate at most once for each node, and takes
   * a lookup and a walk past the points of the nodes that were refused.
   *
   * @param key the key
   * @param eligible whether a node may be chosen
   * @return the first eligible node, or nothing if there is none
   */
  public Optional<N> locate(CharSequence key, Predicate<? super N> eligible) {
    return locateHash(position(key), eligible);
  }

  /**
   * The first eligible node clockwise from a key; as {@link #locate(CharSequence, Predicate)}.
   *
   * @param key the key
   * @param eligible whether a node may be chosen
   * @return the first eligible node, or nothing if there is none
   */
  public Optional<N> locate(byte[] key, Predicate<? super N> eligible) {
    return locateHash(position(key), eligible);
  }

  Optional<N> locateHash(long hash, Predicate<? super N> eligible) {
    requireNonNull(eligible, "eligible must not be null");
    Successors successors = walk(hash, holders);
    for (int slot; (slot = successors.next()) != Successors.NONE; ) {
      N node = node(slot);
      if (eligible.test(node)) {
        return Optional.of(node);
      }
    }
    return Optional.empty();
  }

  /**
   * The first distinct nodes clockwise from a key, the owner first: where the copies of its data
   * go, or where to turn when the owner fails. The list for {@code n} begins with the list for
   * {@code n - 1}. When a node leaves, the list becomes what it was without that node, and one more
   * at its end.
   *
   * <p>A node whose every position is owned by others is in the list too, in the order of its
   * claims.
   *
   * @param key the key
   * @param n how many nodes, not negative
   * @return an immutable list of {@code n} nodes, or of all that hold points if these are fewer
   * @throws IllegalArgumentException if {@code n} is negative
   */
  public List<N> preferenceList(CharSequence key, int n) {
    return preferenceList(position(key), n);
  }

  /**
   * The first distinct nodes clockwise from a key; as {@link #preferenceList(CharSequence, int)}.
   *
   * @param key the key
   * @param n how many nodes, not negative
   * @return an immutable list of {@code n} nodes, or of all that hold points if these are fewer
   * @throws IllegalArgumentException if {@code n} is negative
   */
  public List<N> preferenceList(byte[] key, int n) {
    return preferenceList(position(key), n);
  }

  private List<N> preferenceList(long hash, int n) {
    checkArgument(n >= 0, "n must not be negative: %s", n);
    int length = Math.min(n, holders);
    List<N> nodes = new ArrayList<>(length);
    Successors successors = walk(hash, length);
    for (int slot; (slot = successors.next()) != Successors.NONE; ) {
      nodes.add(node(slot));
    }
    return Collections.unmodifiableList(nodes);
  }

  /**
   * The first distinct nodes clockwise from a key, one per failure domain first, so that copies do
   * not share a zone, a rack or whatever else may fail at once: the first node of each domain, in
   * the order in which they are met; once every domain is used, the rest in the order in which they
   * are met. The list for {@code n} begins with the list for {@code n - 1}. When a node leaves, a
   * list of no more nodes than there are domains loses it and gains at most one, and the others
   * keep their order.
   *
   * <p>Asks each node met once for its domain. If {@code n} is more than there are domains, it goes
   * around the whole circle.
   *
   * @param key the key
   * @param n how many nodes, not negative
   * @param failureDomain the domain of a node, of any type with {@code equals} and {@code hashCode}
   * @return an immutable list of {@code n} nodes, or of all that hold points if these are fewer
   * @throws IllegalArgumentException if {@code n} is negative
   * @throws NullPointerException if a node has no domain
   */
  public List<N> preferenceList(CharSequence key, int n, Function<? super N, ?> failureDomain) {
    return preferenceList(key, n, failureDomain, node -> true);
  }

  /**
   * The first distinct nodes clockwise from a key, one per failure domain first; as
   * {@link #preferenceList(CharSequence, int, Function)}.
   *
   * @param key the key
   * @param n how many nodes, not negative
   * @param failureDomain the domain of a node, of any type with {@code equals} and {@code hashCode}
   * @return an immutable list of {@code n} nodes, or of all that hold points if these are fewer
   * @throws IllegalArgumentException if {@code n} is negative
   * @throws NullPointerException if a node has no domain
   */
  public List<N> preferenceList(byte[] key, int n, Function<? super N, ?> failureDomain) {
    return preferenceList(key, n, failureDomain, node -> true);
  }

  /**
   * The first eligible nodes clockwise from a key, one per failure domain first; as
   * {@link #preferenceList(CharSequence, int, Function)} of a ring that has no other nodes.
   *
   * @param key the key
   * @param n how many nodes, not negative
   * @param failureDomain the domain of an eligible node, of any type with {@code equals} and
   *     {@code hashCode}
   * @param eligible whether a node may be chosen; asked at most once for each node
   * @return an immutable list of {@code n} nodes, or of all that are eligible if these are fewer
   * @throws IllegalArgumentException if {@code n} is negative
   * @throws NullPointerException if a node has no domain
   */
  public List<N> preferenceList(
      CharSequence key,
      int n,
      Function<? super N, ?> failureDomain,
      Predicate<? super N> eligible) {
    return preferenceList(position(key), n, domains(failureDomain), eligible);
  }

  /**
   * The first eligible nodes clockwise from a key, one per failure domain first; as
   * {@link #preferenceList(CharSequence, int, Function, Predicate)}.
   *
   * @param key the key
   * @param n how many nodes, not negative
   * @param failureDomain the domain of an eligible node, of any type with {@code equals} and
   *     {@code hashCode}
   * @param eligible whether a node may be chosen; asked at most once for each node
   * @return an immutable list of {@code n} nodes, or of all that are eligible if these are fewer
   * @throws IllegalArgumentException if {@code n} is negative
   * @throws NullPointerException if a node has no domain
   */
  public List<N> preferenceList(
      byte[] key, int n, Function<? super N, ?> failureDomain, Predicate<? super N> eligible) {
    return preferenceList(position(key), n, domains(failureDomain), eligible);
  }

  /**
   * The first eligible nodes clockwise from a key, spread over domains that lie within one another,
   * such as zones, racks and hosts: first one node per zone, then one per rack that has none yet,
   * and so on, then the rest; on each level in the order in which they are met. A rack is the same
   * as another only if its zone is, too.
   *
   * @param key the key
   * @param n how many nodes, not negative
   * @param failureDomains the domains of an eligible node, the widest first, at least one
   * @param eligible whether a node may be chosen; asked at most once for each node
   * @return an immutable list of {@code n} nodes, or of all that are eligible if these are fewer
   * @throws IllegalArgumentException if {@code n} is negative, or there is no failure domain
   * @throws NullPointerException if a node lacks a domain
   */
  public List<N> preferenceList(
      CharSequence key,
      int n,
      List<? extends Function<? super N, ?>> failureDomains,
      Predicate<? super N> eligible) {
    return preferenceList(position(key), n, new FailureDomains<>(failureDomains), eligible);
  }

  /**
   * The first eligible nodes clockwise from a key, spread over domains that lie within one another;
   * as {@link #preferenceList(CharSequence, int, List, Predicate)}.
   *
   * @param key the key
   * @param n how many nodes, not negative
   * @param failureDomains the domains of an eligible node, the widest first, at least one
   * @param eligible whether a node may be chosen; asked at most once for each node
   * @return an immutable list of {@code n} nodes, or of all that are eligible if these are fewer
   * @throws IllegalArgumentException if {@code n} is negative, or there is no failure domain
   * @throws NullPointerException if a node lacks a domain
   */
  public List<N> preferenceList(
      byte[] key,
      int n,
      List<? extends Function<? super N, ?>> failureDomains,
      Predicate<? super N> eligible) {
    return preferenceList(position(key), n, new FailureDomains<>(failureDomains), eligible);
  }

  private static <N> FailureDomains<N> domains(Function<? super N, ?> failureDomain) {
    requireNonNull(failureDomain, "failureDomain must not be null");
    return new FailureDomains<>(List.of(failureDomain));
  }

  private List<N> preferenceList(
      long hash, int n, FailureDomains<N> domains, Predicate<? super N> eligible) {
    checkArgument(n >= 0, "n must not be negative: %s", n);
    requireNonNull(eligible, "eligible must not be null");
    Iterator<N> walk = successors(hash).filter(eligible).iterator();
    return Collections.unmodifiableList(domains.first(n, walk));
  }

  /**
   * All nodes that hold points, in the order in which they are met clockwise from a key. The stream
   * walks only as far as it is read.
   *
   * @param key the key
   * @return a sequential stream of distinct nodes, the owner first
   */
  public Stream<N> successors(CharSequence key) {
    return successors(position(key));
  }

  /**
   * All nodes that hold points, in the order in which they are met clockwise from a key; as
   * {@link #successors(CharSequence)}.
   *
   * @param key the key
   * @return a sequential stream of distinct nodes, the owner first
   */
  public Stream<N> successors(byte[] key) {
    return successors(position(key));
  }

  /** The slots of the first distinct nodes for a position. */
  Successors walk(long hash, int length) {
    return settings.probes == 1
        ? Successors.from(points, settings.placement.search(), hash, length)
        : Successors.from(points, Probes.of(hash, settings.probes), this::comesBefore, length);
  }

  private Stream<N> successors(long hash) {
    Successors successors = walk(hash, holders);
    Spliterator<N> nodes =
        new AbstractSpliterator<>(holders, ORDERED | NONNULL | IMMUTABLE | SIZED) {
          @Override
          public boolean tryAdvance(Consumer<? super N> action) {
            int slot = successors.next();
            if (slot == Successors.NONE) {
              return false;
            }
            action.accept(node(slot));
            return true;
          }
        };
    return StreamSupport.stream(nodes, false);
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
    return change(change -> change.with(node));
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
    return change(change -> change.with(node, weight));
  }

  /**
   * This ring without a node.
   *
   * @param node a member, known by its id
   * @return the ring after the change; this one stays as it is
   * @throws IllegalArgumentException if the node's id is not a member
   */
  public HashRing<N> without(N node) {
    return change(change -> change.without(node));
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
    Change<N> change = new Change<>(this);
    description.accept(change);
    return change.apply();
  }

  /**
   * The ring as a map: from every position that a node claims to the node that owns it, in unsigned
   * order. The owner of a key is {@code points().ceilingEntry(hash(key))}, or {@code firstEntry()}
   * where there is none.
   *
   * @return an immutable map
   */
  public NavigableMap<Long, N> points() {
    return Maps.unmodifiableNavigableMap(
        Maps.asMap(Positions.all(points), position -> node(points.owner(position))));
  }

  /**
   * The members, those of weight 0 included.
   *
   * @return an immutable set, in the order of the ids' UTF-8 bytes; its {@code contains} takes O(n)
   */
  public Set<N> nodes() {
    return new Nodes<>(Arrays.asList(members));
  }

  /**
   * The weight of a member. Takes O(log n).
   *
   * @param node a member, known by its id
   * @return its weight, finite and not negative
   * @throws IllegalArgumentException if the node's id is not a member
   */
  public double weight(N node) {
    return member(node).weight;
  }

  Member<N> member(N node) {
    String id = id(node);
    Member<N> member = memberOfId(id);
    checkArgument(member != null, "node must be a member: %s", id);
    return member;
  }

  /**
   * What changes hands between this ring and another, exactly. Where one comes from the other by
   * few changes it takes O(k log p) for {@code k} changed points and a glance at each page of
   * points; O(p) otherwise, and where the placement searches for the nearest point.
   *
   * @param after a ring with an equal placement, of any members
   * @return the ranges that change owner, from this ring to that one
   * @throws IllegalArgumentException if {@code after} has another placement, or another number of
   *     probes
   * @throws IllegalStateException if this ring has several probes, since the keys that move then
   *     form no ranges
   */
  public RingDiff<N> diff(HashRing<N> after) {
    return diff(after, 1);
  }

  /**
   * What changes hands between this ring and another where each key has copies on the first nodes
   * of its preference list: who gains a copy of which range, and who loses one. As
   * {@link #diff(HashRing)}, of which it is a multiple in time.
   *
   * @param after a ring with an equal placement, of any members
   * @param replicas the length of the preference lists, at least 1
   * @return the ranges of which copies move, from this ring to that one
   * @throws IllegalArgumentException if {@code replicas} is less than 1, or {@code after} has
   *     another placement, or another number of probes
   * @throws IllegalStateException if this ring has several probes, since the keys that move then
   *     form no ranges
   */
  public RingDiff<N> diff(HashRing<N> after, int replicas) {
    requireNonNull(after, "after must not be null");
    checkArgument(replicas >= 1, "replicas must be at least 1: %s", replicas);
    checkArgument(
        settings.agreeWith(after.settings),
        "after must have the placement and the probes of this ring, %s and %s: %s and %s",
        settings.placement,
        settings.probes,
        after.settings.placement,
        after.settings.probes);
    checkState(
        settings.probes == 1,
        "a diff takes rings of one probe, with more the keys that move form no ranges: %s",
        settings.probes);
    return RingDiff.between(this, after, replicas);
  }

  /**
   * How much of this ring each node owns.
   *
   * @return the shares of the nodes beside those that their weights ask for
   */
  public Ownership<N> ownership() {
    return new Ownership<>(this);
  }

  Arcs arcs() {
    return Arcs.of(points, settings.placement.search());
  }

  Circle circle() {
    return new Circle(settings.placement.maxPosition());
  }

  int probes() {
    return settings.probes;
  }

  boolean isSearchedClockwise() {
    return settings.placement.search() == Search.CLOCKWISE;
  }

  /** How many members hold points. */
  int holders() {
    return holders;
  }

  /** In the order of their ids. */
  List<Member<N>> members() {
    return Arrays.asList(members);
  }

  /** More than any slot. */
  int slotCount() {
    return nodes.length;
  }

  /** The slots of the first distinct nodes for a position, or of all if there are fewer. */
  int[] slots(long hash, int n) {
    int[] slots = new int[Math.min(n, holders)];
    Successors walk = walk(hash, slots.length);
    Arrays.setAll(slots, i -> walk.next());
    return slots;
  }

  /** The slots in another ring of the members that have the slots in this one. */
  int[] slotsIn(HashRing<N> other) {
    int[] slots = new int[nodes.length];
    Arrays.fill(slots, PagedPoints.NO_SLOT);
    int o = 0;
    for (Member<N> member : members) {
      while (o < other.members.length && Member.compareIds(other.members[o].id, member.id) < 0) {
        o++;
      }
      if (o < other.members.length && other.members[o].id.equals(member.id)) {
        slots[member.slot] = other.members[o].slot;
      }
    }
    return slots;
  }

  /**
   * A number that is equal for equal rings, in every process and on every machine, and different
   * for different ones but for one case in 2^64. It covers the hash of keys, and of every member
   * the id, the weight and the points; not the objects that stand for the nodes. Two processes that
   * show the same checksum send every key to the same id. Takes O(n), and O(p) where members are
   * new.
   *
   * @return the checksum, of which all 64 bits count
   */
  public long checksum() {
    long sum = Checksum.ofKeyFunction(keyFunction) + Checksum.ofProbes(settings.probes);
    if (!isOrdered()) {
      for (Member<N> member : members) {
        sum += member.checksum();
      }
      return sum;
    }
    int index = 0;
    for (Member<N> member : byRank(members)) {
      sum += Checksum.ofMemberAt(index++, member.checksum());
    }
    return sum;
  }

  /** Whether the order in which nodes were added decides about keys. */
  private boolean isOrdered() {
    Ties ties = settings.placement.ties();
    return ties == Ties.FIRST_ADDED || ties == Ties.LAST_ADDED;
  }

  private static <N> List<Member<N>> byRank(Member<N>[] members) {
    List<Member<N>> byRank = new ArrayList<>(Arrays.asList(members));
    byRank.sort(Comparator.comparingLong(member -> member.rank));
    return byRank;
  }

  /**
   * A builder that holds the settings and the members of this ring.
   *
   * @return a new builder
   */
  public Builder<N> toBuilder() {
    return new Builder<>(this);
  }

  /**
   * This ring with other objects in the place of its nodes: what a decorator keeps for each of them
   * is then found by the lookup itself. Takes O(n); both rings share the points.
   */
  <M> HashRing<M> map(Function<? super Member<N>, M> mapping, Function<? super M, String> id) {
    Member<M>[] mapped = newMembers(members.length);
    @Nullable Object[] mappedNodes = new @Nullable Object[nodes.length];
    for (int i = 0; i < members.length; i++) {
      Member<N> member = members[i];
      M node = mapping.apply(member);
      mapped[i] =
          new Member<>(node, member.id, member.weight, member.slot, member.rank, member.placement);
      mappedNodes[member.slot] = node;
    }
    return new HashRing<>(
        new Settings<>(
            id,
            settings.hashFunction,
            settings.pointsPerNode,
            settings.customPlacement,
            settings.probes),
        mapped,
        mappedNodes,
        points,
        holders,
        pointCount);
  }

  /**
   * Whether another object is a ring with an equal placement and as many probes, and with the same
   * members: equal nodes, the same ids, weights and points, and, where the
   * {@linkplain Placement#ties placement} says that it counts, the same order of adding.
   */
  @Override
  public boolean equals(@Nullable Object object) {
    if (this == object) {
      return true;
    }
    if (!(object instanceof HashRing<?> other)
        || members.length != other.members.length
        || !settings.agreeWith(other.settings)) {
      return false;
    }
    return areEqual(Arrays.asList(members), Arrays.asList(other.members))
        && (!isOrdered() || areEqual(byRank(members), byRank(other.members)));
  }

  private static boolean areEqual(
      List<? extends Member<?>> members, List<? extends Member<?>> others) {
    for (int i = 0; i < members.size(); i++) {
      if (!members.get(i).isEqualTo(others.get(i))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(checksum());
  }

  /** The number of nodes and points, the placement and the checksum. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "HashRing[%d nodes, %d points, %s, checksum %016x]",
        members.length,
        points.size(),
        settings.placement,
        checksum());
  }

  private @Nullable Member<N> memberOfId(String id) {
    int index = indexOf(id, 0);
    return index >= 0 ? members[index] : null;
  }

  /** The index of the member of an id, or {@code -(index + 1)} of where it would be. */
  private int indexOf(String id, int from) {
    int low = from;
    int high = members.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = Member.compareIds(members[middle].id, id);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -(low + 1);
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of a generic type
  private static <N> Member<N>[] newMembers(int length) {
    return new Member[length];
  }

  /** A rank after those of all members. */
  private long nextRank() {
    long max = -1;
    for (Member<N> member : members) {
      max = Math.max(max, member.rank);
    }
    return max + 1;
  }

  /** The first slot, from a given one on, that no member of this ring has. */
  private int freeSlot(int from) {
    int slot = nodes.length == members.length ? Math.max(from, nodes.length) : from;
    while (slot < nodes.length && nodes[slot] != null) {
      slot++;
    }
    return slot;
  }

  /** This ring after some members have left and others have come. */
  private HashRing<N> after(
      Member<N>[] members,
      @Nullable Object[] nodes,
      List<Member<N>> removed,
      List<Member<N>> added) {
    long pointCount = addPoints(this.pointCount - addPoints(0, removed), added);
    Precedence precedence = new Precedence(
        settings.placement.ties(), Iterables.concat(Arrays.asList(this.members), added));
    return new HashRing<>(
        settings,
        members,
        nodes,
        points.change(Claims.of(removed), Claims.of(added), precedence, Arrays.asList(members)),
        holders - countHolders(removed) + countHolders(added),
        pointCount);
  }

  /** What a builder is told, and every ring that descends from its rings keeps. */
  private static final class Settings<N> {
    final Function<? super N, String> idFunction;
    final HashFunction hashFunction;
    final int pointsPerNode;
    final @Nullable Placement customPlacement;
    final Placement placement;
    final int probes;

    Settings(
        Function<? super N, String> idFunction,
        HashFunction hashFunction,
        int pointsPerNode,
        @Nullable Placement customPlacement,
        int probes) {
      this.idFunction = idFunction;
      this.hashFunction = hashFunction;
      this.pointsPerNode = pointsPerNode;
      this.customPlacement = customPlacement;
      this.placement =
          customPlacement == null ? Placements.v1(hashFunction, pointsPerNode) : customPlacement;
      this.probes = probes;
      checkPlacement();
    }

    private void checkPlacement() {
      boolean isWhole = placement.maxPosition() == -1L;
      checkArgument(
          placement.search() == Search.CLOCKWISE || isWhole,
          "placement must have a circle of 2^64 positions to be searched for the nearest point: %s",
          placement);
      checkArgument(
          probes == 1
              || (placement.search() == Search.CLOCKWISE
                  && placement.ties() == Ties.SMALLEST_ID
                  && isWhole),
          "probes must be 1 with a placement of another search, other ties or a smaller circle than"
              + " those of placement v1: %s with placement %s",
          probes,
          placement);
    }

    /** Whether the points of equal members and the positions of keys are the same. */
    boolean agreeWith(Settings<?> other) {
      return probes == other.probes && placement.equals(other.placement);
    }
  }

  private static <N> String id(Function<? super N, String> idFunction, N node) {
    requireNonNull(node, "node must not be null");
    String id = idFunction.apply(node);
    if (id == null) {
      throw new NullPointerException("id must not be null: that of node " + node);
    }
    return Member.checkId(id);
  }

  /** Positive weights by id, in the order of adding; gathered only if somebody looks. */
  private static final class Weights<N> extends ForwardingMap<String, Double> {
    private final Member<N>[] members;
    private @Nullable Map<String, Double> weights;

    Weights(Member<N>[] members) {
      this.members = members;
    }

    @Override
    protected Map<String, Double> delegate() {
      if (weights == null) {
        Map<String, Double> gathered = new LinkedHashMap<>();
        for (Member<N> member : byRank(members)) {
          if (member.weight > 0) {
            gathered.put(member.id, member.weight);
          }
        }
        weights = Collections.unmodifiableMap(gathered);
      }
      return weights;
    }
  }

  private static final class Nodes<N> extends AbstractSet<N> {
    private final List<Member<N>> members;

    Nodes(List<Member<N>> members) {
      this.members = members;
    }

    @Override
    public Iterator<N> iterator() {
      return Iterators.unmodifiableIterator(
          Iterators.transform(members.iterator(), member -> member.node));
    }

    @Override
    public int size() {
      return members.size();
    }
  }

  /**
   * Changes to a ring, in the order in which they are told. Passed to the argument of
   * {@link HashRing#change}, and of no use after that call.
   *
   * @param <N> the type of a node
   */
  public static final class Change<N> {
    private final HashRing<N> before;

    /** By id: what is to be there, or null if nothing is. */
    private final TreeMap<String, @Nullable Edit<N>> edits = new TreeMap<>(Member::compareIds);

    private int turns;
    private boolean applied;

    private Change(HashRing<N> before) {
      this.before = before;
    }

    /**
     * What an id is to stand for.
     *
     * @param joins whether the id was no member, or was one no more, when it was told
     * @param turn how many edits were told before
     */
    private record Edit<N>(N node, double weight, boolean joins, int turn) {}

    /**
     * Adds a node, or puts it in the place of the member of the same id; as
     * {@link HashRing#with(Object)}.
     *
     * @param node the node
     * @return this
     * @throws IllegalArgumentException if the id is not valid
     */
    public Change<N> with(N node) {
      return with(node, weight(id(node)));
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
    public Change<N> with(N node, double weight) {
      String id = id(node);
      double checked = Member.checkWeight(weight);
      Edit<N> told = edits.get(id);
      Edit<N> edit = told == null
          ? new Edit<>(node, checked, !isMember(id), turns++)
          : new Edit<>(node, checked, told.joins, told.turn);
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
    public Change<N> without(N node) {
      String id = id(node);
      checkArgument(isMember(id), "node must be a member: %s", id);
      edits.put(id, null);
      return this;
    }

    private String id(N node) {
      checkState(!applied, "change must be described before change(…) returns");
      return HashRing.id(before.settings.idFunction, node);
    }

    /** The weight that a node has, or would have if it were added. */
    private double weight(String id) {
      if (edits.containsKey(id)) {
        Edit<N> edit = edits.get(id);
        return edit == null ? 1 : edit.weight;
      }
      Member<N> member = before.memberOfId(id);
      return member == null ? 1 : member.weight;
    }

    private boolean isMember(String id) {
      return edits.containsKey(id) ? edits.get(id) != null : before.memberOfId(id) != null;
    }

    private HashRing<N> apply() {
      applied = true;
      if (edits.isEmpty()) {
        return before;
      }
      Member<N>[] old = before.members;
      Member<N>[] members = newMembers(old.length + edits.size());
      @Nullable Object[] nodes = Arrays.copyOf(before.nodes, before.nodes.length + edits.size());
      List<Member<N>> removed = new ArrayList<>();
      List<Member<N>> added = new ArrayList<>();
      int from = 0;
      int size = 0;
      int slot = 0;
      long rank = before.nextRank();
      for (Map.Entry<String, @Nullable Edit<N>> entry : edits.entrySet()) {
        String id = entry.getKey();
        int index = before.indexOf(id, from);
        int to = index < 0 ? -(index + 1) : index;
        System.arraycopy(old, from, members, size, to - from);
        size += to - from;
        from = index < 0 ? to : to + 1;
        Member<N> was = index < 0 ? null : old[index];
        Edit<N> edit = entry.getValue();
        if (edit == null) {
          if (was != null) {
            nodes[was.slot] = null;
            removed.add(was);
          }
          continue;
        }
        if (was == null) {
          slot = before.freeSlot(slot);
        }
        Member<N> is = new Member<>(
            edit.node,
            id,
            edit.weight,
            was == null ? slot++ : was.slot,
            was == null || edit.joins ? rank + edit.turn : was.rank,
            was == null ? before.settings.placement : was.placement);
        nodes[is.slot] = is.node;
        members[size++] = is;
        if (was == null) {
          added.add(is);
        } else if (was.weight != is.weight || was.rank != is.rank) {
          removed.add(was);
          added.add(is);
        }
      }
      System.arraycopy(old, from, members, size, old.length - from);
      size += old.length - from;
      members = Arrays.copyOf(members, size);
      follow(before.settings.placement, members, removed, added);
      return before.after(members, trim(nodes), removed, added);
    }

    /** Gives members other points where the placement has others for the new membership. */
    private static <N> void follow(
        Placement placement, Member<N>[] members, List<Member<N>> removed, List<Member<N>> added) {
      Placement local = placement.forMembers(new Weights<>(members));
      if (local.equals(placement)) {
        return;
      }
      Set<Member<N>> isNew = Sets.newIdentityHashSet();
      isNew.addAll(added);
      added.clear();
      for (int i = 0; i < members.length; i++) {
        Member<N> was = members[i];
        Member<N> is = was.in(local);
        if (isNew.contains(was)) {
          members[i] = is;
          added.add(is);
        } else if (was.pointCount() != is.pointCount()) {
          members[i] = is;
          removed.add(was);
          added.add(is);
        }
      }
    }

    /** Without the empty slots at the end. */
    private static @Nullable Object[] trim(@Nullable Object[] nodes) {
      int length = nodes.length;
      while (length > 0 && nodes[length - 1] == null) {
        length--;
      }
      return Arrays.copyOf(nodes, length);
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

    private Builder(HashRing<N> ring) {
      this(ring.settings.idFunction);
      hashFunction = ring.settings.hashFunction;
      pointsPerNode = ring.settings.pointsPerNode;
      placement = ring.settings.customPlacement;
      probes = ring.settings.probes;
      for (Member<N> member : byRank(ring.members)) {
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
      defaultPlacementOption = checkNoPlacement("hashFunction", hashFunction);
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
      defaultPlacementOption = checkNoPlacement("pointsPerNode", pointsPerNode);
      this.pointsPerNode = pointsPerNode;
      return this;
    }

    private String checkNoPlacement(String option, Object value) {
      checkState(
          placement == null,
          "%s must not be set beside a placement, which brings its own: %s with placement %s",
          option,
          value,
          placement);
      return option;
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
     * @param probes at least 1
     * @return this
     * @throws IllegalArgumentException if it is less than 1
     */
    public Builder<N> probes(int probes) {
      checkArgument(probes >= 1, "probes must be at least 1: %s", probes);
      this.probes = probes;
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

    private void put(Map<String, Map.Entry<N, Double>> weights, N node, double weight) {
      String id = id(idFunction, node);
      double checked = Member.checkWeight(weight);
      checkArgument(!weights.containsKey(id), "id must be unique among the nodes: %s", id);
      weights.put(id, Map.entry(node, checked));
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
      Map<String, Map.Entry<N, Double>> grown = new LinkedHashMap<>(weights);
      nodes.forEach(node -> put(grown, node, 1));
      weights = grown;
      return this;
    }

    /**
     * Builds the ring. Takes O(n log n), and O(p) where points are evenly spread, O(p log p) at
     * worst.
     *
     * @return a ring with these settings and members; later calls of this builder do not change it
     * @throws IllegalArgumentException if the nodes would hold more than
     *     {@link HashRing#MAX_POINTS} points together, or the placement has no place for these
     *     members or for several probes
     */
    public HashRing<N> build() {
      Settings<N> settings =
          new Settings<>(idFunction, hashFunction, pointsPerNode, placement, probes);
      List<Member<N>> members = new ArrayList<>(weights.size());
      weights.forEach((id, entry) -> members.add(new Member<>(
          entry.getKey(),
          id,
          entry.getValue(),
          members.size(),
          members.size(),
          settings.placement)));
      members.sort((a, b) -> Member.compareIds(a.id, b.id));
      return of(settings, members.toArray(HashRing.newMembers(0)));
    }
  }
}
