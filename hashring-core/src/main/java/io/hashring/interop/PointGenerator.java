package io.hashring.interop;

/** The sequence of positions that a node claims the first ones of. */
interface PointGenerator {

  /**
   * The positions of a node.
   *
   * @return a new array of the given length, which depends on nothing else
   */
  long[] points(String id, int count);

  /**
   * Refuses a node that has no place.
   *
   * @throws IllegalArgumentException if the id is none of the system's
   */
  default void checkId(String id) {}
}
