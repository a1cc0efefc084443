package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import io.hashring.ReplicationTest.Host;
import io.hashring.RingDiff.Move;
import io.hashring.hash.HashFunctions;
import io.hashring.interop.InteropFunctions;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Diffs and ranges of copies over failure domains, against the lists of every position. */
final class CopiesDiffTest {

  private static final List<Placement> PLACEMENTS = List.of(
      Placements.v1(HashFunctions.xxh3_64(), 5),
      Placements.v1(TestHash.addressable(TestHash.FOUR_BITS), 5), // many ties
      Placements.slots(InteropFunctions.md5(), 64, 5, Ties.SMALLEST_ID),
      new RuledPlacement(
          Placements.v1(HashFunctions.xxh3_64(), 5),
          Placement.Search.NEAREST,
          Placement.Ties.LAST_ADDED,
          1));

  /**
   * Hosts that were, and those that are: some left, came, moved to another domain, were weighed.
   */
  record Change(Placement placement, Map<Host, Double> before, Map<Host, Double> after) {
    HashRing<Host> ringBefore() {
      HashRing.Builder<Host> builder = HashRing.<Host>builder(Host::id).placement(placement);
      before.forEach(builder::add);
      return builder.build();
    }

    HashRing<Host> ringAfter(HashRing<Host> ring, boolean rebuilt) {
      Set<String> ids = new HashSet<>();
      after.keySet().forEach(host -> ids.add(host.id()));
      HashRing<Host> changed = ring.change(change -> {
        before.keySet().stream().filter(host -> !ids.contains(host.id())).forEach(change::remove);
        after.forEach(change::set);
      });
      return rebuilt ? changed.toBuilder().build() : changed;
    }
  }

  @Provide
  Arbitrary<Change> changes() {
    return Combinators.combine(Arbitraries.of(PLACEMENTS), Arbitraries.longs())
        .as((placement, seed) -> {
          Random random = new Random(seed);
          int hosts = random.nextInt(11);
          int zones = 1 + random.nextInt(4);
          Map<Host, Double> before = new HashMap<>();
          Map<Host, Double> after = new HashMap<>();
          int changed = random.nextInt(3);
          for (int i = 0; i < hosts; i++) {
            Host host = host(i, zones, random);
            double weight = random.nextInt(8) == 0 ? 0 : 1;
            int fate = i < changed ? random.nextInt(4) : 4;
            if (fate != 0) {
              before.put(host, weight);
            }
            if (fate == 2) {
              after.put(host(i, zones + 1, random), weight); // to another domain
            } else if (fate == 3) {
              after.put(host, 2.0);
            } else if (fate != 1) {
              after.put(host, weight);
            }
          }
          return new Change(placement, before, after);
        });
  }

  private static Host host(int i, int zones, Random random) {
    return new Host(
        i, "z" + random.nextInt(zones), "r" + random.nextInt(2), "s" + random.nextInt(2));
  }

  private static Replication<Host> replication(int copies, int levels) {
    Replication<Host> replication = Replication.of(copies);
    for (Function<Host, String> level :
        List.<Function<Host, String>>of(Host::zone, Host::rack, Host::shelf).subList(0, levels)) {
      replication = replication.across(level);
    }
    return replication;
  }

  /** Every position at which a list may begin to be another: what is claimed, and behind it. */
  private static TreeSet<Long> breakpoints(HashRing<?>... rings) {
    TreeSet<Long> positions = new TreeSet<>(Long::compareUnsigned);
    for (HashRing<?> ring : rings) {
      Arcs arcs = ring.state().arcs();
      for (long end : arcs.ends) {
        positions.add(end);
      }
    }
    if (positions.isEmpty()) {
      positions.add(0L);
    }
    return positions;
  }

  @Property(seed = "811", tries = 3000)
  void law8_diffOfCopiesOverDomains_agreesWithPreferenceLists(
      @ForAll("changes") Change change,
      @ForAll boolean rebuilt,
      @ForAll @IntRange(min = 1, max = 6) int copies,
      @ForAll @IntRange(max = 3) int levels) {
    HashRing<Host> before = change.ringBefore();
    HashRing<Host> after = change.ringAfter(before, rebuilt);
    Replication<Host> replication = replication(copies, levels);

    RingDiff<Host> diff = before.diff(after, replication);

    assertAgrees(diff, before, after, replication, replication);
  }

  @Property(seed = "812", tries = 1500)
  void law8_diffBetweenReplications_agreesWithPreferenceLists(
      @ForAll("changes") Change change,
      @ForAll @IntRange(min = 1, max = 6) int copiesBefore,
      @ForAll @IntRange(min = 1, max = 6) int copiesAfter,
      @ForAll @IntRange(max = 3) int levelsBefore,
      @ForAll @IntRange(max = 3) int levelsAfter) {
    HashRing<Host> before = change.ringBefore();
    HashRing<Host> after = change.ringAfter(before, false);
    Replication<Host> from = replication(copiesBefore, levelsBefore);
    Replication<Host> to = replication(copiesAfter, levelsAfter);

    assertAgrees(before.diff(after, from, to), before, after, from, to);
    assertAgrees(before.diff(before, from, to), before, before, from, to);
  }

  private static void assertAgrees(
      RingDiff<Host> diff,
      HashRing<Host> before,
      HashRing<Host> after,
      Replication<Host> from,
      Replication<Host> to) {
    for (long position : breakpoints(before, after)) {
      List<String> lost = ids(before.preferenceListAt(position).first(from));
      List<String> gained = ids(after.preferenceListAt(position).first(to));
      List<String> kept = new ArrayList<>(lost);
      kept.retainAll(gained);
      lost.removeAll(kept);
      gained.removeAll(kept);
      List<String> movedFrom = new ArrayList<>();
      List<String> movedTo = new ArrayList<>();
      for (Move<Host> move : diff.movesAt(position)) {
        assertThat(move.range().contains(position)).isTrue();
        if (move.from() != null) {
          movedFrom.add(move.from().id());
        }
        if (move.to() != null) {
          movedTo.add(move.to().id());
        }
      }
      assertThat(movedFrom).as("lose %x", position).containsExactlyInAnyOrderElementsOf(lost);
      assertThat(movedTo).as("gain %x", position).containsExactlyInAnyOrderElementsOf(gained);
      assertThat(diff.moves().stream()
              .filter(move -> move.range().contains(position))
              .toList())
          .as("moves of %x", position)
          .containsExactlyInAnyOrderElementsOf(diff.movesAt(position));
    }
  }

  private static List<String> ids(List<Host> hosts) {
    return new ArrayList<>(hosts.stream().map(Host::id).toList());
  }

  @Property(seed = "813", tries = 1500)
  void ranges_ofCopiesOverDomains_areThoseOfPreferenceLists(
      @ForAll("changes") Change change,
      @ForAll @IntRange(min = 1, max = 6) int copies,
      @ForAll @IntRange(max = 3) int levels) {
    HashRing<Host> ring = change.ringBefore();
    Replication<Host> replication = replication(copies, levels);
    Ownership<Host> ownership = ring.ownership(replication);
    List<Ownership.Range<Host>> ranges = ownership.ranges().toList();

    Circle circle = ring.state().circle();
    Map<String, Double> shares = new HashMap<>();
    for (int i = 0; i < ranges.size(); i++) {
      HashRange range = ranges.get(i).range();
      List<Host> nodes = ranges.get(i).nodes();
      Ownership.Range<Host> next = ranges.get((i + 1) % ranges.size());
      assertThat(range.to()).isEqualTo(next.range().from());
      if (ranges.size() > 1) {
        assertThat(nodes).isNotEqualTo(next.nodes());
      }
      nodes.forEach(node -> shares.merge(node.id(), circle.fraction(range), Double::sum));
    }
    for (long position : breakpoints(ring)) {
      List<Host> expected = ring.preferenceListAt(position).first(replication);
      List<Ownership.Range<Host>> found =
          ranges.stream().filter(range -> range.range().contains(position)).toList();
      assertThat(found).hasSize(expected.isEmpty() ? 0 : 1);
      found.forEach(range -> assertThat(range.nodes()).isEqualTo(expected));
    }
    for (Host host : ring.nodes()) {
      double share = shares.getOrDefault(host.id(), 0.0);
      assertThat(ownership.share(host)).isCloseTo(share, within(1e-12));
      double ofRanges = ranges.stream()
          .filter(range -> range.nodes().contains(host))
          .mapToDouble(range -> circle.fraction(range.range()))
          .sum();
      assertThat(ofRanges).isCloseTo(share, within(1e-12));
    }
    double expectedCopies =
        ring.nodes().stream().mapToDouble(ownership::expectedShare).sum();
    long holders = ring.nodes().stream().filter(host -> ring.weight(host) > 0).count();
    assertThat(expectedCopies).isCloseTo(Math.min(copies, holders), within(1e-9));
  }

  /**
   * The zone cases: a store keeps its copies by lists over zones and does what the diff says. After
   * it, every key has its copies where they belong, and nothing was named for nothing.
   */
  @Example
  void store_thatMovesWhatTheDiffSays_lacksNoCopy() {
    assertStoreIsWhole(List.of(2), new Host(90, "z1", "r"), 2);
    assertStoreIsWhole(List.of(3, 3), new Host(90, "z2", "r"), 3);
    assertStoreIsWhole(List.of(3, 3, 3), new Host(90, "z0", "r"), 3);
    assertStoreIsWhole(List.of(30, 30, 30), new Host(90, "z0", "r"), 5);
    assertStoreIsWhole(List.of(40, 20, 20), new Host(90, "z3", "r"), 6);
  }

  private static void assertStoreIsWhole(List<Integer> zones, Host joins, int copies) {
    HashRing.Builder<Host> builder = HashRing.builder(Host::id);
    int number = 0;
    for (int zone = 0; zone < zones.size(); zone++) {
      for (int i = 0; i < zones.get(zone); i++) {
        builder.add(new Host(number++, "z" + zone, "r"));
      }
    }
    HashRing<Host> before = builder.build();
    HashRing<Host> after = before.with(joins);
    Replication<Host> replication = Replication.<Host>of(copies).across(Host::zone);

    for (List<HashRing<Host>> step : List.of(List.of(before, after), List.of(after, before))) {
      RingDiff<Host> diff = step.get(0).diff(step.get(1), replication);
      int lacking = 0;
      int forNothing = 0;
      for (int i = 0; i < Depth.of(100_000); i++) {
        String key = "key-" + i;
        Set<String> store = new HashSet<>(ids(step.get(0).preferenceList(key).first(replication)));
        Set<String> wanted = new HashSet<>(ids(step.get(1).preferenceList(key).first(replication)));
        List<Move<Host>> moves = diff.movesOf(key);
        forNothing += !moves.isEmpty() && store.equals(wanted) ? 1 : 0;
        for (Move<Host> move : moves) {
          if (move.from() != null) {
            store.remove(move.from().id());
          }
          if (move.to() != null) {
            store.add(move.to().id());
          }
        }
        lacking += store.equals(wanted) ? 0 : 1;
      }
      assertThat(lacking).as("keys that lack a copy").isZero();
      assertThat(forNothing).as("keys that are named for nothing").isZero();
    }
  }

  /** Why nodes are to join one at a time: what docs/do/migrate.md says of ten nodes. */
  @Example
  void joins_oneAtATime_leaveAMajorityOfTheOldCopies() {
    for (int joining : new int[] {1, 2, 10}) {
      int without = 0;
      for (int set = 0; set < 20; set++) {
        HashRing.Builder<String> builder = HashRing.builder();
        for (int i = 0; i < 10; i++) {
          builder.add("n" + set + "-" + i);
        }
        HashRing<String> ring = builder.build();
        for (int i = 0; i < joining; i++) {
          builder.add("j" + set + "-" + i);
        }
        HashRing<String> grown = builder.build();
        for (int k = 0; k < 5000; k++) {
          Set<String> kept = new HashSet<>(ring.preferenceList("user:" + k).first(3));
          kept.retainAll(grown.preferenceList("user:" + k).first(3));
          without += kept.size() < 2 ? 1 : 0;
        }
      }
      System.out.printf(
          "%d join at once: %.1f %% of the keys lack a majority of the old copies%n",
          joining, without / 1000.0);
      assertThat(without == 0).isEqualTo(joining == 1);
    }
  }

  @Example
  void diff_onlyTheNumberOfCopiesChanges_namesTheFurtherCopies() {
    HashRing<String> ring = HashRing.of("a", "b", "c");

    RingDiff<String> more = ring.diff(ring, Replication.of(1), Replication.of(2));
    assertThat(more.moves()).allSatisfy(move -> assertThat(move.from()).isNull());
    assertThat(more.movedFraction()).isCloseTo(0.5, within(1e-12));
    RingDiff<String> less = ring.diff(ring, Replication.of(2), Replication.of(1));
    assertThat(less.moves()).allSatisfy(move -> assertThat(move.to()).isNull());
    assertThat(ring.diff(ring, Replication.of(3), Replication.of(9)).moves()).isEmpty();
  }

  @Example
  void movedFraction_moreCopiesThanNodes_countsTheCopiesThatThereAre() {
    HashRing<String> two = HashRing.of("x", "y");

    assertThat(two.diff(two.with("z"), Replication.of(3)).movedFraction())
        .isCloseTo(1.0 / 3, within(1e-12));
    assertThat(two.diff(HashRing.of("u", "v"), Replication.of(3)).movedFraction())
        .isCloseTo(1, within(1e-12));
  }

  @Example
  void copies_ofARingOfSeveralProbes_sayWhyTheyHaveNoRanges() {
    HashRing<String> probing = HashRing.of("a", "b").toBuilder().probes(3).build();

    assertThatIllegalStateException()
        .isThrownBy(() -> probing.ownership(Replication.of(2)))
        .withMessage("copies must be 1 where a ring has several probes, whose lists form no"
            + " ranges: 2 with 3 probes");
    assertThatIllegalStateException()
        .isThrownBy(() -> probing.ownership().ranges())
        .withMessage("ranges must be asked of a ring of one probe, with more the keys of a node"
            + " form none: 3");
    assertThatIllegalStateException()
        .isThrownBy(() -> probing.diff(probing, Replication.of(2)))
        .withMessage(
            "a diff takes rings of one probe, with more the keys that move form no ranges: 3");
    HashRing<String> slots = HashRing.builder()
        .placement(Placements.slots(InteropFunctions.md5(), 512, 9, Ties.SMALLEST_ID))
        .add("a")
        .build();
    for (Runnable use : List.<Runnable>of(
        () -> slots.locateAt(512),
        () -> slots.preferenceListAt(512),
        () -> slots.diff(slots).movesAt(512))) {
      assertThatIllegalArgumentException()
          .isThrownBy(use::run)
          .withMessage("position must not exceed 511, the last one of the placement: 512");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> slots.locateAt(-1))
        .withMessageEndingWith("the last one of the placement: 18446744073709551615");
  }
}
