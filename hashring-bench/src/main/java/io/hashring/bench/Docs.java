package io.hashring.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.google.gson.Gson;
import io.hashring.bench.Findings.Balance;
import io.hashring.bench.Findings.Memory;
import io.hashring.bench.Results.Result;
import io.hashring.bench.peer.Peer;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Writes {@code benchmarks.md} and its charts from the results of JMH and the findings of
 * {@link Report}. The text is the template beside this class; a word in double braces asks for
 * data, and what was not measured shows as a dash, or is said to be missing.
 *
 * <pre>{@code
 * java -cp hashring-bench/target/benchmarks.jar io.hashring.bench.Docs
 *     --jmh results-jdk17.json --jmh results-jdk25.json --report report.json --out docs
 * }</pre>
 */
@Command(
    name = "Docs",
    mixinStandardHelpOptions = true,
    description = "Writes benchmarks.md and its charts from measured data.")
final class Docs implements Callable<Integer> {

  private static final Pattern QUERY = Pattern.compile("\\{\\{([^}]+)}}");
  private static final String ABSENT = "–";
  private static final String NOT_MEASURED = "Not measured.";

  @Option(names = "--jmh", required = true, description = "JSON of JMH; files of one JDK add up")
  private List<Path> jmh = new ArrayList<>();

  @Option(names = "--report", required = true, description = "JSON of the report")
  private Path report = Path.of("report.json");

  @Option(names = "--http", description = "JSON of hashring-bench/http")
  private @Nullable Path http;

  @Option(names = "--out", required = true, description = "the folder to write to")
  private Path out = Path.of("docs");

  private final Results results = new Results();
  private @Nullable Findings findings;
  private @Nullable HttpFindings httpFindings;

  /** Writes the page with the arguments of a command line. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Docs()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    for (Path file : jmh) {
      results.read(file);
    }
    try (Reader reader = Files.newBufferedReader(report)) {
      findings = new Gson().fromJson(reader, Findings.class);
    }
    if (http != null) {
      try (Reader reader = Files.newBufferedReader(http)) {
        httpFindings = new Gson().fromJson(reader, HttpFindings.class);
      }
    }
    Path charts = Files.createDirectories(out.resolve("charts"));
    Files.writeString(
        charts.resolve("lookup.svg"), lines("Lookup", "ns", "LookupBenchmark.string"));
    Files.writeString(
        charts.resolve("remap.svg"),
        lines("Add one node and remove it", "µs", "RemapBenchmark.one"));
    Files.writeString(charts.resolve("memory.svg"), memoryChart());
    Files.writeString(charts.resolve("balance.svg"), balanceChart());
    String page = QUERY.matcher(template()).replaceAll(query -> quoted(query.group(1)));
    Files.writeString(out.resolve("benchmarks.md"), page);
    return 0;
  }

  private static String template() throws IOException {
    try (InputStream in = Docs.class.getResourceAsStream("benchmarks.md")) {
      return new String(requireNonNull(in, "benchmarks.md").readAllBytes(), UTF_8);
    }
  }

  private String quoted(String query) {
    return Matcher.quoteReplacement(answer(query.strip().split("\\s+")).stripTrailing());
  }

  private String answer(String... words) {
    return switch (words[0]) {
      case "machine" -> machine();
      case "versions" -> versions();
      case "command" -> findings().command();
      case "scores" -> perJdk(jdk -> scores(jdk, words[1]));
      case "ratios" ->
        perJdk(jdk -> ratios(jdk, words[1], List.of(words).subList(2, words.length)));
      case "score" -> number(results.score(jdk(), words[1], words[2], words[3]));
      case "ratio" -> number(ratio(jdk(), words[1], words[2], words[3], words[4]));
      case "changing" -> perJdk(this::changing);
      case "hashes" -> perJdk(this::hashes);
      case "texts" -> perJdk(this::texts);
      case "groups" -> perJdk(this::groups);
      case "placements" -> perJdk(this::placements);
      case "memory" -> memory();
      case "balance" -> balance();
      case "remap" -> remap();
      case "sensitivity" -> sensitivity();
      case "growth" -> growth();
      case "http" -> http();
      case "restarts" -> restarts();
      default -> throw new IllegalArgumentException("unknown query: " + String.join(" ", words));
    };
  }

  private Findings findings() {
    return requireNonNull(findings);
  }

  /** The virtual machine whose numbers the text and the charts show: the first. */
  private String jdk() {
    return results.jdks().get(0);
  }

  private String perJdk(Function<String, String> table) {
    String tables = results.jdks().stream()
        .filter(jdk -> !table.apply(jdk).isEmpty())
        .map(jdk -> "JDK " + jdk + ":\n\n" + table.apply(jdk))
        .collect(Collectors.joining("\n"));
    return tables.isEmpty() ? NOT_MEASURED : tables;
  }

  private String machine() {
    var machine = findings().machine();
    return "%s, %d cores, %,d MB, %s; the report ran on %s, JMH on JDK %s."
        .formatted(
            machine.cpu(),
            machine.cores(),
            machine.memoryMegabytes(),
            machine.os(),
            machine.jvm(),
            String.join(" and ", results.jdks()));
  }

  private String versions() {
    return findings().versions().entrySet().stream()
        .map(version -> version.getKey() + ' ' + version.getValue())
        .collect(Collectors.joining(", ", "", "."));
  }

  private String scores(String jdk, String question) {
    List<Result> measured = results.of(jdk, question).toList();
    List<String> nodes = numbers(measured, "nodes");
    Table table = new Table("peer").columns(nodes.stream().map(Docs::thousands)).columns("bytes");
    for (Peer peer : Peer.values()) {
      List<Result> row =
          measured.stream().filter(r -> r.param("peer").equals(peer.label())).toList();
      if (!row.isEmpty()) {
        Map<String, Result> byNodes =
            row.stream().collect(Collectors.toMap(r -> r.param("nodes"), r -> r, (a, b) -> b));
        table.row(Stream.of(
                Stream.of(peer.title()),
                nodes.stream().map(n -> score(byNodes.get(n))),
                Stream.of(bytes(row)))
            .flatMap(Function.identity()));
      }
    }
    return measured.isEmpty() ? "" : table.toString();
  }

  /** Of the largest number of nodes. */
  private static String bytes(List<Result> row) {
    return row.stream()
        .max(Comparator.comparingInt(result -> Integer.parseInt(result.param("nodes"))))
        .map(Result::bytes)
        .orElseGet(OptionalDouble::empty)
        .stream()
        .mapToObj(bytes -> Numbers.plain(bytes < 0.5 ? 0 : Math.rint(bytes)))
        .findFirst()
        .orElse(ABSENT);
  }

  private static String score(@Nullable Result result) {
    if (result == null) {
      return ABSENT;
    }
    String error = Double.isNaN(result.error()) ? "" : " ± " + Numbers.plain(result.error());
    return Numbers.plain(result.score()) + error;
  }

  private String ratios(String jdk, String question, List<String> peers) {
    List<String> nodes = numbers(results.of(jdk, question).toList(), "nodes");
    Table table = new Table("hashring ÷").columns(nodes.stream().map(Docs::thousands));
    for (String peer : peers) {
      table.row(Stream.concat(
          Stream.of(Peer.of(peer).title()),
          nodes.stream().map(n -> number(ratio(jdk, question, "hashring", peer, n)))));
    }
    return nodes.isEmpty() ? "" : table.toString();
  }

  private OptionalDouble ratio(
      String jdk, String question, String peer, String other, String nodes) {
    OptionalDouble score = results.score(jdk, question, peer, nodes);
    OptionalDouble base = results.score(jdk, question, other, nodes);
    return score.isPresent() && base.isPresent()
        ? OptionalDouble.of(score.getAsDouble() / base.getAsDouble())
        : OptionalDouble.empty();
  }

  private static String number(OptionalDouble number) {
    return number.stream().mapToObj(Numbers::plain).findFirst().orElse(ABSENT);
  }

  private String changing(String jdk) {
    String question = "LookupWhileChangingBenchmark.";
    Table table = new Table("peer")
        .columns("1 reader", "2 readers", "1 reader, changes", "2 readers, changes")
        .columns("2 with changes ÷ 1 without", "changes a second");
    boolean empty = true;
    for (Peer peer : Peer.values()) {
      OptionalDouble one = keys(jdk, question + "oneReader", peer, "0");
      OptionalDouble twoWhile = keys(jdk, question + "twoReaders", peer, "100");
      if (one.isPresent() && twoWhile.isPresent()) {
        empty = false;
        table.row(Stream.of(
            peer.title(),
            number(one),
            number(keys(jdk, question + "twoReaders", peer, "0")),
            number(keys(jdk, question + "oneReader", peer, "100")),
            number(twoWhile),
            Numbers.precise(twoWhile.getAsDouble() / one.getAsDouble()),
            changes(jdk, question + "twoReaders", peer)));
      }
    }
    return empty ? "" : table.toString();
  }

  private Stream<Result> changing(String jdk, String question, Peer peer, String changes) {
    return results
        .of(jdk, question)
        .filter(result -> result.param("peer").equals(peer.label()))
        .filter(result -> result.param("changesPerSecond").equals(changes));
  }

  private OptionalDouble keys(String jdk, String question, Peer peer, String changes) {
    return changing(jdk, question, peer, changes).mapToDouble(Result::score).findFirst();
  }

  private String changes(String jdk, String question, Peer peer) {
    return changing(jdk, question, peer, "100")
        .map(result -> result.secondary().getOrDefault("changes", Double.NaN))
        .map(Numbers::plain)
        .findFirst()
        .orElse(ABSENT);
  }

  private String hashes(String jdk) {
    List<String> functions = List.of(
        "xxh3OfString",
        "xxh3OfBytes",
        "xxh3OfFreshBytes",
        "hash4jXxh3OfChars",
        "guavaMurmur3OfString",
        "md5OfString");
    List<Result> measured =
        functions.stream().flatMap(f -> results.of(jdk, "HashBenchmark." + f)).toList();
    List<String> lengths = numbers(measured, "keyLength");
    Table table = new Table("function", "text", "JVM").columns(lengths.stream());
    for (String text : List.of("ascii", "latin1", "utf16")) {
      for (String function : functions) {
        for (String jvm : List.of("clean", "used")) {
          Map<String, Result> byLength = results
              .of(jdk, "HashBenchmark." + function)
              .filter(result -> result.param("text").equals(text))
              .filter(result -> result.param("jvm").equals(jvm))
              .collect(Collectors.toMap(r -> r.param("keyLength"), r -> r, (a, b) -> b));
          if (!byLength.isEmpty()) {
            table.row(Stream.concat(
                Stream.of("`" + function + "`", text, jvm),
                lengths.stream().map(length -> score(byLength.get(length)))));
          }
        }
      }
    }
    return measured.isEmpty() ? "" : table.toString();
  }

  /** Lookups of keys of several lengths, letters and virtual machines. */
  private String texts(String jdk) {
    List<Result> measured = results.of(jdk, "LookupBenchmark.text").toList();
    List<String> lengths = numbers(measured, "keyLength");
    Table table = new Table("peer", "text", "JVM").columns(lengths.stream());
    measured.stream()
        .collect(Collectors.groupingBy(
            r -> List.of(title(r.param("peer")), r.param("text"), r.param("jvm")),
            LinkedHashMap::new,
            Collectors.toMap(r -> r.param("keyLength"), r -> r, (a, b) -> b)))
        .forEach((row, byLength) -> table.row(Stream.concat(
            row.stream(), lengths.stream().map(length -> score(byLength.get(length))))));
    return measured.isEmpty() ? "" : table.toString();
  }

  private String groups(String jdk) {
    List<Result> measured = results.of(jdk, "GroupBenchmark.group").toList();
    Table table = new Table("nodes", "keys", "JVM", "group", "groupingBy", "group ÷ groupingBy");
    for (Result group : measured) {
      results
          .of(jdk, "GroupBenchmark.groupingBy")
          .filter(other -> other.params().equals(group.params()))
          .forEach(other -> table.row(Stream.of(
              thousands(group.param("nodes")),
              thousands(group.param("keyCount")),
              group.param("jvm"),
              score(group),
              score(other),
              Numbers.precise(group.score() / other.score()))));
    }
    return measured.isEmpty() ? "" : table.toString();
  }

  private static String title(String peer) {
    return Peer.of(peer).title();
  }

  private String placements(String jdk) {
    List<String> questions = List.of("lookup", "hashOfKey", "lookupOfHash", "joinAndLeave");
    Table table = new Table("placement", "lookup", "its hash", "the index", "join and leave");
    List<String> placements = results
        .of(jdk, "PlacementBenchmark.lookup")
        .map(result -> result.param("placement"))
        .distinct()
        .toList();
    for (String placement : placements) {
      table.row(Stream.concat(
          Stream.of(placement),
          questions.stream()
              .map(question -> results
                  .of(jdk, "PlacementBenchmark." + question)
                  .filter(result -> result.param("placement").equals(placement))
                  .map(Docs::score)
                  .findFirst()
                  .orElse(ABSENT))));
    }
    return placements.isEmpty() ? "" : table.toString();
  }

  private static List<String> numbers(List<Result> results, String param) {
    return results.stream()
        .map(result -> result.param(param))
        .filter(value -> !value.isEmpty())
        .map(Integer::valueOf)
        .collect(Collectors.toCollection(TreeSet::new))
        .stream()
        .map(String::valueOf)
        .toList();
  }

  private static String thousands(String number) {
    return Numbers.plain(Integer.parseInt(number));
  }

  private String memory() {
    Table table = new Table("peer", "nodes", "bytes per node", "bytes per point");
    for (Memory memory : findings().memory()) {
      Peer peer = Peer.of(memory.peer());
      double perPoint = memory.bytesPerNode() / findings().pointsPerNode();
      table.row(Stream.of(
          peer.title(),
          Numbers.plain(memory.nodes()),
          Numbers.plain(memory.bytesPerNode()),
          peer.hasPoints() ? Numbers.plain(perPoint) : ABSENT));
    }
    return table.toString();
  }

  private String balance() {
    Table table = new Table("peer", "nodes", "peak to mean", "worst of all sets", "sets");
    for (Balance balance : findings().balance()) {
      table.row(Stream.of(
          Peer.of(balance.peer()).title(),
          Numbers.plain(balance.nodes()),
          Numbers.precise(balance.peakToMean()),
          Numbers.precise(balance.worst()),
          Numbers.plain(balance.sets())));
    }
    return table.toString();
  }

  private String remap() {
    Table table = new Table("peer", "change", "keys moved", "optimum", "needless");
    for (var remap : findings().remap()) {
      table.row(Stream.of(
          Peer.of(remap.peer()).title(),
          remap.change() + " one of " + remap.nodes(),
          Numbers.percent(remap.moved()),
          Numbers.percent(remap.optimum()),
          Numbers.percent(remap.needless())));
    }
    return table.toString();
  }

  private String sensitivity() {
    Table table = new Table("peer", "other order", "other history");
    for (var sensitivity : findings().sensitivity()) {
      table.row(Stream.of(
          Peer.of(sensitivity.peer()).title(),
          Numbers.percent(sensitivity.order()),
          Numbers.percent(sensitivity.history())));
    }
    return table.toString();
  }

  private String growth() {
    Table table =
        new Table("nodes", "points", "build, ms", "lookup, ns", "change, µs", "bytes per point");
    for (var growth : findings().growth()) {
      table.row(Stream.of(
              growth.nodes(),
              growth.points(),
              growth.buildMillis(),
              growth.lookupNanos(),
              growth.changeMicros(),
              growth.bytesPerPoint())
          .map(number -> Numbers.plain(number.doubleValue())));
    }
    return table.toString();
  }

  private String http() {
    HttpFindings found = httpFindings;
    if (found == null) {
      return NOT_MEASURED;
    }
    String first = "÷ " + found.proxies().get(0).name();
    Table table = new Table("proxy", "requests a second", first, "CPU of a request, µs", first)
        .columns("99th percentile, ms", "memory, MB", "failed", "ring");
    for (var proxy : found.proxies()) {
      table.row(Stream.of(
          proxy.name(),
          Numbers.plain(Math.rint(proxy.requestsPerSecond())),
          Numbers.precise(proxy.toFirst()),
          Numbers.plain(proxy.cpuMicros()),
          Numbers.precise(proxy.cpuToFirst()),
          Numbers.plain(proxy.latency99Millis()),
          Numbers.plain((double) proxy.megabytes()),
          Numbers.plain((double) proxy.failed()),
          proxy.ringShare() == null ? ABSENT : Numbers.percent(proxy.ringShare())));
    }
    return ("%s, %d cores, each java with `%s`. %d connections, medians of %d rounds of %d s,"
            + " %,d paths:\n\n%s")
        .formatted(
            found.machine().cpu(),
            found.machine().cores(),
            found.javaOptions(),
            found.connections(),
            found.rounds(),
            found.seconds(),
            found.paths(),
            table);
  }

  private String restarts() {
    var restarts = httpFindings == null ? null : httpFindings.restarts();
    return restarts == null
        ? NOT_MEASURED
        : "%s: %d kills in %d s, %,d GETs, %d of them failed."
            .formatted(
                restarts.name(),
                restarts.kills(),
                restarts.seconds(),
                restarts.requests(),
                restarts.failed());
  }

  private String lines(String title, String unit, String question) {
    List<Chart.Line> lines = new ArrayList<>();
    for (Peer peer : Peer.values()) {
      SortedMap<Integer, Double> points = new TreeMap<>();
      results
          .of(jdk(), question)
          .filter(result -> result.param("peer").equals(peer.label()))
          .forEach(result -> points.put(Integer.valueOf(result.param("nodes")), result.score()));
      if (!points.isEmpty()) {
        lines.add(new Chart.Line(peer.title(), points));
      }
    }
    return Chart.lines(title, "nodes, 160 points each", unit, lines);
  }

  private String memoryChart() {
    int nodes = findings().memory().stream().mapToInt(Memory::nodes).max().orElse(0);
    Map<String, Double> bars = new LinkedHashMap<>();
    findings().memory().stream()
        .filter(memory -> memory.nodes() == nodes && Peer.of(memory.peer()).hasPoints())
        .forEach(memory -> bars.put(
            Peer.of(memory.peer()).title(), memory.bytesPerNode() / findings().pointsPerNode()));
    return Chart.bars("Bytes per point, %,d nodes".formatted(nodes), bars);
  }

  private String balanceChart() {
    Map<String, Double> bars = new LinkedHashMap<>();
    findings().balance().stream()
        .filter(balance -> balance.nodes() == 100)
        .forEach(balance -> bars.put(Peer.of(balance.peer()).title(), balance.peakToMean()));
    return Chart.bars("Keys of the fullest node over the mean, 100 nodes", bars);
  }

  /** A table of Markdown, the first column to the left and the others to the right. */
  private static final class Table {

    private final List<String> head;
    private final StringBuilder rows = new StringBuilder();

    Table(String... columns) {
      head = new ArrayList<>(Arrays.asList(columns));
    }

    Table columns(String... columns) {
      return columns(Stream.of(columns));
    }

    Table columns(Stream<String> columns) {
      columns.forEach(head::add);
      return this;
    }

    void row(Stream<String> cells) {
      rows.append(cells.collect(Collectors.joining(" | ", "| ", " |\n")));
    }

    @Override
    public String toString() {
      String rule = "|---" + "|---:".repeat(head.size() - 1) + "|\n";
      return "| " + String.join(" | ", head) + " |\n" + rule + rows;
    }
  }
}
