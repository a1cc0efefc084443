package io.hashring;

import static com.google.common.base.Preconditions.checkState;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * Who owns how much of a ring, exactly: the share of the circle of each node, which is the share of
 * the keys that it is expected to get, beside the share that its weight asks for.
 *
 * <p>With several probes, the shares are those of keys whose probes are independent, and the hash
 * makes them as good as that. How far shares are from what weights ask for depends on the number of
 * nodes, points and probes: {@code docs/balance.md} has a table to choose from.
 *
 * <p>Immutable. Takes O(p log p) to make.
 *
 * @param <N> the type of a node
 * @see HashRing#ownership()
 */
public final class Ownership<N> {

  /** How many nodes the text shows from either end. */
  private static final int SHOWN = 10;

  private final HashRing<N> ring;
  private final Arcs arcs;

  /** The part of the circle that each arc is. */
  private final double[] lengths;

  /** By slot. */
  private final double[] shares;

  /** The largest weight, or 1 if it is 0, and how many times it the weights of all nodes are. */
  private final double unit;

  private final double total;

  Ownership(HashRing<N> ring) {
    this.ring = ring;
    this.arcs = ring.arcs();
    this.lengths = new double[arcs.size()];
    Arrays.setAll(lengths, i -> ring.circle().fraction(arcs.from(i), arcs.ends[i]));
    this.shares = new double[ring.slotCount()];
    double[] won = Probes.shares(lengths, ring.probes());
    for (int i = 0; i < won.length; i++) {
      shares[arcs.slots[i]] += won[i];
    }
    double largest =
        ring.members().stream().mapToDouble(member -> member.weight).max().orElse(0);
    this.unit = largest == 0 ? 1 : largest;
    this.total =
        ring.members().stream().mapToDouble(member -> member.weight / unit).sum();
  }

  /**
   * The share of the keys that a node owns.
   *
   * @param node a member, known by its id
   * @return from 0 to 1; those of all nodes sum up to 1, or to 0 if no node holds a point
   * @throws IllegalArgumentException if the node's id is not a member
   */
  public double share(N node) {
    return share(ring.member(node));
  }

  private double share(Member<N> member) {
    return shares[member.slot];
  }

  /**
   * The share of the keys that a node should own by its weight.
   *
   * @param node a member, known by its id
   * @return its part of the weight of all nodes, from 0 to 1
   * @throws IllegalArgumentException if the node's id is not a member
   */
  public double expectedShare(N node) {
    return expectedShare(ring.member(node));
  }

  private double expectedShare(Member<N> member) {
    return member.weight == 0 ? 0 : member.weight / unit / total;
  }

  /** How many times the share by weight a node of positive weight owns. */
  private double ratio(Member<N> member) {
    double share = share(member);
    return share == 0 ? 0 : share * total / (member.weight / unit);
  }

  /**
   * The peak to mean: the largest ratio of a node's share to the share that its weight asks for. Of
   * equal weights, it is how many times the mean load the busiest node gets.
   *
   * @return at least 1; infinite where a weight is too small for any share to be expected; NaN if
   *     no node has a positive weight
   */
  public double peakToMean() {
    return ratios().max().orElse(Double.NaN);
  }

  /**
   * The standard deviation of the ratios of the nodes' shares to those that their weights ask for.
   *
   * @return 0 or more; NaN if no node has a positive weight
   */
  public double standardDeviation() {
    double mean = ratios().average().orElse(Double.NaN);
    return Math.sqrt(
        ratios().map(ratio -> (ratio - mean) * (ratio - mean)).average().orElse(Double.NaN));
  }

  private DoubleStream ratios() {
    return ring.members().stream().filter(member -> member.weight > 0).mapToDouble(this::ratio);
  }

  /**
   * The smallest arc between neighbouring points; where keys go to the nearest point, between a
   * point and the middle of the way to the next.
   *
   * @return its part of the circle, from 0 to 1; NaN if no node holds a point
   */
  public double smallestArc() {
    return Arrays.stream(lengths).min().orElse(Double.NaN);
  }

  /**
   * The largest arc, of those that {@link #smallestArc} is the smallest of.
   *
   * @return its part of the circle, from 0 to 1; NaN if no node holds a point
   */
  public double largestArc() {
    return Arrays.stream(lengths).max().orElse(Double.NaN);
  }

  /**
   * The ranges that a node owns, as large as they can be, so that none of them meet. Takes O(p).
   *
   * @param node a member, known by its id
   * @return an immutable list, sorted by the unsigned {@code from} of the ranges, empty if it owns
   *     nothing
   * @throws IllegalArgumentException if the node's id is not a member
   * @throws IllegalStateException if the ring has several probes, since the keys of a node then
   *     form no ranges
   */
  public List<HashRange> ranges(N node) {
    checkState(
        ring.probes() == 1,
        "ranges must be asked of a ring of one probe, with more the keys of a node form none: %s",
        ring.probes());
    int slot = ring.member(node).slot;
    Ranges ranges = new Ranges();
    for (int i = 0; i < arcs.size(); i++) {
      if (arcs.slots[i] == slot) {
        ranges.add(new HashRange(arcs.from(i), arcs.ends[i]));
      }
    }
    List<HashRange> joined = ranges.joined();
    joined.sort(Ranges.BY_START);
    return Collections.unmodifiableList(joined);
  }

  /** A table of the nodes, the busiest first; of many, those at both ends. */
  @Override
  public String toString() {
    List<Member<N>> members = new ArrayList<>(ring.members());
    members.sort(Comparator.comparingDouble(this::sortKey).reversed());
    int width = members.stream().mapToInt(member -> member.id.length()).max().orElse(0);
    width = Math.max(4, Math.min(40, width));
    StringBuilder text = new StringBuilder(String.format(
        Locale.ROOT,
        "%d nodes, %d points, %d probes: peak to mean %.3f, standard deviation %.1f %%%n",
        members.size(),
        ring.points().size(),
        ring.probes(),
        peakToMean(),
        100 * standardDeviation()));
    text.append(String.format(
        Locale.ROOT, "%-" + width + "s %10s %10s %10s%n", "node", "weight", "expected", "share"));
    for (int i = 0; i < members.size(); i++) {
      if (i == SHOWN && members.size() > 2 * SHOWN) {
        i = members.size() - SHOWN;
        text.append(String.format(Locale.ROOT, "… and %d more%n", members.size() - 2 * SHOWN));
      }
      append(text, members.get(i), width);
    }
    return text.toString();
  }

  private double sortKey(Member<N> member) {
    return member.weight == 0 ? -1 : ratio(member);
  }

  private void append(StringBuilder text, Member<N> member, int width) {
    text.append(String.format(
        Locale.ROOT,
        "%-" + width + "s %10s %8.3f %% %8.3f %%",
        member.id,
        member.weight,
        100 * expectedShare(member),
        100 * share(member)));
    if (member.weight > 0) {
      text.append(String.format(Locale.ROOT, "  x%.3f", ratio(member)));
    }
    text.append(System.lineSeparator());
  }
}
