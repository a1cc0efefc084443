package io.hashring.demo.command;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Splitter;
import io.hashring.HashRing;
import io.hashring.Ownership;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How many points and probes keep a ring even. */
@Command(
    name = "advise",
    sortOptions = false,
    header = "Tell how many points and probes keep a ring even.",
    description = {
      "For each number of probes the fewest points per node that keep the peak to mean within a"
          + " bound: of rings that are built for it, of ids without meaning, the mean and the"
          + " worst. Memory is that of the points, 15 bytes each; a lookup costs about so many of"
          + " one probe; rounding is by how much whole points change the share of the node that"
          + " they change most.",
      ""
    },
    exitCodeListHeading = RingCommand.EXIT_HEADING,
    exitCodeList = {
      "0:there is a way",
      "1:there is none among those that are tried",
      "2:an option is wrong"
    })
final class Advise extends RingCommand {

  private static final int[] POINTS = {10, 20, 40, 80, 160, 320, 640, 1280};
  private static final int[] PROBES = {1, 2, 5, 21};
  private static final int BYTES_PER_POINT = 15;

  /** Rings are built of no more points, nor of more at all. */
  private static final double MAX_POINTS = 2_000_000;

  private static final double MAX_POINTS_OF_ALL = 4_000_000;
  private static final int MOST_RINGS = 20;

  @Option(names = "--nodes", paramLabel = "N", description = "How many nodes of one weight.")
  @Nullable
  Integer nodes;

  @Option(
      names = "--weights",
      paramLabel = "W,...",
      description = "Or the weights of all nodes; NxW stands for N nodes of weight W.")
  @Nullable
  String weights;

  @Option(
      names = "--peak",
      paramLabel = "RATIO",
      description = "The most that a node is to have, as a multiple of what its weight asks for"
          + " (default: ${DEFAULT-VALUE}).")
  double peak = 1.25;

  @Override
  int answer() {
    checkArgument(peak > 1, "--peak must be above 1: %s", peak);
    List<Double> all = weights();
    List<Way> ways = new ArrayList<>();
    List<Integer> left = new ArrayList<>();
    for (int probes : PROBES) {
      left.add(probes);
    }
    double total = all.stream().mapToDouble(weight -> weight).sum();
    for (int points : POINTS) {
      if (points * total > MAX_POINTS || left.isEmpty()) {
        break;
      }
      List<Way> tried = tried(all, points, left, points * total);
      tried.stream().filter(way -> way.mean <= peak).forEach(way -> {
        ways.add(way);
        left.removeIf(probes -> probes == way.probes);
      });
    }
    ways.sort((a, b) -> Integer.compare(a.probes, b.probes));
    show(ways, total, all.size());
    return ways.isEmpty() ? NO : YES;
  }

  /** A number of points and probes, how even rings of them are, and how far rounding takes off. */
  private record Way(int points, int probes, double mean, double worst, double off) {}

  private static List<Way> tried(
      List<Double> weights, int points, List<Integer> probes, double ofAll) {
    int rings = (int) Math.max(2, Math.min(MOST_RINGS, MAX_POINTS_OF_ALL / ofAll / 4));
    double[] sums = new double[probes.size()];
    double[] worst = new double[probes.size()];
    double off = 0;
    for (int sample = 0; sample < rings; sample++) {
      HashRing<String> ring = ring(weights, points, sample);
      for (int i = 0; i < sums.length; i++) {
        Ownership<String> ownership =
            ring.toBuilder().probes(probes.get(i)).build().ownership();
        sums[i] += ownership.peakToMean();
        worst[i] = Math.max(worst[i], ownership.peakToMean());
        off = off(ring, ownership);
      }
    }
    List<Way> ways = new ArrayList<>();
    for (int i = 0; i < sums.length; i++) {
      ways.add(new Way(points, probes.get(i), sums[i] / rings, worst[i], off));
    }
    return ways;
  }

  private static HashRing<String> ring(List<Double> weights, int points, int sample) {
    HashRing.Builder<String> builder = HashRing.builder().pointsPerNode(points);
    for (int i = 0; i < weights.size(); i++) {
      builder.add("ring-" + sample + "-node-" + i, weights.get(i));
    }
    return builder.build();
  }

  /** By how much rounding to whole points changes the share of the node that it changes most. */
  private static double off(HashRing<String> ring, Ownership<String> ownership) {
    double most = 0;
    for (String node : ring.nodes()) {
      double expected = ownership.expectedShare(node);
      double off = expected == 0 ? 0 : ownership.roundedShare(node) / expected - 1;
      most = Math.abs(off) > Math.abs(most) ? off : most;
    }
    return most;
  }

  private List<Double> weights() {
    checkArgument(
        (nodes == null) != (weights == null), "either --nodes or --weights must be there");
    if (weights == null) {
      int count = Optional.ofNullable(nodes).orElse(0);
      checkArgument(count >= 1 && count <= 100_000, "--nodes must be from 1 to 100000: %s", count);
      return Collections.nCopies(count, 1.0);
    }
    List<Double> all = new ArrayList<>();
    for (String weight : Splitter.on(',').trimResults().split(weights)) {
      int times = weight.indexOf('x');
      int count = times < 0 ? 1 : (int) RingSource.weight(weight.substring(0, times), weight);
      checkArgument(
          count >= 1 && count + all.size() <= 100_000,
          "--weights must be 100000 at most: %s",
          weight);
      double one = RingSource.weight(weight.substring(times + 1), weight);
      checkArgument(
          one > 0 && one < 1e6, "--weights must be above 0 and below 1000000: %s", weight);
      all.addAll(Collections.nCopies(count, one));
    }
    return all;
  }

  private void show(List<Way> ways, double total, int nodes) {
    if (json) {
      JsonArray rows = new JsonArray();
      for (Way way : ways) {
        rows.add(new JsonObject()
            .put("points", way.points)
            .put("probes", way.probes)
            .put("peakToMean", way.mean)
            .put("worstPeakToMean", way.worst)
            .put("bytes", Math.round(way.points * total * BYTES_PER_POINT))
            .put("lookups", way.probes)
            .put("rounding", way.off));
      }
      print(new JsonObject().put("nodes", nodes).put("peak", peak).put("ways", rows));
      return;
    }
    if (ways.isEmpty()) {
      print(String.format(
          Locale.ROOT,
          "no number of points up to %d keeps the peak to mean within %s",
          POINTS[POINTS.length - 1],
          ratio(peak)));
      return;
    }
    String row = "%6s  %6s  %9s  %6s  %9s  %7s  %8s";
    print(String.format(
        Locale.ROOT,
        row,
        "points",
        "probes",
        "peak/mean",
        "worst",
        "memory",
        "lookup",
        "rounding"));
    for (Way way : ways) {
      print(String.format(
          Locale.ROOT,
          row,
          way.points,
          way.probes,
          ratio(way.mean),
          ratio(way.worst),
          bytes(way.points * total * BYTES_PER_POINT),
          "x " + way.probes,
          String.format(Locale.ROOT, "%+.1f %%", 100 * way.off)));
    }
  }

  private static String bytes(double bytes) {
    return bytes < 1e6
        ? String.format(Locale.ROOT, "%.1f kB", bytes / 1e3)
        : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }

  static String ratio(double ratio) {
    return String.format(Locale.ROOT, "%.3f", ratio);
  }

  static String decimal(double weight) {
    return weight == Math.rint(weight) && weight < 1e15
        ? Long.toString((long) weight)
        : Double.toString(weight);
  }
}
