package io.hashring.bench;

import static java.util.Objects.requireNonNull;

import com.google.gson.GsonBuilder;
import io.hashring.bench.Findings.Balance;
import io.hashring.bench.Findings.Growth;
import io.hashring.bench.Findings.Machine;
import io.hashring.bench.Findings.Memory;
import io.hashring.bench.Findings.Remap;
import io.hashring.bench.Findings.Sensitivity;
import io.hashring.bench.peer.Peer;
import io.hashring.bench.peer.Ring;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jol.info.GraphLayout;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Everything about the peers that is not a time: memory, balance, which keys move, and whether a
 * ring depends on the order and history of its members; and how far this library's ring grows.
 * Progress goes to standard error, the findings to a JSON file.
 *
 * <pre>{@code
 * java -Xms1g -Xmx4g -Xmn96m -Djdk.attach.allowAttachSelf -cp hashring-bench/target/benchmarks.jar
 *     io.hashring.bench.Report --out report.json
 * }</pre>
 */
@Command(
    name = "Report",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description =
        "Measures memory, balance, moved keys and growth, and writes them to a JSON file.")
final class Report implements Callable<Integer> {

  private static final int POINTS_PER_NODE = 160;
  private static final int KEY_LENGTH = 20;
  private static final String STRANGER = "stranger";

  /** How often the pool of keys is walked; the fastest walk counts. */
  private static final int ROUNDS = 30;

  /** How many changes are timed; the later half, when the code is warm, counts. */
  private static final int CHANGES = 1_000;

  /** What is written here cannot be optimised away. */
  private static volatile int unusedSum;

  @Option(names = "--out", required = true, description = "the file to write")
  private Path out = Path.of("report.json");

  @Option(names = "--peers", split = ",", description = "only these: ${COMPLETION-CANDIDATES}")
  private List<String> labels = Stream.of(Peer.values()).map(Peer::label).toList();

  @Option(names = "--sets", description = "sets of nodes that balance is averaged over")
  private int sets = 20;

  @Option(names = "--keys", description = "keys that are looked up for balance and moved shares")
  private int keyCount = 1 << 20;

  @Option(names = "--nodes", split = ",", description = "sizes for balance and memory")
  private List<Integer> sizes = List.of(10, 100, 1_000);

  @Option(
      names = "--growth",
      split = ",",
      description = "sizes for the growth of this library's ring")
  private List<Integer> growthSizes = List.of(100, 1_000, 10_000, 62_500);

  private String[] keys = {};

  @Spec
  private @Nullable CommandSpec spec;

  /** Runs the report with the arguments of a command line. */
  public static void main(String[] arguments) {
    System.setProperty("jol.magicFieldOffset", "true"); // records and lambdas hide their fields
    System.exit(new CommandLine(new Report()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    keys = Inputs.keys(keyCount, KEY_LENGTH, 3);
    List<Peer> peers = labels.stream().map(Peer::of).toList();
    Findings findings = new Findings(
        machine(),
        versions(),
        command(),
        POINTS_PER_NODE,
        peers.stream().flatMap(this::memory).toList(),
        peers.stream().flatMap(this::balance).toList(),
        peers.stream().flatMap(this::remap).toList(),
        peers.stream().map(this::sensitivity).toList(),
        growthSizes.stream().map(Report::growth).toList());
    Files.writeString(
        out,
        new GsonBuilder().setPrettyPrinting().create().toJson(findings) + System.lineSeparator());
    progress("wrote %s", out);
    return 0;
  }

  private static void progress(String format, Object... arguments) {
    System.err.printf(format + "%n", arguments);
  }

  private Stream<Memory> memory(Peer peer) {
    return sizes.stream().map(nodes -> {
      List<String> names = Inputs.nodes(nodes, 1);
      long bytes = bytes(peer.ring(names, POINTS_PER_NODE), names);
      progress("memory       %-15s %,6d nodes: %,d bytes", peer, nodes, bytes);
      return new Memory(peer.label(), nodes, bytes, (double) bytes / nodes);
    });
  }

  /** What a ring reaches, less the names, which belong to whoever has the nodes. */
  private static long bytes(Ring<?> ring, List<String> names) {
    GraphLayout owned = GraphLayout.parseInstance(names.toArray());
    return GraphLayout.parseInstance(ring.structure()).subtract(owned).totalSize();
  }

  private Stream<Balance> balance(Peer peer) {
    return sizes.stream().map(nodes -> {
      double[] peaks = new double[nodes < 1_000 ? sets : Math.max(1, sets / 4)];
      for (int set = 0; set < peaks.length; set++) {
        peaks[set] = peakToMean(peer, nodes, set);
        progress("balance      %-15s %,6d nodes: %.3f", peer, nodes, peaks[set]);
      }
      double mean = Arrays.stream(peaks).average().orElseThrow();
      double worst = Arrays.stream(peaks).max().orElseThrow();
      return new Balance(peer.label(), nodes, peaks.length, mean, worst);
    });
  }

  private double peakToMean(Peer peer, int nodes, int set) {
    Ring<?> ring = peer.ring(Inputs.nodes(nodes, 100 + set), POINTS_PER_NODE);
    Map<String, Integer> counts = new HashMap<>();
    for (String key : keys) {
      counts.merge(ring.owner(key), 1, Integer::sum);
    }
    return (double) Collections.max(counts.values()) * nodes / keys.length;
  }

  private Stream<Remap> remap(Peer peer) {
    List<String> names = Inputs.nodes(100, 1);
    String leaver = names.get(names.size() / 2);
    String[] before = owners(peer.ring(names, POINTS_PER_NODE));
    String[] grown = owners(peer.ring(names, POINTS_PER_NODE).with(List.of(STRANGER)));
    String[] shrunk = owners(peer.ring(names, POINTS_PER_NODE).without(List.of(leaver)));
    int n = names.size();
    Remap add = new Remap(
        peer.label(),
        "add",
        n,
        share(moved(before, grown)),
        1.0 / (n + 1),
        share(movedExcept(STRANGER, before, grown)));
    Remap remove = new Remap(
        peer.label(),
        "remove",
        n,
        share(moved(before, shrunk)),
        1.0 / n,
        share(movedExcept(leaver, before, shrunk)));
    progress("remap        %-15s %s", peer, add);
    progress("remap        %-15s %s", peer, remove);
    return Stream.of(add, remove);
  }

  private Sensitivity sensitivity(Peer peer) {
    List<String> names = Inputs.nodes(100, 1);
    List<String> shuffled = new ArrayList<>(names);
    Collections.shuffle(shuffled, new Random(4));
    String[] owners = owners(peer.ring(names, POINTS_PER_NODE));
    String[] reordered = owners(peer.ring(shuffled, POINTS_PER_NODE));
    String[] travelled = owners(anotherHistory(peer, names));
    Sensitivity sensitivity = new Sensitivity(
        peer.label(),
        names.size(),
        share(moved(owners, reordered)),
        share(moved(owners, travelled)));
    progress("sensitivity  %-15s %s", peer, sensitivity);
    return sensitivity;
  }

  /** Ends with the given nodes, where four of them left and came back in another order. */
  private static Ring<?> anotherHistory(Peer peer, List<String> names) {
    return peer.ring(names, POINTS_PER_NODE)
        .without(names.subList(10, 12))
        .without(names.subList(50, 52))
        .with(names.subList(10, 12))
        .with(names.subList(50, 52));
  }

  private String[] owners(Ring<?> ring) {
    return Arrays.stream(keys).map(ring::owner).toArray(String[]::new);
  }

  private static long moved(String[] before, String[] after) {
    return movedExcept("", before, after);
  }

  private static long movedExcept(String node, String[] before, String[] after) {
    long moved = 0;
    for (int i = 0; i < before.length; i++) {
      if (!before[i].equals(after[i]) && !before[i].equals(node) && !after[i].equals(node)) {
        moved++;
      }
    }
    return moved;
  }

  private double share(long count) {
    return (double) count / keys.length;
  }

  private static Growth growth(int nodes) {
    List<String> names = Inputs.nodes(nodes, 1);
    long start = System.nanoTime();
    Ring<?> ring = Peer.HASHRING.ring(names, POINTS_PER_NODE);
    double buildMillis = (System.nanoTime() - start) / 1e6;
    long points = (long) nodes * POINTS_PER_NODE;
    Growth growth = new Growth(
        nodes,
        points,
        buildMillis,
        lookupNanos(ring),
        changeMicros(ring),
        (double) bytes(ring, names) / points);
    progress("growth       %s", growth);
    return growth;
  }

  private static double lookupNanos(Ring<?> ring) {
    String[] keys = Inputs.keys(Inputs.POOL, KEY_LENGTH, 2);
    long best = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      int sum = 0;
      for (String key : keys) {
        sum += ring.locate(key).hashCode();
      }
      best = Math.min(best, System.nanoTime() - start);
      unusedSum = sum;
    }
    return (double) best / keys.length;
  }

  private static double changeMicros(Ring<?> ring) {
    long[] times = new long[CHANGES];
    for (int i = 0; i < CHANGES; i++) {
      List<String> comer = List.of(STRANGER + i);
      long start = System.nanoTime();
      Ring<?> back = ring.with(comer).without(comer);
      times[i] = System.nanoTime() - start;
      unusedSum = back.hashCode();
    }
    return Arrays.stream(times, CHANGES / 2, CHANGES)
            .sorted()
            .skip(CHANGES / 4)
            .findFirst()
            .orElse(0)
        / 1e3;
  }

  /** Where this runs. */
  static Machine machine() throws IOException {
    Path cpus = Path.of("/proc/cpuinfo");
    String cpu = System.getProperty("os.arch", "unknown");
    if (Files.isReadable(cpus)) {
      try (Stream<String> lines = Files.lines(cpus)) {
        cpu = lines
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse(cpu);
      }
    }
    var runtime = ManagementFactory.getRuntimeMXBean();
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new Machine(
        cpu,
        Runtime.getRuntime().availableProcessors(),
        system.getTotalMemorySize() >> 20,
        system.getName() + ' ' + system.getArch(),
        runtime.getVmName() + ' ' + Runtime.version());
  }

  private static Map<String, String> versions() {
    Properties properties = new Properties();
    try (InputStream in = Report.class.getResourceAsStream("versions.properties")) {
      properties.load(requireNonNull(in, "versions.properties"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, String> versions = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    properties
        .stringPropertyNames()
        .forEach(name -> versions.put(name, properties.getProperty(name)));
    return versions;
  }

  private String command() {
    Stream<String> heap = ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("-X") || argument.startsWith("-Djdk."));
    Stream<String> start =
        Stream.of("-cp hashring-bench/target/benchmarks.jar", Report.class.getName());
    Stream<String> arguments =
        requireNonNull(spec).commandLine().getParseResult().originalArgs().stream();
    return Stream.of(Stream.of("java"), heap, start, arguments)
        .flatMap(Function.identity())
        .collect(Collectors.joining(" "));
  }
}
