package io.hashring.demo.membership;

import com.google.common.collect.Comparators;
import io.hashring.HashRange;
import io.hashring.HashRing;
import io.hashring.RingDiff;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one change of the members did.
 *
 * @param reweighted whose weight is another now
 * @param moved the part of the circle that has another owner now
 * @param moves the same, for every two nodes that gave and took, by their names
 * @param arcs the same by ranges, the largest first, {@value #MOST_ARCS} at most
 * @param moreArcs how many smaller ones there are
 * @param checksum of the ring that it led to
 */
public record RingChange(
    Instant at,
    List<String> joined,
    List<String> left,
    List<Reweighted> reweighted,
    double moved,
    List<Move> moves,
    List<Arc> arcs,
    int moreArcs,
    long checksum) {

  /** As many as can be told apart in a picture; a ring may have millions. */
  public static final int MOST_ARCS = 400;

  /** Another weight of a node that was there before. */
  public record Reweighted(String node, double from, double to) {
    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%s from %.4g to %.4g", node, from, to);
    }
  }

  /** A part of the circle that went from one node to another; null stands for an empty ring. */
  public record Move(@Nullable String from, @Nullable String to, double share) {
    Move and(Move more) {
      return new Move(from, to, share + more.share);
    }
  }

  /** A range that went from one node to another; null stands for an empty ring. */
  public record Arc(
      HashRange range, @Nullable String from, @Nullable String to) {}

  static RingChange between(HashRing<Backend> before, HashRing<Backend> after, Instant at) {
    RingDiff<Backend> diff = before.diff(after);
    Map<List<String>, Move> moves =
        new TreeMap<>(Comparators.lexicographical(Comparator.<String>naturalOrder()));
    for (RingDiff.Move<Backend> move : diff.moves()) {
      Move one = new Move(name(move.from()), name(move.to()), move.fraction());
      moves.merge(List.of(String.valueOf(one.from), String.valueOf(one.to)), one, Move::and);
    }
    List<Arc> arcs = largest(diff.moves());
    return new RingChange(
        at,
        names(after, before),
        names(before, after),
        reweighted(before, after),
        diff.movedFraction(),
        List.copyOf(moves.values()),
        arcs,
        diff.moves().size() - arcs.size(),
        after.checksum());
  }

  private static List<Arc> largest(List<RingDiff.Move<Backend>> moves) {
    Comparator<RingDiff.Move<Backend>> bySize = Comparator.comparingDouble(RingDiff.Move::fraction);
    return moves.stream().collect(Comparators.greatest(MOST_ARCS, bySize)).stream()
        .map(move -> new Arc(move.range(), name(move.from()), name(move.to())))
        .toList();
  }

  /** For the log, in one line. */
  @Override
  public String toString() {
    String weights = reweighted.isEmpty() ? "" : ", weights " + reweighted;
    return String.format(
        Locale.ROOT,
        "joined %s, left %s%s, moved %.1f %% of the keys",
        joined,
        left,
        weights,
        100 * moved);
  }

  private static List<Reweighted> reweighted(HashRing<Backend> before, HashRing<Backend> after) {
    List<Reweighted> changes = new ArrayList<>();
    for (Backend node : after.nodes()) {
      before.find(node.name()).ifPresent(old -> {
        if (before.weight(old) != after.weight(node)) {
          changes.add(new Reweighted(node.name(), before.weight(old), after.weight(node)));
        }
      });
    }
    return List.copyOf(changes);
  }

  private static @Nullable String name(@Nullable Backend backend) {
    return backend == null ? null : backend.name();
  }

  private static List<String> names(HashRing<Backend> of, HashRing<Backend> butNotOf) {
    List<String> others = names(butNotOf).toList();
    return names(of).filter(name -> !others.contains(name)).toList();
  }

  private static Stream<String> names(HashRing<Backend> ring) {
    return ring.nodes().stream().map(Backend::name);
  }
}
