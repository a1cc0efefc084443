package io.hashring.demo.membership;

import io.hashring.HashRing;
import io.hashring.hash.HashFunctions;
import io.hashring.placement.Placement;
import io.hashring.placement.Placements;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who is behind the balancer at one moment: the ring, and its nodes from oldest to newest.
 *
 * @param version how many changes led here; a replica that is replaced under its name is none
 * @param changes the last ten of them at most, the newest first
 */
public record Members(
    HashRing<Backend> ring, List<Backend> byAge, long version, List<RingChange> changes) {

  private static final int KEPT = 10;

  static Members none(int pointsPerNode) {
    return none(Placements.v1(HashFunctions.xxh3_64(), pointsPerNode));
  }

  static Members none(Placement placement) {
    HashRing<Backend> ring =
        HashRing.<Backend>builder(Backend::name).placement(placement).build();
    return new Members(ring, List.of(), 0, List.of());
  }

  /** What these become when the ring does. */
  Members after(HashRing<Backend> next) {
    List<Backend> nextByAge =
        next.nodes().stream().sorted(Comparator.comparingLong(Backend::order)).toList();
    if (next.checksum() == ring.checksum()) {
      return new Members(next, nextByAge, version, changes);
    }
    RingChange change = RingChange.between(ring, next, Instant.now());
    List<RingChange> nextChanges =
        Stream.concat(Stream.of(change), changes.stream()).limit(KEPT).toList();
    return new Members(next, nextByAge, version + 1, nextChanges);
  }

  /** The last change; null if there was none. */
  public @Nullable RingChange lastChange() {
    return changes.isEmpty() ? null : changes.get(0);
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
