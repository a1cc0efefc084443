package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Collection;

/**
 * The bound on the load of each of some nodes: {@code ceil(c · t · w / W)}, where {@code t} is the
 * load of all of them and {@code W} the sum of their weights.
 *
 * <p>In doubles the quotient may come out on either side of the exact one, and a bound one too high
 * breaks the promise that the bound is. So shares are rounded down, by more than all the roundings
 * on the way can have added: half a unit in the last place for each of {@code n} additions and for
 * the few other steps. With {@code c = 1.1, w = W, t = 100} the product is 110.00000000000001,
 * since no double is 1.1; the bound is 110, not 111.
 *
 * <p>Nor may the bounds add up to less than {@code t}, for then all nodes could be full. The shares
 * lose some {@code t · n / 2^51} together. As long as that is less than one, the bounds, which are
 * whole numbers, cannot add up to less than {@code t}; beyond, {@code (c − 1) · t} makes good for
 * it, unless {@code c} is 1 but for its last bits.
 */
final class Quota {

  private static final double TWICE_THE_ERROR_OF_A_STEP = 0x1p-52;

  private final double factor;
  private final double heaviest;

  /** The sum of the weights, in units of the heaviest: the sum itself may exceed all doubles. */
  private final double sum;

  private Quota(double factor, double heaviest, double sum) {
    this.factor = factor;
    this.heaviest = heaviest;
    this.sum = sum;
  }

  /** The bound for nodes of some weights, each finite and not negative. */
  static Quota of(double factor, Collection<Double> weights) {
    double heaviest = 0;
    for (double weight : weights) {
      heaviest = Math.max(heaviest, weight);
    }
    double sum = 0;
    for (double weight : weights) {
      sum += weight / heaviest;
    }
    double down = 1 - (weights.size() + 16) * TWICE_THE_ERROR_OF_A_STEP;
    return new Quota(factor * down, heaviest, sum);
  }

  static double checkFactor(double factor) {
    checkArgument(
        factor > 1 && factor <= Double.MAX_VALUE,
        "factor must be finite and greater than 1: %s",
        factor);
    return factor;
  }

  /** What a node of a weight may have of each unit of load: positive if the weight is, else 0. */
  double share(double weight) {
    return weight > 0 ? Math.max(Double.MIN_VALUE, factor * (weight / heaviest) / sum) : 0;
  }

  /**
   * The bound on a load.
   *
   * @param total the load of all, with the unit that is about to come
   */
  static long bound(double share, long total) {
    return (long) Math.ceil(share * total);
  }
}
