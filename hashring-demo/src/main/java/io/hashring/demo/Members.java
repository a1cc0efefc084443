package io.hashring.demo;

import io.hashring.HashRing;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who is behind the balancer at one moment: the ring, and its nodes from oldest to newest.
 *
 * @param version how many changes led here
 * @param lastChange the last of them; null if there was none
 */
record Members(
    HashRing<Backend> ring,
    List<Backend> byAge,
    long version,
    @Nullable RingChange lastChange) {

  static Members none(int pointsPerNode) {
    HashRing<Backend> ring =
        HashRing.<Backend>builder(Backend::name).pointsPerNode(pointsPerNode).build();
    return new Members(ring, List.of(), 0, null);
  }

  Members with(Collection<Backend> joining) {
    return next(
        change -> joining.forEach(change::with),
        Stream.concat(byAge.stream(), joining.stream()).toList());
  }

  Members without(Collection<String> leaving) {
    return next(
        change -> byAge.stream().filter(isAmong(leaving)).forEach(change::without),
        byAge.stream().filter(isAmong(leaving).negate()).toList());
  }

  private static Predicate<Backend> isAmong(Collection<String> names) {
    return backend -> names.contains(backend.name());
  }

  /**
   * The same members with this object in place of the one of its name: no key moves, which is why
   * the version stays.
   */
  Members replacing(Backend backend) {
    List<Backend> newByAge = byAge.stream()
        .map(old -> old.name().equals(backend.name()) ? backend : old)
        .toList();
    return new Members(ring.with(backend), newByAge, version, lastChange);
  }

  private Members next(Consumer<HashRing.Change<Backend>> description, List<Backend> newByAge) {
    HashRing<Backend> next = ring.change(description);
    return new Members(next, newByAge, version + 1, RingChange.between(ring, next, Instant.now()));
  }

  /** The first node clockwise from the key that may be taken; the key's owner is asked first. */
  Optional<Backend> locate(String key, Predicate<Backend> mayTake) {
    return ring.locate(key, mayTake);
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
