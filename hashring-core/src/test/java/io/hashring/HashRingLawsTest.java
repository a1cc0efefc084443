package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.RingDomain.Members;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/**
 * The laws of the ring but for the statistical one, which is in {@link ExpectedShareTest}. What is
 * said of owners is said of all 2^64 positions: see {@link RingModel#probes(Iterable, long)}.
 */
@Domain(RingDomain.class)
@Domain(DomainContext.Global.class)
final class HashRingLawsTest {

  @Provide
  Arbitrary<Double> weights() {
    return new RingDomain().weights();
  }

  @Property(seed = "101", tries = 1000)
  void law1_orderDoesNotMatter(
      @ForAll Members members,
      @ForAll Members detour,
      @ForAll @IntRange(max = 1_000_000) int shuffle) {
    Random random = new Random(shuffle);
    HashRing<String> built = members.ring(members.shuffledIds(random));

    // the detour's nodes come, with weights of their own, and in random order everything is put
    // right
    HashRing<String> changed = members.empty();
    for (String id : detour.shuffledIds(random)) {
      changed = changed.with(id, detour.weights().get(id));
    }
    List<String> steps = members.shuffledIds(random);
    for (String id : detour.weights().keySet()) {
      if (!members.weights().containsKey(id)) {
        steps.add(random.nextInt(steps.size() + 1), id);
      }
    }
    for (String id : steps) {
      Double weight = members.weights().get(id);
      changed = weight == null ? changed.without(id) : changed.with(id, weight);
    }

    assertSame(changed, built);
  }

  @Property(seed = "102", tries = 1000)
  void law1_oneChangeEqualsManySteps(
      @ForAll Members members,
      @ForAll Members others,
      @ForAll @IntRange(max = 1_000_000) int shuffle) {
    Random random = new Random(shuffle);
    HashRing<String> start = members.ring();
    List<String> ids = members.shuffledIds(random);
    List<String> leaving = ids.subList(0, ids.size() / 2);
    HashRing<String> stepwise = start;
    for (String id : leaving) {
      stepwise = stepwise.without(id);
    }
    for (String id : others.shuffledIds(random)) {
      stepwise = stepwise.with(id, others.weights().get(id));
    }

    HashRing<String> atOnce = start.change(change -> {
      leaving.forEach(change::remove);
      others.weights().forEach(change::set);
    });

    assertSame(atOnce, stepwise);
  }

  private static void assertSame(HashRing<String> ring, HashRing<String> expected) {
    assertThat(ring).isEqualTo(expected).hasSameHashCodeAs(expected);
    assertThat(ring.checksum()).isEqualTo(expected.checksum());
    assertThat(entries(ring)).isEqualTo(entries(expected));
    assertThat(List.copyOf(ring.nodes())).isEqualTo(List.copyOf(expected.nodes()));
    assertThat(ring).hasToString(expected.toString());
    if (!expected.points().isEmpty()) {
      for (long position : probes(expected, ring)) {
        assertThat(ring.locateAt(position)).isEqualTo(expected.locateAt(position));
      }
    }
  }

  @Property(seed = "201", tries = 1000)
  void law2_addingANodeMovesKeysOnlyToIt(@ForAll Members members) {
    Assume.that(members.holders().size() >= 2);
    HashRing<String> ring = members.ring();
    for (String node : members.weights().keySet()) {
      HashRing<String> before = ring.without(node);
      if (before.points().isEmpty()) {
        continue;
      }
      for (long position : probes(before, ring)) {
        String now = ring.locateAt(position);
        assertThat(now).isIn(node, before.locateAt(position));
      }
    }
  }

  @Property(seed = "202", tries = 1000)
  void law2_removingANodeMovesOnlyItsKeys(@ForAll Members members) {
    HashRing<String> ring = members.ring();
    for (String node : members.weights().keySet()) {
      HashRing<String> after = ring.without(node);
      if (after.points().isEmpty()) {
        assertThat(members.holders()).isSubsetOf(node);
        continue;
      }
      for (long position : probes(ring, after)) {
        String owner = ring.locateAt(position);
        if (owner.equals(node)) {
          assertThat(after.locateAt(position)).isNotEqualTo(node);
        } else {
          assertThat(after.locateAt(position)).isEqualTo(owner);
        }
      }
    }
  }

  @Property(seed = "203", tries = 1000)
  void law2_raisingAWeightMovesKeysOnlyToThatNode(
      @ForAll Members members, @ForAll("weights") double weight) {
    HashRing<String> ring = members.ring();
    for (String node : members.weights().keySet()) {
      double old = members.weights().get(node);
      HashRing<String> low = ring.with(node, Math.min(old, weight));
      HashRing<String> high = ring.with(node, Math.max(old, weight));
      if (low.points().isEmpty()) {
        continue;
      }
      for (long position : probes(low, high)) {
        assertThat(high.locateAt(position)).isIn(node, low.locateAt(position));
      }
    }
  }

  @Property(seed = "204", tries = 600)
  void law2_aNewAddressUnderAnIdMovesNothing(@ForAll Members members) {
    HashRing.Builder<Node> builder = HashRing.builder(Node::id);
    builder.placement(members.placement());
    members.weights().forEach((id, weight) -> builder.add(new Node(id, 1), weight));
    HashRing<Node> ring = builder.build();
    for (Node node : ring.nodes()) {
      HashRing<Node> moved = ring.with(new Node(node.id(), 2));

      assertThat(moved.checksum()).isEqualTo(ring.checksum());
      assertThat(moved.weight(node)).isEqualTo(ring.weight(node));
      for (long position : probes(ring, moved)) {
        if (!ring.points().isEmpty()) {
          Node owner = moved.locateAt(position);
          assertThat(owner.id()).isEqualTo(ring.locateAt(position).id());
          assertThat(owner.address()).isEqualTo(owner.id().equals(node.id()) ? 2 : 1);
        }
      }
    }
  }

  /** The points of a ring are what rings of one node each have, laid over one another. */
  @Property(seed = "301", tries = 1000)
  void law3_pointsDependOnThatNodeAlone(@ForAll Members members) {
    HashRing<String> ring = members.ring();
    NavigableMap<Long, Set<String>> claimants = new TreeMap<>(Long::compareUnsigned);
    members.weights().forEach((id, weight) -> {
      HashRing<String> alone =
          HashRing.builder().placement(members.placement()).add(id, weight).build();
      alone
          .points()
          .keySet()
          .forEach(p -> claimants
              .computeIfAbsent(p, q -> new TreeSet<>(RingModel.BY_UTF8))
              .add(id));
    });

    assertThat(List.copyOf(ring.points().keySet())).isEqualTo(List.copyOf(claimants.keySet()));
    ring.points()
        .forEach((p, owner) ->
            assertThat(owner).isEqualTo(claimants.get(p).iterator().next()));
  }

  /** The weights of others are in nobody's points (Envoy #22558). */
  @Property(seed = "302", tries = 1000)
  void law3_theWeightsOfOthersMoveNoPoint(
      @ForAll Members members, @ForAll("weights") double weight) {
    HashRing<String> ring = members.ring();
    for (String changed : members.weights().keySet()) {
      HashRing<String> other = ring.with(changed, weight);
      for (String id : members.holders()) {
        if (!id.equals(changed)) {
          // whatever else may claim a point, it stays a point
          HashRing<String> alone = HashRing.builder()
              .placement(members.placement())
              .add(id, members.weights().get(id))
              .build();
          assertThat(other.points().keySet()).containsAll(alone.points().keySet());
        }
      }
    }
  }

  /** Every order of leaving, down to the empty ring and back. */
  @Property(seed = "401", tries = 1000)
  void law4_nothingIsLostToACollision(
      @ForAll Members members, @ForAll @IntRange(max = 1_000_000) int shuffle) {
    HashRing<String> ring = members.ring();
    List<String> order = members.shuffledIds(new Random(shuffle));
    Map<String, Double> left = new LinkedHashMap<>(members.weights());
    List<HashRing<String>> history = new ArrayList<>();
    for (String leaver : order) {
      history.add(ring);
      ring = ring.without(leaver);
      left.remove(leaver);
      assertThat(entries(ring))
          .isEqualTo(entries(new Members(members.placement(), members.probes(), left).ring()));
    }
    assertThat(ring.points()).isEmpty();
    Collections.reverse(order);
    for (String comer : order) {
      ring = ring.with(comer, members.weights().get(comer));
      assertThat(entries(ring)).isEqualTo(entries(history.remove(history.size() - 1)));
    }
  }

  /** Where all claim the same, the ids' UTF-8 bytes say who owns and who is next. */
  @Property(seed = "402", tries = 600)
  void law4_theSmallestIdOwnsAndTheNextTakesOver(@ForAll Members members) {
    HashRing.Builder<String> builder = HashRing.builder().hashFunction(TestHash.CONSTANT);
    members.weights().keySet().forEach(builder::add);
    HashRing<String> ring = builder.build();
    List<String> ids = new ArrayList<>(members.weights().keySet());
    ids.sort(RingModel.BY_UTF8);

    assertThat(List.copyOf(ring.nodes())).isEqualTo(ids);
    for (; !ids.isEmpty(); ids.remove(0)) {
      assertThat(ring.preferenceList("key").first(Integer.MAX_VALUE)).isEqualTo(ids);
      assertThat(new HashSet<>(ring.points().values())).containsExactly(ids.get(0));
      ring = ring.without(ids.get(0));
    }
  }

  @Property(seed = "601", tries = 600)
  void law6_preferenceListsAreDistinctCompleteAndPrefixStable(@ForAll Members members) {
    HashRing<String> ring = members.ring();
    for (String key : keys(ring)) {
      List<String> all = ring.preferenceList(key).first(Integer.MAX_VALUE);

      assertThat(all).doesNotHaveDuplicates().hasSameElementsAs(members.holders());
      assertThat(ring.preferenceList(key).stream().toList()).isEqualTo(all);
      for (int n = 0; n <= all.size() + 1; n++) {
        assertThat(ring.preferenceList(key).first(n))
            .isEqualTo(all.subList(0, Math.min(n, all.size())));
      }
      if (!all.isEmpty()) {
        assertThat(ring.locate(key)).isEqualTo(all.get(0));
      }
    }
  }

  @Property(seed = "602", tries = 600)
  void law6_aLeaverIsTakenOutOfTheListsAndOneMoreComesAtTheirEnd(@ForAll Members members) {
    HashRing<String> ring = members.ring();
    for (String leaver : members.weights().keySet()) {
      HashRing<String> after = ring.without(leaver);
      for (String key : keys(ring)) {
        for (int n = 0; n <= members.holders().size(); n++) {
          List<String> rest = new ArrayList<>(ring.preferenceList(key).first(n));
          boolean gap = rest.remove(leaver);
          List<String> now = after.preferenceList(key).first(n);

          int others = members.holders().size() - (members.weights().get(leaver) > 0 ? 1 : 0);
          assertThat(now).hasSize(Math.min(rest.size() + (gap ? 1 : 0), others));
          assertThat(now.subList(0, rest.size())).isEqualTo(rest);
        }
      }
    }
  }

  /** To pass over nodes at lookup is to look up in a ring without them. */
  @Property(seed = "603", tries = 600)
  void law6_passingOverNodesIsLookingUpWithoutThem(
      @ForAll Members members, @ForAll @IntRange(max = 255) int mask) {
    HashRing<String> ring = members.ring();
    List<String> ids = List.copyOf(members.weights().keySet());
    Set<String> refused = new HashSet<>();
    for (int i = 0; i < ids.size(); i++) {
      if ((mask >> i & 1) != 0) {
        refused.add(ids.get(i));
      }
    }
    HashRing<String> without = ring.change(change -> refused.forEach(change::remove));
    for (String key : keys(ring)) {
      assertThat(ring.preferenceList(key).where(id -> !refused.contains(id)).first())
          .isEqualTo(without.preferenceList(key).stream().findFirst());
    }
  }

  @Property(seed = "701", tries = 1000)
  void law7_aNodeOfWeightZeroIsAMemberThatHoldsNoKeys(@ForAll Members members) {
    HashRing<String> ring = members.ring();
    for (String id : members.weights().keySet()) {
      HashRing<String> drained = ring.with(id, 0);

      assertThat(drained.nodes()).isEqualTo(ring.nodes());
      assertThat(drained.weight(id)).isZero();
      assertThat(drained.points().values()).doesNotContain(id);
      assertThat(entries(drained)).isEqualTo(entries(ring.without(id)));
      assertThat(drained.preferenceList("key").first(Integer.MAX_VALUE)).doesNotContain(id);
    }
    HashRing<String> allDrained =
        ring.change(change -> members.weights().keySet().forEach(id -> change.set(id, 0)));
    assertThat(allDrained.points()).isEmpty();
    assertThat(allDrained.preferenceList("key").first(3)).isEmpty();
    assertThat(allDrained.preferenceList("key").where(id -> true).first()).isEmpty();
    assertThatThrownBy(() -> allDrained.locate("key")).isInstanceOf(EmptyRingException.class);
  }

  @Property(seed = "702", tries = 1000)
  void law7_aPositiveWeightHoldsAtLeastOnePoint(
      @ForAll Members members, @ForAll("weights") double weight) {
    Assume.that(weight > 0);
    HashRing<String> ring =
        HashRing.builder().placement(members.placement()).add("alone", weight).build();

    assertThat(ring.points()).isNotEmpty().containsValue("alone");
    assertThat(ring.locate("key")).isEqualTo("alone");
  }

  @Example
  void law7_theSmallestWeightOfAllHoldsOnePoint() {
    assertThat(HashRing.builder().add("a", Double.MIN_VALUE).build().points()).hasSize(1);
  }

  /** Keys that lie on points and beside them, where the placement can address them, and others. */
  private static List<String> keys(HashRing<?> ring) {
    List<String> keys = new ArrayList<>(List.of("", "a", "user:42", "ключ", "🔑"));
    List<Long> probes = List.copyOf(probes(ring));
    int step = 1 + probes.size() / 20;
    for (int i = 0; i < probes.size(); i += step) {
      keys.add(TestHash.at(probes.get(i)));
    }
    return keys;
  }

  private static TreeSet<Long> probes(HashRing<?>... rings) {
    List<Long> points = new ArrayList<>();
    for (HashRing<?> ring : rings) {
      points.addAll(ring.points().keySet());
    }
    return RingModel.probes(points, rings[0].placement().maxPosition());
  }

  private static List<Map.Entry<Long, String>> entries(HashRing<String> ring) {
    return List.copyOf(ring.points().entrySet());
  }
}
