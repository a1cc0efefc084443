package io.hashring.interop;

import io.hashring.internal.Arguments;
import java.math.BigInteger;
import java.util.Map;

/** A number of points that follows from a node's share of the weight of all. */
record CountByShare(Formula formula) implements CountRule {

  /** How a system computes the number; each rounds in its own way. */
  interface Formula {
    long count(String id, double weight, double totalWeight, int members);

    /** The weight of all, and a refusal of weights that the system does not know. */
    default double total(Map<String, Double> weights) {
      return Weights.wholeSum(weights);
    }
  }

  @Override
  public long count(String id, double weight) {
    return forMembers(Map.of(id, weight)).count(id, weight);
  }

  @Override
  public CountRule forMembers(Map<String, Double> weights) {
    return new OfMembers(formula, formula.total(weights), weights.size());
  }

  /** The rule for one membership, of which these two numbers are all that counts. */
  private record OfMembers(Formula formula, double totalWeight, int members) implements CountRule {
    @Override
    public long count(String id, double weight) {
      return formula.count(id, weight, totalWeight, members);
    }
  }

  /** Formulas without parameters. */
  enum Ketama implements Formula {

    /** Single precision at every step: libmemcached, twemproxy, spymemcached. */
    SINGLE {
      @Override
      public long count(String id, double weight, double totalWeight, int members) {
        float share = (float) weight / (float) totalWeight;
        return 4 * (long) Math.floor(share * 160f / 4f * members);
      }
    },

    /** A share in single precision, the product in double: libketama. */
    LIBKETAMA {
      @Override
      public long count(String id, double weight, double totalWeight, int members) {
        float share = (float) weight / (float) totalWeight;
        return 4 * (long) Math.floor((float) (share * 40.0 * members));
      }
    },

    /** Whole numbers, divided in double precision; three points a digest: serialx. */
    SERIALX {
      @Override
      public long count(String id, double weight, double totalWeight, int members) {
        return 3 * (long) Math.floor(40.0 * members * weight / totalWeight);
      }
    }
  }

  /** Division of whole numbers: uhashring. */
  record Whole(int digests, int words) implements Formula {
    @Override
    public long count(String id, double weight, double totalWeight, int members) {
      return BigInteger.valueOf((long) digests * members)
              .multiply(BigInteger.valueOf((long) weight))
              .divide(BigInteger.valueOf((long) totalWeight))
              .longValueExact()
          * words;
    }
  }

  /** Double precision, the share first, and numbers of digests set for some nodes: npm hashring. */
  record Npm(int digests, int words, Map<String, Integer> digestsById) implements Formula {
    @Override
    public long count(String id, double weight, double totalWeight, int members) {
      int own = digestsById.getOrDefault(id, digests);
      double length = own == digests ? Math.floor(weight / totalWeight * digests * members) : own;
      return words * (long) length;
    }

    /** Any numbers, added in order. */
    @Override
    public double total(Map<String, Double> weights) {
      Arguments.checkNodes(weights);
      double total = 0;
      for (double weight : weights.values()) {
        total += weight;
      }
      return total;
    }
  }
}
