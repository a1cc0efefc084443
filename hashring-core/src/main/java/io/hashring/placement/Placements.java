package io.hashring.placement;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.hashring.hash.HashFunction;

/**
 * The placements that come with the library. All of them are immutable and equal if made from equal
 * arguments.
 */
public final class Placements {

  /** The longest array that every virtual machine makes. */
  private static final int MAX_POINTS = Integer.MAX_VALUE - 8;

  private Placements() {}

  /**
   * Placement v1, the default: frozen, so that every release and every language that follows it puts
   * the same points at the same positions.
   *
   * <p>Point {@code i} of a node, counted from 0, is output {@code i + 1} of SplitMix64 (Steele, Lea
   * and Flood, <a href="https://doi.org/10.1145/2660193.2660195">Fast Splittable Pseudorandom Number
   * Generators</a>, OOPSLA 2014) started at the hash of the UTF-8 bytes of the node's id. A node of
   * weight {@code w} claims {@code max(1, round(w · pointsPerNode))} points, halves rounded up, so
   * the points of a lower weight are the first ones of a higher weight. A key lies at its hash.
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
   * <p>Point {@code i} of a node, counted from 0, is the slot {@code hash(id + "-" + i) mod slots}; a
   * key lies in the slot {@code hash(key) mod slots}. Positions are slot numbers, {@code [0,
   * slots)}, and the hash is reduced in its {@linkplain HashFunction#slot full width}. A node of
   * weight {@code w} claims {@code max(1, round(w · pointsPerNode))} points. With {@link
   * io.hashring.hash.HashFunctions#md5() md5}, 512 and 9 this is the ring of the Python balancer
   * that the project grew out of.
   *
   * <p>Points meet in few slots often. Where that system let the last claimant overwrite the others,
   * this ring keeps all of them and gives the slot to the smallest id; where no slot is shared, the
   * two agree for every key.
   *
   * @param hashFunction the hash of labels and keys
   * @param slots the number of slots, at least 1
   * @param pointsPerNode the number of points of a node of weight 1, at least 1
   * @return the placement
   * @throws IllegalArgumentException if {@code slots} or {@code pointsPerNode} is less than 1
   */
  public static Placement slots(HashFunction hashFunction, long slots, int pointsPerNode) {
    requireNonNull(hashFunction, "hashFunction must not be null");
    checkArgument(slots >= 1, "slots must be at least 1: %s", slots);
    return new SlotPlacement(
        new SlotFunction(hashFunction, slots), checkPointsPerNode(pointsPerNode));
  }

  /** The number of points that a weight stands for; saturates far above what any ring holds. */
  static long pointCount(double weight, int pointsPerNode) {
    return Math.max(1, Math.round(weight * pointsPerNode));
  }

  /** Room for the points of a node. */
  static long[] newPoints(double weight, int pointsPerNode) {
    long count = pointCount(weight, pointsPerNode);
    checkArgument(
        count <= MAX_POINTS, "points of a node must not exceed %s: %s", MAX_POINTS, count);
    return new long[(int) count];
  }

  private static int checkPointsPerNode(int pointsPerNode) {
    checkArgument(pointsPerNode >= 1, "pointsPerNode must be at least 1: %s", pointsPerNode);
    return pointsPerNode;
  }
}
