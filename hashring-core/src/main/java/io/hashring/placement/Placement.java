package io.hashring.placement;

import io.hashring.hash.HashFunction;

/**
 * Where on the circle the points of a node lie, and where a key lies: what two systems must share to
 * send a key to the same node.
 *
 * <p>The points of a node depend on that node alone, on its id and its weight, and not on the other
 * nodes: this is what keeps every other key where it is when a node comes or goes.
 *
 * <p>An implementation must be pure and safe for use by any number of threads. Rings can be compared
 * only if their placements are {@linkplain Object#equals equal}; those of {@link Placements} are equal
 * if they were made from equal arguments.
 *
 * @see Placements
 */
public interface Placement {

  /**
   * The function that puts a key on the circle.
   *
   * @return the function, the same on every call
   */
  HashFunction keyFunction();

  /**
   * How many points a node of a weight claims, known before any of them is made, so that a ring can
   * refuse what it could not hold.
   *
   * @param weight the weight of the node, finite and positive
   * @return the length of what {@link #points} returns for this weight, at least 1
   */
  long pointCount(double weight);

  /**
   * The positions that a node claims. They need be neither sorted nor distinct: a position that a
   * node claims twice counts once.
   *
   * @param id the id of the node, not empty, well-formed Unicode
   * @param weight the weight of the node, finite and positive
   * @return a new array of positions, to be read as unsigned numbers
   */
  long[] points(String id, double weight);
}
