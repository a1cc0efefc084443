package io.hashring;

import static java.util.Objects.requireNonNull;

import com.google.common.primitives.Ints;
import com.google.common.primitives.Longs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What changes hands between two rings, exactly: a key has another owner after than before if and
 * only if its position lies in the range of a {@link Move}, and then it goes from that node to that
 * node.
 *
 * <pre>{@code
 * RingDiff<String> diff = ring.diff(grown);
 * for (RingDiff.Move<String> move : diff.moves()) {
 *   copy(move.from(), move.to(), move.range());
 * }
 * }</pre>
 *
 * <p>Nodes are the same if their ids are: a new object under an old id moves nothing, unless it is
 * in another failure domain. A diff for a {@link Replication} tells the same of the nodes that hold
 * copies: a move then is a copy, which the node {@code from} no longer has and the node {@code to}
 * comes to have.
 *
 * <p>Immutable, and made at once: what is asked of it calls no function of the user's but the id of
 * a node that it is asked about. Maps of nodes know them by their ids and by nothing else.
 *
 * @param <N> the type of a node
 * @see HashRing#diff(HashRing)
 */
public final class RingDiff<N> {

  /**
   * A range that changes hands.
   *
   * @param range the positions of the keys
   * @param from the node that gives them away; null if there was none, since fewer nodes held
   *     points than there are replicas
   * @param to the node that takes them; null if there is none, for the same reason
   * @param fraction how much of the circle the range is, above 0 and up to 1
   * @param <N> the type of a node
   */
  public record Move<N>(
      HashRange range, @Nullable N from, @Nullable N to, double fraction) {

    /** The range, and from whom to whom. */
    @Override
    public String toString() {
      return range + " " + from + " -> " + to;
    }
  }

  /** A part of a range that moves, and all moves of it. */
  private record Part<N>(HashRange range, List<Move<N>> moves) {}

  private final RingState<N> before;
  private final RingState<N> after;

  /** How many copies of each key there are, in the ring that has more. */
  private final int copies;

  private final List<Move<N>> moves;

  /** In the order of their ends, and disjoint; of neighbours, the moves may be the same. */
  private final List<Part<N>> parts;

  private final Side<N> gained;
  private final Side<N> lost;

  private RingDiff(
      RingState<N> before,
      RingState<N> after,
      int copies,
      List<Move<N>> moves,
      List<Part<N>> parts,
      Side<N> gained,
      Side<N> lost) {
    this.before = before;
    this.after = after;
    this.copies = copies;
    this.moves = moves;
    this.parts = parts;
    this.gained = gained;
    this.lost = lost;
  }

  static <N> RingDiff<N> between(Copies<N> before, Copies<N> after) {
    return new Comparison<>(before, after).diff();
  }

  /**
   * What moves, from one end of the circle to the other: sorted by the unsigned {@code from} of the
   * ranges, as large as they can be, so that none with the same nodes meet. One that wraps is the
   * last.
   *
   * @return an immutable list, empty if nothing moves
   */
  public List<Move<N>> moves() {
    return moves;
  }

  /**
   * How much moves: the share of the circle, which is the expected share of the keys; with several
   * copies, of the copies that there are, before or after, whichever is more.
   *
   * @return from 0 to 1
   */
  public double movedFraction() {
    return moves.isEmpty() ? 0 : moves.stream().mapToDouble(Move::fraction).sum() / copies;
  }

  /**
   * What each node gains, as a share of the circle. With several copies, a share of the keys of
   * which it comes to have one.
   *
   * @return an immutable map of the nodes that gain, in the order of the ids' UTF-8 bytes
   */
  public Map<N, Double> gains() {
    return gained.shares(after);
  }

  /**
   * What each node loses, as a share of the circle. With several copies, a share of the keys of
   * which it no longer has one.
   *
   * @return an immutable map of the nodes that lose, in the order of the ids' UTF-8 bytes
   */
  public Map<N, Double> losses() {
    return lost.shares(before);
  }

  /**
   * What happens to a key: its move, if its owner changes; with several copies, a move for each
   * copy that goes elsewhere. Takes the hash of the key and O(log m) for {@code m} moves.
   *
   * @param key the key
   * @return an immutable list of the moves whose ranges have the key's position, empty if it stays
   */
  public List<Move<N>> movesOf(CharSequence key) {
    return moves(before.settings.position(key));
  }

  /**
   * What happens to a position; as {@link #movesOf(CharSequence)} without the hash.
   *
   * @param position what {@link HashRing#position(CharSequence)} gives for a key; read as an
   *     unsigned number
   * @return an immutable list of the moves whose ranges have the position, empty if it stays
   * @throws IllegalArgumentException if the position is beyond the last one of the placement
   */
  public List<Move<N>> movesAt(long position) {
    return moves(before.settings.checkPosition(position));
  }

  private List<Move<N>> moves(long position) {
    int part = Ranges.indexOf(parts, Part::range, position);
    return part < 0 ? List.of() : parts.get(part).moves;
  }

  /**
   * The moves in waves: all of one wave may be made at once, and the next wave when they are done.
   *
   * <p>There are as few waves as the limits allow: {@code max(⌈d / perNode⌉, ⌈e / total⌉)} for
   * {@code e} moves, of which the busiest node gives, or takes, {@code d}. A diff and limits that
   * are equal give equal waves, in every process and on every machine and whatever the histories of
   * the rings. So to go on after a failure it is enough to know both rings, which {@link RingText}
   * writes, and the number of the wave: {@code diff.waves(2, 8, 1).subList(done, …)}.
   *
   * <p>A move without a node {@code from}, or without one {@code to}, counts at the other alone.
   * Takes O(e n) at worst for {@code n} nodes, and O(e log e) where few moves are in each other's
   * way.
   *
   * @param perNode how many moves of a wave a node may give, and how many it may take; at least 1
   * @param total how many moves a wave may have; at least 1
   * @param maxFraction how much of the circle a move may be, above 0 and up to 1: larger ones are
   *     split into parts whose sizes differ by one position at most
   * @return immutable lists, none of which is empty; together they have every position of every
   *     move once
   * @throws IllegalArgumentException if a number is out of its range, or there would be more than
   *     2^24 moves
   */
  public List<List<Move<N>>> waves(int perNode, int total, double maxFraction) {
    return Waves.of(
        moves, before.settings, after.settings, before.circle(), perNode, total, maxFraction);
  }

  /** The number of moves, their share of the circle, and what the nodes gain and lose. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(String.format(
        Locale.ROOT,
        "RingDiff[%s of the %s in %d moves",
        percent(movedFraction()),
        copies <= 1 ? "keys" : "copies",
        moves.size()));
    gained.append(text, "+");
    lost.append(text, "-");
    return text.append(']').toString();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  /** What nodes gain, or what they lose. */
  private static final class Side<N> {

    /** The share of the circle of a node's moves. */
    private static final class Sum<N> {
      final Member<N> member;
      double share;

      Sum(Member<N> member) {
        this.member = member;
      }
    }

    private final Map<String, Sum<N>> byId = new TreeMap<>(Member::compareIds);

    void add(Member<N> member, Move<N> move) {
      Sum<N> sum = byId.computeIfAbsent(member.id, id -> new Sum<>(member));
      sum.share += move.fraction;
    }

    Map<N, Double> shares(RingState<N> ring) {
      List<Member<N>> members = byId.values().stream().map(sum -> sum.member).toList();
      return new NodeMap<>(
          ring.settings.idFunction, members, member -> requireNonNull(byId.get(member.id)).share);
    }

    void append(StringBuilder text, String sign) {
      byId.values()
          .forEach(sum -> text.append(", ")
              .append(sum.member.node)
              .append(' ')
              .append(sign)
              .append(percent(sum.share)));
    }
  }

  /** Two rings side by side. Finds the arcs whose nodes may differ, and joins those that do. */
  private static final class Comparison<N> {
    private final Copies<N> before;
    private final Copies<N> after;
    private final Circle circle;

    /** The slots after of the members that have the slots before. */
    private final int[] slots;

    private final Map<Pair, Ranges> ranges = new LinkedHashMap<>();

    /** What of an arc moves. */
    private final List<HashRange> movedArcs = new ArrayList<>();

    private final List<List<Pair>> pairsOfArcs = new ArrayList<>();

    Comparison(Copies<N> before, Copies<N> after) {
      this.before = before;
      this.after = after;
      this.circle = before.ring.circle();
      this.slots = before.ring.slotsIn(after.ring);
    }

    /** Two slots, of which one may be none. */
    private record Pair(int from, int to) {}

    RingDiff<N> diff() {
      candidates().forEach(this::compare);
      List<Move<N>> moves = new ArrayList<>();
      Map<Pair, List<Move<N>>> byPair = new HashMap<>();
      IdentityHashMap<Move<N>, Pair> pairs = new IdentityHashMap<>();
      ranges.forEach((pair, ranges) -> {
        List<Move<N>> some = movesOf(pair, ranges.finish());
        some.forEach(move -> pairs.put(move, pair));
        moves.addAll(some);
        byPair.put(pair, some);
      });
      moves.sort(Comparator.comparing(Move::range, Ranges.BY_START));
      Side<N> gained = new Side<>();
      Side<N> lost = new Side<>();
      for (Move<N> move : moves) {
        Pair pair = requireNonNull(pairs.get(move));
        if (pair.to != Successors.NONE) {
          gained.add(after.ring.member(pair.to), move);
        }
        if (pair.from != Successors.NONE) {
          lost.add(before.ring.member(pair.from), move);
        }
      }
      return new RingDiff<>(
          before.ring,
          after.ring,
          Math.max(before.count(), after.count()),
          Collections.unmodifiableList(moves),
          parts(byPair),
          gained,
          lost);
    }

    /** The moves between two nodes, in the order of their ends. */
    private List<Move<N>> movesOf(Pair pair, List<HashRange> joined) {
      N from = pair.from == Successors.NONE ? null : before.ring.node(pair.from);
      N to = pair.to == Successors.NONE ? null : after.ring.node(pair.to);
      List<Move<N>> moves = new ArrayList<>();
      joined.forEach(range -> moves.add(new Move<>(range, from, to, circle.fraction(range))));
      moves.sort(Comparator.comparing(Move::range, Ranges.BY_END));
      return moves;
    }

    private List<Part<N>> parts(Map<Pair, List<Move<N>>> byPair) {
      List<Part<N>> parts = new ArrayList<>(movedArcs.size());
      for (int i = 0; i < movedArcs.size(); i++) {
        HashRange arc = movedArcs.get(i);
        List<Move<N>> all = new ArrayList<>();
        for (Pair pair : pairsOfArcs.get(i)) {
          List<Move<N>> some = requireNonNull(byPair.get(pair));
          all.add(some.get(Ranges.indexOf(some, Move::range, arc.to())));
        }
        parts.add(new Part<>(arc, List.copyOf(all)));
      }
      return parts;
    }

    /** All arcs whose nodes may differ, in the order of their ends, each with the same nodes. */
    private List<HashRange> candidates() {
      List<HashRange> candidates = new ArrayList<>();
      if (before.ring.settings.areSearchedClockwise() && before.areDealtAs(after)) {
        long[] changed = changed();
        for (int i = 0; i < changed.length; i++) {
          addArcsBehind(changed[i], changed[i == 0 ? changed.length - 1 : i - 1], candidates);
        }
        candidates.sort(Ranges.BY_END);
      } else {
        long[] ends = sorted(before.ring.arcs().ends, after.ring.arcs().ends);
        for (int i = 0; i < ends.length; i++) {
          candidates.add(new HashRange(ends[i == 0 ? ends.length - 1 : i - 1], ends[i]));
        }
      }
      return candidates;
    }

    /** The positions that other nodes claim, or the same ones in another failure domain. */
    private long[] changed() {
      long[] changed = before.ring.points.differences(after.ring.points, slots);
      if (before.domains == null || after.domains == null) {
        return changed;
      }
      List<long[]> moved = new ArrayList<>(List.of(changed));
      for (Member<N> member : before.ring.members) {
        int slot = slots[member.slot];
        if (slot != PagedPoints.NO_SLOT
            && member.pointCount() > 0
            && after.ring.member(slot).pointCount() > 0
            && !before.domains.leaf(member.slot).hasNamesOf(after.domains.leaf(slot))) {
          moved.add(member.points());
        }
      }
      return moved.size() == 1 ? changed : sorted(moved.toArray(long[][]::new));
    }

    /** Positions in unsigned order, each once. */
    private static long[] sorted(long[]... positions) {
      return Arrays.stream(Longs.concat(positions))
          .map(Claims::flip)
          .sorted()
          .map(Claims::flip)
          .distinct()
          .toArray();
    }

    /**
     * Goes back from a changed position for as long as walks come by it, or to the one before it.
     */
    private void addArcsBehind(long changed, long previousChanged, List<HashRange> arcs) {
      long to = changed;
      do {
        long from = positionBefore(to);
        arcs.add(new HashRange(from, to));
        to = from;
      } while (to != previousChanged
          && to != changed
          && (reaches(before, to, changed) || reaches(after, to, changed)));
    }

    /** The last position before one that is claimed in either ring. */
    private long positionBefore(long position) {
      if (before.ring.holders == 0) {
        return after.ring.points.before(position);
      }
      long behind = before.ring.points.before(position);
      return after.ring.holders == 0
          ? behind
          : circle.nearerBehind(position, behind, after.ring.points.before(position));
    }

    /** Whether the walk from a position meets all that decides only at another or beyond. */
    private boolean reaches(Copies<N> copies, long from, long to) {
      return copies.count() > 0
          && Long.compareUnsigned(
                  circle.distance(from, copies.reach(from)), circle.distance(from, to))
              >= 0;
    }

    private void compare(HashRange arc) {
      int[] from = before.slots(arc.to());
      int[] to = after.slots(arc.to());
      int[] kept = Arrays.stream(from).map(slot -> slots[slot]).toArray();
      int[] lost =
          Arrays.stream(from).filter(slot -> !Ints.contains(to, slots[slot])).toArray();
      int[] gained =
          Arrays.stream(to).filter(slot -> !Ints.contains(kept, slot)).toArray();
      List<Pair> pairs = new ArrayList<>();
      for (int i = 0; i < Math.max(lost.length, gained.length); i++) {
        pairs.add(new Pair(
            i < lost.length ? lost[i] : Successors.NONE,
            i < gained.length ? gained[i] : Successors.NONE));
      }
      if (!pairs.isEmpty()) {
        pairs.forEach(pair -> ranges.computeIfAbsent(pair, p -> new Ranges()).add(arc));
        movedArcs.add(arc);
        pairsOfArcs.add(pairs);
      }
    }
  }
}
