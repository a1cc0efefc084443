package io.hashring.demo.command;

import io.hashring.HashRing;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** What two rings have that the other has not. */
@Command(
    name = "diff",
    sortOptions = false,
    header = "Tell in what two rings differ.",
    description = {"Settings, members, weights, and the order of adding where it counts.", ""},
    exitCodeListHeading = RingCommand.EXIT_HEADING,
    exitCodeList = {
      "0:in nothing, they are equal",
      "1:in what is printed",
      "2:one of them could not be read"
    })
final class Diff extends RingCommand {

  @Parameters(index = "0", paramLabel = "RING", description = "A ring: " + RingSource.SYNTAX + ".")
  String ring = "";

  @Parameters(index = "1", paramLabel = "OTHER", description = "The other.")
  String other = "";

  @Mixin
  final RingSource source = new RingSource();

  @Override
  int answer() throws IOException, InterruptedException {
    HashRing<String> before = source.read(ring);
    HashRing<String> after = source.read(other);
    JsonArray differences = differences(before, after);
    if (json) {
      print(new JsonObject()
          .put("equal", before.equals(after))
          .put("checksums", new JsonArray().add(hex(before.checksum())).add(hex(after.checksum())))
          .put("differences", differences));
    } else {
      for (Object difference : differences) {
        print(line((JsonObject) difference));
      }
    }
    return before.equals(after) ? YES : NO;
  }

  private static String line(JsonObject difference) {
    Object before = difference.getValue("before");
    Object after = difference.getValue("after");
    String what = difference.getString("what");
    if (before == null) {
      return "+ " + what + " " + after;
    }
    return after == null ? "- " + what + " " + before : "~ " + what + " " + before + " -> " + after;
  }

  private static JsonArray differences(HashRing<String> before, HashRing<String> after) {
    JsonArray all = new JsonArray();
    add(all, "placement", before.placement().definition(), after.placement().definition());
    add(all, "probes", before.probes(), after.probes());
    for (String node : before.nodes()) {
      add(
          all,
          "node " + node,
          Advise.decimal(before.weight(node)),
          after.contains(node) ? Advise.decimal(after.weight(node)) : null);
    }
    for (String node : after.nodes()) {
      if (!before.contains(node)) {
        add(all, "node " + node, null, Advise.decimal(after.weight(node)));
      }
    }
    if (all.isEmpty() && !before.equals(after)) {
      add(
          all,
          "order",
          String.join(",", before.nodesAsAdded()),
          String.join(",", after.nodesAsAdded()));
    }
    return all;
  }

  private static void add(
      JsonArray all, String what, @Nullable Object before, @Nullable Object after) {
    if (before == null || !before.equals(after)) {
      all.add(new JsonObject().put("what", what).put("before", before).put("after", after));
    }
  }
}
