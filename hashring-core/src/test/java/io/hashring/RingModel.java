package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toCollection;

import io.hashring.placement.Placement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A ring in the plainest code that follows from its definition, without a line of the library but
 * the placement: the oracle of the tests.
 */
final class RingModel {

  static final Comparator<String> BY_UTF8 =
      (a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8));

  /** Positions that are worth a look in every ring. */
  private static final long[] CORNERS = {0, 1, -1, -2, Long.MIN_VALUE, Long.MAX_VALUE};

  private final Placement placement;
  private final NavigableMap<String, Node> nodes = new TreeMap<>(BY_UTF8);
  private final NavigableMap<String, Double> weights = new TreeMap<>(BY_UTF8);

  /** From every position to the ids that claim it. */
  private final NavigableMap<Long, NavigableMap<String, Node>> claims =
      new TreeMap<>(Long::compareUnsigned);

  RingModel(Placement placement) {
    this.placement = placement;
  }

  RingModel(Placement placement, Map<String, Double> weights) {
    this(placement);
    weights.keySet().forEach(id -> nodes.put(id, new Node(id, 0)));
    this.weights.putAll(weights);
    claim();
  }

  void put(Node node, double weight) {
    nodes.put(node.id(), node);
    weights.put(node.id(), weight);
    claim();
  }

  void remove(String id) {
    nodes.remove(id);
    weights.remove(id);
    claim();
  }

  /** Starts anew each time, so that no state can go stale. */
  private void claim() {
    claims.clear();
    weights.forEach((id, weight) -> {
      if (weight > 0) {
        for (long position : placement.points(id, weight)) {
          claims.computeIfAbsent(position, p -> new TreeMap<>(BY_UTF8)).put(id, nodes.get(id));
        }
      }
    });
  }

  boolean contains(String id) {
    return nodes.containsKey(id);
  }

  List<Node> nodes() {
    return List.copyOf(nodes.values());
  }

  Map<String, Double> weights() {
    return Map.copyOf(weights);
  }

  double weight(String id) {
    return weights.get(id);
  }

  boolean holdsNothing() {
    return claims.isEmpty();
  }

  NavigableMap<Long, Node> owners() {
    NavigableMap<Long, Node> owners = new TreeMap<>(Long::compareUnsigned);
    claims.forEach(
        (position, claimants) -> owners.put(position, claimants.firstEntry().getValue()));
    return owners;
  }

  Node owner(long position) {
    var claim = claims.ceilingEntry(position);
    return (claim == null ? claims.firstEntry() : claim).getValue().firstEntry().getValue();
  }

  /** The distinct nodes clockwise from a position. */
  List<Node> clockwise(long position) {
    var distinct = new LinkedHashSet<Node>();
    claims.tailMap(position, true).values().forEach(here -> distinct.addAll(here.values()));
    claims.headMap(position, false).values().forEach(here -> distinct.addAll(here.values()));
    return new ArrayList<>(distinct);
  }

  long position(String key) {
    return placement.keyFunction().hash(key);
  }

  TreeSet<Long> probes() {
    return probes(claims.keySet());
  }

  /**
   * The corners of the circle, every given point, and both its neighbours. The owner is constant
   * between points, so two rings that agree at the probes of both agree at all 2^64 positions.
   */
  static TreeSet<Long> probes(Iterable<Long> points) {
    TreeSet<Long> probes = Arrays.stream(CORNERS)
        .boxed()
        .collect(toCollection(() -> new TreeSet<>(Long::compareUnsigned)));
    for (long point : points) {
      probes.add(point - 1);
      probes.add(point);
      probes.add(point + 1);
    }
    return probes;
  }
}
