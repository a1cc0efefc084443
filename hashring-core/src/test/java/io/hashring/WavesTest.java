package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.RingDiff.Move;
import io.hashring.hash.HashFunctions;
import io.hashring.interop.InteropFunctions;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Moves in waves: each once, within the limits, in as few waves as these allow. */
final class WavesTest {

  private static final List<Placement> PLACEMENTS = List.of(
      Placements.v1(HashFunctions.xxh3_64(), 20),
      Placements.v1(HashFunctions.xxh3_64(), 1),
      Placements.v1(TestHash.addressable(TestHash.FOUR_BITS), 5),
      Placements.slots(InteropFunctions.md5(), 64, 5, Ties.SMALLEST_ID));

  /** Two rings, of which the second came of the first by changes, and copies. */
  private record Case(HashRing<String> before, HashRing<String> after, int copies) {

    static Case random(Random random) {
      Placement placement = PLACEMENTS.get(random.nextInt(PLACEMENTS.size()));
      HashRing.Builder<String> builder = HashRing.builder().placement(placement);
      int nodes = random.nextInt(16);
      for (int i = 0; i < nodes; i++) {
        builder.add("node-" + i, random.nextInt(6) == 0 ? 0 : 1 + random.nextInt(2));
      }
      HashRing<String> before = builder.build();
      HashRing<String> after = before.change(change -> {
        for (int i = 1 + random.nextInt(8); i > 0; i--) {
          String node = "node-" + random.nextInt(nodes + 3);
          if (random.nextInt(3) == 0) {
            change.removeIfPresent(node);
          } else {
            change.set(node, random.nextInt(3));
          }
        }
      });
      return new Case(before, after, 1 + random.nextInt(3));
    }

    RingDiff<String> diff() {
      return before.diff(after, Replication.of(copies));
    }

    /** The same rings, built in another order. */
    RingDiff<String> diffOfOthers(Random random) {
      return rebuilt(before, random).diff(rebuilt(after, random), Replication.of(copies));
    }

    private static HashRing<String> rebuilt(HashRing<String> ring, Random random) {
      List<String> order = new ArrayList<>(ring.nodes());
      Collections.shuffle(order, random);
      HashRing.Builder<String> builder = HashRing.builder().placement(ring.placement());
      order.forEach(node -> builder.add(node, ring.weight(node)));
      return builder.build();
    }
  }

  @Test
  void waves_ofRandomDiffs_keepTheLimitsInAsFewWavesAsTheseAllow() {
    Random random = new Random(17);
    int moves = 0;
    for (int i = 0; i < Depth.of(1000); i++) {
      Case some = Case.random(random);
      RingDiff<String> diff = some.diff();
      int perNode = 1 + random.nextInt(4);
      int total = 1 + random.nextInt(random.nextBoolean() ? 5 : 50);
      List<List<Move<String>>> waves = diff.waves(perNode, total, 1);
      assertKeepsLimits(waves, perNode, total);
      assertThat(all(waves)).containsExactlyInAnyOrderElementsOf(diff.moves());
      assertThat(waves).hasSize(fewest(diff.moves(), perNode, total));
      assertThat(some.diffOfOthers(random).waves(perNode, total, 1)).isEqualTo(waves);
      moves += diff.moves().size();
    }
    assertThat(moves).isGreaterThan(Depth.of(20_000));
  }

  @Test
  void waves_split_haveEveryPositionOfEveryMoveOnce() {
    Random random = new Random(18);
    for (int i = 0; i < Depth.of(300); i++) {
      Case some = Case.random(random);
      RingDiff<String> diff = some.diff();
      double most = random.nextInt(3) == 0 ? 1 : 0.002 + random.nextDouble() / 20;
      List<List<Move<String>>> waves = diff.waves(2, 7, most);
      List<Move<String>> parts = all(waves);
      assertKeepsLimits(waves, 2, 7);
      assertThat(waves).hasSize(fewest(parts, 2, 7));
      assertThat(some.diffOfOthers(random).waves(2, 7, most)).isEqualTo(waves);
      double position = some.before.placement().maxPosition() == -1L ? 0x1p-60 : 1.0 / 64;
      assertThat(parts).allMatch(part -> part.fraction() <= most + position);
      assertThat(joined(parts)).isEqualTo(joined(diff.moves()));
    }
  }

  private static void assertKeepsLimits(List<List<Move<String>>> waves, int perNode, int total) {
    for (List<Move<String>> wave : waves) {
      assertThat(wave).isNotEmpty().hasSizeLessThanOrEqualTo(total);
      assertThat(busiest(wave, Move::from)).isLessThanOrEqualTo(perNode);
      assertThat(busiest(wave, Move::to)).isLessThanOrEqualTo(perNode);
    }
  }

  /** No schedule has fewer: a wave takes so many of the busiest node, and so many of all. */
  private static int fewest(List<Move<String>> moves, int perNode, int total) {
    int busiest = Math.max(busiest(moves, Move::from), busiest(moves, Move::to));
    return Math.max((busiest + perNode - 1) / perNode, (moves.size() + total - 1) / total);
  }

  private static int busiest(
      List<Move<String>> moves, Function<Move<String>, @Nullable String> node) {
    Map<String, Integer> counts = new HashMap<>();
    for (Move<String> move : moves) {
      String id = node.apply(move);
      if (id != null) {
        counts.merge(id, 1, Integer::sum);
      }
    }
    return counts.values().stream().mapToInt(count -> count).max().orElse(0);
  }

  private static List<Move<String>> all(List<List<Move<String>>> waves) {
    return waves.stream().flatMap(List::stream).toList();
  }

  /** Ranges by their nodes, those that touch joined; two that overlap would be found here. */
  private static Map<List<@Nullable String>, Set<HashRange>> joined(List<Move<String>> moves) {
    Map<List<@Nullable String>, Map<Long, Long>> ends = new HashMap<>();
    for (Move<String> move : moves) {
      List<@Nullable String> pair = new ArrayList<>();
      pair.add(move.from());
      pair.add(move.to());
      Long other = ends.computeIfAbsent(pair, p -> new HashMap<>())
          .put(move.range().from(), move.range().to());
      assertThat(other).as("another end of a range of %s", move).isNull();
    }
    Map<List<@Nullable String>, Set<HashRange>> joined = new HashMap<>();
    ends.forEach((pair, ranges) -> joined.put(pair, join(ranges)));
    return joined;
  }

  private static Set<HashRange> join(Map<Long, Long> ranges) {
    Set<HashRange> joined = new HashSet<>();
    Set<Long> starts = new HashSet<>(ranges.keySet());
    starts.removeAll(ranges.values());
    if (starts.isEmpty()) { // all around
      return Set.of(new HashRange(0, 0));
    }
    for (Long start : starts) {
      Long end = start;
      while (ranges.containsKey(end)) {
        end = ranges.remove(end);
      }
      joined.add(new HashRange(start, end));
    }
    assertThat(ranges).as("ranges that no other leads to").isEmpty();
    return joined;
  }

  @Test
  void waves_ofEmptyDiff_areNone() {
    HashRing<String> ring = HashRing.of("a", "b");
    assertThat(ring.diff(ring).waves(1, 1, 1)).isEmpty();
  }

  @Test
  void waves_ofTheWholeCircle_areSplitEvenly() {
    HashRing<String> ring = HashRing.of("a");
    RingDiff<String> diff = ring.diff(HashRing.of("b"));
    assertThat(diff.moves()).hasSize(1);
    List<List<Move<String>>> waves = diff.waves(1, 1, 1.0 / 3);
    assertThat(waves).hasSize(3);
    long from = diff.moves().get(0).range().from();
    long third = Long.divideUnsigned(-1, 3);
    assertThat(all(waves).stream().map(Move::range))
        .containsExactlyInAnyOrder(
            new HashRange(from, from + third + 1),
            new HashRange(from + third + 1, from + 2 * third + 1),
            new HashRange(from + 2 * third + 1, from));
  }

  /** A hundred nodes join a hundred: 32,000 moves, more or less. */
  @Test
  void waves_ofALargeChange_areAsFew() {
    HashRing.Builder<String> builder = HashRing.builder();
    for (int i = 0; i < 100; i++) {
      builder.add("old-" + i);
    }
    HashRing<String> ring = builder.build();
    HashRing<String> grown = ring.change(change -> {
      for (int i = 0; i < 100; i++) {
        change.add("new-" + i);
      }
    });
    RingDiff<String> diff = ring.diff(grown, Replication.of(3));
    for (int total : List.of(Integer.MAX_VALUE, 100, 30)) {
      List<List<Move<String>>> waves = diff.waves(1, total, 1);
      assertKeepsLimits(waves, 1, total);
      assertThat(waves).hasSize(fewest(diff.moves(), 1, total));
    }
  }

  @Test
  void limits_thatAreNone_areRefused() {
    RingDiff<String> diff = HashRing.of("a").diff(HashRing.of("b"));
    assertThatThrownBy(() -> diff.waves(0, 1, 1)).hasMessage("perNode must be at least 1: 0");
    assertThatThrownBy(() -> diff.waves(1, 0, 1)).hasMessage("total must be at least 1: 0");
    for (double none : new double[] {0, -1, 1.1, Double.NaN}) {
      assertThatThrownBy(() -> diff.waves(1, 1, none))
          .hasMessage("maxFraction must be above 0 and up to 1: " + none);
    }
    assertThatThrownBy(() -> diff.waves(1, 1, 1e-9))
        .hasMessage("maxFraction must leave no more than 16777216 moves: 1.0E-9");
  }
}
