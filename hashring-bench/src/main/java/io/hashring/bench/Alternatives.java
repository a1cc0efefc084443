package io.hashring.bench;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import io.hashring.bench.peer.Peer;
import io.hashring.bench.peer.Ring;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A ring beside what else divides keys among nodes: the tables of {@code docs/decide.md}. All but
 * the times is the same in every run.
 *
 * <pre>java -cp hashring-bench/target/benchmarks.jar io.hashring.bench.Alternatives</pre>
 */
final class Alternatives {

  private static final int POINTS = 160;
  private static final int KEYS = 1 << 18;
  private static final int SETS = 5;
  private static final Hasher64 XXH3 = Hashing.xxh3_64();

  /** A way to divide keys, built from the names of nodes. */
  private record Way(String title, Function<List<String>, Ring<?>> make) {

    Ring<?> of(int nodes, int set) {
      return make.apply(Inputs.nodes(nodes, 100 + set));
    }
  }

  private static final List<Way> WAYS = List.of(
      new Way("ring, 160 points", nodes -> Peer.HASHRING.ring(nodes, POINTS)),
      new Way("ring, 160 points, 5 probes", nodes -> Peer.FIVE_PROBES.ring(nodes, POINTS)),
      new Way("rendezvous", nodes -> Peer.RENDEZVOUS.ring(nodes, POINTS)),
      new Way("jump hash", nodes -> Peer.GUAVA.ring(nodes, POINTS)),
      new Way("Maglev, 65,537 slots", Maglev::new),
      new Way("table of 4,096 partitions", Partitions::dealt),
      new Way("hash mod n", Modulo::new));

  /** What was looked up last, so that lookups cannot be optimised away. */
  private static volatile int unused;

  private Alternatives() {}

  /** Prints the tables. */
  public static void main(String[] args) {
    System.out.println(spread(10));
    System.out.println(spread(100));
    System.out.println(fewKeys());
    System.out.println(times());
  }

  // What moves, and how evenly keys lie

  /** Peak to mean, and what moves when a node joins, leaves, or came in another order. */
  static String spread(int nodes) {
    String[] keys = Inputs.keys(KEYS, 20, 3);
    StringBuilder table = new StringBuilder(format(
        "| %d nodes | peak to mean | moved by a join | of them needless | moved by a leave"
            + " | of them needless | elsewhere after another order |%n"
            + "|---|--:|--:|--:|--:|--:|--:|%n",
        nodes));
    for (Way way : WAYS) {
      double peak = 0;
      double[] moved = new double[5];
      for (int set = 0; set < SETS; set++) {
        peak += peakToMean(owners(way.of(nodes, set), keys)) / SETS;
        double[] one = moved(way, Inputs.nodes(nodes, 100 + set), keys);
        Arrays.setAll(moved, i -> moved[i] + one[i] / SETS);
      }
      table.append(format(
          "| %s | %.3f | %s |%n",
          way.title(),
          peak,
          Arrays.stream(moved).mapToObj(Alternatives::percent).collect(Collectors.joining(" | "))));
    }
    return table.toString();
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format.replace("%n", "\n"), values);
  }

  private static String percent(double share) {
    return share == 0 ? "0" : format("%.1f %%", 100 * share);
  }

  private static String[] owners(Ring<?> ring, String[] keys) {
    return Arrays.stream(keys).map(ring::owner).toArray(String[]::new);
  }

  private static double peakToMean(String[] owners) {
    Map<String, Integer> counts = new HashMap<>();
    for (String owner : owners) {
      counts.merge(owner, 1, Integer::sum);
    }
    return (double) Collections.max(counts.values()) * counts.size() / owners.length;
  }

  /** By a join and needlessly, by a leave and needlessly, by another order. */
  private static double[] moved(Way way, List<String> nodes, String[] keys) {
    String leaver = nodes.get(nodes.size() / 2);
    List<String> shuffled = new ArrayList<>(nodes);
    Collections.shuffle(shuffled, new Random(4));
    String[] before = owners(way.make().apply(nodes), keys);
    String[] grown = owners(way.make().apply(nodes).with(List.of("newcomer")), keys);
    String[] shrunk = owners(way.make().apply(nodes).without(List.of(leaver)), keys);
    String[] reordered = owners(way.make().apply(shuffled), keys);
    return new double[] {
      moved(before, grown, ""),
      moved(before, grown, "newcomer"),
      moved(before, shrunk, ""),
      moved(before, shrunk, leaver),
      moved(before, reordered, "")
    };
  }

  /** The part of the keys that changed owners, those left out that a node gave or got. */
  private static double moved(String[] before, String[] after, String butNotOf) {
    int moved = 0;
    for (int i = 0; i < before.length; i++) {
      if (!before[i].equals(after[i])
          && !before[i].equals(butNotOf)
          && !after[i].equals(butNotOf)) {
        moved++;
      }
    }
    return (double) moved / before.length;
  }

  /** The busiest of 40 nodes with 512 keys each on average, as in a comparison by others. */
  static String fewKeys() {
    int nodes = 40;
    int sets = 1_000;
    Map<String, Double> peaks = new LinkedHashMap<>();
    for (int set = 0; set < sets; set++) {
      String[] keys = Inputs.keys(nodes * 512, 20, 1_000 + set);
      for (Way way : WAYS.subList(0, 3)) {
        peaks.merge(way.title(), peakToMean(owners(way.of(nodes, set), keys)) / sets, Double::sum);
      }
    }
    StringBuilder table =
        new StringBuilder(format("| 40 nodes, 20,480 keys | peak to mean |%n|---|--:|%n"));
    peaks.forEach((title, peak) -> table.append(format("| %s | %.3f |%n", title, peak)));
    return table.toString();
  }

  // Times

  /** A lookup's processor time, as a multiple of the first way's in the same round. */
  private static String times() {
    int[] sizes = {10, 100, 1_000};
    StringBuilder table = new StringBuilder(
        format("| lookup, × ring of 160 points | 10 nodes | 100 | 1,000 |%n|---|--:|--:|--:|%n"));
    Map<String, List<String>> rows = new LinkedHashMap<>();
    for (int nodes : sizes) {
      double[] least = leastNanos(nodes);
      for (int i = 0; i < WAYS.size(); i++) {
        rows.computeIfAbsent(WAYS.get(i).title(), title -> new ArrayList<>())
            .add(Numbers.precise(least[i] / least[0]));
      }
    }
    rows.forEach(
        (title, cells) -> table.append(format("| %s | %s |%n", title, String.join(" | ", cells))));
    return table.toString();
  }

  /** Of each way, in rounds that alternate, the least that a lookup took. */
  private static double[] leastNanos(int nodes) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    String[] keys = Inputs.keys(Inputs.POOL, 20, 2);
    List<Ring<?>> rings = WAYS.stream().<Ring<?>>map(way -> way.of(nodes, 0)).toList();
    double[] least = new double[rings.size()];
    Arrays.fill(least, Double.MAX_VALUE);
    for (int round = 0; round < 30; round++) {
      for (int i = 0; i < least.length; i++) {
        long start = threads.getCurrentThreadCpuTime();
        int sum = 0;
        for (String key : keys) {
          sum += System.identityHashCode(rings.get(i).locate(key)) & 1;
        }
        unused = sum;
        least[i] =
            Math.min(least[i], (double) (threads.getCurrentThreadCpuTime() - start) / keys.length);
      }
    }
    return least;
  }

  // Ways that are no peers of the benchmarks

  /** What keys are sent to by a table, as one looks them up. */
  private abstract static class Table extends Ring<String> {

    private final List<String> nodes;
    private final String[] slots;

    Table(List<String> nodes, String[] slots) {
      this.nodes = List.copyOf(nodes);
      this.slots = slots;
    }

    abstract Ring<String> of(List<String> nodes);

    List<String> nodes() {
      return nodes;
    }

    @Override
    public String locate(String key) {
      return slots[(int) Long.remainderUnsigned(XXH3.hashCharsToLong(key), slots.length)];
    }

    @Override
    public Ring<String> with(Collection<String> added) {
      List<String> grown = new ArrayList<>(nodes);
      grown.addAll(added);
      return of(grown);
    }

    @Override
    public Ring<String> without(Collection<String> removed) {
      List<String> rest = new ArrayList<>(nodes);
      rest.removeAll(removed);
      return of(rest);
    }

    @Override
    public String name(String node) {
      return node;
    }

    @Override
    public Object structure() {
      return slots;
    }
  }

  /**
   * The lookup table of Maglev (Eisenbud et al., NSDI 2016, section 3.4): nodes take slots in turn,
   * each in an order of its own.
   */
  private static final class Maglev extends Table {

    private static final int M = 65_537;

    Maglev(List<String> nodes) {
      super(nodes, slots(nodes));
    }

    private static String[] slots(List<String> nodes) {
      String[] slots = new String[M];
      long[] next = new long[nodes.size()];
      for (int filled = 0; true; ) {
        for (int i = 0; i < next.length; i++) {
          String node = nodes.get(i);
          long offset = Long.remainderUnsigned(XXH3.hashCharsToLong(node), M);
          long skip = Long.remainderUnsigned(XXH3.hashCharsToLong(node + "#skip"), M - 1) + 1;
          int slot = (int) ((offset + next[i]++ * skip) % M);
          while (slots[slot] != null) {
            slot = (int) ((offset + next[i]++ * skip) % M);
          }
          slots[slot] = node;
          if (++filled == M) {
            return slots;
          }
        }
      }
    }

    @Override
    Ring<String> of(List<String> nodes) {
      return new Maglev(nodes);
    }
  }

  /** Keys by the remainder of their hash: what a ring is to be better than. */
  private static final class Modulo extends Table {

    Modulo(List<String> nodes) {
      super(nodes, nodes.toArray(String[]::new));
    }

    @Override
    Ring<String> of(List<String> nodes) {
      return new Modulo(nodes);
    }
  }

  /**
   * A table that somebody keeps: whoever joins takes partitions from those that have most, and
   * those of who leaves go to those that have fewest. It cannot be computed from its nodes.
   */
  private static final class Partitions extends Table {

    private static final int P = 4_096;

    private final String[] slots;

    private Partitions(List<String> nodes, String[] slots) {
      super(nodes, slots);
      this.slots = slots;
    }

    static Ring<String> dealt(List<String> nodes) {
      String[] slots = new String[P];
      Arrays.setAll(slots, i -> nodes.get(i % nodes.size()));
      return new Partitions(nodes, slots);
    }

    private Map<String, Integer> counts(List<String> nodes) {
      Map<String, Integer> counts = new LinkedHashMap<>();
      nodes.forEach(node -> counts.put(node, 0));
      for (String node : slots) {
        counts.computeIfPresent(node, (n, count) -> count + 1);
      }
      return counts;
    }

    @Override
    Ring<String> of(List<String> nodes) {
      throw new UnsupportedOperationException("a table follows from its history");
    }

    @Override
    public Ring<String> with(Collection<String> added) {
      List<String> grown = new ArrayList<>(nodes());
      grown.addAll(added);
      String[] next = slots.clone();
      Map<String, Integer> counts = counts(grown);
      for (String newcomer : added) {
        for (int taken = 0; taken < P / grown.size(); taken++) {
          String fullest =
              Collections.max(counts.entrySet(), Map.Entry.comparingByValue()).getKey();
          next[Arrays.asList(next).indexOf(fullest)] = newcomer;
          counts.merge(fullest, -1, Integer::sum);
          counts.merge(newcomer, 1, Integer::sum);
        }
      }
      return new Partitions(grown, next);
    }

    @Override
    public Ring<String> without(Collection<String> removed) {
      List<String> rest = new ArrayList<>(nodes());
      rest.removeAll(removed);
      String[] next = slots.clone();
      Map<String, Integer> counts = counts(rest);
      for (int i = 0; i < P; i++) {
        if (!counts.containsKey(next[i])) {
          next[i] =
              Collections.min(counts.entrySet(), Map.Entry.comparingByValue()).getKey();
          counts.merge(next[i], 1, Integer::sum);
        }
      }
      return new Partitions(rest, next);
    }
  }
}
