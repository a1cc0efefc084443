package io.hashring.demo.command;

import io.hashring.HashRing;
import io.hashring.RingText;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Writes a ring as text. */
@Command(
    name = "save",
    sortOptions = false,
    header = "Write a ring as text, for a file.",
    description = {"hashring-demo save a,b,c > ring.txt", ""},
    exitCodeListHeading = RingCommand.EXIT_HEADING,
    exitCodeList = {"0:it is written", "2:it could not be read"})
final class Save extends RingCommand {

  @Parameters(paramLabel = "RING", description = "The ring: " + RingSource.SYNTAX + ".")
  String ring = "";

  @Mixin
  final RingSource source = new RingSource();

  @Override
  int answer() throws IOException, InterruptedException {
    HashRing<String> read = source.read(ring);
    if (json) {
      print(json(read));
    } else {
      out().print(RingText.write(read));
    }
    return YES;
  }

  private static JsonObject json(HashRing<String> ring) {
    JsonArray nodes = new JsonArray();
    for (String node : ring.nodesAsAdded()) {
      nodes.add(new JsonObject().put("name", node).put("weight", ring.weight(node)));
    }
    return new JsonObject()
        .put("placement", ring.placement().definition())
        .put("probes", ring.probes())
        .put("checksum", hex(ring.checksum()))
        .put("nodes", nodes);
  }
}
