package io.hashring;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Bounded load by its definition, in numbers that are not rounded, and without a counter: the
 * oracle of the tests.
 */
final class BoundedLoadModel {

  /** An open lease. */
  record Held(String id, long units) {}

  private final BigDecimal factor;
  private final long floor;
  private final long limit;
  HashRing<Node> ring = HashRing.builder(Node::id).pointsPerNode(4).build();

  /** Open leases. */
  final List<Held> leases = new ArrayList<>();

  BoundedLoadModel(double factor, long floor, long limit) {
    this.factor = new BigDecimal(Double.toString(factor));
    this.floor = floor;
    this.limit = limit;
  }

  Optional<Node> choose(String key, long units, Predicate<Node> eligible) {
    List<Node> walk = ring.preferenceList(key).stream()
        .filter(eligible)
        .filter(node -> load(node) + units <= limit)
        .toList();
    return firstWithRoom(walk, units, ring.nodes())
        .or(() -> firstWithRoom(walk, units, walk))
        .or(() -> firstThatIsNotFull(walk, units, walk));
  }

  /** The first on which a lease fits by its share among some, if it can fit on any of them. */
  private Optional<Node> firstWithRoom(List<Node> walk, long units, Collection<Node> among) {
    boolean tooLarge = among.stream().allMatch(node -> units > bound(node, units, among));
    return tooLarge
        ? firstThatIsNotFull(walk, units, among)
        : walk.stream()
            .filter(node -> load(node) + units <= bound(node, units, among))
            .findFirst();
  }

  private Optional<Node> firstThatIsNotFull(List<Node> walk, long units, Collection<Node> among) {
    return walk.stream().filter(node -> load(node) < bound(node, units, among)).findFirst();
  }

  long load(Node node) {
    return leases.stream()
        .filter(lease -> lease.id.equals(node.id()))
        .mapToLong(Held::units)
        .sum();
  }

  long capacity(Node node) {
    return Math.min(limit, bound(node, 1, ring.nodes()));
  }

  private long bound(Node node, long units, Collection<Node> among) {
    long total = units;
    BigDecimal sum = BigDecimal.ZERO;
    for (Node other : among) {
      total += ring.weight(other) > 0 ? load(other) : 0;
      sum = sum.add(BigDecimal.valueOf(ring.weight(other)));
    }
    if (!ring.nodes().contains(node) || ring.weight(node) == 0) {
      return 0;
    }
    BigDecimal[] quotient = factor
        .multiply(BigDecimal.valueOf(total))
        .multiply(BigDecimal.valueOf(ring.weight(node)))
        .divideAndRemainder(sum);
    return Math.max(floor, quotient[0].longValueExact() + quotient[1].signum());
  }
}
