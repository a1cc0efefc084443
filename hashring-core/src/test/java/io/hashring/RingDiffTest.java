package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.within;

import io.hashring.RingDiff.Move;
import io.hashring.RingDomain.Members;
import io.hashring.hash.HashFunctions;
import io.hashring.interop.InteropFunctions;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** Diffs against brute force: what two models say of every position that may matter. */
@Domain(RingDomain.class)
@Domain(DomainContext.Global.class)
final class RingDiffTest {

  @Provide
  Arbitrary<Members> ruledMembers() {
    return new RingDomain().ruledMembers();
  }

  @Property(seed = "801", tries = 1500)
  void law8_diffAgreesWithLookups(
      @ForAll("ruledMembers") Members before, @ForAll Members others, @ForAll boolean rebuilt) {
    assertDiffAgrees(before, others, rebuilt, 1);
  }

  @Property(seed = "802", tries = 1500)
  void law8_diffOfReplicasAgreesWithPreferenceLists(
      @ForAll("ruledMembers") Members before,
      @ForAll Members others,
      @ForAll boolean rebuilt,
      @ForAll @IntRange(min = 2, max = 5) int replicas) {
    assertDiffAgrees(before, others, rebuilt, replicas);
  }

  private static void assertDiffAgrees(
      Members members, Members others, boolean rebuilt, int replicas) {
    Placement placement = members.placement();
    HashRing<String> before = members.ring();
    // some stay, some leave, some change their weight, some come
    List<String> leaving =
        members.weights().keySet().stream().filter(id -> id.length() == 2).toList();
    HashRing<String> after = before.change(change -> {
      leaving.forEach(change::remove);
      others.weights().forEach(change::set);
    });
    if (rebuilt) {
      after = after.toBuilder().build();
    }
    RingModel modelBefore = new RingModel(placement, members.weights());
    RingModel modelAfter = new RingModel(placement, members.weights());
    leaving.forEach(modelAfter::remove);
    others.weights().forEach((id, weight) -> modelAfter.put(new Node(id, 0), weight));

    RingDiff<String> diff = before.diff(after, Replication.of(replicas));

    assertInOrder(diff.moves());
    TreeSet<Long> positions = modelBefore.breakpoints();
    positions.addAll(modelAfter.breakpoints());
    positions.removeIf(p -> Long.compareUnsigned(p, placement.maxPosition()) > 0);
    for (long position : positions) {
      assertMoves(
          diff,
          position,
          modelBefore.first(position, replicas),
          modelAfter.first(position, replicas));
    }
    assertFractions(diff, positions, placement.maxPosition(), modelBefore, modelAfter, replicas);
  }

  private static void assertInOrder(List<Move<String>> moves) {
    Set<List<Object>> ends = new HashSet<>();
    for (int i = 0; i < moves.size(); i++) {
      Move<String> move = moves.get(i);
      assertThat(move.from()).isNotEqualTo(move.to());
      ends.add(pair(move, move.range().to()));
      if (i > 0) {
        assertThat(Long.compareUnsigned(
                moves.get(i - 1).range().from(), move.range().from()))
            .isLessThanOrEqualTo(0);
      }
    }
    for (Move<String> move : moves) {
      if (move.range().from() != move.range().to()) {
        assertThat(ends)
            .as("a move that meets %s", move)
            .doesNotContain(pair(move, move.range().from()));
      }
    }
  }

  private static List<Object> pair(Move<String> move, long position) {
    return List.of(String.valueOf(move.from()), String.valueOf(move.to()), position);
  }

  /** Exactly one node takes over for each that goes. */
  private static void assertMoves(
      RingDiff<String> diff, long position, List<String> before, List<String> after) {
    List<String> from = new ArrayList<>();
    List<String> to = new ArrayList<>();
    for (Move<String> move : diff.moves()) {
      if (move.range().contains(position)) {
        if (move.from() != null) {
          from.add(move.from());
        }
        if (move.to() != null) {
          to.add(move.to());
        }
      }
    }
    List<String> lost = new ArrayList<>(before);
    lost.removeAll(after);
    List<String> gained = new ArrayList<>(after);
    gained.removeAll(before);
    assertThat(from).as("lose %x", position).containsExactlyInAnyOrderElementsOf(lost);
    assertThat(to).as("gain %x", position).containsExactlyInAnyOrderElementsOf(gained);
    assertThat(!diff.movesAt(position).isEmpty()).isEqualTo(!lost.isEmpty() || !gained.isEmpty());
  }

  private static void assertFractions(
      RingDiff<String> diff,
      TreeSet<Long> positions,
      long maxPosition,
      RingModel before,
      RingModel after,
      int replicas) {
    BigInteger circle = unsigned(maxPosition).add(BigInteger.ONE);
    Map<String, BigInteger> gains = new HashMap<>();
    Map<String, BigInteger> losses = new HashMap<>();
    long previous = positions.last();
    BigInteger moved = BigInteger.ZERO;
    for (long position : positions) {
      BigInteger length = unsigned(position).subtract(unsigned(previous));
      length = length.signum() <= 0 ? length.add(circle) : length;
      List<String> lost = new ArrayList<>(before.first(position, replicas));
      List<String> gained = new ArrayList<>(after.first(position, replicas));
      lost.removeAll(after.first(position, replicas));
      gained.removeAll(before.first(position, replicas));
      moved = moved.add(length.multiply(BigInteger.valueOf(Math.max(lost.size(), gained.size()))));
      for (String id : lost) {
        losses.merge(id, length, BigInteger::add);
      }
      for (String id : gained) {
        gains.merge(id, length, BigInteger::add);
      }
      previous = position;
    }
    int most =
        Math.max(before.first(0, replicas).size(), after.first(0, replicas).size());
    assertThat(diff.movedFraction())
        .isCloseTo(ratio(moved, circle) / Math.max(1, most), within(1e-12));
    assertShares(diff.gains(), gains, circle);
    assertShares(diff.losses(), losses, circle);
    gains
        .keySet()
        .forEach(id ->
            assertThat(sum(ranges(diff, Move::to, id), circle)).isEqualTo(gains.get(id)));
    losses
        .keySet()
        .forEach(id ->
            assertThat(sum(ranges(diff, Move::from, id), circle)).isEqualTo(losses.get(id)));
  }

  private static List<HashRange> ranges(
      RingDiff<String> diff, Function<Move<String>, String> side, String id) {
    return diff.moves().stream()
        .filter(move -> id.equals(side.apply(move)))
        .map(Move::range)
        .toList();
  }

  private static BigInteger sum(List<HashRange> ranges, BigInteger circle) {
    return ranges.stream()
        .map(range -> {
          BigInteger length = unsigned(range.to()).subtract(unsigned(range.from()));
          return length.signum() <= 0 ? length.add(circle) : length;
        })
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  private static void assertShares(
      Map<String, Double> shares, Map<String, BigInteger> expected, BigInteger circle) {
    assertThat(shares.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (id, length) -> assertThat(shares.get(id)).isCloseTo(ratio(length, circle), within(1e-12)));
  }

  private static double ratio(BigInteger a, BigInteger b) {
    return new BigDecimal(a).divide(new BigDecimal(b), MathContext.DECIMAL64).doubleValue();
  }

  private static BigInteger unsigned(long position) {
    return new BigInteger(Long.toUnsignedString(position));
  }

  /** Rings as large as in service, and keys as they come. */
  @Example
  void law8_manyKeys_moveAsTheDiffSays() {
    Random random = new Random(8);
    for (Placement placement : List.of(
        Placements.v1(HashFunctions.xxh3_64(), 160),
        Placements.v1(InteropFunctions.crc32(), 40),
        Placements.slots(InteropFunctions.md5(), 512, 9, Ties.SMALLEST_ID),
        new RuledPlacement(
            Placements.v1(HashFunctions.xxh3_64(), 40),
            Placement.Search.NEAREST,
            Placement.Ties.FIRST_ADDED,
            1))) {
      HashRing<String> before = random(placement, random, 100);
      HashRing<String> after = before.change(change -> {
        for (int i = 0; i < 10; i++) {
          change.set("node-" + random.nextInt(120), random.nextInt(4));
        }
      });
      assertKeysMove(before, after);
      assertKeysMove(after, before);
      assertKeysMove(before, random(placement, random, 60));
    }
  }

  private static HashRing<String> random(Placement placement, Random random, int nodes) {
    HashRing.Builder<String> builder = HashRing.builder().placement(placement);
    for (int i = 0; i < nodes; i++) {
      builder.add("node-" + i, random.nextInt(10) / 4.0);
    }
    return builder.build();
  }

  private static void assertKeysMove(HashRing<String> before, HashRing<String> after) {
    RingDiff<String> diff = before.diff(after);
    int moved = 0;
    int keys = Depth.of(100_000);
    for (int i = 0; i < keys; i++) {
      String key = "key-" + i;
      String from = before.locate(key);
      String to = after.locate(key);
      boolean isMoved = !diff.movesOf(key).isEmpty();
      if (isMoved == from.equals(to)) {
        assertThat(isMoved).as("%s from %s to %s", key, from, to).isEqualTo(from.equals(to));
      }
      moved += from.equals(to) ? 0 : 1;
    }
    // five standard deviations of the number of keys
    assertThat((double) moved / keys)
        .isCloseTo(diff.movedFraction(), within(5 * 0.5 / Math.sqrt(keys)));
  }

  @Example
  void diff_ofARingAndItself_isEmpty() {
    HashRing<String> ring = HashRing.of("a", "b", "c");

    assertThat(ring.diff(ring).moves()).isEmpty();
    assertThat(ring.diff(ring.without("a").with("a")).moves()).isEmpty();
    assertThat(ring.diff(HashRing.of("c", "b", "a"), Replication.of(2)).moves()).isEmpty();
    assertThat(ring.diff(ring).movedFraction()).isZero();
    assertThat(ring.diff(ring).movesOf("user:42")).isEmpty();
  }

  @Example
  void diff_fromAndToNothing_movesTheWholeCircle() {
    HashRing<String> ring = HashRing.of("a");

    assertThat(HashRing.of().diff(ring).moves()).singleElement().satisfies(move -> {
      assertThat(move.from()).isNull();
      assertThat(move.to()).isEqualTo("a");
      assertThat(move.range().from()).isEqualTo(move.range().to());
    });
    assertThat(ring.diff(HashRing.of()).movedFraction()).isEqualTo(1);
    assertThat(ring.diff(HashRing.of()).losses()).isEqualTo(Map.of("a", 1.0));
    assertThat(ring.diff(HashRing.of("b")))
        .hasToString("RingDiff[100.00 % of the keys in 1 moves, b +100.00 %, a -100.00 %]");
    assertThat(HashRing.of().diff(HashRing.of()).moves()).isEmpty();
  }

  @Example
  void diff_aNodeWithANewAddress_movesNothing() {
    HashRing<Node> ring =
        HashRing.builder(Node::id).add(new Node("a", 1)).add(new Node("b", 1)).build();

    assertThat(ring.diff(ring.with(new Node("a", 2))).moves()).isEmpty();
    HashRing<Node> after = ring.with(new Node("a", 2), 3);
    assertThat(ring.diff(after).moves())
        .isNotEmpty()
        .allSatisfy(move -> assertThat(move.to()).isEqualTo(new Node("a", 2)));
  }

  @Example
  void diff_ofRingsThatCannotBeCompared_saysWhy() {
    HashRing<String> ring = HashRing.of("a", "b");
    HashRing<String> other = HashRing.builder().pointsPerNode(40).add("a").build();
    HashRing<String> md5 =
        HashRing.builder().hashFunction(InteropFunctions.md5()).add("a").build();
    HashRing<String> probing = HashRing.builder().probes(3).add("a").build();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ring.diff(other))
        .withMessage("after must have the placement and the probes of this ring,"
            + " v1(xxh3_64, 160) and 1: v1(xxh3_64, 40) and 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ring.diff(md5))
        .withMessageContaining("v1(md5, 160)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ring.diff(probing))
        .withMessageEndingWith("v1(xxh3_64, 160) and 3");
    assertThatIllegalStateException()
        .isThrownBy(() -> probing.diff(probing))
        .withMessage(
            "a diff takes rings of one probe, with more the keys that move form no ranges: 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ring.diff(ring, Replication.of(0)))
        .withMessage("copies must be at least 1: 0");
    assertThatNullPointerException()
        .isThrownBy(() -> ring.diff(null))
        .withMessage("after must not be null");
  }

  @Example
  void contains_rangesThatWrap_followUnsignedOrder() {
    HashRange wraps = new HashRange(-3, 2);
    assertThat(wraps.contains(-3)).isFalse();
    assertThat(wraps.contains(-2)).isTrue();
    assertThat(wraps.contains(0)).isTrue();
    assertThat(wraps.contains(2)).isTrue();
    assertThat(wraps.contains(3)).isFalse();
    assertThat(wraps).hasToString("(0xfffffffffffffffd, 0x2]");
    assertThat(new HashRange(7, 7).contains(7)).isTrue();
    assertThat(new HashRange(7, 7).contains(-1)).isTrue();
    assertThat(new HashRange(Long.MAX_VALUE, Long.MIN_VALUE).contains(Long.MIN_VALUE))
        .isTrue();
    assertThat(new HashRange(Long.MAX_VALUE, Long.MIN_VALUE).contains(Long.MAX_VALUE))
        .isFalse();
  }
}
