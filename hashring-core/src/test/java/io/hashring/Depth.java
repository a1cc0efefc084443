package io.hashring;

/**
 * How much tests try: all that they name with {@code -Dhashring.deep=true}, as in CI on JDK 17, and
 * a fifth of it without, or another part by {@code -Dhashring.part=40}. Seeds are the same, so the
 * quick run is the beginning of the deep one.
 */
public final class Depth {

  public static final boolean IS_DEEP = Boolean.getBoolean("hashring.deep");

  private static final int PART = Integer.getInteger("hashring.part", 5);

  private Depth() {}

  /** How many of what is a given number in the deep run. */
  public static int of(int deep) {
    return IS_DEEP ? deep : Math.max(1, deep / PART);
  }
}
