package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.Maps;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which node has which keys, so that no node has more than a multiple of its fair share: the static
 * form of {@link BoundedLoad}, for partitions and shards (Mirrokni, Thorup and Zadimoghaddam, <a
 * href="https://arxiv.org/abs/1608.01350">arXiv 1608.01350</a>). Immutable.
 *
 * <pre>{@code
 * BoundedAssignment<String> shards = BoundedAssignment.of(ring, List.of("s0", "s1", "s2"), 1.25);
 * Map<String, String> nodeOfShard = shards.nodes();
 * Set<String> toMove = shards.moves(shards.reassign(ring.with("cache-d")));
 * }</pre>
 *
 * <p>Of {@code m} keys a node of weight {@code w} has at most {@code ceil(c · m · w / W)}, where
 * {@code c} is the factor and {@code W} the sum of the weights of the nodes that hold points. Every
 * key goes to the first node of its preference list that is not full, one after the other in the
 * order of their {@linkplain HashFunctions#xxh3_64() XXH3} hashes, equal ones in that of their
 * UTF-8 bytes. The paper leaves the order open; with one that is fixed the assignment is a function
 * of the ring, the set of keys and the factor, so that all who know these agree without a word, and
 * it does not matter what the keys were assigned to before.
 *
 * @param <N> the type of a node
 */
public final class BoundedAssignment<N> {

  private final HashRing<N> ring;
  private final double factor;
  private final Capacity capacity;
  private final Map<String, Place<N>> placeOfId;
  private final Map<String, Place<N>> placeOfKey;

  private BoundedAssignment(
      HashRing<N> ring,
      double factor,
      Capacity capacity,
      Map<String, Place<N>> placeOfId,
      Map<String, Place<N>> placeOfKey) {
    this.ring = ring;
    this.factor = factor;
    this.capacity = capacity;
    this.placeOfId = placeOfId;
    this.placeOfKey = placeOfKey;
  }

  /**
   * Assigns keys to the nodes of a ring. Takes the time of sorting the keys and of looking them up,
   * and for each full node on the way a step of the walk.
   *
   * @param ring the ring
   * @param keys the keys, distinct, in any order
   * @param factor by how much the load of a node may exceed its fair share; finite and greater than
   *     1
   * @param <N> the type of a node
   * @return the assignment
   * @throws IllegalArgumentException if the factor is not valid, or a key is given twice
   * @throws EmptyRingException if there are keys, and no node holds a point
   */
  public static <N> BoundedAssignment<N> of(
      HashRing<N> ring, Collection<String> keys, double factor) {
    requireNonNull(ring, "ring must not be null");
    requireNonNull(keys, "keys must not be null");
    Capacity.checkFactor(factor);
    Map<String, Place<N>> placeOfId = new HashMap<>();
    HashRing<Place<N>> places = ring.map(Place::new, place -> place.id);
    places.nodes().forEach(place -> placeOfId.put(place.id, place));
    Capacity capacity = new Capacity(
        factor, 0, places.nodes().stream().mapToDouble(place -> place.weight).toArray());

    List<String> inOrder = inOrder(keys);
    Map<String, Place<N>> placeOfKey = new LinkedHashMap<>();
    for (String key : inOrder) {
      Place<N> place = places.locate(key);
      if (place.isFull(capacity, inOrder.size())) {
        place = places
            .preferenceList(key)
            .where(other -> !other.isFull(capacity, inOrder.size()))
            .first()
            .orElseThrow(); // the bounds add up to the number of keys at least
      }
      checkArgument(placeOfKey.put(key, place) == null, "keys must be distinct: %s", key);
      place.keys++;
    }
    return new BoundedAssignment<>(ring, factor, capacity, placeOfId, placeOfKey);
  }

  private static List<String> inOrder(Collection<String> keys) {
    record Hashed(long hash, String key) {}
    HashFunction hash = HashFunctions.xxh3_64();
    Comparator<Hashed> byHash = (a, b) -> Long.compareUnsigned(a.hash, b.hash);
    return keys.stream()
        .map(key -> new Hashed(hash.hash(requireNonNull(key, "key must not be null")), key))
        .sorted(byHash.thenComparing(Hashed::key, Member::compareIds))
        .map(Hashed::key)
        .toList();
  }

  /**
   * The node of every key.
   *
   * @return an immutable map of all keys
   */
  public Map<String, N> nodes() {
    return Collections.unmodifiableMap(Maps.transformValues(placeOfKey, place -> place.node));
  }

  /**
   * The number of keys on a node.
   *
   * @param node a node, known by its id
   * @return how many keys it has; 0 if it is not on the ring
   * @throws IllegalArgumentException if the id is not valid
   */
  long load(N node) {
    Place<N> place = placeOfId.get(ring.id(node));
    return place == null ? 0 : place.keys;
  }

  /**
   * The number of keys that a node may have.
   *
   * @param node a node, known by its id
   * @return {@code ceil(c · m · w / W)}; 0 for a node of weight 0 and for one that is not on the
   *     ring
   * @throws IllegalArgumentException if the id is not valid
   */
  long capacity(N node) {
    Place<N> place = placeOfId.get(ring.id(node));
    return place == null ? 0 : capacity.bound(place.weight, placeOfKey.size());
  }

  /**
   * The keys that another assignment gives to another node, known by its id.
   *
   * <p>They are few if it is of the same keys under the same factor, on the ring after a change:
   * for {@code c = 1 + ε}, {@code ε ≤ 1}, the paper proves that a change of a node moves {@code O(1
   * / ε²)} times as many keys in expectation as it must.
   *
   * @param after the other assignment
   * @return an immutable set of those keys that are in both and must be moved
   */
  public Set<String> moves(BoundedAssignment<N> after) {
    requireNonNull(after, "after must not be null");
    Set<String> moves = new LinkedHashSet<>();
    placeOfKey.forEach((key, place) -> {
      Place<N> there = after.placeOfKey.get(key);
      if (there != null && !there.id.equals(place.id)) {
        moves.add(key);
      }
    });
    return Collections.unmodifiableSet(moves);
  }

  /** The number of keys, the factor and the ring. */
  @Override
  public String toString() {
    return "BoundedAssignment[" + placeOfKey.size() + " keys, factor " + factor + ", " + ring + "]";
  }

  /** A node, and how many keys it has. */
  private static final class Place<N> {
    final String id;
    final N node;

    /** 0 if it holds no point. */
    final double weight;

    long keys;

    Place(Member<N> member) {
      this.id = member.id;
      this.node = member.node;
      this.weight = member.pointCount() > 0 ? member.weight : 0;
    }

    boolean isFull(Capacity capacity, long total) {
      return !capacity.allows(weight, capacity.share(weight), keys + 1, total);
    }
  }
}
