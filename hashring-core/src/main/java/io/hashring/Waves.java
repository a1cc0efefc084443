package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;

import io.hashring.RingDiff.Move;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The moves of a diff, split and put into waves. */
final class Waves<N> {

  private static final int MAX_MOVES = 1 << 24;

  /** A move and the ids of its nodes, empty where there is none. */
  private record Step<N>(Move<N> move, String from, String to) {}

  private static final Comparator<Step<?>> CANONICAL = Comparator.<Step<?>, HashRange>comparing(
          step -> step.move.range(), Ranges.BY_START)
      .thenComparing(step -> step.move.range(), Ranges.BY_END)
      .thenComparing(Step::from, Member::compareIds)
      .thenComparing(Step::to, Member::compareIds);

  private final List<Step<N>> steps = new ArrayList<>();

  private Waves() {}

  static <N> List<List<Move<N>>> of(
      List<Move<N>> moves,
      RingSettings<N> before,
      RingSettings<N> after,
      Circle circle,
      int perNode,
      int total,
      double maxFraction) {
    checkArgument(perNode >= 1, "perNode must be at least 1: %s", perNode);
    checkArgument(total >= 1, "total must be at least 1: %s", total);
    checkArgument(
        maxFraction > 0 && maxFraction <= 1,
        "maxFraction must be above 0 and up to 1: %s",
        maxFraction);
    Waves<N> waves = new Waves<>();
    double count = 0;
    for (Move<N> move : moves) {
      count += Math.ceil(move.fraction() / maxFraction);
      checkArgument(
          count <= MAX_MOVES,
          "maxFraction must leave no more than " + MAX_MOVES + " moves: %s",
          maxFraction);
      String from = id(before, move.from());
      String to = id(after, move.to());
      for (Move<N> part : split(move, circle, maxFraction)) {
        waves.steps.add(new Step<>(part, from, to));
      }
    }
    waves.steps.sort(CANONICAL); // the order of moves of one range is a matter of history
    return waves.inWaves(perNode, total);
  }

  private static <N> String id(RingSettings<N> settings, @Nullable N node) {
    return node == null ? "" : settings.idFunction.apply(node);
  }

  /** In parts whose lengths differ by one position at most. */
  private static <N> List<Move<N>> split(Move<N> move, Circle circle, double maxFraction) {
    double most = Math.ceil(move.fraction() / maxFraction);
    if (most <= 1) {
      return List.of(move);
    }
    long last = circle.last(move.range());
    int parts = (int) (last >= 0 ? Math.min(most, last + 1.0) : most);
    long size = Long.divideUnsigned(last, parts);
    long larger = Long.remainderUnsigned(last, parts) + 1;
    List<Move<N>> split = new ArrayList<>(parts);
    long at = move.range().from();
    for (int i = 0; i < parts; i++) {
      long to = circle.after(at, i < larger ? size + 1 : size);
      HashRange range = new HashRange(at, to);
      split.add(new Move<>(range, move.from(), move.to(), circle.fraction(range)));
      at = to;
    }
    return split;
  }

  private List<List<Move<N>>> inWaves(int perNode, int total) {
    int[] colors = EdgeColoring.of(vertices(Step::from), vertices(Step::to), perNode, total);
    List<List<Move<N>>> waves = new ArrayList<>();
    for (int i = 0; i < colors.length; i++) {
      while (waves.size() <= colors[i]) {
        waves.add(new ArrayList<>());
      }
      waves.get(colors[i]).add(steps.get(i).move);
    }
    waves.replaceAll(Collections::unmodifiableList);
    return Collections.unmodifiableList(waves);
  }

  /** The nodes by numbers. */
  private int[] vertices(Function<Step<N>, String> id) {
    Map<String, Integer> numbers = new HashMap<>();
    return steps.stream()
        .map(id)
        .mapToInt(node ->
            node.isEmpty() ? EdgeColoring.FREE : numbers.computeIfAbsent(node, n -> numbers.size()))
        .toArray();
  }
}
