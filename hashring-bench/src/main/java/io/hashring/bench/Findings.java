package io.hashring.bench;

import java.util.List;
import java.util.Map;

/**
 * What {@link Report} finds out, as its JSON file holds it. Shares are parts of all keys.
 *
 * @param machine where it was found
 * @param versions the libraries by name
 * @param command how to find it again
 */
record Findings(
    Machine machine,
    Map<String, String> versions,
    String command,
    int pointsPerNode,
    List<Memory> memory,
    List<Balance> balance,
    List<Remap> remap,
    List<Sensitivity> sensitivity,
    List<Growth> growth) {

  /** The hardware and the virtual machine. */
  record Machine(String cpu, int cores, long memoryMegabytes, String os, String jvm) {}

  /** The memory of a ring's structure, without the names of its nodes. */
  record Memory(String peer, int nodes, long bytes, double bytesPerNode) {}

  /**
   * How evenly keys fall.
   *
   * @param sets over how many sets of nodes
   * @param peakToMean the keys of the fullest node over those of the average one, mean of all sets
   * @param worst the same, of the worst set
   */
  record Balance(String peer, int nodes, int sets, double peakToMean, double worst) {}

  /**
   * Which keys move when one node is added, or removed.
   *
   * @param change what happens: "add" or "remove"
   * @param moved the share of keys with another owner
   * @param optimum the share that an even division would move
   * @param needless the share of keys that moved between nodes that were there before and after
   */
  record Remap(
      String peer, String change, int nodes, double moved, double optimum, double needless) {}

  /**
   * Whether a ring is a function of its members.
   *
   * @param order the share of keys with another owner when the same nodes are added in another
   *     order
   * @param history the same, when the same nodes are reached over other joins and leaves
   */
  record Sensitivity(String peer, int nodes, double order, double history) {}

  /**
   * This library's own ring as it grows.
   *
   * @param lookupNanos of a String key, timed in a plain loop
   * @param changeMicros adding one node and removing it again, median
   */
  record Growth(
      int nodes,
      long points,
      double buildMillis,
      double lookupNanos,
      double changeMicros,
      double bytesPerPoint) {}
}
