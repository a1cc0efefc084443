package io.hashring.demo.membership;

import io.hashring.HashRing;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who is behind the balancer at one moment: the ring, and its nodes from oldest to newest.
 *
 * @param version how many changes led here
 * @param lastChange the last of them; null if there was none
 */
public record Members(
    HashRing<Backend> ring,
    List<Backend> byAge,
    long version,
    @Nullable RingChange lastChange) {

  public static Members none(int pointsPerNode) {
    HashRing<Backend> ring =
        HashRing.<Backend>builder(Backend::name).pointsPerNode(pointsPerNode).build();
    return new Members(ring, List.of(), 0, null);
  }

  /**
   * These instead, from oldest to newest. A new backend of a known name, which has another address,
   * takes the place of the earlier one and moves no key: that is no change of the ring.
   */
  Members become(List<Backend> newByAge) {
    Set<String> names = newByAge.stream().map(Backend::name).collect(Collectors.toSet());
    HashRing<Backend> next = ring.change(change -> {
      byAge.stream().filter(backend -> !names.contains(backend.name())).forEach(change::remove);
      newByAge.stream().filter(backend -> !byAge.contains(backend)).forEach(change::set);
    });
    return names.equals(Set.copyOf(names()))
        ? new Members(next, newByAge, version, lastChange)
        : new Members(next, newByAge, version + 1, RingChange.between(ring, next, Instant.now()));
  }

  /** The first node clockwise from the key that may be taken; the key's owner is asked first. */
  public Optional<Backend> locate(String key, Predicate<Backend> mayTake) {
    return ring.preferenceList(key).where(mayTake).first();
  }

  public Optional<Backend> named(String name) {
    return byAge.stream().filter(backend -> backend.name().equals(name)).findFirst();
  }

  public List<String> names() {
    return byAge.stream().map(Backend::name).toList();
  }

  public int size() {
    return byAge.size();
  }
}
