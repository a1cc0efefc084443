package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.interop.InteropFunctions;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HashRingTest {

  /** Three nodes of one point each, at 0, 2^63 and 2^64 − 1; keys address their positions. */
  private static final Placement THREE_POINTS = new Placement() {
    @Override
    public HashFunction keyFunction() {
      return TestHash.addressable(HashFunctions.xxh3_64());
    }

    @Override
    public long pointCount(String id, double weight) {
      return 1;
    }

    @Override
    public long[] points(String id, double weight) {
      return switch (id) {
        case "zero" -> new long[] {0};
        case "half" -> new long[] {Long.MIN_VALUE};
        case "last" -> new long[] {-1};
        default -> throw new AssertionError(id);
      };
    }
  };

  private static HashRing<String> threePoints() {
    return HashRing.builder()
        .placement(THREE_POINTS)
        .add("half")
        .add("last")
        .add("zero")
        .build();
  }

  @Nested
  class Lookup {

    @Test
    void locateAt_pointsAtTheEndsOfTheCircle_followsUnsignedOrder() {
      HashRing<String> ring = threePoints();

      assertThat(ring.locateAt(0)).isEqualTo("zero");
      assertThat(ring.locateAt(1)).isEqualTo("half");
      assertThat(ring.locateAt(Long.MAX_VALUE)).isEqualTo("half");
      assertThat(ring.locateAt(Long.MIN_VALUE)).isEqualTo("half");
      assertThat(ring.locateAt(Long.MIN_VALUE + 1)).isEqualTo("last");
      assertThat(ring.locateAt(-2)).isEqualTo("last");
      assertThat(ring.locateAt(-1)).isEqualTo("last");
    }

    @Test
    void locateAt_afterTheLastPoint_wrapsToTheFirst() {
      HashRing<String> ring = threePoints().without("last").without("zero");

      assertThat(ring.locateAt(Long.MIN_VALUE + 1)).isEqualTo("half");
      assertThat(ring.with("zero").locateAt(-1)).isEqualTo("zero");
      assertThat(ring.with("last").locateAt(0)).isEqualTo("half");
    }

    @Test
    void preferenceList_anyKey_goesOnClockwiseAndWraps() {
      HashRing<String> ring = threePoints();

      assertThat(ring.preferenceList(TestHash.at(0)).first(3))
          .containsExactly("zero", "half", "last");
      assertThat(ring.preferenceList(TestHash.at(1)).first(3))
          .containsExactly("half", "last", "zero");
      assertThat(ring.preferenceList(TestHash.at(Long.MIN_VALUE)).first(2))
          .containsExactly("half", "last");
      assertThat(ring.preferenceList(TestHash.at(-1)).first(3))
          .containsExactly("last", "zero", "half");
      assertThat(ring.preferenceList(TestHash.at(-1)).first(0)).isEmpty();
      assertThat(ring.preferenceList(TestHash.at(-1)).first(Integer.MAX_VALUE))
          .containsExactly("last", "zero", "half");
    }

    @Test
    void locate_textAndItsBytesAndItsHash_haveOneOwner() {
      HashRing<String> ring = HashRing.of("a", "b", "c", "d", "e");
      for (String key : List.of("", "user:42", "ключ", "🔑", "\uD800")) {
        byte[] bytes = key.getBytes(UTF_8);
        String owner = ring.locate(key);

        assertThat(ring.locate(bytes)).isEqualTo(owner);
        assertThat(ring.locate(new StringBuilder(key))).isEqualTo(owner);
        assertThat(ring.locateAt(HashFunctions.xxh3_64().hash(bytes))).isEqualTo(owner);
        assertThat(ring.preferenceList(key).where(node -> true).first()).contains(owner);
        assertThat(
                ring.preferenceListAt(ring.position(bytes)).where(node -> true).first())
            .contains(owner);
      }
    }

    @Test
    void locate_predicate_isAskedAtMostOncePerNode() {
      HashRing<String> ring = HashRing.of("a", "b", "c", "d");
      for (int i = 0; i < 100; i++) {
        String key = "key-" + i;
        List<String> asked = new ArrayList<>();
        Optional<String> none =
            ring.preferenceList(key).where(node -> !asked.add(node)).first();

        assertThat(none).isEmpty();
        assertThat(asked).isEqualTo(ring.preferenceList(key).first(4));
      }
    }

    @Test
    void locate_predicate_isNotAskedAfterItAgreed() {
      HashRing<String> ring = HashRing.of("a", "b", "c", "d");
      AtomicInteger asked = new AtomicInteger();

      Optional<String> second =
          ring.preferenceList("key").where(node -> asked.incrementAndGet() == 2).first();

      assertThat(second).contains(ring.preferenceList("key").first(2).get(1));
      assertThat(asked).hasValue(2);
    }

    @Test
    void locate_predicateThrows_passesItOn() {
      HashRing<String> ring = HashRing.of("a", "b");

      assertThatIllegalStateException()
          .isThrownBy(() -> ring.preferenceList("key")
              .where(node -> {
                throw new IllegalStateException("mine");
              })
              .first())
          .withMessage("mine");
    }

    @Test
    void successors_readInPart_walksNoFurther() {
      HashRing<String> ring = HashRing.of("a", "b", "c", "d");
      List<String> met = new ArrayList<>();

      assertThat(ring.preferenceList("key").stream().peek(met::add).findFirst())
          .contains(ring.locate("key"));
      assertThat(met).hasSize(1);
    }

    @Test
    void successors_readToTheEnd_endsAfterEveryNodeOnce() {
      Iterator<String> nodes =
          HashRing.of("a", "b").preferenceList("key").stream().iterator();
      nodes.next();
      nodes.next();

      assertThat(nodes.hasNext()).isFalse();
      assertThatThrownBy(nodes::next).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void lookups_manyThreadsOnAFreshRing_agree() throws Exception {
      List<String> names = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        names.add("node-" + i);
      }
      List<Object> expected = report(HashRing.builder().addAll(names).build());
      ExecutorService threads = Executors.newFixedThreadPool(8);
      try {
        for (int round = 0; round < 5; round++) {
          HashRing<String> ring = HashRing.builder().addAll(names).build();
          CountDownLatch start = new CountDownLatch(1);
          List<Future<List<Object>>> reports = new ArrayList<>();
          for (int i = 0; i < 8; i++) {
            reports.add(threads.submit(() -> {
              start.await();
              return report(ring);
            }));
          }
          start.countDown();
          for (Future<List<Object>> report : reports) {
            assertThat(report.get()).isEqualTo(expected);
          }
        }
      } finally {
        threads.shutdownNow();
      }
    }

    private static List<Object> report(HashRing<String> ring) {
      List<Object> report = new ArrayList<>();
      report.add(ring.checksum());
      for (int i = 0; i < 2_000; i++) {
        report.add(ring.locate("user:" + i));
      }
      report.add(ring.preferenceList("user").first(50));
      report.add(Map.copyOf(ring.points()));
      return report;
    }
  }

  @Nested
  class Order {

    @Test
    void build_sameMembersInDifferentOrders_isEqualToTheLastKey() {
      for (HashFunction hash :
          List.of(HashFunctions.xxh3_64(), TestHash.FOUR_BITS, InteropFunctions.crc32())) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
          names.add("node-" + i);
        }
        HashRing<String> ring =
            HashRing.builder().hashFunction(hash).addAll(names).build();
        Collections.shuffle(names, new Random(1));
        HashRing<String> shuffled =
            HashRing.builder().hashFunction(hash).addAll(names).build();

        assertThat(shuffled).isEqualTo(ring).hasSameHashCodeAs(ring);
        assertThat(shuffled.checksum()).isEqualTo(ring.checksum());
        int differences = 0;
        for (int i = 0; i < 100_000; i++) {
          String key = "user:" + i;
          differences += ring.locate(key).equals(shuffled.locate(key)) ? 0 : 1;
        }
        assertThat(differences).isZero();
      }
    }

    @Test
    void without_pointsShared_leavesTheOtherNodesPoints() {
      HashRing<String> ring =
          HashRing.builder().hashFunction(TestHash.CONSTANT).add("a").add("b").build();

      assertThat(ring.without("a").points()).hasSize(160).containsValue("b");
      assertThat(ring.without("b").points()).hasSize(160).containsValue("a");
      assertThat(ring.without("b").without("a").points()).isEmpty();
    }

    @Test
    void build_namesThatRunIntoTheirIndex_haveDifferentPoints() {
      for (Placement placement : List.of(
          Placements.v1(HashFunctions.xxh3_64(), 20),
          Placements.slots(HashFunctions.xxh3_64(), Long.MAX_VALUE, 20, Ties.SMALLEST_ID))) {
        HashRing<String> ring = HashRing.builder()
            .placement(placement)
            .add("node1")
            .add("node11")
            .add("node1-1")
            .build();

        assertThat(ring.points()).hasSize(60);
      }
    }
  }

  @Nested
  class Building {

    @Test
    void of_noNodes_isEmpty() {
      HashRing<String> ring = HashRing.of();

      assertThat(ring.nodes()).isEmpty();
      assertThat(ring.points()).isEmpty();
      assertThat(ring.points().firstEntry()).isNull();
      assertThat(ring.preferenceList("key").first(3)).isEmpty();
      assertThat(ring.preferenceList("key").stream()).isEmpty();
      assertThat(ring.preferenceList("key").where(node -> true).first()).isEmpty();
      assertThat(ring).isEqualTo(HashRing.builder().build());
      assertThat(ring.with("a")).isEqualTo(HashRing.of("a"));
    }

    @Test
    void of_nodes_haveTheDefaultsAndWeightOne() {
      HashRing<String> ring = HashRing.of("b", "a");

      assertThat(ring.nodes()).containsExactly("a", "b");
      assertThat(ring.weight("a")).isEqualTo(1);
      assertThat(ring.points()).hasSize(2 * 160);
      assertThat(ring)
          .isEqualTo(HashRing.builder()
              .hashFunction(HashFunctions.xxh3_64())
              .pointsPerNode(160)
              .add("a", 1)
              .add("b", 1)
              .build())
          .isEqualTo(HashRing.builder()
              .placement(Placements.v1(HashFunctions.xxh3_64(), 160))
              .addAll(List.of("a", "b"))
              .build());
    }

    @Test
    void nodes_anyRing_areInTheOrderOfTheirUtf8Bytes() {
      List<String> ids = List.of("a", "ab", "b", "é", "\uD7FF", "\uE000", "\uFFFF", "𐀀", "🚀");
      List<String> shuffled = new ArrayList<>(ids);
      Collections.shuffle(shuffled, new Random(1));

      assertThat(HashRing.builder().addAll(shuffled).build().nodes())
          .containsExactlyElementsOf(ids);
    }

    @Test
    void build_again_isNotChangedByWhatComesLater() {
      HashRing.Builder<String> builder = HashRing.builder().add("a");
      HashRing<String> first = builder.build();
      HashRing<String> second = builder.add("b").pointsPerNode(3).build();

      assertThat(first).isEqualTo(HashRing.of("a"));
      assertThat(second.points()).hasSize(6);
      assertThat(builder.build()).isEqualTo(second);
    }

    @Test
    void toBuilder_anyRing_keepsSettingsAndMembers() {
      HashRing<String> byOptions = HashRing.builder()
          .hashFunction(InteropFunctions.md5())
          .pointsPerNode(7)
          .add("a", 2)
          .add("b", 0)
          .build();
      HashRing<String> byPlacement = HashRing.builder()
          .placement(Placements.slots(InteropFunctions.md5(), 512, 9, Ties.SMALLEST_ID))
          .add("a", 0.25)
          .build();

      for (HashRing<String> ring : List.of(byOptions, byPlacement, HashRing.of())) {
        assertThat(ring.toBuilder().build()).isEqualTo(ring).isNotSameAs(ring);
        assertThat(ring.toBuilder().add("c", 3).build()).isEqualTo(ring.with("c", 3));
      }
      assertThat(byOptions.toBuilder().pointsPerNode(9).build())
          .isEqualTo(HashRing.builder()
              .pointsPerNode(9)
              .hashFunction(InteropFunctions.md5())
              .add("b", 0)
              .add("a", 2)
              .build());
    }

    @Test
    void toBuilder_changed_leavesTheRingAsItIs() {
      HashRing<String> ring = HashRing.of("a");
      ring.toBuilder().pointsPerNode(3).add("b").build();

      assertThat(ring).isEqualTo(HashRing.of("a"));
      assertThat(ring.points()).hasSize(160);
    }

    @Test
    void add_negativeZero_isZero() {
      HashRing<String> ring = HashRing.builder().add("a", -0.0).build();

      assertThat(ring).isEqualTo(HashRing.builder().add("a", 0.0).build());
      assertThat(ring.checksum())
          .isEqualTo(HashRing.builder().add("a", 0.0).build().checksum());
      assertThat(Double.doubleToLongBits(ring.weight("a"))).isZero();
    }
  }

  @Nested
  class Changing {

    @Test
    void with_newAddressUnderAnId_keepsTheWeightAndMovesNoKey() {
      HashRing<Node> ring = HashRing.builder(Node::id)
          .add(new Node("a", 1), 2.5)
          .add(new Node("b", 1))
          .build();
      HashRing<Node> moved = ring.with(new Node("a", 2));

      assertThat(moved.nodes()).containsExactly(new Node("a", 2), new Node("b", 1));
      assertThat(moved.weight(new Node("a", 3))).isEqualTo(2.5);
      assertThat(moved.checksum()).isEqualTo(ring.checksum());
      assertThat(moved).isNotEqualTo(ring);
      for (int i = 0; i < 1000; i++) {
        assertThat(moved.locate("key-" + i).id())
            .isEqualTo(ring.locate("key-" + i).id());
      }
      assertThat(ring.nodes()).contains(new Node("a", 1));
    }

    @Test
    void with_aWeight_replacesIt() {
      HashRing<String> ring = HashRing.of("a", "b").with("a", 3);

      assertThat(ring.weight("a")).isEqualTo(3);
      assertThat(ring.points()).hasSize(4 * 160);
      assertThat(ring.with("a", 1)).isEqualTo(HashRing.of("a", "b"));
    }

    @Test
    void change_nothing_isTheSameRing() {
      HashRing<String> ring = HashRing.of("a");

      assertThat(ring.change(change -> {})).isSameAs(ring);
    }

    @Test
    void change_stepsInOrder_seeOneAnother() {
      HashRing<String> ring = HashRing.builder().add("a", 5).build();

      assertThat(ring.change(change -> change.remove("a").set("a")))
          .as("a node that left and came back has lost its weight")
          .isEqualTo(HashRing.of("a"));
      assertThat(ring.change(change -> change.set("b", 2).set("b").remove("a")))
          .isEqualTo(HashRing.builder().add("b", 2).build());
      assertThat(ring.change(change -> change.set("b").remove("b"))).isEqualTo(ring);
    }

    @Test
    void change_descriptionThrows_leavesTheRingAsItIs() {
      HashRing<String> ring = HashRing.of("a");

      assertThatIllegalStateException()
          .isThrownBy(() -> ring.change(change -> {
            change.set("b").remove("a");
            throw new IllegalStateException("mine");
          }));
      assertThat(ring).isEqualTo(HashRing.of("a"));
    }

    @Test
    void change_invalidStepSurvived_appliesTheOthers() {
      HashRing<String> ring = HashRing.of("a").change(change -> {
        change.set("b");
        assertThatIllegalArgumentException().isThrownBy(() -> change.remove("c"));
        assertThatIllegalArgumentException().isThrownBy(() -> change.set("b", Double.NaN));
      });

      assertThat(ring).isEqualTo(HashRing.of("a", "b"));
    }

    @Test
    void change_keptAndUsedAfterwards_fails() {
      AtomicReference<HashRing.Change<String>> kept = new AtomicReference<>();
      HashRing<String> ring = HashRing.of("a").change(change -> kept.set(change.set("b")));

      for (Runnable use : List.<Runnable>of(
          () -> kept.get().set("c"),
          () -> kept.get().set("c", 2),
          () -> kept.get().remove("a"))) {
        assertThatIllegalStateException()
            .isThrownBy(use::run)
            .withMessage("change must be described before change(…) returns");
      }
      assertThat(ring).isEqualTo(HashRing.of("a", "b"));
    }
  }

  @Nested
  class Reading {

    @Test
    void points_anyRing_cannotBeChanged() {
      NavigableMap<Long, String> points = threePoints().points();
      Map.Entry<Long, String> first = points.firstEntry();

      for (Runnable change : List.<Runnable>of(
          () -> points.put(7L, "x"),
          () -> points.putAll(Map.of(7L, "x")),
          () -> points.remove(0L),
          points::clear,
          points::pollFirstEntry,
          points::pollLastEntry,
          () -> points.keySet().remove(0L),
          () -> points.values().remove("zero"),
          () -> points.entrySet().clear(),
          () -> points.descendingMap().clear(),
          () -> points.headMap(5L).clear(),
          () -> points.replaceAll((position, node) -> "x"),
          () -> first.setValue("x"),
          () -> removeFirst(points.entrySet().iterator()))) {
        assertThatThrownBy(change::run).isInstanceOf(UnsupportedOperationException.class);
      }
      assertThat(points).hasSize(3).containsEntry(0L, "zero");
    }

    @Test
    void points_endsOfTheCircle_areInUnsignedOrder() {
      NavigableMap<Long, String> points = threePoints().points();

      assertThat(List.copyOf(points.keySet())).containsExactly(0L, Long.MIN_VALUE, -1L);
      assertThat(points.firstKey()).isZero();
      assertThat(points.lastKey()).isEqualTo(-1);
      assertThat(points.higherKey(-1L)).isNull();
      assertThat(points.lowerKey(0L)).isNull();
      assertThat(points.ceilingKey(1L)).isEqualTo(Long.MIN_VALUE);
      assertThat(points.floorKey(-2L)).isEqualTo(Long.MIN_VALUE);
      assertThat(List.copyOf(points.headMap(-1L).values())).containsExactly("zero", "half");
      assertThat(List.copyOf(points.tailMap(Long.MAX_VALUE).values()))
          .containsExactly("half", "last");
      assertThat(points.subMap(1L, -1L)).containsOnlyKeys(Long.MIN_VALUE);
      assertThat(List.copyOf(points.descendingMap().values()))
          .containsExactly("last", "half", "zero");
    }

    @Test
    void nodes_anyRing_cannotBeChanged() {
      HashRing<String> ring = HashRing.of("a", "b");

      for (Runnable change : List.<Runnable>of(
          () -> ring.nodes().add("c"),
          () -> ring.nodes().remove("a"),
          () -> ring.nodes().clear(),
          () -> removeFirst(ring.nodes().iterator()))) {
        assertThatThrownBy(change::run).isInstanceOf(UnsupportedOperationException.class);
      }
      assertThat(ring.nodes()).containsExactly("a", "b");
    }

    @Test
    void preferenceList_anyRing_cannotBeChanged() {
      List<String> list = HashRing.of("a", "b").preferenceList("key").first(2);

      for (Runnable change : List.<Runnable>of(
          () -> list.add("c"), () -> list.remove(0), list::clear, () -> list.set(0, "c"))) {
        assertThatThrownBy(change::run).isInstanceOf(UnsupportedOperationException.class);
      }
    }

    private static void removeFirst(Iterator<?> iterator) {
      iterator.next();
      iterator.remove();
    }

    @Test
    void equals_differentMembersOrSettings_isFalseAndTheChecksumDiffers() {
      HashRing<String> ring = HashRing.of("a", "b");
      for (HashRing<String> other : List.of(
          HashRing.of("a"),
          HashRing.of("a", "c"),
          HashRing.of("a", "b", "c"),
          ring.with("a", 1.0000001), // rounds to as many points
          ring.with("c", 0),
          HashRing.builder().pointsPerNode(161).add("a").add("b").build(),
          HashRing.builder()
              .hashFunction(InteropFunctions.md5())
              .add("a")
              .add("b")
              .build())) {
        assertThat(other).isNotEqualTo(ring);
        assertThat(other.checksum()).isNotEqualTo(ring.checksum());
      }
      assertThat(ring).isNotEqualTo("a ring").isNotEqualTo(null);
      assertThat(ring).isEqualTo(ring).isEqualTo(HashRing.of("b", "a"));
    }

    @Test
    void checksum_emptyRings_differsByTheHashOfKeys() {
      assertThat(HashRing.of().checksum())
          .isNotEqualTo(
              HashRing.builder().hashFunction(InteropFunctions.md5()).build().checksum());
    }

    @Test
    void toString_anyRing_tellsNodesPointsPlacementAndChecksum() {
      HashRing<String> ring =
          HashRing.builder().pointsPerNode(3).add("a").add("b", 2).build();

      assertThat(ring)
          .hasToString("HashRing[2 nodes, 9 points, v1(xxh3_64, 3), checksum "
              + "%016x]".formatted(ring.checksum()));
    }
  }

  @Nested
  class Errors {

    @Test
    void locate_emptyRing_saysSo() {
      HashRing<String> ring = HashRing.of();

      for (Runnable lookup : List.<Runnable>of(
          () -> ring.locate("key"), () -> ring.locate(new byte[1]), () -> ring.locateAt(7))) {
        assertThatThrownBy(lookup::run)
            .isInstanceOf(EmptyRingException.class)
            .hasMessage("the ring is empty: add a node before looking up a key");
      }
    }

    @Test
    void locate_allWeightsZero_saysSo() {
      HashRing<String> ring = HashRing.builder().add("a", 0).add("b", 0).build();

      assertThatThrownBy(() -> ring.locate("key"))
          .isInstanceOf(EmptyRingException.class)
          .hasMessage("no node of the ring holds a point: all 2 have weight 0");
    }

    @ParameterizedTest
    @ValueSource(
        doubles = {
          Double.NaN,
          -3.0,
          -Double.MIN_VALUE,
          Double.POSITIVE_INFINITY,
          Double.NEGATIVE_INFINITY
        })
    void weight_notFiniteOrNegative_isRefusedWithoutATrace(double weight) {
      HashRing<String> ring = HashRing.of("a");
      HashRing.Builder<String> builder = ring.toBuilder();

      Map<String, Runnable> uses = Map.of(
          "b", () -> builder.add("b", weight),
          "a", () -> ring.with("a", weight),
          "c", () -> ring.change(change -> change.set("b").set("c", weight)));
      uses.forEach((id, use) -> assertThatIllegalArgumentException()
          .isThrownBy(use::run)
          .withMessage("weight must be finite and not negative: " + weight + " of node " + id));
      assertThat(builder.build()).isEqualTo(ring).isEqualTo(HashRing.of("a"));
    }

    @Test
    void add_idTwice_isRefusedWithoutATrace() {
      HashRing.Builder<Node> builder = HashRing.builder(Node::id);
      builder.add(new Node("a", 1), 2);
      HashRing<Node> ring = builder.build();

      for (Runnable use : List.<Runnable>of(
          () -> builder.add(new Node("a", 2)),
          () -> builder.add(new Node("a", 2), 3),
          () -> builder.addAll(List.of(new Node("b", 1), new Node("a", 2), new Node("c", 1))),
          () -> builder.addAll(List.of(new Node("b", 1), new Node("b", 2))))) {
        assertThatIllegalArgumentException()
            .isThrownBy(use::run)
            .withMessageMatching("id must be unique among the nodes: [ab]");
        assertThat(builder.build()).isEqualTo(ring);
      }
      assertThatIllegalArgumentException()
          .isThrownBy(() -> HashRing.of("x", "y", "x"))
          .withMessage("id must be unique among the nodes: x");
    }

    @Test
    void id_empty_isRefusedWithoutATrace() {
      HashRing<String> ring = HashRing.of("a");
      HashRing.Builder<String> builder = ring.toBuilder();

      for (Runnable use : List.<Runnable>of(
          () -> builder.add(""),
          () -> builder.addAll(List.of("b", "")),
          () -> ring.with(""),
          () -> ring.with("", 2),
          () -> ring.without(""),
          () -> ring.weight(""),
          () -> HashRing.of("b", ""))) {
        assertThatIllegalArgumentException()
            .isThrownBy(use::run)
            .withMessage("id must not be empty");
      }
      assertThat(builder.build()).isEqualTo(ring).isEqualTo(HashRing.of("a"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void id_unpairedSurrogate_isRefusedWithoutATrace(int form) {
      String id = List.of("\uD800", "a\uDC00", "\uDC00\uD800", "\uD83Db").get(form);
      HashRing<String> ring = HashRing.of("a");
      HashRing.Builder<String> builder = ring.toBuilder();

      for (Runnable use :
          List.<Runnable>of(() -> builder.add(id), () -> ring.with(id), () -> ring.without(id))) {
        assertThatIllegalArgumentException()
            .isThrownBy(use::run)
            .withMessage("id must be well-formed Unicode, without unpaired surrogates: " + id);
      }
      assertThat(builder.build()).isEqualTo(ring);
    }

    @Test
    void without_unknownNode_isRefused() {
      HashRing<String> ring = HashRing.of("a");

      for (Runnable use : List.<Runnable>of(
          () -> ring.without("b"),
          () -> ring.weight("b"),
          () -> ring.change(change -> change.set("b").remove("b").remove("b")))) {
        assertThatIllegalArgumentException()
            .isThrownBy(use::run)
            .withMessage("node must be a member: b");
      }
      assertThat(ring).isEqualTo(HashRing.of("a"));
    }

    @Test
    @SuppressWarnings("NullAway")
    void node_null_isRefusedWithoutATrace() {
      HashRing<String> ring = HashRing.of("a");
      HashRing.Builder<String> builder = ring.toBuilder();

      for (Runnable use : List.<Runnable>of(
          () -> builder.add(null),
          () -> builder.add(null, 2),
          () -> builder.addAll(Arrays.asList("b", null)),
          () -> ring.with(null),
          () -> ring.with(null, 2),
          () -> ring.without(null),
          () -> ring.weight(null))) {
        assertThatNullPointerException().isThrownBy(use::run).withMessage("node must not be null");
      }
      assertThat(builder.build()).isEqualTo(ring);
    }

    @Test
    @SuppressWarnings("NullAway")
    void id_null_isRefusedWithItsNode() {
      HashRing.Builder<Node> builder = HashRing.builder(Node::id);

      assertThatNullPointerException()
          .isThrownBy(() -> builder.add(new Node(null, 7)))
          .withMessage("id must not be null: that of node Node[id=null, address=7]");
      assertThat(builder.build().nodes()).isEmpty();
    }

    @Test
    @SuppressWarnings("NullAway")
    void arguments_null_areRefusedByName() {
      HashRing<String> ring = HashRing.of("a");
      HashRing.Builder<String> builder = HashRing.builder();
      Map<String, Runnable> uses = new HashMap<>();
      uses.put("id", () -> HashRing.builder(null));
      uses.put("hashFunction", () -> builder.hashFunction(null));
      uses.put("placement", () -> builder.placement(null));
      uses.put("eligible", () -> ring.preferenceList("key").where(null).first());

      uses.forEach((name, use) ->
          assertThatNullPointerException().isThrownBy(use::run).withMessageStartingWith(name));
      assertThat(builder.add("a").build()).isEqualTo(ring);
    }

    @Test
    @SuppressWarnings("NullAway")
    void key_null_isRefused() {
      HashRing<String> ring = HashRing.of("a");
      for (Runnable use : List.<Runnable>of(
          () -> ring.locate((String) null),
          () -> ring.locate((byte[]) null),
          () -> ring.preferenceList((String) null).where(node -> true).first(),
          () -> ring.preferenceListAt(ring.position((byte[]) null))
              .where(node -> true)
              .first(),
          () -> ring.preferenceList((String) null).first(1),
          () -> ring.preferenceListAt(ring.position((byte[]) null)).first(1),
          () -> ring.preferenceList((String) null).stream(),
          () -> ring.preferenceListAt(ring.position((byte[]) null)).stream())) {
        assertThatNullPointerException().isThrownBy(use::run).withMessage("key must not be null");
      }
    }

    @Test
    @SuppressWarnings("NullAway")
    void argument_null_isNamed() {
      HashRing<String> ring = HashRing.of("a");
      HashRing.Builder<String> builder = HashRing.builder();

      assertThatNullPointerException()
          .isThrownBy(() -> ring.change(null))
          .withMessage("description must not be null");
      assertThatNullPointerException()
          .isThrownBy(() -> ring.preferenceList("key").where(null).first())
          .withMessage("eligible must not be null");
      assertThatNullPointerException()
          .isThrownBy(() -> builder.addAll(null))
          .withMessage("nodes must not be null");
      assertThatNullPointerException()
          .isThrownBy(() -> HashRing.of("a", null))
          .withMessage("node must not be null");
      assertThatNullPointerException()
          .isThrownBy(() -> HashRing.builder(null))
          .withMessage("id must not be null");
    }

    @Test
    void placement_withoutAPoint_isRefused() {
      Placement pointless = new Placement() {
        @Override
        public HashFunction keyFunction() {
          return HashFunctions.xxh3_64();
        }

        @Override
        public long pointCount(String id, double weight) {
          return 1;
        }

        @Override
        public long[] points(String id, double weight) {
          return new long[0];
        }
      };
      HashRing.Builder<String> builder = HashRing.builder().placement(pointless);

      assertThat(builder.add("drained", 0).build().nodes()).containsExactly("drained");
      assertThatIllegalStateException()
          .isThrownBy(() -> builder.add("a").build())
          .withMessage(
              "placement must give a node as many points as it says, 1: 0 for node a (weight 1.0)");
    }

    @Test
    void checksum_keyHashesOfFewValues_differsWhereOwnersDo() {
      HashRing<String> xxh3 = twoSlots(HashFunctions.xxh3_64());
      HashRing<String> murmur = twoSlots(HashFunctions.murmur3_128());

      assertThat(xxh3.points()).isEqualTo(murmur.points());
      assertThat(xxh3.checksum()).isNotEqualTo(murmur.checksum());
    }

    private static HashRing<String> twoSlots(HashFunction function) {
      return HashRing.builder()
          .placement(Placements.slots(function, 2, 1, Ties.SMALLEST_ID))
          .add("a0")
          .add("b0")
          .build();
    }

    @Test
    void toString_anyLocale_isTheSame() {
      Locale before = Locale.getDefault();
      try {
        Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
        assertThat(HashRing.of("a").toString()).startsWith("HashRing[1 nodes, 160 points, ");
      } finally {
        Locale.setDefault(before);
      }
    }

    @Test
    void preferenceList_negativeCount_isRefused() {
      HashRing<String> ring = HashRing.of("a");

      assertThatIllegalArgumentException()
          .isThrownBy(() -> ring.preferenceList("key").first(-1))
          .withMessage("n must not be negative: -1");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ring.preferenceListAt(0).first(Integer.MIN_VALUE))
          .withMessage("n must not be negative: -2147483648");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void pointsPerNode_lessThanOne_isRefusedWithoutATrace(int points) {
      HashRing.Builder<String> builder = HashRing.builder().add("a");

      assertThatIllegalArgumentException()
          .isThrownBy(() -> builder.pointsPerNode(points))
          .withMessage("pointsPerNode must be at least 1: " + points);
      assertThat(builder.placement(Placements.v1(HashFunctions.xxh3_64(), 160)).build())
          .as("the refused option does not stand in the way of a placement")
          .isEqualTo(HashRing.of("a"));
    }

    /** Refuses before it allocates: the points would take terabytes. */
    @Test
    void weight_tooManyPoints_isRefusedWithoutATrace() {
      HashRing<String> ring = HashRing.of("a");
      HashRing.Builder<String> builder = HashRing.builder().add("a").add("b", 1e12);

      assertThatIllegalArgumentException()
          .isThrownBy(builder::build)
          .withMessage("points of all nodes together must not exceed 268435456: 160000000000160 "
              + "with node b (weight 1.0E12)");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ring.with("a", Double.MAX_VALUE))
          .withMessageStartingWith("points of all nodes together must not exceed 268435456: ")
          .withMessageEndingWith(" with node a (weight 1.7976931348623157E308)");
      assertThat(ring).isEqualTo(HashRing.of("a"));
    }

    @Test
    void weights_tooManyPointsTogether_areRefused() {
      // 8 · 32,000,000 points would fit; the ninth node is one too many
      HashRing.Builder<String> builder = HashRing.builder();
      for (int i = 1; i <= 9; i++) {
        builder.add("node-" + i, 200_000);
      }

      assertThatIllegalArgumentException()
          .isThrownBy(builder::build)
          .withMessage("points of all nodes together must not exceed 268435456: 288000000 "
              + "with node node-9 (weight 200000.0)");
    }

    /** A count saturates at 2^63 − 1, to which one point more is a negative number. */
    @Test
    void weights_sumOverflowsALong_areRefused() {
      HashRing.Builder<String> builder = HashRing.builder().add("a").add("b", 5e18);

      assertThatIllegalArgumentException()
          .isThrownBy(builder::build)
          .withMessageStartingWith("points of all nodes together must not exceed 268435456: ")
          .withMessageEndingWith(" with node b (weight 5.0E18)");
      assertThatIllegalArgumentException().isThrownBy(() -> HashRing.of("a").with("b", 5e18));
      assertThatIllegalArgumentException()
          .isThrownBy(() ->
              HashRing.of().change(change -> change.set("a").set("b", 5e18).set("c", 5e18)));
    }

    @Test
    void placement_besideItsOwnOptions_isRefusedWithoutATrace() {
      Placement placement = Placements.slots(InteropFunctions.md5(), 512, 9, Ties.SMALLEST_ID);
      HashRing.Builder<String> placed = HashRing.builder().placement(placement).add("a");
      HashRing<String> ring = placed.build();

      assertThatIllegalStateException()
          .isThrownBy(() -> placed.hashFunction(InteropFunctions.crc32()))
          .withMessage("hashFunction must not be set beside a placement, which brings its own: "
              + "crc32 with placement " + placement);
      assertThatIllegalStateException()
          .isThrownBy(() -> placed.pointsPerNode(3))
          .withMessage("pointsPerNode must not be set beside a placement, which brings its own: "
              + "3 with placement " + placement);
      assertThatIllegalStateException()
          .isThrownBy(() -> ring.toBuilder().pointsPerNode(3))
          .withMessageStartingWith("pointsPerNode must not be set beside a placement");
      assertThat(placed.build()).isEqualTo(ring);

      HashRing.Builder<String> optioned = HashRing.builder().pointsPerNode(3).add("a");
      assertThatIllegalStateException()
          .isThrownBy(() -> optioned.placement(placement))
          .withMessage("placement must not be set beside pointsPerNode, which it brings itself: "
              + placement);
      assertThatIllegalStateException()
          .isThrownBy(
              () -> HashRing.builder().hashFunction(InteropFunctions.md5()).placement(placement))
          .withMessage("placement must not be set beside hashFunction, which it brings itself: "
              + placement);
      assertThat(optioned.build().points()).hasSize(3);
    }
  }
}
