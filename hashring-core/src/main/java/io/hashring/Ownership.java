package io.hashring;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.AbstractIterator;
import com.google.common.collect.Streams;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who owns how much of a ring, exactly: the share of the circle of each node, which is the share of
 * the keys that it is expected to get, beside the share that its weight asks for. With a
 * {@link Replication}, the share of the keys of which it has a copy.
 *
 * <p>With several probes, the shares are those of keys whose probes are independent, and the hash
 * makes them as good as that. How far shares are from what weights ask for depends on the number of
 * nodes, points and probes: {@code docs/balance.md} has a table to choose from.
 *
 * <p>Immutable. Takes O(n + p log p) to make, and with a replication O(p) walks.
 *
 * @param <N> the type of a node
 * @see HashRing#ownership()
 */
public final class Ownership<N> {

  /**
   * A range of keys and the nodes that hold them.
   *
   * @param range the positions of the keys
   * @param nodes the owner first, then those of the further copies; immutable, never empty
   * @param <N> the type of a node
   */
  public record Range<N>(HashRange range, List<N> nodes) {

    /** The range and its nodes. */
    @Override
    public String toString() {
      return range + " " + nodes;
    }
  }

  /** How many nodes the text shows from either end. */
  private static final int SHOWN = 10;

  private final RingState<N> ring;
  private final Copies<N> copies;
  private final Arcs arcs;

  /** By slot. */
  private final double[] shares;

  /** By slot, what the weights ask for. */
  private final double[] expected;

  /** By slot, what the numbers of points ask for. */
  private final double[] rounded;

  Ownership(Copies<N> copies) {
    this.copies = copies;
    this.ring = copies.ring;
    this.arcs = ring.arcs();
    double[] lengths = new double[arcs.size()];
    Circle circle = ring.circle();
    Arrays.setAll(lengths, i -> circle.fraction(arcs.from(i), arcs.ends[i]));
    this.shares = new double[ring.slotCount()];
    if (copies.count() > 1) {
      for (int i = 0; i < lengths.length; i++) {
        for (int slot : copies.slots(arcs.ends[i])) {
          shares[slot] += lengths[i];
        }
      }
    } else {
      double[] won = Probes.shares(lengths, ring.settings.probes);
      for (int i = 0; i < won.length; i++) {
        shares[arcs.slots[i]] += won[i];
      }
    }
    this.expected = fairShares(member -> member.weight);
    this.rounded = fairShares(Member::pointCount);
  }

  /**
   * The shares of the copies in proportion to the sizes of nodes, none of which can hold more than
   * one copy of a key: what is beyond that goes to the others.
   */
  private double[] fairShares(ToDoubleFunction<Member<N>> size) {
    List<Member<N>> bySize = new ArrayList<>();
    double largest = 0;
    for (Member<N> member : ring.members) {
      if (size.applyAsDouble(member) > 0) {
        bySize.add(member);
        largest = Math.max(largest, size.applyAsDouble(member));
      }
    }
    bySize.sort(Comparator.comparingDouble(size).reversed());
    double unit = largest; // the sum of the sizes themselves may exceed all doubles
    double total =
        bySize.stream().mapToDouble(member -> size.applyAsDouble(member) / unit).sum();
    double left = Math.min(copies.replication.copies(), bySize.size());
    double[] shares = new double[ring.slotCount()];
    for (Member<N> member : bySize) {
      double part = size.applyAsDouble(member) / unit;
      double share = part / total * left;
      if (share > 1) { // and those that follow are smaller, so these come first
        share = 1;
        left--;
        total -= part;
      }
      shares[member.slot] = share;
    }
    return shares;
  }

  /**
   * The share of the keys that a node owns, or has a copy of.
   *
   * @param node a member, known by its id
   * @return from 0 to 1; those of all nodes sum up to the number of copies, or to 0 if no node
   *     holds a point
   * @throws IllegalArgumentException if the node's id is not a member
   */
  public double share(N node) {
    return share(ring.member(node));
  }

  private double share(Member<N> member) {
    return shares[member.slot];
  }

  /**
   * The share of the keys that a node should own by its weight: its part of the weight of all
   * nodes. With several copies, its part of them, but no more than one copy of each key; what is
   * beyond that is the others' by their weights. Failure domains are not taken into account.
   *
   * @param node a member, known by its id
   * @return from 0 to 1
   * @throws IllegalArgumentException if the node's id is not a member
   */
  public double expectedShare(N node) {
    return expected[ring.member(node).slot];
  }

  /**
   * The share of the keys that a node should own by the number of its points, to which its weight
   * was rounded: {@link #expectedShare} as far as the placement can tell it from others. Where it
   * is far from that, the weights are too small for the points per node; see
   * {@link HashRing.Builder#scaleWeights}.
   *
   * @param node a member, known by its id
   * @return from 0 to 1
   * @throws IllegalArgumentException if the node's id is not a member
   */
  public double roundedShare(N node) {
    return rounded[ring.member(node).slot];
  }

  /** How many times the share by weight a node of positive weight owns. */
  private double ratio(Member<N> member) {
    double share = share(member);
    return share == 0 ? 0 : share / expected[member.slot];
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
  double standardDeviation() {
    double mean = ratios().average().orElse(Double.NaN);
    return Math.sqrt(
        ratios().map(ratio -> (ratio - mean) * (ratio - mean)).average().orElse(Double.NaN));
  }

  private DoubleStream ratios() {
    return Arrays.stream(ring.members).filter(member -> member.weight > 0).mapToDouble(this::ratio);
  }

  /**
   * All ranges of the circle with the nodes that hold their keys: for a repair, a backup, a count
   * of copies. Each is as large as it can be, so that neighbours have other nodes or another order
   * of them.
   *
   * @return a sequential stream, sorted by the unsigned {@code from} of the ranges, that finds the
   *     nodes as it is read; empty if no node holds a point
   * @throws IllegalStateException if the ring has several probes, since the keys of a node then
   *     form no ranges
   */
  public Stream<Range<N>> ranges() {
    checkOneProbe();
    return Streams.stream(new RangeIterator());
  }

  private void checkOneProbe() {
    checkState(
        ring.settings.probes == 1,
        "ranges must be asked of a ring of one probe, with more the keys of a node form none: %s",
        ring.settings.probes);
  }

  /** The slots of the nodes that hold the keys of an arc. */
  private int[] slots(int arc) {
    return copies.count() > 1 ? copies.slots(arcs.ends[arc]) : new int[] {arcs.slots[arc]};
  }

  /** Begins behind the first arc whose nodes are not those of the one before it. */
  private final class RangeIterator extends AbstractIterator<Range<N>> {
    private int next;
    private final int end;

    RangeIterator() {
      while (next < arcs.size() && (next == 0 || Arrays.equals(slots(next), slots(0)))) {
        next++;
      }
      end = next + arcs.size();
    }

    @Override
    protected @Nullable Range<N> computeNext() {
      if (next == end) {
        return endOfData();
      }
      long from = arcs.ends[(next - 1) % arcs.size()];
      int[] slots = slots(next % arcs.size());
      do {
        next++;
      } while (next < end && Arrays.equals(slots(next % arcs.size()), slots));
      return new Range<>(
          new HashRange(from, arcs.ends[(next - 1) % arcs.size()]),
          Arrays.stream(slots).mapToObj(ring::node).toList());
    }
  }

  /** A table of the nodes, the busiest first; of many, those at both ends. */
  @Override
  public String toString() {
    List<Member<N>> members = new ArrayList<>(Arrays.asList(ring.members));
    members.sort(Comparator.comparingDouble(this::sortKey).reversed());
    int width = members.stream().mapToInt(member -> member.id.length()).max().orElse(0);
    width = Math.max(4, Math.min(40, width));
    StringBuilder text = new StringBuilder(String.format(
        Locale.ROOT,
        "%d nodes, %d points, %d probes: peak to mean %.3f, standard deviation %.1f %%%n",
        members.size(),
        ring.points.positions(),
        ring.settings.probes,
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
        100 * expected[member.slot],
        100 * share(member)));
    if (member.weight > 0) {
      text.append(String.format(Locale.ROOT, "  x%.3f", ratio(member)));
    }
    text.append(System.lineSeparator());
  }
}
