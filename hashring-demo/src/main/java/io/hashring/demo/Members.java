package io.hashring.demo;

import io.hashring.HashRing;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Who is behind the balancer at one moment: the ring, and its nodes from oldest to newest. */
record Members(HashRing<Backend> ring, List<Backend> byAge) {

  static Members none(int pointsPerNode) {
    HashRing<Backend> ring =
        HashRing.<Backend>builder(Backend::name).pointsPerNode(pointsPerNode).build();
    return new Members(ring, List.of());
  }

  Members with(Collection<Backend> joining) {
    return new Members(
        ring.change(change -> joining.forEach(change::with)),
        Stream.concat(byAge.stream(), joining.stream()).toList());
  }

  Members without(Collection<Backend> leaving) {
    return new Members(
        ring.change(change -> leaving.forEach(change::without)),
        byAge.stream().filter(backend -> !leaving.contains(backend)).toList());
  }

  /** The first node clockwise from the key that may be sent requests and was not tried yet. */
  Optional<Backend> locate(String key, Set<Backend> tried) {
    return ring.locate(key, backend -> backend.isEligible() && !tried.contains(backend));
  }

  Optional<Backend> named(String name) {
    return byAge.stream().filter(backend -> backend.name().equals(name)).findFirst();
  }

  List<String> names() {
    return byAge.stream().map(Backend::name).toList();
  }

  int size() {
    return byAge.size();
  }
}
