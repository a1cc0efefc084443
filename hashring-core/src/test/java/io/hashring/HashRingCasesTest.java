package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.within;

import io.hashring.hash.HashFunctions;
import io.hashring.interop.InteropFunctions;
import io.hashring.placement.Placement;
import io.hashring.placement.Placements;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What users of this and of other rings stumbled over. */
final class HashRingCasesTest {

  /** Equal to every other, whatever its id. */
  private record Alike(String id) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Alike;
    }

    @Override
    public int hashCode() {
      return 1;
    }
  }

  @Test
  void nodes_equalUnderDifferentIds_areKnownByTheirIdsInEveryResult() {
    List<Alike> all = List.of(new Alike("a"), new Alike("b"), new Alike("c"));
    HashRing<Alike> ring = HashRing.<Alike>builder(Alike::id).addAll(all).build();
    HashRing<Alike> after = ring.without(all.get(2));
    RingDiff<Alike> diff = ring.diff(after);

    assertThat(ring.nodes()).hasSize(3);
    assertThat(ring.nodes().stream().map(Alike::id)).containsExactly("a", "b", "c");
    assertThat(after.nodes().contains(all.get(2))).isFalse();
    assertThat(after.nodes().contains(all.get(1))).isTrue();
    assertThat(diff.gains()).hasSize(2);
    assertThat(diff.gains().keySet().stream().map(Alike::id)).containsExactly("a", "b");
    assertThat(sum(diff.gains())).isCloseTo(diff.movedFraction(), within(1e-12));
    assertThat(sum(diff.losses())).isCloseTo(diff.movedFraction(), within(1e-12));
    assertThat(diff.gains().get(all.get(0)))
        .isEqualTo(
            after.ownership().share(all.get(0)) - ring.ownership().share(all.get(0)),
            within(1e-12));
    assertThat(diff.gains().get(all.get(2))).isNull();
    assertThat(ring.preferenceList("k").first(3).stream().map(Alike::id))
        .containsExactlyInAnyOrder("a", "b", "c");
  }

  private static double sum(Map<?, Double> shares) {
    return shares.values().stream().mapToDouble(share -> share).sum();
  }

  @Test
  void results_afterTheIdFunctionBeganToThrow_stillAnswer() {
    AtomicBoolean broken = new AtomicBoolean();
    Function<String, String> id = node -> {
      if (broken.get()) {
        throw new IllegalStateException("broken");
      }
      return node;
    };
    HashRing<String> ring =
        HashRing.<String>builder(id).addAll(List.of("a", "b", "c")).build();
    RingDiff<String> diff = ring.diff(ring.with("d"));
    Ownership<String> ownership = ring.ownership(Replication.of(2));
    broken.set(true);

    assertThat(diff.gains().entrySet()).hasSize(1);
    assertThat(diff.losses().values()).hasSize(3);
    assertThat(diff.moves()).isNotEmpty();
    assertThat(diff.movesOf("user:42")).hasSizeLessThan(2);
    assertThat(diff).asString().contains("d +");
    assertThat(ownership.ranges()).isNotEmpty();
    assertThat(ownership).asString().contains("peak to mean");
    assertThat(ring.preferenceList("k").first(2)).hasSize(2);
    assertThat(ring.toBuilder()).isNotNull();
  }

  /** All that decides about keys can be read, so a ring can be made again from what it says. */
  @Test
  void ring_copiedByWhatItSays_isEqual() {
    for (Placement placement : List.of(
        Placements.v1(HashFunctions.xxh3_64(), 40),
        Placements.slots(InteropFunctions.md5(), 512, 9, Placement.Ties.LAST_ADDED))) {
      List<String> ids =
          new ArrayList<>(IntStream.range(0, 12).mapToObj(i -> "n" + i).toList());
      Collections.reverse(ids);
      HashRing<String> ring = HashRing.builder()
          .placement(placement)
          .addAll(ids)
          .build()
          .with("n5", 2)
          .without("n3")
          .with("n3");
      HashRing.Builder<String> copy =
          HashRing.builder().placement(ring.placement()).probes(ring.probes());
      for (String node : ring.nodesAsAdded()) {
        copy.add(node, ring.weight(node));
      }

      assertThat(copy.build()).isEqualTo(ring);
      assertThat(copy.build().checksum()).isEqualTo(ring.checksum());
      HashRing<String> copied = copy.build();
      assertThat(IntStream.range(0, 10_000).mapToObj(i -> "key-" + i))
          .allMatch(key -> copied.locate(key).equals(ring.locate(key)));
      assertThat(ring.nodesAsAdded().get(11)).isEqualTo("n3");
    }
  }

  @Test
  void find_byId_knowsMembersOnly() {
    HashRing<Node> ring = HashRing.builder(Node::id)
        .add(new Node("a", 1))
        .add(new Node("b", 1), 0)
        .build();

    assertThat(ring.contains("a")).isTrue();
    assertThat(ring.contains("b")).isTrue();
    assertThat(ring.contains("c")).isFalse();
    assertThat(ring.contains("")).isFalse();
    assertThat(ring.find("a")).contains(new Node("a", 1));
    assertThat(ring.with(new Node("a", 2)).find("a")).contains(new Node("a", 2));
    assertThat(ring.find("A")).isEmpty();
    assertThat(ring.nodes().contains(new Node("a", 9))).isTrue();
    assertThatNullPointerException()
        .isThrownBy(() -> ring.contains(null))
        .withMessage("id must not be null");
  }

  @Test
  void withoutIfPresent_doesNotMindAbsence() {
    HashRing<String> ring = HashRing.of("a", "b");

    assertThat(ring.withoutIfPresent("c")).isSameAs(ring);
    assertThat(ring.withoutIfPresent("b")).isEqualTo(HashRing.of("a"));
    assertThat(ring.change(change -> change.removeIfPresent("a").removeIfPresent("a")))
        .isEqualTo(HashRing.of("b"));
    assertThat(ring.change(change -> change.add("c").removeIfPresent("c"))).isEqualTo(ring);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ring.withoutIfPresent(""))
        .withMessage("id must not be empty");
  }

  @Test
  void add_ofAMember_isRefused() {
    HashRing<String> ring = HashRing.of("a", "b");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ring.change(change -> change.add("a")))
        .withMessage("node must not be a member yet: a");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ring.change(change -> change.add("c").add("c")))
        .withMessage("node must not be a member yet: c");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ConcurrentHashRing.of(ring).add("b"))
        .withMessage("node must not be a member yet: b");
    assertThat(ring.change(change -> change.remove("a").set("a", 2)))
        .isEqualTo(HashRing.of("b").with("a", 2));
  }

  /** Slots are given again and given up, so a ring is as large as its members. */
  @Test
  void ring_thatShrank_forgetsTheSlotsOfThoseWhoLeft() {
    HashRing.Builder<String> builder = HashRing.builder().pointsPerNode(2);
    IntStream.range(0, 20_000).forEach(i -> builder.add("node-" + i));
    HashRing<String> ring = builder.build();
    HashRing<String> few = ring.change(change -> IntStream.range(0, 20_000)
        .filter(i -> i != 7 && i != 19_999)
        .forEach(i -> change.remove("node-" + i)));

    assertThat(few.state().slotCount()).isLessThanOrEqualTo(64);
    HashRing<String> again = HashRing.<String>builder(Function.identity())
        .pointsPerNode(2)
        .add("node-7")
        .add("node-19999")
        .build();
    assertThat(few).isEqualTo(again);
    assertThat(few.checksum()).isEqualTo(again.checksum());
    assertThat(ring.diff(few).losses()).hasSize(19_998);
    HashRing<String> oneByOne = ring;
    for (int i = 0; i < 19_000; i++) {
      oneByOne = oneByOne.without("node-" + i);
      if (i == 200) {
        oneByOne = ring.change(
            change -> IntStream.range(0, 18_990).forEach(j -> change.remove("node-" + j)));
        i = 18_989;
      }
    }
    assertThat(oneByOne.state().slotCount()).isLessThan(5_000);
    assertThat(oneByOne.nodes()).hasSize(1_000);
  }

  @Test
  void addAll_manyTimes_takesTimeForEachNodeOnce() {
    HashRing.Builder<String> builder = HashRing.builder().pointsPerNode(1);
    IntStream.range(0, 100_000).forEach(i -> builder.addAll(List.of("node-" + i)));

    assertThat(builder.build().nodes()).hasSize(100_000);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.addAll(List.of("new", "node-5")))
        .withMessage("id must be unique among the nodes: node-5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.addAll(List.of("new", "new")))
        .withMessage("id must be unique among the nodes: new");
    assertThat(builder.build().contains("new")).isFalse();
  }

  @Test
  void weights_nearOnePoint_areRoundedAsOwnershipTellsAndCanBeScaled() {
    HashRing.Builder<String> builder = HashRing.builder().add("a", 0.004).add("b", 0.008);
    Ownership<String> rounded = builder.build().ownership();
    assertThat(rounded.expectedShare("b")).isCloseTo(2.0 / 3, within(1e-12));
    assertThat(rounded.roundedShare("b")).isEqualTo(0.5);

    HashRing<String> scaled = builder.scaleWeights(1000).build();
    assertThat(scaled.weight("a")).isEqualTo(4);
    assertThat(scaled.ownership().roundedShare("b")).isCloseTo(2.0 / 3, within(1e-12));
    assertThat(scaled.ownership().share("b")).isCloseTo(2.0 / 3, within(0.05));

    for (double factor : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> builder.scaleWeights(factor))
          .withMessage("factor must be finite and positive: " + factor);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.scaleWeights(Double.MAX_VALUE))
        .withMessage("weight must be finite and not negative: Infinity of node a");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HashRing.builder().add("a", 0.25).scaleWeights(Double.MIN_VALUE))
        .withMessage("factor must leave a positive weight positive: 4.9E-324 with node a of weight"
            + " 0.25");
    assertThat(builder.build()).isEqualTo(scaled);
  }

  @Test
  void weight_thatFitsAnIndexButNotTheHeap_isRefusedBeforeItIsTried() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HashRing.builder().add("a", 1e7).build())
        .withMessageStartingWith("points of all nodes together must not exceed 268435456");
    assertThat(Runtime.getRuntime().maxMemory())
        .as("the heap that the build gives its tests")
        .isLessThan(8L << 30);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HashRing.builder().add("a", 1_600_000).build())
        .withMessageStartingWith(
            "points of all nodes together must fit the heap: 256000000 points" + " take")
        .withMessageContaining("MB to lay out, and the heap of this JVM has at most");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HashRing.of("a").with("b", 1_600_000))
        .withMessageStartingWith("points of all nodes together must fit the heap");
  }

  @Test
  void points_partsOfParts_refuseWhatLiesOutside() {
    NavigableMap<Long, String> points = HashRing.of("a").points();
    NavigableMap<Long, String> model = new TreeMap<>(Long::compareUnsigned);
    model.putAll(points);
    long[] bounds = {0, 9, 10, 11, 15, 19, 20, 21, 100, -2, -1};
    for (boolean low : new boolean[] {true, false}) {
      for (boolean high : new boolean[] {true, false}) {
        NavigableMap<Long, String> part = points.subMap(10L, low, 20L, high);
        NavigableMap<Long, String> expected = model.subMap(10L, low, 20L, high);
        for (long bound : bounds) {
          for (boolean inclusive : new boolean[] {true, false}) {
            assertThat(refuses(() -> part.headMap(bound, inclusive)))
                .as("headMap(%s, %s) of 10 %s, 20 %s", bound, inclusive, low, high)
                .isEqualTo(refuses(() -> expected.headMap(bound, inclusive)));
            assertThat(refuses(() -> part.tailMap(bound, inclusive)))
                .as("tailMap(%s, %s) of 10 %s, 20 %s", bound, inclusive, low, high)
                .isEqualTo(refuses(() -> expected.tailMap(bound, inclusive)));
            assertThat(refuses(() -> part.subMap(12L, true, bound, inclusive)))
                .isEqualTo(refuses(() -> expected.subMap(12L, true, bound, inclusive)));
          }
        }
      }
    }
    assertThat(points.headMap(-1L, true)).isEqualTo(model);
    SortedMap<Long, String> head = points.headMap(100L);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> head.headMap(101L))
        .withMessage("to must lie within the part of the ring that this is, from 0 to 100: 101");
  }

  private static boolean refuses(Runnable call) {
    try {
      call.run();
      return false;
    } catch (IllegalArgumentException refused) {
      return true;
    }
  }

  @Test
  void points_claimNotToBeSerializable() {
    NavigableMap<Long, String> points = HashRing.of("a").points();
    NavigableSet<Long> keys = points.navigableKeySet();

    assertThat(points).isNotInstanceOf(Serializable.class);
    assertThat(points.headMap(5L)).isNotInstanceOf(Serializable.class);
    assertThat(points.descendingMap()).isNotInstanceOf(Serializable.class);
    assertThat(keys).isNotInstanceOf(Serializable.class);
    assertThat(HashRing.of("a").nodes()).isNotInstanceOf(Serializable.class);
  }

  /** Under HAProxy's rule, and with probes, the ceiling of a position is not the owner. */
  @Test
  void points_ofAPlainRing_answerAsLookupsDo() {
    HashRing<String> ring = HashRing.of("a", "b", "c");
    NavigableMap<Long, String> points = ring.points();
    for (int i = 0; i < 1000; i++) {
      var entry = points.ceilingEntry(ring.position("key-" + i));
      assertThat((entry == null ? points.firstEntry() : entry).getValue())
          .isEqualTo(ring.locate("key-" + i));
    }
  }

  @Test
  void change_keptAfterItsCall_isRefused() {
    List<HashRing.Change<String>> kept = new ArrayList<>();
    HashRing.of("a").change(kept::add);

    assertThatIllegalStateException()
        .isThrownBy(() -> kept.get(0).set("b"))
        .withMessage("change must be described before change(…) returns");
  }

  @Test
  void preferenceList_asText_showsTheFirstNodes() {
    assertThat(HashRing.of("a").preferenceList("k")).hasToString("[a]");
    assertThat(HashRing.of().preferenceList("k")).hasToString("[]");
    assertThat(HashRing.of(IntStream.range(0, 30).mapToObj(i -> "n" + i).toArray(String[]::new))
            .preferenceList("k")
            .toString())
        .endsWith(", …]");
  }

  @Test
  void preferenceList_askedAgain_startsAnew() {
    PreferenceList<String> list = HashRing.of("a", "b", "c").preferenceList("k");
    List<String> nodes = list.stream().toList();

    assertThat(list.stream().toList()).isEqualTo(nodes);
    assertThat(list).containsExactlyElementsOf(nodes);
    assertThat(list.first()).contains(nodes.get(0));
    assertThat(list.where(node -> !node.equals(nodes.get(0)))
            .where(node -> !node.equals(nodes.get(1)))
            .first(9))
        .containsExactly(nodes.get(2));
    assertThat(list.where(node -> false).first()).isEmpty();
    assertThat(HashRing.of().preferenceList("k").first()).isEmpty();
  }
}
