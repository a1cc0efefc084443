package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toCollection;

import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Search;
import io.hashring.placement.Placement.Ties;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
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
public final class RingModel {

  public static final Comparator<String> BY_UTF8 =
      (a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8));

  /** Positions that are worth a look in every ring. */
  private static final long[] CORNERS = {0, 1, -1, -2, Long.MIN_VALUE, Long.MAX_VALUE};

  private final Placement placement;
  private final int probes;

  /** In the order of adding. */
  private final Map<String, Node> nodes = new LinkedHashMap<>();

  private final Map<String, Double> weights = new LinkedHashMap<>();

  /** From every position to the nodes that claim it, in the order of precedence. */
  private final NavigableMap<Long, List<Node>> claims = new TreeMap<>(Long::compareUnsigned);

  RingModel(Placement placement) {
    this(placement, 1);
  }

  RingModel(Placement placement, int probes) {
    this.placement = placement;
    this.probes = probes;
  }

  RingModel(Placement placement, Map<String, Double> weights) {
    this(placement, weights, 1);
  }

  RingModel(Placement placement, Map<String, Double> weights, int probes) {
    this(placement, probes);
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
    Map<String, Double> positive = new LinkedHashMap<>(weights);
    positive.values().removeIf(weight -> weight == 0);
    Placement local = placement.forMembers(positive);
    positive.forEach((id, weight) -> Arrays.stream(local.points(id, weight))
        .distinct()
        .forEach(p -> claims.computeIfAbsent(p, q -> new ArrayList<>()).add(nodes.get(id))));
    claims.forEach(this::settle);
  }

  private void settle(long position, List<Node> claimants) {
    Comparator<Node> byId = Comparator.comparing(Node::id, BY_UTF8);
    switch (placement.ties()) {
      case FIRST_ADDED -> {}
      case LAST_ADDED -> Collections.reverse(claimants);
      case SMALLEST_ID -> claimants.sort(byId);
      case SHORTEST_ID ->
        claimants.sort(Comparator.<Node>comparingInt(node -> node.id().getBytes(UTF_8).length)
            .thenComparing(byId));
      case BY_POSITION -> {
        claimants.sort(byId);
        Collections.rotate(claimants, -(int) ((position >>> 32) % claimants.size()));
      }
    }
  }

  boolean contains(String id) {
    return nodes.containsKey(id);
  }

  List<Node> nodes() {
    return nodes.values().stream()
        .sorted(Comparator.comparing(Node::id, BY_UTF8))
        .toList();
  }

  /** What a ring is a function of, given its placement. */
  Object state() {
    Ties ties = placement.ties();
    return ties == Ties.FIRST_ADDED || ties == Ties.LAST_ADDED
        ? weights.entrySet().stream().map(Map.Entry::copyOf).toList()
        : Map.copyOf(weights);
  }

  double weight(String id) {
    return weights.get(id);
  }

  boolean holdsNothing() {
    return claims.isEmpty();
  }

  NavigableMap<Long, Node> owners() {
    NavigableMap<Long, Node> owners = new TreeMap<>(Long::compareUnsigned);
    claims.forEach((position, claimants) -> owners.put(position, claimants.get(0)));
    return owners;
  }

  Node owner(long position) {
    return clockwise(position).get(0);
  }

  /**
   * The distinct nodes clockwise from a position, or from the point nearest to it, or from probes.
   */
  List<Node> clockwise(long position) {
    if (claims.isEmpty()) {
      return List.of();
    }
    if (probes > 1) {
      return byDistance(position);
    }
    List<Long> positions = new ArrayList<>();
    List<Node> claimants = new ArrayList<>();
    claims.forEach((p, here) -> here.forEach(node -> {
      positions.add(p);
      claimants.add(node);
    }));
    int next = 0;
    while (next < positions.size() && Long.compareUnsigned(positions.get(next), position) < 0) {
      next++;
    }
    next %= positions.size();
    if (placement.search() == Search.NEAREST) {
      int previous = (next + positions.size() - 1) % positions.size();
      long ahead = positions.get(next) - position;
      long behind = position - positions.get(previous);
      next = Long.compareUnsigned(behind, ahead) <= 0 ? previous : next;
    }
    Collections.rotate(claimants, -next);
    return List.copyOf(new LinkedHashSet<>(claimants));
  }

  /** All nodes by their smallest distance from any probe. */
  private List<Node> byDistance(long position) {
    Map<Node, Long> distances = new HashMap<>();
    for (int i = 0; i < probes; i++) {
      long probe = position;
      if (i > 0) {
        probe = position + i * 0x9E3779B97F4A7C15L;
        probe = (probe ^ (probe >>> 30)) * 0xBF58476D1CE4E5B9L;
        probe = (probe ^ (probe >>> 27)) * 0x94D049BB133111EBL;
        probe ^= probe >>> 31;
      }
      for (Map.Entry<Long, List<Node>> claim : claims.entrySet()) {
        long distance = claim.getKey() - probe;
        claim
            .getValue()
            .forEach(node ->
                distances.merge(node, distance, (a, b) -> Long.compareUnsigned(a, b) <= 0 ? a : b));
      }
    }
    return distances.keySet().stream()
        .sorted(Comparator.comparing((Node node) -> distances.get(node), Long::compareUnsigned)
            .thenComparing(Node::id, BY_UTF8))
        .toList();
  }

  long position(String key) {
    return placement.keyFunction().hash(key);
  }

  TreeSet<Long> probes() {
    return probes(breakpoints(), placement.maxPosition());
  }

  /** The ids of the first distinct nodes from a position. */
  List<String> first(long position, int n) {
    return clockwise(position).stream().limit(n).map(Node::id).toList();
  }

  /**
   * The positions after which the nodes may be others: the points, and the middles where these
   * count.
   */
  TreeSet<Long> breakpoints() {
    TreeSet<Long> breakpoints = new TreeSet<>(Long::compareUnsigned);
    breakpoints.addAll(claims.keySet());
    if (placement.search() == Search.NEAREST) {
      for (Long position : claims.keySet()) {
        Long next = claims.higherKey(position);
        next = next == null ? claims.firstKey() : next;
        breakpoints.add(position + ((next - position) >>> 1));
        breakpoints.add(position + ((next - position - 1) >>> 1));
        breakpoints.add(position - 1);
        breakpoints.add(position + Long.MIN_VALUE); // where there is no other
      }
    }
    if (breakpoints.isEmpty()) {
      breakpoints.add(0L);
    }
    return breakpoints;
  }

  /**
   * The corners of the circle, every given point, and both its neighbours. The owner is constant
   * between points, so two rings that agree at the probes of both agree at all 2^64 positions.
   */
  public static TreeSet<Long> probes(Iterable<Long> points, long maxPosition) {
    TreeSet<Long> probes = Arrays.stream(CORNERS)
        .boxed()
        .collect(toCollection(() -> new TreeSet<>(Long::compareUnsigned)));
    for (long point : points) {
      probes.add(point - 1);
      probes.add(point);
      probes.add(point + 1);
    }
    probes.removeIf(position -> Long.compareUnsigned(position, maxPosition) > 0);
    return probes;
  }
}
