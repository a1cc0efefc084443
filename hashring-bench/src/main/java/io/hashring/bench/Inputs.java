package io.hashring.bench;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** The node names and keys of all measurements: drawn from a seed, the same in every run. */
final class Inputs {

  /** How many keys a benchmark walks through: more than the caches of a core hold. */
  static final int POOL = 1 << 16;

  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

  private Inputs() {}

  /** Distinct names of nodes. */
  static List<String> nodes(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Set<String> nodes = new LinkedHashSet<>();
    while (nodes.size() < count) {
      nodes.add("node-" + text(random, 8));
    }
    return List.copyOf(nodes);
  }

  /** ASCII keys of a length. */
  static String[] keys(int count, int length, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    String[] keys = new String[count];
    for (int i = 0; i < count; i++) {
      keys[i] = text(random, length);
    }
    return keys;
  }

  /**
   * Keys of a length.
   *
   * @param text {@code ascii}, or {@code latin1} or {@code utf16} for others among the letters
   */
  static String[] keys(int count, int length, String text, long seed) {
    String[] keys = keys(count, length, seed);
    for (int i = 0; i < count; i++) {
      keys[i] = spelled(keys[i], text);
    }
    return keys;
  }

  private static String spelled(String ascii, String text) {
    return switch (text) {
      case "ascii" -> ascii;
      case "latin1" -> ascii.replace('a', '\u00e4').replace('o', '\u00f6');
      case "utf16" -> ascii.replace('a', '\u0430').replace('o', '\u03c9');
      default -> throw new IllegalArgumentException("unknown text: " + text);
    };
  }

  /**
   * Lets what was built move to where it will stay. A ring that serves lookups is old; measured
   * among the garbage of its own making, it would take more cache lines than it ever does again.
   */
  static void settle() {
    System.gc();
  }

  private static String text(SplittableRandom random, int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return text.toString();
  }
}
