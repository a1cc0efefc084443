package io.hashring.demo.command;

import static com.google.common.base.Preconditions.checkArgument;

import io.hashring.HashRing;
import io.hashring.Replication;
import io.hashring.RingDiff;
import io.hashring.RingDiff.Move;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What a change of rings moves. */
@Command(
    name = "plan",
    sortOptions = false,
    header = "Tell what moves when a ring changes.",
    description = {
      "How much moves when one ring follows another, from whom to whom, which ranges of positions,"
          + " and in which waves.",
      ""
    },
    exitCodeListHeading = RingCommand.EXIT_HEADING,
    exitCodeList = {
      "0:that is what moves",
      "1:FROM is another ring than --if says: the plan is stale",
      "2:a ring could not be read, or they cannot be compared"
    })
final class Plan extends RingCommand {

  @Parameters(
      index = "0",
      paramLabel = "FROM",
      description = "The ring: " + RingSource.SYNTAX + ".")
  String from = "";

  @Parameters(index = "1", paramLabel = "TO", description = "The ring that is to follow.")
  String to = "";

  @Mixin
  final RingSource source = new RingSource();

  @Mixin
  final CopiesOptions copies = new CopiesOptions();

  @Option(
      names = "--if",
      paramLabel = "CHECKSUM",
      description = "Go on only if FROM has this checksum.")
  @Nullable
  String expected;

  @Option(
      names = "--csv",
      description = "Print the ranges and nothing else: wave, after, upTo, fraction, from, to;"
          + " positions are hexadecimal, a range is what lies after the first up to and with the"
          + " second. --json has them too.")
  boolean csv;

  @Option(
      names = "--per-node",
      paramLabel = "N",
      description = "In waves: how many moves of one a node may give, and how many it may take.")
  @Nullable
  Integer perNode;

  @Option(
      names = "--at-once",
      paramLabel = "N",
      description = "In waves: how many moves one may have.")
  @Nullable
  Integer atOnce;

  @Option(
      names = "--largest",
      paramLabel = "FRACTION",
      description = "In waves: how much of the circle a move may be (default: any).")
  double largest = 1;

  @Override
  int answer() throws IOException, InterruptedException {
    checkArgument(!csv || !json, "--csv and --json must not be given together");
    HashRing<String> before = source.read(from);
    HashRing<String> after = source.read(to);
    if (expected != null && !expected.equals(hex(before.checksum()))) {
      spec.commandLine()
          .getErr()
          .println(
              "Stale: " + from + " has checksum " + hex(before.checksum()) + ", not " + expected);
      return NO;
    }
    Replication<String> replication = copies.replication();
    RingDiff<String> diff = before.diff(after, replication);
    List<List<Move<String>>> waves = waves(diff);
    if (csv) {
      printCsv(waves);
    } else if (json) {
      print(json(before, after, diff, waves));
    } else {
      printText(before, after, diff, waves);
    }
    return YES;
  }

  private boolean areLimited() {
    return perNode != null || atOnce != null || largest < 1;
  }

  private List<List<Move<String>>> waves(RingDiff<String> diff) {
    return areLimited()
        ? diff.waves(
            perNode == null ? Integer.MAX_VALUE : perNode,
            atOnce == null ? Integer.MAX_VALUE : atOnce,
            largest)
        : List.of(diff.moves());
  }

  private double peak(HashRing<String> ring) {
    return ring.ownership(copies.replication()).peakToMean();
  }

  private void printText(
      HashRing<String> before,
      HashRing<String> after,
      RingDiff<String> diff,
      List<List<Move<String>>> waves) {
    print(String.format(
        Locale.ROOT,
        "from  %s, %d nodes, peak to mean %s",
        hex(before.checksum()),
        before.nodes().size(),
        Advise.ratio(peak(before))));
    print(String.format(
        Locale.ROOT,
        "to    %s, %d nodes, peak to mean %s",
        hex(after.checksum()),
        after.nodes().size(),
        Advise.ratio(peak(after))));
    print(String.format(
        Locale.ROOT,
        "moves %s of the %s in %d ranges",
        percent(diff.movedFraction()),
        copies.areSeveral() ? "copies" : "keys",
        diff.moves().size()));
    diff.losses()
        .forEach((node, share) ->
            print(String.format(Locale.ROOT, "  - %9s  %s", percent(share), node)));
    diff.gains()
        .forEach((node, share) ->
            print(String.format(Locale.ROOT, "  + %9s  %s", percent(share), node)));
    if (areLimited()) {
      print(String.format(
          Locale.ROOT,
          "waves %d, of %d moves",
          waves.size(),
          waves.stream().mapToInt(List::size).sum()));
    }
  }

  private void printCsv(List<List<Move<String>>> waves) {
    print("wave,after,upTo,fraction,from,to");
    for (int wave = 0; wave < waves.size(); wave++) {
      for (Move<String> move : waves.get(wave)) {
        print(String.format(
            Locale.ROOT,
            "%d,%s,%s,%s,%s,%s",
            wave,
            hex(move.range().from()),
            hex(move.range().to()),
            String.format(Locale.ROOT, "%.9f", move.fraction()),
            cell(move.from()),
            cell(move.to())));
      }
    }
  }

  /** As RFC 4180 has it; empty where there is no node. */
  private static String cell(@Nullable String id) {
    if (id == null) {
      return "";
    }
    boolean isPlain = id.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return isPlain ? id : '"' + id.replace("\"", "\"\"") + '"';
  }

  private JsonObject json(
      HashRing<String> before,
      HashRing<String> after,
      RingDiff<String> diff,
      List<List<Move<String>>> waves) {
    JsonArray ranges = new JsonArray();
    for (int wave = 0; wave < waves.size(); wave++) {
      for (Move<String> move : waves.get(wave)) {
        ranges.add(new JsonObject()
            .put("wave", wave)
            .put("after", hex(move.range().from()))
            .put("upTo", hex(move.range().to()))
            .put("fraction", move.fraction())
            .put("from", move.from())
            .put("to", move.to()));
      }
    }
    return new JsonObject()
        .put("from", side(before))
        .put("to", side(after))
        .put("moved", diff.movedFraction())
        .put("losses", shares(diff.losses()))
        .put("gains", shares(diff.gains()))
        .put("ranges", ranges);
  }

  private JsonObject side(HashRing<String> ring) {
    double peak = peak(ring);
    return new JsonObject()
        .put("checksum", hex(ring.checksum()))
        .put("nodes", ring.nodes().size())
        .put("peakToMean", Double.isFinite(peak) ? peak : null);
  }

  private static JsonObject shares(Map<String, Double> shares) {
    JsonObject json = new JsonObject();
    shares.forEach(json::put);
    return json;
  }
}
