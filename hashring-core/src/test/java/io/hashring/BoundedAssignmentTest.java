package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BoundedAssignmentTest {

  private static final HashRing<String> ABC = HashRing.of("a", "b", "c");

  private static List<String> keys(int count) {
    return IntStream.range(0, count).mapToObj(i -> "user:" + i).toList();
  }

  private final HashRing<String> ring = HashRing.builder()
      .addAll(keys(7))
      .add("heavy", 3)
      .add("light", 0.5)
      .add("drained", 0)
      .build();

  @ParameterizedTest
  @ValueSource(doubles = {1.0000001, 1.05, 1.25, 2, 50})
  void of_anyFactor_keepsTheBoundAndPassesOverFullNodesOnly(double factor) {
    List<String> keys = keys(3000);
    BoundedAssignment<String> assignment = BoundedAssignment.of(ring, keys, factor);

    assertThat(assignment.nodes()).containsOnlyKeys(keys);
    for (String node : ring.nodes()) {
      long load = assignment.nodes().values().stream().filter(node::equals).count();
      long capacity = (long) Math.ceil(factor * 3000 * ring.weight(node) / 10.5);
      assertThat(assignment.load(node)).isEqualTo(load).isLessThanOrEqualTo(capacity);
      assertThat(assignment.capacity(node)).isLessThanOrEqualTo(capacity);
    }
    int offOwner = 0;
    for (String key : keys) {
      for (String node : ring.preferenceList(key).first(10)) {
        if (node.equals(assignment.nodes().get(key))) {
          break;
        }
        offOwner++;
        assertThat(assignment.load(node)).as(key).isEqualTo(assignment.capacity(node));
      }
    }
    assertThat(offOwner > 0).isEqualTo(factor <= 1.25);
  }

  @Test
  void of_anyOrderOfKeys_isTheSame() {
    List<String> keys = new ArrayList<>(keys(500));
    BoundedAssignment<String> assignment = BoundedAssignment.of(ring, keys, 1.1);
    for (int i = 0; i < 10; i++) {
      Collections.shuffle(keys, new Random(i));
      BoundedAssignment<String> other = BoundedAssignment.of(ring, keys, 1.1);
      assertThat(other.nodes()).isEqualTo(assignment.nodes());
      assertThat(other.moves(assignment)).isEmpty();
    }
  }

  @Test
  void moves_afterAChange_areTheKeysWithAnotherNode() {
    List<String> keys = keys(1000);
    BoundedAssignment<String> before = BoundedAssignment.of(ring, keys, 1.25);
    HashRing<String> grown = ring.with("new");
    BoundedAssignment<String> after = BoundedAssignment.of(grown, keys, 1.25);
    Set<String> moves = before.moves(after);

    assertThat(moves)
        .containsExactlyInAnyOrderElementsOf(keys.stream()
            .filter(key -> !before.nodes().get(key).equals(after.nodes().get(key)))
            .toList());
    assertThat(after.moves(before)).isEqualTo(moves).isNotEmpty();
  }

  private static int moves(
      BoundedAssignment<String> before, HashRing<String> after, List<String> keys, double factor) {
    return before.moves(BoundedAssignment.of(after, keys, factor)).size();
  }

  @Test
  void moves_newAddressAndNewKeys_areNone() {
    HashRing<Node> nodes = HashRing.builder(Node::id).add(new Node("a", 1)).build();
    BoundedAssignment<Node> before = BoundedAssignment.of(nodes, List.of("x", "y"), 2);

    assertThat(
            before.moves(BoundedAssignment.of(nodes.with(new Node("a", 2)), List.of("x", "y"), 2)))
        .isEmpty();
    assertThat(before.moves(BoundedAssignment.of(nodes, List.of("y", "z"), 2))).isEmpty();
  }

  @Test
  void of_noKeys_isEmptyEvenWithoutNodes() {
    BoundedAssignment<String> none = BoundedAssignment.of(HashRing.of(), List.of(), 2);

    assertThat(none.nodes()).isEmpty();
    assertThat(none.load("a")).isZero();
    assertThat(none.capacity("a")).isZero();
    assertThat(none).hasToString("BoundedAssignment[0 keys, factor 2.0, " + HashRing.of() + "]");
    assertThatThrownBy(() -> BoundedAssignment.of(ABC, keys(3), 2).nodes().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  /**
   * A change of one of {@code n} nodes must move {@code m / n} keys in expectation; the paper's
   * bound on what it does move is {@code O(1 / ε²)} of that.
   */
  @Test
  void reassign_oneNodeMoreOrLess_movesFewKeys() {
    int n = 50;
    int m = 10_000;
    List<String> keys = keys(m);
    for (HashFunction hash : List.of(HashFunctions.xxh3_64(), HashFunctions.murmur3_128())) {
      HashRing<String> nodes =
          HashRing.builder().hashFunction(hash).addAll(keys(n)).build();
      for (double epsilon : new double[] {0.05, 0.1, 0.25, 0.5, 1}) {
        BoundedAssignment<String> before = BoundedAssignment.of(nodes, keys, 1 + epsilon);
        double more = 0;
        double less = 0;
        for (int i = 0; i < 20; i++) {
          more += moves(before, nodes.with("new-" + i), keys, 1 + epsilon) / 20.0;
          less += moves(before, nodes.without("user:" + i), keys, 1 + epsilon) / 20.0;
        }
        more /= (double) m / (n + 1);
        less /= (double) m / n;
        System.out.printf(
            Locale.ROOT,
            "%s, c = %.2f: times the keys that must move, a node more %.2f, a node less %.2f;"
                + " 1/ε² = %.0f%n",
            hash,
            1 + epsilon,
            more,
            less,
            1 / (epsilon * epsilon));
        assertThat(more).isBetween(0.9, 1 + 0.1 / (epsilon * epsilon));
        assertThat(less).isBetween(0.9, 1 + 0.1 / (epsilon * epsilon));
      }
    }
  }

  @Test
  void of_badArguments_areRefused() {
    assertThatNullPointerException()
        .isThrownBy(() -> BoundedAssignment.of(null, List.of(), 2))
        .withMessage("ring must not be null");
    assertThatNullPointerException()
        .isThrownBy(() -> BoundedAssignment.of(ABC, null, 2))
        .withMessage("keys must not be null");
    assertThatNullPointerException()
        .isThrownBy(() -> BoundedAssignment.of(ABC, Arrays.asList("key", null), 2))
        .withMessage("key must not be null");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BoundedAssignment.of(ABC, List.of("x", "key", "x"), 2))
        .withMessage("keys must be distinct: x");
    for (double factor : new double[] {Double.NaN, 1, -2, Double.POSITIVE_INFINITY}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> BoundedAssignment.of(ABC, List.of("key"), factor))
          .withMessage("factor must be finite and greater than 1: " + factor);
    }
    BoundedAssignment<String> one = BoundedAssignment.of(ABC, List.of("key"), 2);
    assertThatNullPointerException()
        .isThrownBy(() -> one.moves(null))
        .withMessage("after must not be null");
    assertThatNullPointerException()
        .isThrownBy(() -> one.load(null))
        .withMessage("node must not be null");
    assertThatThrownBy(() -> BoundedAssignment.of(HashRing.of(), List.of("key"), 2))
        .isInstanceOf(EmptyRingException.class);
  }
}
