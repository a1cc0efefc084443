package io.hashring.demo.command;

import io.hashring.HashRing;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Whether a ring is whole, and the same as another. */
@Command(
    name = "verify",
    sortOptions = false,
    header = "Tell whether a ring is whole, and the same as another.",
    description = {
      "Whether a file was cut off or changed, and whether a balancer has the same ring, so that"
          + " both send every key to the same id.",
      ""
    },
    exitCodeListHeading = RingCommand.EXIT_HEADING,
    exitCodeList = {
      "0:the ring is whole, and the other is the same",
      "1:the other is another one",
      "2:one of them could not be read, or is not whole"
    })
final class Verify extends RingCommand {

  @Parameters(
      index = "0",
      paramLabel = "RING",
      description = "The ring: " + RingSource.SYNTAX + ".")
  String ring = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "OTHER",
      description = "A ring that is to be the same, such as that of a balancer.")
  @Nullable
  String other;

  @Mixin
  final RingSource source = new RingSource();

  @Override
  int answer() throws IOException, InterruptedException {
    HashRing<String> read = source.read(ring);
    HashRing<String> second = other == null ? null : source.read(other);
    boolean isSame = second == null || second.checksum() == read.checksum();
    if (json) {
      JsonObject answer = new JsonObject().put("checksum", hex(read.checksum()));
      if (second != null) {
        answer.put("other", hex(second.checksum()));
      }
      print(answer.put("same", isSame));
    } else {
      print(hex(read.checksum()) + "  " + ring);
      if (second != null) {
        print(hex(second.checksum()) + "  " + other);
        print(isSame ? "the same ring" : "not the same ring");
      }
    }
    return isSame ? YES : NO;
  }
}
