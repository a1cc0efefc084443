package io.hashring.placement;

import io.hashring.hash.HashFunction;
import io.hashring.internal.Arguments;
import java.util.Map;

/**
 * Where on the circle the points of a node lie, where a key lies, and which point the key takes:
 * what two systems must share to send a key to the same node.
 *
 * <p>What every placement tells is where keys lie ({@link #keyFunction}) and which positions a node
 * claims ({@link #points}). The rest has defaults, those of placement v1, and is for agreement with
 * systems that do otherwise: a number of points that depends on the other members
 * ({@link #forMembers}), another choice between neighbouring points ({@link #search}) or between
 * nodes that claim the same one ({@link #ties}), and a circle of fewer positions
 * ({@link #maxPosition}).
 *
 * <p>A 32-bit system is placed in the upper halves of positions. Of two rules that need no search
 * of their own, one takes the first point strictly <i>after</i> a key: there a key lies one
 * position beyond its hash. The other takes the last point at or <i>before</i> a key: there all
 * positions, of points and keys, are complements of what the system computes.
 *
 * <p>An implementation must be pure and safe for use by any number of threads. Rings can be
 * compared only if their placements are {@linkplain Object#equals equal}; those of this library are
 * equal if they were made from equal arguments.
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
   * How many points a node claims, known before any of them is made, so that a ring can refuse what
   * it could not hold.
   *
   * @param id the id of the node, not empty, well-formed Unicode
   * @param weight the weight of the node, finite and positive
   * @return the length of what {@link #points} returns for this node, at least 1 unless this
   *     placement says otherwise
   * @throws IllegalArgumentException if this placement has no place for such a node
   */
  long pointCount(String id, double weight);

  /**
   * The positions that a node claims. They need be neither sorted nor distinct: a position that a
   * node claims twice counts once.
   *
   * @param id the id of the node, not empty, well-formed Unicode
   * @param weight the weight of the node, finite and positive
   * @return a new array of positions, to be read as unsigned numbers
   */
  long[] points(String id, double weight);

  /**
   * This placement as it is for a membership. A ring asks for it at every change, and asks the
   * answer for points.
   *
   * <p>It is this very placement, unless the number of a node's points depends on the other
   * members: then every change of membership may change the points of all nodes, and may move keys
   * between nodes that stay. Among the answers for different memberships, nodes that are given as
   * many points must be given the same.
   *
   * @param weights the weights, all positive, of all nodes that are to hold points, by id; in the
   *     order in which the nodes were added
   * @return a placement whose points depend on the id and the weight alone
   * @throws IllegalArgumentException if this placement has no place for such a membership
   */
  default Placement forMembers(Map<String, Double> weights) {
    Arguments.required(weights, "weights");
    return this;
  }

  /**
   * Which of the points around a key is its own.
   *
   * @return {@link Search#CLOCKWISE} unless this placement says otherwise
   */
  default Search search() {
    return Search.CLOCKWISE;
  }

  /**
   * Which of the nodes that claim a position owns it.
   *
   * @return {@link Ties#SMALLEST_ID} unless this placement says otherwise
   */
  default Ties ties() {
    return Ties.SMALLEST_ID;
  }

  /**
   * The last position of the circle, after which comes 0. Points and keys must not lie beyond.
   *
   * @return {@code 2^64 - 1} as an unsigned number unless this placement says otherwise
   */
  default long maxPosition() {
    return -1L;
  }

  /**
   * What this placement was made by: its name and its arguments, in full, so that it can be stored
   * and made again. Of the placements of this library it is the call of the factory without the
   * class, such as {@code v1(xxh3_64, 160)} or {@code nginx}: two of them have the same definition
   * if and only if they are equal, and no release changes one. A hash function in it is as its own
   * text says. {@link Object#toString} gives the beginning where it is long.
   *
   * @return the text of this placement unless it says otherwise
   */
  default String definition() {
    return toString();
  }

  /** Which of the points around a key is its own. */
  enum Search {

    /** The first point at or after the key. */
    CLOCKWISE,

    /**
     * The nearer one of the first point at or after the key and the last one before it; of two that
     * are equally near, the latter. Where several nodes claim a position, the last of them has what
     * comes after it, and the first the rest. This is HAProxy's rule.
     */
    NEAREST
  }

  /**
   * Which of the nodes that claim one position owns it, and in which order the others follow. All
   * but {@link #SMALLEST_ID}, {@link #SHORTEST_ID} and {@link #BY_POSITION} make a ring depend on
   * the order in which its nodes were added.
   */
  enum Ties {

    /** The one whose id has the smallest UTF-8 bytes. */
    SMALLEST_ID,

    /** The one whose id is the shortest in UTF-8 bytes; of those equally short, the smallest. */
    SHORTEST_ID,

    /** The one that was added first. */
    FIRST_ADDED,

    /** The one that was added last. */
    LAST_ADDED,

    /**
     * Of {@code n} nodes in the order of their ids, the one at index {@code position mod n}, where
     * a 32-bit position is meant: the upper half of ours. The nodes after it follow, around.
     */
    BY_POSITION
  }
}
