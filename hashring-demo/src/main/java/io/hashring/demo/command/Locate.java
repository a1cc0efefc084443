package io.hashring.demo.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hashring.HashRing;
import io.hashring.Replication;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The nodes of keys. */
@Command(
    name = "locate",
    sortOptions = false,
    header = "Tell which node has a key.",
    description = {
      "A line for each key: the key, a tab, and the node, or the nodes of all copies with tabs"
          + " between them. Without KEY keys are read from the standard input, one a line, as"
          + " bytes. --json makes an object of each line.",
      ""
    },
    exitCodeListHeading = RingCommand.EXIT_HEADING,
    exitCodeList = {
      "0:every key has its nodes",
      "2:a ring or an option is wrong, or no node holds a point"
    })
final class Locate extends RingCommand {

  private static final int BUFFER = 1 << 16;

  @Parameters(
      index = "0",
      paramLabel = "RING",
      description = "The ring: " + RingSource.SYNTAX + ".")
  String ring = "";

  @Parameters(index = "1..*", arity = "0..*", paramLabel = "KEY", description = "The keys.")
  List<String> keys = List.of();

  @Mixin
  final RingSource source = new RingSource();

  @Mixin
  final CopiesOptions copies = new CopiesOptions();

  @Option(
      names = "--progress",
      negatable = true,
      description = "Count keys on the standard error while they are read"
          + " (default: where that is a terminal).")
  @Nullable
  Boolean progress;

  @Override
  int answer() throws IOException, InterruptedException {
    Replication<String> replication = copies.replication();
    HashRing<String> read = source.read(ring);
    Answers answers = new Answers(read, copies.areSeveral() ? replication : null, json);
    if (keys.isEmpty()) {
      answers.all(
          System.in, System.out, new Progress(isShown(), spec.commandLine().getErr()));
    } else {
      for (String key : keys) {
        out().print(answers.line(readable(key).getBytes(UTF_8)));
      }
    }
    return YES;
  }

  private boolean isShown() throws InterruptedException {
    return progress == null ? Progress.isTerminal() : progress;
  }

  /** What is printed for a key. */
  private static final class Answers {
    private final HashRing<String> ring;
    private final @Nullable Replication<String> replication;
    private final boolean json;

    /** What stands behind the key where its owner is all that is asked for. */
    private final Map<String, byte[]> endings = new HashMap<>();

    Answers(HashRing<String> ring, @Nullable Replication<String> replication, boolean json) {
      this.ring = ring;
      this.replication = replication;
      this.json = json;
      ring.nodes().forEach(id -> endings.put(id, ("\t" + id + "\n").getBytes(UTF_8)));
    }

    String line(byte[] key) {
      List<String> nodes = replication == null
          ? List.of(ring.locate(key))
          : ring.preferenceListAt(ring.position(key)).first(replication);
      String text = new String(key, UTF_8);
      return json
          ? new JsonObject().put("key", text).put("nodes", new JsonArray(nodes)).encode() + "\n"
          : text + "\t" + String.join("\t", nodes) + "\n";
    }

    void all(InputStream in, PrintStream stream, Progress progress) throws IOException {
      LineReader lines = new LineReader(in);
      OutputStream out = new BufferedOutputStream(stream, BUFFER);
      byte[] key = lines.next();
      while (key != null) {
        if (json || replication != null) {
          out.write(line(key).getBytes(UTF_8));
        } else {
          out.write(key);
          out.write(endings.get(ring.locate(key)));
        }
        if (progress.count() && stream.checkError()) {
          break;
        }
        key = lines.next();
      }
      out.flush();
      progress.end();
      if (stream.checkError()) {
        throw new IOException("the standard output takes no more");
      }
    }
  }
}
