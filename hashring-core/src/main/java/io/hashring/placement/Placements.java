package io.hashring.placement;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.hashring.hash.HashFunction;
import io.hashring.placement.Placement.Ties;
import java.util.Collection;
import java.util.Map;

/**
 * The placements that come with the library; for agreement with other systems there are more in
 * {@code io.hashring.interop}. All of them are immutable and equal if made from equal arguments.
 */
public final class Placements {

  private Placements() {}

  /**
   * Placement v1, the default: frozen, so that every release and every language that follows it
   * puts the same points at the same positions.
   *
   * <p>Point {@code i} of a node, counted from 0, is output {@code i + 1} of SplitMix64 (Steele,
   * Lea and Flood, <a href="https://doi.org/10.1145/2660193.2660195">Fast Splittable Pseudorandom
   * Number Generators</a>, OOPSLA 2014) started at the hash of the UTF-8 bytes of the node's id. A
   * node of weight {@code w} claims {@code max(1, round(w · pointsPerNode))} points, halves rounded
   * up, so the points of a lower weight are the first ones of a higher weight. A key lies at its
   * hash.
   *
   * @param hashFunction the hash of ids and keys
   * @param pointsPerNode the number of points of a node of weight 1, at least 1
   * @return the placement
   * @throws IllegalArgumentException if {@code pointsPerNode} is less than 1
   */
  public static Placement v1(HashFunction hashFunction, int pointsPerNode) {
    return new PlacementV1(
        requireNonNull(hashFunction, "hashFunction must not be null"),
        checkPointsPerNode(pointsPerNode));
  }

  /**
   * A small circle of numbered slots, as textbooks and many a home-made balancer have it.
   *
   * <p>Point {@code i} of a node, counted from 0, is the slot {@code hash(id + "-" + i) mod slots};
   * a key lies in the slot {@code hash(key) mod slots}. Positions are slot numbers, {@code [0,
   * slots)}, and the hash is reduced in its {@linkplain HashFunction#slot full width}. A node of
   * weight {@code w} claims {@code max(1, round(w · pointsPerNode))} points. With
   * {@code InteropFunctions.md5()}, 512 and 9 this is the ring of the Python balancer that the
   * project grew out of.
   *
   * <p>Points meet in few slots often. That system let the last claimant overwrite the others:
   * {@link Ties#LAST_ADDED}. With {@link Ties#SMALLEST_ID} the order of adding does not matter.
   *
   * @param hashFunction the hash of labels and keys
   * @param slots the number of slots, at least 1
   * @param pointsPerNode the number of points of a node of weight 1, at least 1
   * @param ties which of the nodes that claim a slot owns it
   * @return the placement
   * @throws IllegalArgumentException if {@code slots} or {@code pointsPerNode} is less than 1, or
   *     ties are to go {@linkplain Ties#BY_POSITION by position}, which means one of 32 bits
   */
  public static Placement slots(
      HashFunction hashFunction, long slots, int pointsPerNode, Ties ties) {
    requireNonNull(hashFunction, "hashFunction must not be null");
    requireNonNull(ties, "ties must not be null");
    checkArgument(slots >= 1, "slots must be at least 1: %s", slots);
    checkArgument(ties != Ties.BY_POSITION, "ties must not be %s for slots", ties);
    return new SlotPlacement(
        new SlotFunction(hashFunction, slots), checkPointsPerNode(pointsPerNode), ties);
  }

  /**
   * Points as given, one by one: for systems that store or configure them.
   *
   * @param keyFunction the hash of keys
   * @param tokens the positions of every node, by id, to be read as unsigned numbers; no node
   *     without one, and none twice
   * @return the placement; for nodes of these ids, of weight 1 or 0, and no others
   * @throws IllegalArgumentException if a node has no token, or a token is given twice
   */
  public static Placement tokens(
      HashFunction keyFunction, Map<String, ? extends Collection<Long>> tokens) {
    requireNonNull(keyFunction, "keyFunction must not be null");
    return TokenPlacement.of(keyFunction, tokens);
  }

  private static int checkPointsPerNode(int pointsPerNode) {
    checkArgument(pointsPerNode >= 1, "pointsPerNode must be at least 1: %s", pointsPerNode);
    return pointsPerNode;
  }
}
