package io.hashring.bench.peer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That every adapter does what it is measured for. */
final class PeersTest {

  private static final int POINTS = 160;
  private static final List<String> NODES =
      IntStream.range(0, 20).mapToObj(i -> "node-" + i).toList();
  private static final List<String> KEYS =
      IntStream.range(0, 20_000).mapToObj(i -> "user:" + i * 7919).toList();

  @ParameterizedTest
  @EnumSource
  void locate_keys_spreadOverAllNodes(Peer peer) {
    Ring<?> ring = peer.ring(NODES, POINTS);

    assertSpread(ring::owner, NODES);
  }

  @ParameterizedTest
  @EnumSource
  void locate_bytes_spreadOverAllNodes(Peer peer) {
    Ring<?> ring = peer.ring(NODES, POINTS);
    assumeSupported(() -> ring.locate(new byte[] {1}) != null);

    assertSpread(key -> ring.owner(key.getBytes(UTF_8)), NODES);
  }

  @ParameterizedTest
  @EnumSource
  void locateAt_hashes_spreadOverAllNodes(Peer peer) {
    Ring<?> ring = peer.ring(NODES, POINTS);
    assumeSupported(() -> ring.locateAt(1) != null);

    assertSpread(key -> ring.ownerOfHash(key.hashCode() * 0x9E3779B97F4A7C15L), NODES);
  }

  @ParameterizedTest
  @EnumSource
  void locate_twoRingsOfSameNodes_sameOwners(Peer peer) {
    assertThat(owners(peer.ring(NODES, POINTS))).isEqualTo(owners(peer.ring(NODES, POINTS)));
  }

  @ParameterizedTest
  @EnumSource
  void with_oneNode_takesKeysAndMovesNoOther(Peer peer) {
    Ring<?> ring = peer.ring(NODES, POINTS);
    List<String> before = owners(ring);

    List<String> after = owners(ring.with(List.of("new")));

    assertThat(moved(before, after)).allMatch(i -> after.get(i).equals("new"));
    assertThat(moved(before, after)).hasSizeBetween(KEYS.size() / 50, KEYS.size() / 10);
  }

  @ParameterizedTest
  @EnumSource
  void without_oneNode_leavesItNoKey(Peer peer) {
    List<String> rest = new ArrayList<>(NODES);
    rest.remove("node-7");

    Ring<?> ring = peer.ring(NODES, POINTS).without(List.of("node-7"));

    assertSpread(ring::owner, rest);
  }

  @ParameterizedTest
  @EnumSource
  void without_nodeThatCameLast_isTheRingBefore(Peer peer) {
    Ring<?> ring = peer.ring(NODES, POINTS);
    List<String> before = owners(ring);

    Ring<?> after = ring.with(List.of("new")).without(List.of("new"));

    assertThat(owners(after)).isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource
  void withAndWithout_manyNodes_allOfThem(Peer peer) {
    List<String> more = List.of("new-1", "new-2", "new-3");
    List<String> all = new ArrayList<>(NODES);
    all.addAll(more);

    Ring<?> grown = peer.ring(NODES, POINTS).with(more);
    assertSpread(grown::owner, all);
    Ring<?> shrunk = grown.without(more);
    assertSpread(shrunk::owner, NODES);
  }

  @ParameterizedTest
  @EnumSource
  void preferenceList_threeNodes_distinctAndWithTheOwner(Peer peer) {
    Ring<?> ring = peer.ring(NODES, POINTS);
    assumeSupported(() -> !ring.preferenceList("a", 1).isEmpty());

    for (String key : KEYS.subList(0, 1_000)) {
      assertThat(ring.owners(key, 3)).hasSize(3).doesNotHaveDuplicates().contains(ring.owner(key));
    }
  }

  private static void assertSpread(Function<String, String> owner, List<String> nodes) {
    Map<String, Long> counts =
        KEYS.stream().collect(Collectors.groupingBy(owner, Collectors.counting()));
    double fair = (double) KEYS.size() / nodes.size();
    assertThat(counts).containsOnlyKeys(nodes);
    assertThat(counts.values()).allMatch(count -> count > 0.5 * fair && count < 1.6 * fair);
  }

  private static void assumeSupported(BooleanSupplier call) {
    try {
      assertThat(call.getAsBoolean()).isTrue();
    } catch (UnsupportedOperationException e) {
      assumeTrue(false, String.valueOf(e.getMessage()));
    }
  }

  private static List<String> owners(Ring<?> ring) {
    return KEYS.stream().map(ring::owner).toList();
  }

  private static Set<Integer> moved(List<String> before, List<String> after) {
    Set<Integer> moved = new HashSet<>();
    for (int i = 0; i < before.size(); i++) {
      if (!before.get(i).equals(after.get(i))) {
        moved.add(i);
      }
    }
    return moved;
  }
}
