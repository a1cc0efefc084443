package io.hashring.internal;

/**
 * The generator SplitMix64 (Steele, Lea and Flood, <a
 * href="https://doi.org/10.1145/2660193.2660195">Fast Splittable Pseudorandom Number
 * Generators</a>, OOPSLA 2014): output {@code i}, counted from 1, of a seed is {@code mix(seed + i
 * · GAMMA)}.
 */
public final class SplitMix64 {

  /** The odd number next to 2^64 over the golden ratio. */
  public static final long GAMMA = 0x9E3779B97F4A7C15L;

  private SplitMix64() {}

  /**
   * The finalizer: one to one, and every bit of the input reaches every bit of the output.
   *
   * @param z the number to mix
   * @return the mixed number
   */
  public static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
