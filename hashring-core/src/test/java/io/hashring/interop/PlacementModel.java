package io.hashring.interop;

import io.hashring.RingModel;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Search;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a placement means, in the plainest code: from every position to the ids that claim it, in
 * the order in which they were added, and what the placement says about search and ties on top.
 */
final class PlacementModel {

  private final Placement placement;
  private final NavigableMap<Long, List<String>> claims = new TreeMap<>(Long::compareUnsigned);

  PlacementModel(Placement placement, Map<String, Double> weights) {
    this.placement = placement;
    Map<String, Double> positive = new LinkedHashMap<>(weights);
    positive.values().removeIf(weight -> weight == 0);
    Placement ofMembers = placement.forMembers(positive);
    positive.forEach((id, weight) -> {
      for (long position : ofMembers.points(id, weight)) {
        List<String> claimants = claims.computeIfAbsent(position, p -> new ArrayList<>());
        if (!claimants.contains(id)) {
          claimants.add(id);
        }
      }
    });
    claims.replaceAll(this::inOrder);
  }

  private List<String> inOrder(long position, List<String> added) {
    List<String> order = new ArrayList<>(added);
    switch (placement.ties()) {
      case FIRST_ADDED -> {}
      case LAST_ADDED -> Collections.reverse(order);
      case SMALLEST_ID -> order.sort(RingModel.BY_UTF8);
      case SHORTEST_ID ->
        order.sort(
            Comparator.<String>comparingInt(String::length).thenComparing(RingModel.BY_UTF8));
      case BY_POSITION -> {
        order.sort(RingModel.BY_UTF8);
        Collections.rotate(order, -(int) ((position >>> 32) % order.size()));
      }
    }
    return order;
  }

  String locate(String key) {
    return locateAt(placement.keyFunction().hash(key));
  }

  String locateAt(long hash) {
    var next = claims.ceilingEntry(hash);
    if (next == null) {
      next = claims.firstEntry();
    }
    if (placement.search() == Search.NEAREST) {
      var previous = claims.lowerEntry(next.getKey());
      if (previous == null) {
        previous = claims.lastEntry();
      }
      long after = next.getKey() - hash;
      long before = hash - previous.getKey();
      if (Long.compareUnsigned(before, after) <= 0 && after != 0) {
        return previous.getValue().get(previous.getValue().size() - 1);
      }
    }
    return next.getValue().get(0);
  }

  /** The distinct nodes clockwise, of a placement that searches so. */
  List<String> clockwise(String key) {
    long hash = placement.keyFunction().hash(key);
    var distinct = new LinkedHashSet<String>();
    claims.tailMap(hash, true).values().forEach(distinct::addAll);
    claims.headMap(hash, false).values().forEach(distinct::addAll);
    return List.copyOf(distinct);
  }

  Search search() {
    return placement.search();
  }

  NavigableMap<Long, List<String>> claims() {
    return claims;
  }
}
