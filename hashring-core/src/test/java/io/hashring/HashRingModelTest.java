package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.interop.InteropFunctions;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.function.Predicate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/**
 * Random sequences of changes, after each of which the ring does everything that the model does.
 */
@Domain(RingDomain.class)
@Domain(DomainContext.Global.class)
final class HashRingModelTest {

  private static final int IDS = 6;

  /** A change of the node that the index stands for. */
  sealed interface Step {
    /** Adds the node with weight 1, or replaces the object that is there. */
    record Put(int id, int address) implements Step {}

    record PutWithWeight(int id, int address, double weight) implements Step {}

    /** Removes the node; must fail without a trace where it is no member. */
    record Remove(int id) implements Step {}

    /** Several steps in one change. */
    record Batch(List<Step> steps) implements Step {}

    record RebuildThroughBuilder() implements Step {}
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Integer> id = Arbitraries.integers().between(0, IDS - 1);
    Arbitrary<Integer> address = Arbitraries.integers().between(0, 3);
    Arbitrary<Double> weight = new RingDomain().weights();
    Arbitrary<Step> put = Combinators.combine(id, address).as(Step.Put::new);
    Arbitrary<Step> putWithWeight =
        Combinators.combine(id, address, weight).as(Step.PutWithWeight::new);
    Arbitrary<Step> remove = id.map(Step.Remove::new);
    Arbitrary<Step> single =
        Arbitraries.frequencyOf(Tuple.of(2, put), Tuple.of(4, putWithWeight), Tuple.of(2, remove));
    Arbitrary<Step> batch = single.list().ofMaxSize(6).map(Step.Batch::new);
    return Arbitraries.frequencyOf(
            Tuple.of(8, single),
            Tuple.of(1, batch),
            Tuple.of(1, Arbitraries.create(Step.RebuildThroughBuilder::new)))
        .list()
        .ofMaxSize(12)
        .withoutEdgeCases();
  }

  @Provide
  Arbitrary<RuledPlacement> ruledPlacements() {
    return new RingDomain().ruledPlacements();
  }

  @Provide
  Arbitrary<List<String>> someIds() {
    return new RingDomain().ids().list().uniqueElements().ofSize(IDS).withoutEdgeCases();
  }

  @Property(seed = "1", tries = 1000)
  void change_anySequence_agreesWithTheModel(
      @ForAll Placement placement,
      @ForAll("someIds") List<String> ids,
      @ForAll("steps") List<Step> steps) {
    assertAgreesAfterEach(steps, ids, placement, 1);
  }

  @Property(seed = "2", tries = 1000)
  void change_anySequenceUnderOtherRules_agreesWithTheModel(
      @ForAll("ruledPlacements") RuledPlacement placement,
      @ForAll("someIds") List<String> ids,
      @ForAll("steps") List<Step> steps) {
    assertAgreesAfterEach(steps, ids, placement, 1);
  }

  @Property(seed = "3", tries = 500)
  void change_anySequenceWithProbes_agreesWithTheModel(
      @ForAll Placement placement,
      @ForAll @IntRange(min = 2, max = 5) int probes,
      @ForAll("someIds") List<String> ids,
      @ForAll("steps") List<Step> steps) {
    Assume.that(placement.maxPosition() == -1L);
    assertAgreesAfterEach(steps, ids, placement, probes);
  }

  static void assertAgreesAfterEach(
      List<Step> steps, List<String> ids, Placement placement, int probes) {
    HashRing<Node> ring =
        HashRing.builder(Node::id).placement(placement).probes(probes).build();
    RingModel model = new RingModel(placement, probes);
    Map<Object, Long> checksums = new HashMap<>();
    assertAgrees(ring, model);
    for (Step step : steps) {
      ring = apply(step, ring, model, ids);
      assertAgrees(ring, model);
      Long known = checksums.putIfAbsent(model.state(), ring.checksum());
      if (known != null) {
        assertThat(ring.checksum()).isEqualTo(known);
      }
    }
    assertThat(checksums.values()).as("checksums of different rings").doesNotHaveDuplicates();
  }

  private static HashRing<Node> apply(
      Step step, HashRing<Node> ring, RingModel model, List<String> ids) {
    if (step instanceof Step.Put put) {
      Node node = new Node(ids.get(put.id), put.address);
      apply(step, model, ids);
      return ring.with(node);
    } else if (step instanceof Step.PutWithWeight put) {
      apply(step, model, ids);
      return ring.with(new Node(ids.get(put.id), put.address), put.weight);
    } else if (step instanceof Step.Remove remove) {
      // known by its id: the address need not be that of the member
      Node node = new Node(ids.get(remove.id), -1);
      if (model.contains(node.id())) {
        apply(step, model, ids);
        return ring.without(node);
      }
      assertThatThrownBy(() -> ring.without(node))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("node must be a member: " + node.id());
      return ring;
    } else if (step instanceof Step.Batch batch) {
      HashRing<Node> after = ring.change(change -> {
        for (Step each : batch.steps) {
          describe(each, change, model, ids);
        }
      });
      if (batch.steps.isEmpty()) {
        assertThat(after).isSameAs(ring);
      }
      return after;
    }
    HashRing<Node> rebuilt = ring.toBuilder().build();
    assertThat(rebuilt).isEqualTo(ring);
    return rebuilt;
  }

  private static void describe(
      Step step, HashRing.Change<Node> change, RingModel model, List<String> ids) {
    if (step instanceof Step.Put put) {
      change.set(new Node(ids.get(put.id), put.address));
      apply(step, model, ids);
    } else if (step instanceof Step.PutWithWeight put) {
      change.set(new Node(ids.get(put.id), put.address), put.weight);
      apply(step, model, ids);
    } else if (step instanceof Step.Remove remove) {
      Node node = new Node(ids.get(remove.id), -1);
      if (model.contains(node.id())) {
        change.remove(node);
        apply(step, model, ids);
      } else {
        assertThatThrownBy(() -> change.remove(node))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage("node must be a member: " + node.id());
      }
    }
  }

  private static void apply(Step step, RingModel model, List<String> ids) {
    if (step instanceof Step.Put put) {
      String id = ids.get(put.id);
      model.put(new Node(id, put.address), model.contains(id) ? model.weight(id) : 1);
    } else if (step instanceof Step.PutWithWeight put) {
      model.put(new Node(ids.get(put.id), put.address), put.weight);
    } else if (step instanceof Step.Remove remove) {
      model.remove(ids.get(remove.id));
    }
  }

  private static void assertAgrees(HashRing<Node> ring, RingModel model) {
    assertThat(List.copyOf(ring.nodes())).isEqualTo(model.nodes());
    for (Node node : model.nodes()) {
      assertThat(ring.weight(new Node(node.id(), -1))).isEqualTo(model.weight(node.id()));
    }
    NavigableMap<Long, Node> owners = model.owners();
    assertThat(List.copyOf(ring.points().entrySet())).isEqualTo(List.copyOf(owners.entrySet()));
    assertThat(ring.points()).isEqualTo(owners).hasSameHashCodeAs(owners);

    List<Long> probes = List.copyOf(model.probes());
    for (long position : probes) {
      if (model.holdsNothing()) {
        assertThatThrownBy(() -> ring.locateAt(position)).isInstanceOf(EmptyRingException.class);
      } else {
        assertThat(ring.locateAt(position)).isEqualTo(model.owner(position));
      }
    }
    int step = 1 + probes.size() / 12;
    for (int i = 0; i < probes.size(); i += step) {
      assertNavigationAgrees(
          ring.points(), owners, probes.get(i), probes.get(probes.size() - 1 - i));
      assertLookupsAgree(ring, model, TestHash.at(probes.get(i)));
    }
    for (String key : List.of("", "user:42", "ключ", "🔑")) {
      assertLookupsAgree(ring, model, key);
    }
  }

  private static void assertLookupsAgree(HashRing<Node> ring, RingModel model, String key) {
    byte[] bytes = key.getBytes(UTF_8);
    List<Node> clockwise = model.clockwise(model.position(key));
    if (!clockwise.isEmpty()) {
      assertThat(ring.locate(key)).isEqualTo(clockwise.get(0));
      assertThat(ring.locate(bytes)).isEqualTo(clockwise.get(0));
    }
    assertThat(ring.preferenceList(key).stream().toList()).isEqualTo(clockwise);
    assertThat(ring.preferenceListAt(ring.position(bytes)).stream().toList()).isEqualTo(clockwise);
    for (int n = 0; n <= clockwise.size() + 1; n++) {
      List<Node> first = clockwise.subList(0, Math.min(n, clockwise.size()));
      assertThat(ring.preferenceList(key).first(n)).isEqualTo(first);
      assertThat(ring.preferenceListAt(ring.position(bytes)).first(n)).isEqualTo(first);
    }
    for (int refused = 0; refused <= clockwise.size(); refused++) {
      List<Node> rest = clockwise.subList(refused, clockwise.size());
      Predicate<Node> eligible = rest::contains;
      assertThat(ring.preferenceList(key).where(eligible).first())
          .isEqualTo(rest.stream().findFirst());
      assertThat(ring.preferenceListAt(ring.position(bytes)).where(eligible).first())
          .isEqualTo(rest.stream().findFirst());
    }
  }

  /** The map is a {@link NavigableMap} in every respect, not only for the ceiling. */
  private static void assertNavigationAgrees(
      NavigableMap<Long, Node> points, NavigableMap<Long, Node> owners, long a, long b) {
    assertThat(points.get(a)).isEqualTo(owners.get(a));
    assertThat(points.containsKey(a)).isEqualTo(owners.containsKey(a));
    assertThat(points.lowerEntry(a)).isEqualTo(owners.lowerEntry(a));
    assertThat(points.floorEntry(a)).isEqualTo(owners.floorEntry(a));
    assertThat(points.ceilingEntry(a)).isEqualTo(owners.ceilingEntry(a));
    assertThat(points.higherEntry(a)).isEqualTo(owners.higherEntry(a));
    assertThat(points.lowerKey(a)).isEqualTo(owners.lowerKey(a));
    assertThat(points.floorKey(a)).isEqualTo(owners.floorKey(a));
    assertThat(points.ceilingKey(a)).isEqualTo(owners.ceilingKey(a));
    assertThat(points.higherKey(a)).isEqualTo(owners.higherKey(a));
    assertThat(points.firstEntry()).isEqualTo(owners.firstEntry());
    assertThat(points.lastEntry()).isEqualTo(owners.lastEntry());
    assertThat(points).hasSize(owners.size());
    for (boolean inclusive : new boolean[] {true, false}) {
      assertSameEntries(points.headMap(a, inclusive), owners.headMap(a, inclusive));
      assertSameEntries(points.tailMap(a, inclusive), owners.tailMap(a, inclusive));
      assertSameEntries(
          points.tailMap(a, inclusive).descendingMap(),
          owners.tailMap(a, inclusive).descendingMap());
      long from = Long.compareUnsigned(a, b) <= 0 ? a : b;
      long to = from == a ? b : a;
      NavigableMap<Long, Node> part = points.subMap(from, inclusive, to, true);
      assertSameEntries(part, owners.subMap(from, inclusive, to, true));
      assertSameEntries(
          part.descendingMap(), owners.subMap(from, inclusive, to, true).descendingMap());
    }
    NavigableMap<Long, Node> descending = points.descendingMap();
    assertSameEntries(descending, owners.descendingMap());
    assertThat(descending.ceilingEntry(a)).isEqualTo(owners.descendingMap().ceilingEntry(a));
    assertThat(descending.lowerEntry(a)).isEqualTo(owners.descendingMap().lowerEntry(a));
    assertThat(List.copyOf(points.navigableKeySet()))
        .isEqualTo(List.copyOf(owners.navigableKeySet()));
    assertThat(List.copyOf(points.descendingKeySet()))
        .isEqualTo(List.copyOf(owners.descendingKeySet()));
    assertThat(List.copyOf(points.values())).isEqualTo(List.copyOf(owners.values()));
  }

  private static void assertSameEntries(Map<Long, Node> map, Map<Long, Node> expected) {
    assertThat(map).hasSize(expected.size());
    assertThat(List.copyOf(map.entrySet())).isEqualTo(List.copyOf(expected.entrySet()));
  }

  /** Small rings leave a large index half tried: many points, evenly spread and badly. */
  @Example
  void locateAt_manyPoints_agreesWithTheModel() {
    for (Placement placement : List.of(
        Placements.v1(HashFunctions.xxh3_64(), 160),
        Placements.slots(InteropFunctions.md5(), 1 << 16, 40, Ties.SMALLEST_ID),
        new LabelPlacement(TestHash.CROWDED, 160),
        new LabelPlacement(lowBits(20), 40),
        new LabelPlacement(InteropFunctions.crc32(), 40))) {
      assertManyPointsAgree(placement, Depth.of(600));
    }
  }

  /**
   * One change after another from nothing to many nodes and back, as a service sees them in a year.
   */
  @Example
  void change_longHistory_agreesWithTheModel() {
    for (Placement placement : List.of(
        Placements.v1(HashFunctions.xxh3_64(), 100),
        Placements.slots(InteropFunctions.md5(), 512, 9, Ties.SMALLEST_ID),
        new LabelPlacement(TestHash.CROWDED, 50),
        new LabelPlacement(TestHash.FOUR_BITS, 5))) {
      Random random = new Random(7);
      HashRing<Node> ring = HashRing.builder(Node::id).placement(placement).build();
      Map<String, Double> weights = new HashMap<>();
      int changes = Depth.of(600);
      for (int i = 0; i < changes; i++) {
        String id = "node-" + random.nextInt(80);
        double leaving = i < changes / 2 ? 0.2 : 0.8; // first the ring grows, then it shrinks
        if (random.nextDouble() >= leaving) {
          double weight = random.nextInt(8) / 4.0;
          ring = ring.with(new Node(id, 0), weight);
          weights.put(id, weight);
        } else if (weights.remove(id) != null) {
          ring = ring.without(new Node(id, 0));
        }
        if (i % 20 == 0) {
          assertHistoryAgrees(ring, placement, weights);
        }
      }
      for (String id : List.copyOf(weights.keySet())) {
        ring = ring.without(new Node(id, 0));
        weights.remove(id);
      }
      assertThat(ring.points()).isEmpty();
      assertThat(ring).isEqualTo(HashRing.builder(Node::id).placement(placement).build());
    }
  }

  private static void assertHistoryAgrees(
      HashRing<Node> ring, Placement placement, Map<String, Double> weights) {
    RingModel model = new RingModel(placement, weights);
    NavigableMap<Long, Node> owners = model.owners();
    assertThat(new ArrayList<>(ring.points().entrySet()).equals(new ArrayList<>(owners.entrySet())))
        .as("same points and owners")
        .isTrue();
    if (!owners.isEmpty()) {
      model.probes().forEach(position -> assertOwner(ring, owners, position));
    }
    for (String key : List.of("user:1", "user:2", "user:3")) {
      assertThat(ring.preferenceList(key).first(Integer.MAX_VALUE))
          .isEqualTo(model.clockwise(model.position(key)));
    }
    HashRing.Builder<Node> fresh = HashRing.builder(Node::id);
    fresh.placement(placement);
    weights.forEach((id, weight) -> fresh.add(new Node(id, 0), weight));
    assertThat(ring).isEqualTo(fresh.build());
    assertThat(ring.checksum()).isEqualTo(fresh.build().checksum());
  }

  private static HashFunction lowBits(int bits) {
    return input -> HashFunctions.xxh3_64().hash(input) >>> (Long.SIZE - bits);
  }

  private static void assertManyPointsAgree(Placement placement, int nodes) {
    Random random = new Random(nodes);
    Map<String, Double> weights = new HashMap<>();
    for (int i = 0; i < nodes; i++) {
      weights.put("node-" + i, i % 5 == 0 ? random.nextDouble() * 3 : 1);
    }
    RingModel model = new RingModel(placement, weights);
    HashRing.Builder<Node> builder = HashRing.builder(Node::id);
    builder.placement(placement);
    weights.forEach((id, weight) -> builder.add(new Node(id, 0), weight));
    HashRing<Node> ring = builder.build();
    assertOwnersAgree(ring, model, random);

    // a few of many change, so that most of the index may be shared between the rings
    List<String> ids = new ArrayList<>(weights.keySet());
    for (int i = 0; i < 4; i++) {
      String leaver = ids.remove(random.nextInt(ids.size()));
      ring = ring.without(new Node(leaver, 0));
      ring = ring.with(new Node("comer-" + i, 0), 1.5);
      String heavier = ids.get(random.nextInt(ids.size()));
      ring = ring.with(new Node(heavier, 1), 7);
      weights.remove(leaver);
      weights.put("comer-" + i, 1.5);
      weights.put(heavier, 7.0);
    }
    RingModel after = new RingModel(placement, weights);
    for (Node node : ring.nodes()) {
      if (node.address() == 1) {
        after.put(node, 7);
      }
    }
    assertOwnersAgree(ring, after, random);
  }

  private static void assertOwnersAgree(HashRing<Node> ring, RingModel model, Random random) {
    NavigableMap<Long, Node> owners = model.owners();
    assertThat(new ArrayList<>(ring.points().entrySet()).equals(new ArrayList<>(owners.entrySet())))
        .as("same points and owners")
        .isTrue();
    for (long position : model.probes()) {
      assertOwner(ring, owners, position);
    }
    for (int i = 0; i < Depth.of(50_000); i++) {
      assertOwner(
          ring,
          owners,
          Long.remainderUnsigned(random.nextLong(), ring.placement().maxPosition()));
    }
    for (int i = 0; i < 20; i++) {
      String key = "user:" + i;
      assertThat(ring.preferenceList(key).first(Integer.MAX_VALUE))
          .isEqualTo(model.clockwise(model.position(key)));
    }
  }

  /** Compares first, because a million assertion objects take longer than a million lookups. */
  private static void assertOwner(
      HashRing<Node> ring, NavigableMap<Long, Node> owners, long position) {
    var entry = owners.ceilingEntry(position);
    Node expected = (entry == null ? owners.firstEntry() : entry).getValue();
    if (!ring.locateAt(position).equals(expected)) {
      assertThat(ring.locateAt(position)).as("owner of %016x", position).isEqualTo(expected);
    }
  }
}
