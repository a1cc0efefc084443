package io.hashring.demo.command;

import static java.util.stream.Collectors.joining;

import io.hashring.HashRing;
import io.hashring.Ownership;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Who owns how much. */
@Command(
    name = "balance",
    sortOptions = false,
    header = "Tell how much each node owns.",
    description = {
      "The share of the keys that each node owns, or has a copy of, beside the share that its"
          + " weight asks for; and what would help if that is far from it.",
      ""
    },
    exitCodeListHeading = RingCommand.EXIT_HEADING,
    exitCodeList = {
      "0:the peak to mean is within --peak",
      "1:it is above",
      "2:the ring could not be read"
    })
final class Balance extends RingCommand {

  /** Where rounding to whole points takes a weight farther off, it is worth a line. */
  private static final double MUCH = 0.05;

  /** More different weights than this no line has room for. */
  private static final int MANY = 20;

  @Parameters(paramLabel = "RING", description = "The ring: " + RingSource.SYNTAX + ".")
  String ring = "";

  @Mixin
  final RingSource source = new RingSource();

  @Mixin
  final CopiesOptions copies = new CopiesOptions();

  @Option(
      names = "--peak",
      paramLabel = "RATIO",
      description = "The most that a node may have, as a multiple of what its weight asks for"
          + " (default: ${DEFAULT-VALUE}).")
  double peak = 1.25;

  @Override
  int answer() throws IOException, InterruptedException {
    HashRing<String> read = source.read(ring);
    Ownership<String> ownership = read.ownership(copies.replication());
    Map<String, Long> points = points(read);
    List<String> advice = advice(read, ownership);
    if (json) {
      print(json(read, ownership, points, advice));
    } else {
      printTable(read, ownership, points);
      advice.forEach(this::print);
    }
    return isEven(ownership) ? YES : NO;
  }

  private boolean isEven(Ownership<String> ownership) {
    return !(ownership.peakToMean() > peak);
  }

  /** As many as the placement gives a node among the others. */
  private static Map<String, Long> points(HashRing<String> ring) {
    Map<String, Double> positive = new LinkedHashMap<>();
    for (String node : ring.nodesAsAdded()) {
      if (ring.weight(node) > 0) {
        positive.put(node, ring.weight(node));
      }
    }
    var placement = ring.placement().forMembers(positive);
    Map<String, Long> points = new LinkedHashMap<>();
    for (String node : ring.nodes()) {
      double weight = ring.weight(node);
      points.put(node, weight > 0 ? placement.pointCount(node, weight) : 0);
    }
    return points;
  }

  private void printTable(
      HashRing<String> ring, Ownership<String> ownership, Map<String, Long> points) {
    int width = Math.max(4, ring.nodes().stream().mapToInt(String::length).max().orElse(0));
    String row = "%-" + width + "s  %8s  %8s  %9s  %9s  %6s";
    print(
        String.format(Locale.ROOT, row, "node", "weight", "points", "share", "by weight", "ratio"));
    for (String node : ring.nodes()) {
      double expected = ownership.expectedShare(node);
      print(String.format(
          Locale.ROOT,
          row,
          node,
          Advise.decimal(ring.weight(node)),
          points.get(node),
          percent(ownership.share(node)),
          percent(expected),
          expected == 0 ? "-" : Advise.ratio(ownership.share(node) / expected)));
    }
    print(String.format(
        Locale.ROOT,
        "%d nodes, %d positions, peak to mean %s",
        ring.nodes().size(),
        ring.points().size(),
        Advise.ratio(ownership.peakToMean())));
  }

  private List<String> advice(HashRing<String> ring, Ownership<String> ownership) {
    List<String> advice = new ArrayList<>();
    for (String node : ring.nodes()) {
      double expected = ownership.expectedShare(node);
      double off = expected == 0 ? 0 : ownership.roundedShare(node) / expected - 1;
      if (Math.abs(off) > MUCH) {
        advice.add(String.format(
            Locale.ROOT,
            "advice: whole points give %s %+.0f %% of what its weight asks for: more points, or"
                + " weights of a larger scale, tell them apart",
            node,
            100 * off));
      }
    }
    if (!isEven(ownership)) {
      advice.add(String.format(
          Locale.ROOT,
          "advice: the peak to mean is above %s: 'advise %s --peak %s' tells the points and probes"
              + " that keep it below",
          Advise.ratio(peak),
          ofSuchNodes(ring),
          Advise.ratio(peak)));
    }
    return advice;
  }

  /** What stands for these nodes on the command line of {@code advise}. */
  private static String ofSuchNodes(HashRing<String> ring) {
    Map<Double, Integer> byWeight = new TreeMap<>();
    ring.nodes().forEach(node -> byWeight.merge(ring.weight(node), 1, Integer::sum));
    byWeight.remove(0.0);
    if (byWeight.size() == 1 || byWeight.size() > MANY) {
      return "--nodes " + ring.nodes().size();
    }
    return byWeight.entrySet().stream()
        .map(weight -> weight.getValue() + "x" + Advise.decimal(weight.getKey()))
        .collect(joining(",", "--weights ", ""));
  }

  private static JsonObject json(
      HashRing<String> ring,
      Ownership<String> ownership,
      Map<String, Long> points,
      List<String> advice) {
    JsonArray nodes = new JsonArray();
    for (String node : ring.nodes()) {
      nodes.add(new JsonObject()
          .put("name", node)
          .put("weight", ring.weight(node))
          .put("points", points.get(node))
          .put("share", ownership.share(node))
          .put("byWeight", ownership.expectedShare(node))
          .put("byPoints", ownership.roundedShare(node)));
    }
    double peak = ownership.peakToMean();
    return new JsonObject()
        .put("checksum", hex(ring.checksum()))
        .put("positions", ring.points().size())
        .put("peakToMean", Double.isFinite(peak) ? peak : null)
        .put("nodes", nodes)
        .put("advice", new JsonArray(advice));
  }
}
