package io.hashring;

import com.google.common.primitives.Ints;
import com.google.common.primitives.Longs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
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
 * <p>Nodes are the same if their ids are: a new object under an old id moves nothing. A diff of
 * {@code r} replicas tells the same of preference lists of length {@code r}: a move then is a copy,
 * which the node {@code from} no longer has and the node {@code to} comes to have.
 *
 * <p>Immutable.
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

  private final HashRing<N> before;
  private final HashRing<N> after;
  private final int replicas;
  private final List<Move<N>> moves;

  /** The ranges of all moves, joined where they meet, in the order of their ends. */
  private final List<HashRange> moved;

  private RingDiff(
      HashRing<N> before,
      HashRing<N> after,
      int replicas,
      List<Move<N>> moves,
      List<HashRange> moved) {
    this.before = before;
    this.after = after;
    this.replicas = replicas;
    this.moves = moves;
    this.moved = moved;
  }

  static <N> RingDiff<N> between(HashRing<N> before, HashRing<N> after, int replicas) {
    return new Comparison<>(before, after, replicas).diff();
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
   * replicas, of the copies.
   *
   * @return from 0 to 1
   */
  public double movedFraction() {
    return moves.stream().mapToDouble(Move::fraction).sum() / replicas;
  }

  /**
   * What each node gains, as a share of the circle. With several replicas, a share of the keys of
   * which it comes to have a copy.
   *
   * @return an immutable map of the nodes that gain, in the order of the ids' UTF-8 bytes
   */
  public Map<N, Double> gains() {
    return shares(Move::to, after);
  }

  /**
   * What each node loses, as a share of the circle. With several replicas, a share of the keys of
   * which it no longer has a copy.
   *
   * @return an immutable map of the nodes that lose, in the order of the ids' UTF-8 bytes
   */
  public Map<N, Double> losses() {
    return shares(Move::from, before);
  }

  private Map<N, Double> shares(Function<Move<N>, @Nullable N> side, HashRing<N> ring) {
    Map<String, Double> byId = new HashMap<>();
    for (Move<N> move : moves) {
      N node = side.apply(move);
      if (node != null) {
        byId.merge(ring.id(node), move.fraction, Double::sum);
      }
    }
    Map<N, Double> shares = new LinkedHashMap<>();
    for (N node : ring.nodes()) {
      Double share = byId.get(ring.id(node));
      if (share != null) {
        shares.put(node, share);
      }
    }
    return Collections.unmodifiableMap(shares);
  }

  /**
   * The ranges that a node gains.
   *
   * @param node the node, known by its id
   * @return an immutable list in the order of {@link #moves}, empty if it gains nothing
   */
  public List<HashRange> movedTo(N node) {
    return ranges(Move::to, node);
  }

  /**
   * The ranges that a node loses.
   *
   * @param node the node, known by its id
   * @return an immutable list in the order of {@link #moves}, empty if it loses nothing
   */
  public List<HashRange> movedFrom(N node) {
    return ranges(Move::from, node);
  }

  private List<HashRange> ranges(Function<Move<N>, @Nullable N> side, N node) {
    String id = before.id(node);
    return moves.stream()
        .filter(move -> {
          N other = side.apply(move);
          return other != null && before.id(other).equals(id);
        })
        .map(Move::range)
        .toList();
  }

  /**
   * Whether a key moves. Takes the hash of the key and O(log m) for {@code m} moves.
   *
   * @param key the key
   * @return whether its position lies in the range of a move
   */
  public boolean isMoved(CharSequence key) {
    return isMovedHash(before.position(key));
  }

  /**
   * Whether a key moves; as {@link #isMoved(CharSequence)}.
   *
   * @param key the key
   * @return whether its position lies in the range of a move
   */
  public boolean isMoved(byte[] key) {
    return isMovedHash(before.position(key));
  }

  /**
   * Whether a position moves, such as the hash of a key by the rings' hash function.
   *
   * @param hash a position, read as an unsigned number
   * @return whether it lies in the range of a move
   */
  public boolean isMovedHash(long hash) {
    int low = 0;
    int high = moved.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(moved.get(middle).to(), hash) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    // one that wraps ends first of all
    return !moved.isEmpty() && moved.get(low == moved.size() ? 0 : low).contains(hash);
  }

  /** The number of moves, their share of the circle, and what the nodes gain and lose. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(String.format(
        Locale.ROOT,
        "RingDiff[%s of the %s in %d moves",
        percent(movedFraction()),
        replicas == 1 ? "keys" : "copies",
        moves.size()));
    gains()
        .forEach(
            (node, share) -> text.append(", ").append(node).append(" +").append(percent(share)));
    losses()
        .forEach(
            (node, share) -> text.append(", ").append(node).append(" -").append(percent(share)));
    return text.append(']').toString();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  /** Two rings side by side. Finds the arcs whose nodes may differ, and joins those that do. */
  private static final class Comparison<N> {
    private final HashRing<N> before;
    private final HashRing<N> after;
    private final int replicas;
    private final Circle circle;

    /** The slots after of the members that have the slots before. */
    private final int[] slots;

    private final Map<Pair, Ranges> ranges = new LinkedHashMap<>();
    private final Ranges moved = new Ranges();

    Comparison(HashRing<N> before, HashRing<N> after, int replicas) {
      this.before = before;
      this.after = after;
      this.replicas = replicas;
      this.circle = before.circle();
      this.slots = before.slotsIn(after);
    }

    /** Two slots, of which one may be none. */
    private record Pair(int from, int to) {}

    RingDiff<N> diff() {
      candidates().forEach(this::compare);
      List<Move<N>> moves = new ArrayList<>();
      ranges.forEach((pair, ranges) -> {
        N from = pair.from == Successors.NONE ? null : before.node(pair.from);
        N to = pair.to == Successors.NONE ? null : after.node(pair.to);
        ranges
            .joined()
            .forEach(range -> moves.add(new Move<>(range, from, to, circle.fraction(range))));
      });
      moves.sort(Comparator.comparing(Move::range, Ranges.BY_START));
      List<HashRange> moved = this.moved.joined();
      moved.sort(Ranges.BY_END);
      return new RingDiff<>(before, after, replicas, Collections.unmodifiableList(moves), moved);
    }

    /** All arcs whose nodes may differ, in the order of their ends, each with the same nodes. */
    private List<HashRange> candidates() {
      List<HashRange> candidates = new ArrayList<>();
      if (before.isSearchedClockwise()) {
        long[] changed = before.points.differences(after.points, slots);
        for (int i = 0; i < changed.length; i++) {
          addArcsBehind(changed[i], changed[i == 0 ? changed.length - 1 : i - 1], candidates);
        }
        candidates.sort(Ranges.BY_END);
      } else {
        long[] ends = Longs.concat(before.arcs().ends, after.arcs().ends);
        ends = Arrays.stream(ends)
            .map(Claims::flip)
            .sorted()
            .map(Claims::flip)
            .distinct()
            .toArray();
        for (int i = 0; i < ends.length; i++) {
          candidates.add(new HashRange(ends[i == 0 ? ends.length - 1 : i - 1], ends[i]));
        }
      }
      return candidates;
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
      if (before.holders() == 0) {
        return after.points.before(position);
      }
      long behind = before.points.before(position);
      return after.holders() == 0
          ? behind
          : circle.nearerBehind(position, behind, after.points.before(position));
    }

    /** Whether the walk from a position meets all its nodes only at another position or beyond. */
    private boolean reaches(HashRing<N> ring, long from, long to) {
      int length = Math.min(replicas, ring.holders());
      if (length == 0) {
        return false;
      }
      Successors walk = ring.walk(from, length);
      while (length-- > 0) {
        walk.next();
      }
      return Long.compareUnsigned(circle.distance(from, walk.position()), circle.distance(from, to))
          >= 0;
    }

    private void compare(HashRange arc) {
      int[] from = before.slots(arc.to(), replicas);
      int[] to = after.slots(arc.to(), replicas);
      int[] kept = Arrays.stream(from).map(slot -> slots[slot]).toArray();
      int[] lost =
          Arrays.stream(from).filter(slot -> !Ints.contains(to, slots[slot])).toArray();
      int[] gained =
          Arrays.stream(to).filter(slot -> !Ints.contains(kept, slot)).toArray();
      for (int i = 0; i < Math.max(lost.length, gained.length); i++) {
        Pair pair = new Pair(
            i < lost.length ? lost[i] : Successors.NONE,
            i < gained.length ? gained[i] : Successors.NONE);
        ranges.computeIfAbsent(pair, p -> new Ranges()).add(arc);
        if (i == 0) {
          moved.add(arc);
        }
      }
    }
  }
}
