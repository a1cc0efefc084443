package io.hashring.demo.membership;

import io.hashring.HashRing;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who is behind the balancer at one moment: the ring, and its nodes from oldest to newest.
 *
 * @param version how many changes led here; a replica that is replaced under its name is none
 * @param lastChange the last of them; null if there was none
 */
public record Members(
    HashRing<Backend> ring,
    List<Backend> byAge,
    long version,
    @Nullable RingChange lastChange) {

  static Members none(int pointsPerNode) {
    HashRing<Backend> ring =
        HashRing.<Backend>builder(Backend::name).pointsPerNode(pointsPerNode).build();
    return new Members(ring, List.of(), 0, null);
  }

  /** What these become when the ring does. */
  Members after(HashRing<Backend> next) {
    List<Backend> nextByAge =
        next.nodes().stream().sorted(Comparator.comparingLong(Backend::order)).toList();
    return next.checksum() == ring.checksum()
        ? new Members(next, nextByAge, version, lastChange)
        : new Members(next, nextByAge, version + 1, RingChange.between(ring, next, Instant.now()));
  }

  /** The first node clockwise from the key that may be taken; the owner is asked first. */
  public Optional<Backend> locate(String key, Predicate<Backend> mayTake) {
    return locateAt(ring.position(key), mayTake);
  }

  /** The first node clockwise from there that may be taken; the owner is asked first. */
  public Optional<Backend> locateAt(long position, Predicate<Backend> mayTake) {
    return ring.preferenceListAt(position).where(mayTake).first();
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
