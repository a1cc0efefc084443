package io.hashring.demo;

import com.google.common.collect.Maps;
import io.hashring.HashRing;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one change of the members did.
 *
 * @param moved the part of the circle that has another owner now
 * @param moves the same, for every two nodes that gave and took, by their names
 */
record RingChange(
    Instant at, List<String> joined, List<String> left, double moved, List<Move> moves) {

  /** A part of the circle that went from one node to another; null stands for an empty ring. */
  record Move(@Nullable String from, @Nullable String to, double share) {}

  private static final Comparator<@Nullable String> BY_NAME =
      Comparator.nullsFirst(Comparator.<String>naturalOrder());

  static RingChange between(HashRing<Backend> before, HashRing<Backend> after, Instant at) {
    Arcs arcs = Arcs.of(owners(before), owners(after));
    List<Move> moves = arcs.shares().entrySet().stream()
        .filter(entry -> !entry.getKey().areSame())
        .map(entry -> new Move(entry.getKey().before(), entry.getKey().after(), entry.getValue()))
        .sorted((a, b) -> {
          int from = BY_NAME.compare(a.from(), b.from());
          return from != 0 ? from : BY_NAME.compare(a.to(), b.to());
        })
        .toList();
    return new RingChange(at, names(after, before), names(before, after), arcs.moved(), moves);
  }

  /** The part of the circle that each node owns; a node without any is absent. */
  static Map<String, Double> shares(HashRing<Backend> ring) {
    NavigableMap<Long, String> owners = owners(ring);
    Map<String, Double> shares = new HashMap<>();
    Arcs.of(owners, owners).shares().forEach((owner, share) -> {
      if (owner.after() != null) {
        shares.put(owner.after(), share);
      }
    });
    return shares;
  }

  private static NavigableMap<Long, String> owners(HashRing<Backend> ring) {
    return Maps.transformValues(ring.points(), Backend::name);
  }

  private static List<String> names(HashRing<Backend> of, HashRing<Backend> butNotOf) {
    List<String> others = names(butNotOf).toList();
    return names(of).filter(name -> !others.contains(name)).toList();
  }

  private static Stream<String> names(HashRing<Backend> ring) {
    return ring.nodes().stream().map(Backend::name);
  }
}
