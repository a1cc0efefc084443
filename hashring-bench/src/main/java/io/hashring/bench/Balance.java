package io.hashring.bench;

import io.hashring.HashRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Writes the page that tells how even shares are, for numbers of nodes, points and probes to choose
 * from. Shares are exact, so nothing is timed and every run gives the same page.
 *
 * <pre>java -cp hashring-bench/target/benchmarks.jar io.hashring.bench.Balance docs/balance.md
 * </pre>
 */
public final class Balance {

  private static final int[] NODES = {3, 10, 100, 1000};
  private static final int[] POINTS = {10, 40, 160, 640};
  private static final int[] PROBES = {1, 2, 5, 21};

  /** So many points are laid out for a cell, in as many node sets as that makes, up to 100. */
  private static final int POINTS_PER_CELL = 8_000_000;

  private Balance() {}

  /**
   * Writes the page.
   *
   * @param args the file to write
   * @throws IOException if it cannot be written
   */
  public static void main(String[] args) throws IOException {
    if (args.length != 1) {
      System.err.println("Usage: java -cp benchmarks.jar io.hashring.bench.Balance FILE");
      System.exit(2);
    }
    Files.writeString(Path.of(args[0]), page());
  }

  private static String page() {
    StringBuilder page = new StringBuilder("""
        # How even a ring is

        The busiest node of a ring gets more than its share: the *peak to mean* says how many \
        times the mean. It
        falls with the number of points per node, which cost memory (about 15 bytes each) and \
        time of change, and
        with the number of probes, which cost that many lookups.

        Choose the row and column that you can afford; 160 points and one probe are the default. \
        Where the peak
        must not exceed a bound at any time, whatever the keys, use bounded load.

        Each figure is the mean over up to 100 sets of nodes of equal weight, of the exact shares \
        of the circle
        (`HashRing.ownership()`), under placement v1 and XXH3. The page is written by a command, \
        in the Javadoc of
        [`Balance`](../hashring-bench/src/main/java/io/hashring/bench/Balance.java).
        """);
    for (int nodes : NODES) {
      page.append(String.format(Locale.ROOT, "%n## %,d nodes%n%n| points per node |", nodes));
      for (int probes : PROBES) {
        page.append(probes == 1 ? " 1 probe |" : " " + probes + " probes |");
      }
      page.append(System.lineSeparator()).append("|--:|").append("--:|".repeat(PROBES.length));
      for (int points : POINTS) {
        page.append(String.format(Locale.ROOT, "%n| %d |", points));
        for (int probes : PROBES) {
          page.append(String.format(Locale.ROOT, " %.3f |", peakToMean(nodes, points, probes)));
        }
        System.err.printf("%d nodes of %d points%n", nodes, points);
      }
      page.append(System.lineSeparator());
    }
    return page.toString();
  }

  /** The mean over many sets of nodes. */
  static double peakToMean(int nodes, int points, int probes) {
    int sets = Math.min(100, POINTS_PER_CELL / nodes / points);
    double sum = 0;
    for (int set = 0; set < sets; set++) {
      HashRing.Builder<String> ring = HashRing.builder().pointsPerNode(points).probes(probes);
      for (int node = 0; node < nodes; node++) {
        ring.add("set-" + set + "-node-" + node);
      }
      sum += ring.build().ownership().peakToMean();
    }
    return sum / sets;
  }
}
