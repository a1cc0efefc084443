package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNullElse;

import com.google.common.collect.ForwardingMap;
import com.google.common.collect.Iterables;
import com.google.common.collect.Sets;
import io.hashring.placement.Placement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link HashRing} is made of: settings, a table of members and the index of their points.
 * Immutable; successive states share the pages of points in which nothing changed.
 *
 * <p>A member has a <i>slot</i>, its place in two arrays, which stays the same while it is a
 * member: points carry slots. It has a <i>rank</i>, its place in the order of adding. Slots depend
 * on the history of a ring, and nobody sees them.
 */
final class RingState<N> {

  /** Below so many slots, those that nobody has are not worth a new layout. */
  private static final int FEW_SLOTS = 64;

  /** How many answers about failure domains a ring remembers. */
  private static final int REMEMBERED_DOMAINS = 4;

  /** Heap bytes that laying out a point takes at the peak, and that the finished index keeps. */
  private static final int BYTES_PER_NEW_POINT = 36;

  final RingSettings<N> settings;

  /** In the order of their ids. */
  final Member<N>[] members;

  /** The nodes by slot; where there is no member, null. */
  final @Nullable Object[] nodes;

  /** The members by slot; where there is none, null. */
  private final @Nullable Member<N>[] bySlot;

  final PagedPoints points;

  /** How many members hold points. */
  final int holders;

  /** How many points the members were given; a position that one claims twice counts twice. */
  private final long pointCount;

  /** Higher than the rank of any member. */
  private final long nextRank;

  /** The sum of the members' terms in the checksum, null until it is asked for. */
  private volatile @Nullable Long membersChecksum;

  /** The last ones asked for, null until then: a ring that came by a race may show nothing else. */
  private volatile @Nullable List<FailureDomains<N>> domains;

  private RingState(
      RingSettings<N> settings,
      Member<N>[] members,
      @Nullable Member<N>[] bySlot,
      @Nullable Object[] nodes,
      PagedPoints points,
      int holders,
      long pointCount,
      long nextRank) {
    this.settings = settings;
    this.members = members;
    this.bySlot = bySlot;
    this.nodes = nodes;
    this.points = points;
    this.holders = holders;
    this.pointCount = pointCount;
    this.nextRank = nextRank;
  }

  /** The state of members in the order of their ids, with a slot for each and none in between. */
  static <N> RingState<N> of(RingSettings<N> settings, Member<N>[] members) {
    Placement local = settings.placement.forMembers(new Weights<>(members));
    if (!local.equals(settings.placement)) {
      Arrays.setAll(members, i -> members[i].in(local));
    }
    @Nullable Member<N>[] bySlot = newMembers(members.length);
    @Nullable Object[] nodes = new @Nullable Object[members.length];
    long nextRank = 0;
    for (Member<N> member : members) {
      bySlot[member.slot] = member;
      nodes[member.slot] = member.node;
      nextRank = Math.max(nextRank, member.rank + 1);
    }
    List<Member<N>> all = Arrays.asList(members);
    long pointCount = addPoints(0, all);
    checkMemory(pointCount);
    PagedPoints points = PagedPoints.of(all, new Precedence(settings.placement.ties(), all));
    return new RingState<>(
        settings, members, bySlot, nodes, points, countHolders(all), pointCount, nextRank);
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
          sum <= HashRing.MAX_POINTS,
          "points of all nodes together must not exceed %s: %s with node %s",
          HashRing.MAX_POINTS,
          (long) sum,
          member);
    }
    return (long) sum;
  }

  /** Refuses what the heap cannot hold before it is tried. */
  private static void checkMemory(long newPoints) {
    long bytes = newPoints * BYTES_PER_NEW_POINT;
    long heap = Runtime.getRuntime().maxMemory();
    checkArgument(
        bytes <= heap,
        "points of all nodes together must fit the heap: %s points take %s MB to lay out, and the"
            + " heap of this JVM has at most %s MB",
        newPoints,
        bytes >> 20,
        heap >> 20);
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of a generic type
  static <N> Member<N>[] newMembers(int length) {
    return new Member[length];
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // a slot that holds points holds a node
  N node(int slot) {
    return (N) nodes[slot];
  }

  @SuppressWarnings("NullAway") // a slot that holds points holds a member
  Member<N> member(int slot) {
    return bySlot[slot];
  }

  /** More than any slot. */
  int slotCount() {
    return nodes.length;
  }

  Member<N> member(N node) {
    String id = settings.id(node);
    Member<N> member = find(id);
    checkArgument(member != null, "node must be a member: %s", id);
    return member;
  }

  @Nullable
  Member<N> find(String id) {
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

  List<Member<N>> membersByRank() {
    return byRank(members);
  }

  private static <N> List<Member<N>> byRank(Member<N>[] members) {
    List<Member<N>> byRank = new ArrayList<>(Arrays.asList(members));
    byRank.sort(Comparator.comparingLong(member -> member.rank));
    return byRank;
  }

  /** The slot of the owner of a position, or {@link PagedPoints#NO_SLOT} if there are no points. */
  int owner(long position) {
    if (holders == 0) {
      return PagedPoints.NO_SLOT;
    }
    if (settings.probes == 1) {
      return settings.areSearchedClockwise() ? points.owner(position) : points.nearest(position);
    }
    int owner = points.ownerOfProbes(position, settings.probes);
    return owner == PagedPoints.NO_SLOT ? walk(position, 1).next() : owner;
  }

  /**
   * The slots of the owners of some positions, from the first on. There must be points.
   *
   * @param count how many positions are asked for
   */
  void owners(long[] positions, int count, int[] slots) {
    if (settings.arePlain()) {
      points.owners(positions, 0, count, slots);
      return;
    }
    for (int i = 0; i < count; i++) {
      slots[i] = owner(positions[i]);
    }
  }

  /** The slots of the first distinct nodes for a position. */
  Successors walk(long position, int length) {
    return settings.probes == 1
        ? Successors.from(points, settings.placement.search(), position, length)
        : Successors.from(points, Probes.of(position, settings.probes), this::comesBefore, length);
  }

  private boolean comesBefore(int slot, int other) {
    return Member.compareIds(member(slot).id, member(other).id) < 0;
  }

  /** The slots of the first distinct nodes for a position, or of all if there are fewer. */
  int[] firstSlots(long position, int n) {
    int[] slots = new int[Math.min(n, holders)];
    Successors walk = walk(position, slots.length);
    for (int i = 0; i < slots.length; i++) {
      slots[i] = walk.next();
    }
    return slots;
  }

  /** The domains of the nodes; made when they are asked for the first time. */
  FailureDomains<N> domains(List<? extends Function<? super N, ?>> levels) {
    List<FailureDomains<N>> known = requireNonNullElse(domains, List.of());
    for (FailureDomains<N> some : known) {
      if (some.areOf(levels)) {
        return some;
      }
    }
    FailureDomains<N> made = new FailureDomains<>(this, levels);
    List<FailureDomains<N>> remembered = new ArrayList<>(List.of(made));
    remembered.addAll(known.subList(0, Math.min(known.size(), REMEMBERED_DOMAINS - 1)));
    domains = List.copyOf(remembered); // of two threads one may be forgotten, and made again
    return made;
  }

  Arcs arcs() {
    return Arcs.of(points, settings.placement.search());
  }

  Circle circle() {
    return new Circle(settings.placement.maxPosition());
  }

  /** The slots in another state of the members that have the slots in this one. */
  @SuppressWarnings("ReferenceEquality") // what two states share is not looked up
  int[] slotsIn(RingState<N> other) {
    int[] slots = new int[bySlot.length];
    for (int slot = 0; slot < slots.length; slot++) {
      Member<N> here = bySlot[slot];
      if (here == null) {
        slots[slot] = PagedPoints.NO_SLOT;
      } else if (slot < other.bySlot.length && other.bySlot[slot] == here) {
        slots[slot] = slot;
      } else {
        Member<N> there = other.find(here.id);
        slots[slot] = there == null ? PagedPoints.NO_SLOT : there.slot;
      }
    }
    return slots;
  }

  /** From every claimed position to its owner, in unsigned order. */
  NavigableMap<Long, N> pointsMap() {
    return PointsMap.of(Positions.all(points), position -> node(points.owner(position)));
  }

  long checksum() {
    Long known = membersChecksum;
    if (known == null) {
      known = settings.areOrdered() ? orderedChecksum() : sumOfChecksums(Arrays.asList(members));
      membersChecksum = known;
    }
    return settings.checksum() + known;
  }

  private long orderedChecksum() {
    long sum = 0;
    int index = 0;
    for (Member<N> member : membersByRank()) {
      sum += Checksum.ofMemberAt(index++, member.checksum());
    }
    return sum;
  }

  private static <N> long sumOfChecksums(List<Member<N>> members) {
    long sum = 0;
    for (Member<N> member : members) {
      sum += member.checksum();
    }
    return sum;
  }

  boolean isEqualTo(RingState<?> other) {
    if (members.length != other.members.length || !settings.agreeWith(other.settings)) {
      return false;
    }
    return areEqual(Arrays.asList(members), Arrays.asList(other.members))
        && (!settings.areOrdered() || areEqual(membersByRank(), other.membersByRank()));
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

  /** The same points with other objects in the place of the nodes. Takes O(n). */
  <M> RingState<M> map(Function<? super Member<N>, M> mapping, Function<? super M, String> id) {
    Member<M>[] mapped = newMembers(members.length);
    @Nullable Member<M>[] mappedBySlot = newMembers(bySlot.length);
    @Nullable Object[] mappedNodes = new @Nullable Object[nodes.length];
    for (int i = 0; i < members.length; i++) {
      mapped[i] = members[i].with(mapping.apply(members[i]));
      mappedBySlot[mapped[i].slot] = mapped[i];
      mappedNodes[mapped[i].slot] = mapped[i].node;
    }
    return new RingState<>(
        settings.withIds(id),
        mapped,
        mappedBySlot,
        mappedNodes,
        points,
        holders,
        pointCount,
        nextRank);
  }

  /**
   * What an id is to stand for after a change.
   *
   * @param isNew whether the id was no member, or was one no more, when this was told
   * @param turn how many edits were told before
   */
  record Edit<N>(N node, double weight, boolean isNew, int turn) {}

  /**
   * This state after some edits.
   *
   * @param edits by id, in the order of ids; null for a member that leaves
   */
  RingState<N> after(Map<String, @Nullable Edit<N>> edits) {
    int joining = 0;
    int leaving = 0;
    for (Map.Entry<String, @Nullable Edit<N>> entry : edits.entrySet()) {
      boolean isMember = find(entry.getKey()) != null;
      joining += !isMember && entry.getValue() != null ? 1 : 0;
      leaving += isMember && entry.getValue() == null ? 1 : 0;
    }
    int free = bySlot.length - members.length;
    Member<N>[] after = newMembers(members.length + joining - leaving);
    @Nullable
    Member<N>[] slots = Arrays.copyOf(bySlot, bySlot.length + Math.max(0, joining - free));
    @Nullable Object[] nodes = Arrays.copyOf(this.nodes, slots.length);
    List<Member<N>> removed = new ArrayList<>();
    List<Member<N>> added = new ArrayList<>();
    int from = 0;
    int size = 0;
    int slot = 0;
    long rank = nextRank;
    for (Map.Entry<String, @Nullable Edit<N>> entry : edits.entrySet()) {
      String id = entry.getKey();
      int index = indexOf(id, from);
      int to = index < 0 ? -(index + 1) : index;
      System.arraycopy(members, from, after, size, to - from);
      size += to - from;
      from = index < 0 ? to : to + 1;
      Member<N> was = index < 0 ? null : members[index];
      Edit<N> edit = entry.getValue();
      if (edit == null) {
        if (was != null) {
          slots[was.slot] = null;
          nodes[was.slot] = null;
          removed.add(was);
        }
        continue;
      }
      if (was == null) {
        slot = freeSlot(slot);
      }
      Member<N> is = new Member<>(
          edit.node,
          id,
          edit.weight,
          was == null ? slot++ : was.slot,
          was == null || edit.isNew ? nextRank + edit.turn : was.rank,
          was == null ? settings.placement : was.placement);
      rank = Math.max(rank, is.rank + 1);
      slots[is.slot] = is;
      nodes[is.slot] = is.node;
      after[size++] = is;
      if (was == null) {
        added.add(is);
      } else if (was.weight != is.weight || was.rank != is.rank) {
        removed.add(was);
        added.add(is);
      }
    }
    System.arraycopy(members, from, after, size, members.length - from);
    recomputePoints(after, slots, removed, added);
    return after.length < slots.length / 4 && slots.length > FEW_SLOTS
        ? withoutGaps(after)
        : after(after, slots, nodes, removed, added, rank);
  }

  /** The first slot, from a given one on, that no member of this state has. */
  private int freeSlot(int from) {
    int slot = bySlot.length == members.length ? Math.max(from, bySlot.length) : from;
    while (slot < bySlot.length && bySlot[slot] != null) {
      slot++;
    }
    return slot;
  }

  /** Gives members other points where the placement has others for the new membership. */
  private void recomputePoints(
      Member<N>[] members,
      @Nullable Member<N>[] slots,
      List<Member<N>> removed,
      List<Member<N>> added) {
    Placement local = settings.placement.forMembers(new Weights<>(members));
    if (local.equals(settings.placement)) {
      return;
    }
    Set<Member<N>> isNew = Sets.newIdentityHashSet();
    isNew.addAll(added);
    added.clear();
    for (int i = 0; i < members.length; i++) {
      Member<N> was = members[i];
      Member<N> is = was.in(local);
      boolean isAdded = isNew.contains(was);
      if (isAdded || was.pointCount() != is.pointCount()) {
        members[i] = is;
        slots[is.slot] = is;
        added.add(is);
        if (!isAdded) {
          removed.add(was);
        }
      }
    }
  }

  /** Members that had slots far apart, with new ones, and all points laid out anew. */
  private RingState<N> withoutGaps(Member<N>[] members) {
    Arrays.setAll(members, i -> members[i].at(i));
    return of(settings, members);
  }

  private RingState<N> after(
      Member<N>[] members,
      @Nullable Member<N>[] slots,
      @Nullable Object[] nodes,
      List<Member<N>> removed,
      List<Member<N>> added,
      long nextRank) {
    int slotCount = slots.length;
    while (slotCount > 0 && slots[slotCount - 1] == null) {
      slotCount--;
    }
    long pointCount = addPoints(this.pointCount - addPoints(0, removed), added);
    checkMemory(addPoints(0, added));
    Precedence precedence = new Precedence(
        settings.placement.ties(), Iterables.concat(Arrays.asList(this.members), added));
    RingState<N> after = new RingState<>(
        settings,
        members,
        slotCount == slots.length ? slots : Arrays.copyOf(slots, slotCount),
        slotCount == slots.length ? nodes : Arrays.copyOf(nodes, slotCount),
        points.change(Claims.of(removed), Claims.of(added), precedence, Arrays.asList(members)),
        holders - countHolders(removed) + countHolders(added),
        pointCount,
        nextRank);
    Long known = membersChecksum;
    if (known != null && !settings.areOrdered()) {
      after.membersChecksum = known - sumOfChecksums(removed) + sumOfChecksums(added);
    }
    return after;
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
}
