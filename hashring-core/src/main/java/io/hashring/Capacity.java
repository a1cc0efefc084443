package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * The most that each of some nodes may hold: {@code max(f, ceil(c · t · w / W))}, where {@code f}
 * is the floor, {@code c} the factor, {@code t} the load of all of them and {@code W} the sum of
 * their weights.
 *
 * <p>Exact: a double stands for the decimal number of at most 15 digits that it is the nearest to,
 * as 1.1 does for 1.1, so that 1.1 times 100 is 110 and not 111; one that is the nearest to none
 * stands for itself.
 *
 * <p>In doubles the quotient may come out on either side of the exact one. By how much is known:
 * half a unit in the last place for each of {@code n} additions and for the few other steps. A load
 * that is farther away than that is compared in doubles. One that is nearer is compared by
 * products, {@code load · W} and {@code c · w · t}, in whole numbers if the factor and the weights
 * have six digits behind the point, else in {@link BigDecimal}s.
 *
 * <p>Exactness is what makes the bounds add up to more than {@code t}, so that never all are full:
 * each is at least {@code c · t · w / W}, and {@code c} is above 1, be it by its last bit.
 */
final class Capacity {

  /** Half a unit in the last place, twice. */
  private static final double TWICE_THE_ERROR_OF_A_STEP = 0x1p-52;

  private static final MathContext DIGITS = new MathContext(15, RoundingMode.HALF_EVEN);

  private static final long MILLION = 1_000_000;

  private final double factor;
  private final long floor;
  private final double[] weights;

  private final double heaviest;

  /** The sum of the weights, in units of the heaviest: the sum itself may exceed all doubles. */
  private final double relativeSum;

  /** The relative error of a quotient in doubles, with room to spare. */
  private final double error;

  /** The factor in millionths, and the sum of the weights in millionths of these; else -1. */
  private final long factorInMillionths;

  private final long sumInBillionths;

  /** Computed when it is needed for the first time. */
  private @Nullable BigDecimal exactSum;

  /**
   * The bounds for some nodes.
   *
   * @param weights those of the nodes, each finite and not negative; kept, not copied
   */
  Capacity(double factor, long floor, double[] weights) {
    this.factor = factor;
    this.floor = floor;
    this.weights = weights;
    double most = 0;
    for (double weight : weights) {
      most = Math.max(most, weight);
    }
    double sum = 0;
    for (double weight : weights) {
      sum += weight / most;
    }
    this.heaviest = most;
    this.relativeSum = sum;
    this.error = (weights.length + 16) * TWICE_THE_ERROR_OF_A_STEP;
    this.factorInMillionths = inMillionths(factor);
    this.sumInBillionths = factorInMillionths < 0 ? -1 : sumInBillionths(weights);
  }

  private static long sumInBillionths(double[] weights) {
    long sum = 0;
    for (double weight : weights) {
      long part = inMillionths(weight);
      sum += part;
      if (part < 0 || sum > Long.MAX_VALUE / MILLION) {
        return -1;
      }
    }
    return sum * MILLION;
  }

  /** A number of six digits behind the point, and of 15 in all; else -1. */
  private static long inMillionths(double value) {
    double millionths = Math.rint(value * MILLION);
    return millionths < 1e15 && millionths / MILLION == value ? (long) millionths : -1;
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
    return weight > 0 ? Math.max(Double.MIN_VALUE, factor * (weight / heaviest) / relativeSum) : 0;
  }

  /**
   * Whether a node may take a lease: whether it fits in its bound; if the lease is larger than the
   * bound of each node, whether the node is below its own.
   *
   * @param weight that of the node, positive
   * @param share of that weight
   * @param load what the node holds
   * @param total what all nodes hold
   * @param units how much the lease adds to both
   */
  boolean hasRoom(double weight, double share, long load, long total, long units) {
    return allows(weight, share, load + units, total + units)
        || (units > 1
            && !allows(heaviest, share(heaviest), units, total + units)
            && allows(weight, share, load + 1, total + units));
  }

  /** Whether a load is within the bound of a node of a positive weight. */
  boolean allows(double weight, double share, long load, long total) {
    if (load <= floor) {
      return true;
    }
    // a whole number is at most ceil(x) if the one before it is less than x
    double quotient = share * total;
    double distance = quotient - (load - 1);
    return Math.abs(distance) > quotient * error ? distance > 0 : isLess(load - 1, weight, total);
  }

  /** Whether {@code load < c · w · t / W}. */
  private boolean isLess(long load, double weight, long total) {
    long weightInMillionths = inMillionths(weight);
    long perUnit = factorInMillionths * weightInMillionths;
    if (sumInBillionths > 0 && Math.multiplyHigh(factorInMillionths, weightInMillionths) == 0) {
      return isLess(load, sumInBillionths, perUnit, total);
    }
    return BigDecimal.valueOf(load).multiply(exactSum()).compareTo(exactProduct(weight, total)) < 0;
  }

  /** Whether {@code a · b < c · d}, none of them negative, in 128 bits. */
  private static boolean isLess(long a, long b, long c, long d) {
    int compared = Long.compare(Math.multiplyHigh(a, b), Math.multiplyHigh(c, d));
    return compared < 0 || (compared == 0 && Long.compareUnsigned(a * b, c * d) < 0);
  }

  /**
   * The bound of a node; at most {@link Long#MAX_VALUE}, and 0 for one of weight 0.
   *
   * @param total the load of all, with that which is about to come
   */
  long bound(double weight, long total) {
    if (weight == 0) {
      return 0;
    }
    double quotient = share(weight) * total;
    double least = Math.ceil(quotient - quotient * error);
    double most = Math.ceil(quotient + quotient * error);
    return Math.max(floor, least == most ? (long) least : exactBound(weight, total));
  }

  private long exactBound(double weight, long total) {
    BigDecimal[] quotient = exactProduct(weight, total).divideAndRemainder(exactSum());
    return quotient[0]
        .toBigInteger()
        .add(BigInteger.valueOf(quotient[1].signum()))
        .min(BigInteger.valueOf(Long.MAX_VALUE))
        .longValueExact();
  }

  private BigDecimal exactProduct(double weight, long total) {
    return exact(factor).multiply(exact(weight)).multiply(BigDecimal.valueOf(total));
  }

  private BigDecimal exactSum() {
    BigDecimal known = exactSum;
    if (known == null) {
      known = BigDecimal.ZERO;
      for (double weight : weights) {
        known = known.add(exact(weight));
      }
      exactSum = known;
    }
    return known;
  }

  private static BigDecimal exact(double value) {
    BigDecimal itself = new BigDecimal(value);
    BigDecimal decimal = itself.round(DIGITS);
    return value >= Double.MIN_NORMAL && decimal.doubleValue() == value ? decimal : itself;
  }
}
