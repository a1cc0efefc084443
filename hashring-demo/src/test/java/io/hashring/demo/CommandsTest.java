package io.hashring.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.HashRing;
import io.hashring.Replication;
import io.hashring.RingText;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The commands, and {@code docs/commands.md}, of which all output is made here. To write it anew:
 * {@code -Dhashring.update=true}.
 */
final class CommandsTest {

  private static final Path PAGE = Path.of("..", "docs", "commands.md");

  private static final Pattern BLOCK = Pattern.compile("```console\n(.*?)```", Pattern.DOTALL);
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");
  private static final Pattern LINE =
      Pattern.compile("(?:printf '([^']*)' \\| )?hashring-demo (.*?)(?: > (\\S+))?");

  @TempDir
  private Path directory;

  /** What a run to the end leaves behind. */
  private record Run(int status, String out, String err) {}

  private static synchronized Run run(byte[] in, List<String> args) {
    InputStream oldIn = System.in;
    PrintStream oldOut = System.out;
    PrintStream oldErr = System.err;
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    try {
      System.setIn(new ByteArrayInputStream(in));
      System.setOut(new PrintStream(out, true, UTF_8));
      System.setErr(new PrintStream(err, true, UTF_8));
      int status = Main.commandLine().execute(args.toArray(String[]::new));
      return new Run(status, out.toString(UTF_8), err.toString(UTF_8));
    } finally {
      System.setIn(oldIn);
      System.setOut(oldOut);
      System.setErr(oldErr);
    }
  }

  private static Run run(String... args) {
    return run(new byte[0], List.of(args));
  }

  /** A shell that knows what the page has. */
  private final class Shell {
    private final String balancer;
    private int status;

    Shell(String balancer) {
      this.balancer = balancer;
    }

    String transcript(String block) throws Exception {
      StringBuilder transcript = new StringBuilder();
      for (String line : block.lines().filter(line -> line.startsWith("$ ")).toList()) {
        transcript.append(line).append('\n').append(answer(line.substring(2)));
      }
      return transcript.toString();
    }

    private String answer(String line) throws Exception {
      if (line.equals("echo $?")) {
        return status + "\n";
      }
      Matcher parts = LINE.matcher(line);
      assertThat(parts.matches()).as(line).isTrue();
      List<String> args = WORD.matcher(parts.group(2))
          .results()
          .map((MatchResult word) -> word.group(1) != null ? word.group(1) : word.group(2))
          .map(word -> word.endsWith(".txt") ? directory.resolve(word).toString() : word)
          .map(word -> word.replace("http://localhost:5000", balancer))
          .toList();
      String in = parts.group(1) == null ? "" : parts.group(1).replace("\\n", "\n");
      Run run = run(in.getBytes(UTF_8), args);
      status = run.status;
      String out = run.out;
      if (parts.group(3) != null) {
        Files.writeString(directory.resolve(parts.group(3)), out);
        out = "";
      }
      return (out + run.err)
          .replace(directory + "/", "")
          .replace(balancer, "http://localhost:5000");
    }
  }

  @Test
  void page_hasWhatTheCommandsPrint() throws Exception {
    String page = Files.readString(PAGE);
    String made;
    try (Balancer balancer = Balancer.start()) {
      Shell shell = new Shell("http://127.0.0.1:" + balancer.port());
      StringBuilder text = new StringBuilder();
      Matcher block = BLOCK.matcher(page);
      while (block.find()) {
        String transcript = shell.transcript(block.group(1));
        block.appendReplacement(
            text, Matcher.quoteReplacement("```console\n" + transcript + "```"));
      }
      made = block.appendTail(text).toString();
    }
    if (Boolean.getBoolean("hashring.update")) {
      Files.writeString(PAGE, made);
    }
    assertThat(Files.readString(PAGE)).isEqualTo(made);
  }

  @ParameterizedTest
  @ValueSource(strings = {"locate", "balance", "advise", "plan", "diff", "verify", "save"})
  void help_isAPage(String command) {
    Run run = run(command, "--help");
    assertThat(run.status).isZero();
    assertThat(run.out).contains("Usage: hashring-demo " + command, "Exit status:", "--json");
    assertThat(run.out.lines()).hasSizeLessThanOrEqualTo(60);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "save nowhere.txt     | ring must be a file that is there, a list of ids with a comma or a",
        "save a,a             | id must be unique among the nodes: a",
        "save a=x             | weight must be a number: a=x",
        "save a=-1            | weight must be finite and not negative: -1.0 of node a",
        "save a,              | id must not be empty",
        "save a,b --points 0  | pointsPerNode must be at least 1: 0",
        "save a,b --placement v2 | unknown to this release: v2",
        "save a,b --placement nginx --points 3 | --points are in --placement already: nginx",
        "save http://localhost:1/_lb/ring | http://localhost:1/_lb/ring does not answer: ",
        "save http://localhost:1/ --points 3 | --points and --probes are for lists of ids, http",
        "locate a,b k\uFFFD   | the locale has no characters for what is given",
        "save a,b\uFFFD       | the locale has no characters for what is given",
        "locate a=0 k         | no node of the ring holds a point: ",
        "locate a,b k --copies 0 --json | Error: --copies must be at least 1: 0",
        "locate a,b k --copies 2 --domain 7 | --domain must be found in every id: 7 in a",
        "balance a,b --probes 2 --copies 2 | copies must be 1 where a ring has several probes",
        "plan a,b a,c --probes 2 | a diff takes rings of one probe",
        "plan a,b a,c --csv --json | --csv and --json must not be given together",
        "plan a,b a,c --per-node 0 | perNode must be at least 1: 0",
        "advise               | either --nodes or --weights must be there",
        "advise --nodes 3 --peak 1 | --peak must be above 1: 1.0",
        "advise --weights 2xx | weight must be a number: 2xx",
        "verify a             | ring must be a file that is there",
        "plan a,b             | Missing required parameter: 'TO'",
      })
  void trouble_hasStatusTwoAndItsReason(String args, String message) {
    Run run = run(args.strip().split(" +"));
    assertThat(run.err).contains(message);
    assertThat(run.status).isEqualTo(2);
    assertThat(run.out).isEmpty();
  }

  @Test
  void file_thatWasChanged_isNamedWithTheLine() throws Exception {
    Path file = directory.resolve("ring.txt");
    String text = RingText.write(HashRing.of("a", "b"));
    Files.writeString(file, text.replace("\"b\" 1", "\"b\" 2"));
    Run run = run("verify", file.toString());
    assertThat(run.status).isEqualTo(2);
    assertThat(run.err).startsWith("Error: " + file + ": line 7: end must have the hash of ");
    Files.write(file, new byte[] {(byte) 0xff, '\n'});
    assertThat(run("verify", file.toString()).err)
        .isEqualTo("Error: " + file + ": must be UTF-8\n");
  }

  /** Bytes of any kind, an empty key, a last line without an end; and lines across buffers. */
  @Test
  void locate_standardInput_isBytes() throws Exception {
    HashRing<String> ring = HashRing.of("a", "b", "c");
    Random random = new Random(3);
    var in = new ByteArrayOutputStream();
    var expected = new ByteArrayOutputStream();
    for (int i = 0; i < 20_000; i++) {
      byte[] key = new byte[i == 777 ? 200_000 : random.nextInt(20)];
      random.nextBytes(key);
      for (int j = 0; j < key.length; j++) {
        key[j] = key[j] == '\n' ? (byte) ' ' : key[j];
      }
      key = i == 19_999 ? "last".getBytes(UTF_8) : key;
      in.writeBytes(key);
      expected.writeBytes(key);
      expected.writeBytes(("\t" + ring.locate(key) + "\n").getBytes(UTF_8));
      if (i < 19_999) {
        in.write('\n');
      }
    }
    Run run = run(in.toByteArray(), List.of("locate", "a,b,c", "--progress"));
    assertThat(run.status).isZero();
    assertThat(run.out).isEqualTo(expected.toString(UTF_8));
    assertThat(run.err).matches("(?s)\r.*20,000 keys, [0-9,]+ a second \n");
    assertThat(run(in.toByteArray(), List.of("locate", "a,b,c", "--no-progress")).err)
        .isEmpty();
  }

  /** Each key goes where the plan says, and no other moves. */
  @Test
  void plan_againstBruteForce() {
    List<String> before = List.of("a1", "a2", "b1", "b2", "c1");
    List<String> after = List.of("a1", "b1", "b2", "c1", "c2", "d1");
    HashRing<String> from = HashRing.of(before.toArray(String[]::new));
    HashRing<String> to = HashRing.of(after.toArray(String[]::new));
    for (int copies = 1; copies <= 3; copies++) {
      Run run = run(
          "plan",
          String.join(",", before),
          String.join(",", after),
          "--copies",
          "" + copies,
          "--domain",
          "^.",
          "--json",
          "--per-node",
          "2",
          "--largest",
          "0.01");
      JsonArray ranges = new JsonObject(run.out).getJsonArray("ranges");
      var replication = Replication.<String>of(copies).across((String id) -> id.charAt(0));
      for (int i = 0; i < 500; i++) {
        long position = from.position("key-" + i);
        List<String> old = from.preferenceListAt(position).first(replication);
        List<String> now = new ArrayList<>(to.preferenceListAt(position).first(replication));
        List<String> moved = new ArrayList<>(old);
        for (Object range : ranges) {
          JsonObject move = (JsonObject) range;
          if (contains(move, position)) {
            assertThat(moved.remove(move.getString("from"))).isTrue();
            moved.add(move.getString("to"));
          }
        }
        assertThat(moved).containsExactlyInAnyOrderElementsOf(now);
      }
    }
  }

  private static boolean contains(JsonObject move, long position) {
    long after = Long.parseUnsignedLong(move.getString("after"), 16);
    long upTo = Long.parseUnsignedLong(move.getString("upTo"), 16);
    return Long.compareUnsigned(position - after - 1, upTo - after - 1) <= 0;
  }

  @Test
  void csv_idsWithCommas_areQuoted() {
    Run run = run("plan", "--points", "1", "a\"=1,b", "b,c", "--csv");
    assertThat(run.out).contains(",\"a\"\"\",");
    long lines = run.out.lines().count();
    assertThat(run.out.lines().skip(1).map(line -> line.split(",").length))
        .hasSize((int) lines - 1)
        .containsOnly(6);
  }

  @Test
  void json_ofEachCommand_isJson() {
    for (String args : List.of(
        "save a,b",
        "balance a,b",
        "advise --nodes 3",
        "plan a,b a=1",
        "diff a,b a=2,b",
        "verify a,b a,b",
        "locate a,b k")) {
      String[] withJson =
          Stream.concat(Arrays.stream(args.split(" ")), Stream.of("--json")).toArray(String[]::new);
      assertThat(new JsonObject(run(withJson).out).size()).as(args).isPositive();
    }
  }
}
