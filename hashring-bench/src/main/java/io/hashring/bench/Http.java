package io.hashring.bench;

import com.google.gson.GsonBuilder;
import io.hashring.bench.HttpFindings.Proxy;
import io.hashring.bench.HttpFindings.Restarts;
import io.hashring.bench.Wrk.Load;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.jfr.EventType;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The load balancer of hashring-demo beside nginx and HAProxy, all on loopback over the same three
 * origins, which are ports of one more nginx. {@code wrk} asks each in turn, round after round, so
 * that a machine that slows down does so for all. At the end replicas are killed and started again
 * under load. Everything that runs is started here, ends here, and has a time limit.
 *
 * <p>{@code hashring-bench/http} runs it with all that it needs.
 */
@Command(
    name = "Http",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Measures the load balancer beside nginx and HAProxy, and writes a JSON file.")
final class Http implements Callable<Integer> {

  private static final int ORIGINS = 3;

  /** Seconds, for a proxy that has no compiler. */
  private static final int WARM_UP_WITHOUT_COMPILER = 2;

  private static final String SAMPLE = "jdk.ExecutionSample";

  @Option(names = "--demo", required = true, description = "class path of hashring-demo")
  private String demo = "";

  @Option(names = "--java", required = true, description = "a java for the balancer; repeatable")
  private List<String> javas = new ArrayList<>();

  @Option(names = "--java-options", split = " ", description = "what each java is given")
  private List<String> javaOptions = List.of("-Xmx256m", "-XX:+UseSerialGC");

  @Option(names = "--out", required = true, description = "the file to write")
  private Path out = Path.of("http.json");

  @Option(names = "--connections", description = "connections of the clients")
  private int connections = 32;

  @Option(names = "--rounds", description = "rounds that count")
  private int rounds = 3;

  @Option(names = "--seconds", description = "seconds of a proxy in a round")
  private int seconds = 6;

  @Option(names = "--warm-up", description = "seconds of a proxy before the rounds; a java's")
  private int warmUp = 24;

  @Option(names = "--restarts", description = "seconds of kills and restarts; 0 leaves them out")
  private int restartSeconds = 30;

  /** Runs the comparison with the arguments of a command line. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Http()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    HttpFindings findings;
    try (Processes processes = new Processes()) {
      findings = new Run(processes).findings();
    }
    Files.writeString(out, new GsonBuilder().setPrettyPrinting().create().toJson(findings) + "\n");
    print(findings);
    return 0;
  }

  /** One proxy that runs, and what it did in each round. */
  private final class Candidate {

    private final String name;
    private final @Nullable Path java;
    private final int port;
    private final Process process;
    private final List<Load> loads = new ArrayList<>();
    private final List<Double> cpus = new ArrayList<>();
    private long megabytes;

    Candidate(String name, @Nullable Path java, int port, Process process) {
      this.name = name;
      this.java = java;
      this.port = port;
      this.process = process;
    }

    void round(Wrk wrk) throws Exception {
      long before = cpuMicros();
      Load load = wrk.run(port, seconds);
      double cpu = (cpuMicros() - before) / (double) Math.max(1, load.requests());
      loads.add(load);
      cpus.add(cpu);
      megabytes = Math.max(megabytes, residentMegabytes());
      System.err.printf(
          Locale.ROOT,
          "  %-28s %,9.0f requests/s, %5.1f µs of CPU each%n",
          name,
          load.requestsPerSecond(),
          cpu);
    }

    private Stream<ProcessHandle> tree() {
      return Stream.concat(Stream.of(process.toHandle()), process.descendants());
    }

    /** User and system time, as {@code /proc/PID/stat} counts it: in hundredths of a second. */
    private long cpuMicros() {
      return tree()
          .flatMap(part -> part.info().totalCpuDuration().stream())
          .mapToLong(cpu -> cpu.toNanos() / 1_000)
          .sum();
    }

    private long residentMegabytes() throws IOException {
      long kilobytes = 0;
      for (ProcessHandle part : tree().toList()) {
        for (String line : Files.readAllLines(Path.of("/proc/" + part.pid() + "/status"))) {
          if (line.startsWith("VmRSS:")) {
            kilobytes += Long.parseLong(line.replaceAll("\\D", ""));
          }
        }
      }
      return kilobytes >> 10;
    }

    Proxy proxy(Candidate first, @Nullable Double ringShare) {
      Stream<Double> ratios = IntStream.range(0, rounds)
          .mapToObj(round ->
              loads.get(round).requestsPerSecond() / first.loads.get(round).requestsPerSecond());
      Stream<Double> cpuRatios =
          IntStream.range(0, rounds).mapToObj(round -> cpus.get(round) / first.cpus.get(round));
      return new Proxy(
          name,
          median(loads.stream().map(Load::requestsPerSecond)),
          median(ratios),
          median(cpus.stream()),
          median(cpuRatios),
          median(loads.stream().map(Load::latency99Millis)),
          megabytes,
          loads.stream().mapToLong(Load::failed).sum(),
          ringShare);
    }
  }

  static double median(Stream<Double> values) {
    List<Double> sorted = values.sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }

  private final class Run {

    private final Processes processes;
    private final Proxies proxies;
    private final Wrk wrk;

    Run(Processes processes) throws IOException {
      this.processes = processes;
      this.proxies = new Proxies(processes, demo, javaOptions);
      this.wrk = new Wrk(processes, connections);
    }

    HttpFindings findings() throws Exception {
      List<Integer> origins = freePorts();
      proxies.startOrigins(origins);
      List<Candidate> candidates = candidates(origins);
      for (Candidate candidate : candidates) {
        System.err.printf(Locale.ROOT, "Warming up %s%n", candidate.name);
        processes.awaitAnswer(candidate.port, "/users/0");
        wrk.run(candidate.port, candidate.java == null ? WARM_UP_WITHOUT_COMPILER : warmUp);
      }
      for (int round = 1; round <= rounds; round++) {
        System.err.printf(Locale.ROOT, "Round %d of %d%n", round, rounds);
        for (Candidate candidate : candidates) {
          candidate.round(wrk);
        }
      }
      List<Proxy> found = new ArrayList<>();
      for (Candidate candidate : candidates) {
        Double share = candidate.java == null ? null : ringShare(candidate, candidate.java);
        found.add(candidate.proxy(candidates.get(0), share));
        candidate.process.destroy();
      }
      Restarts restarts = restartSeconds == 0 ? null : restarts();
      return new HttpFindings(
          Report.machine(),
          String.join(" ", javaOptions),
          connections,
          rounds,
          seconds,
          Wrk.PATHS,
          found,
          restarts);
    }

    private List<Integer> freePorts() throws IOException {
      List<Integer> ports = new ArrayList<>();
      for (int i = 0; i < ORIGINS; i++) {
        ports.add(Processes.freePort());
      }
      return ports;
    }

    private List<Candidate> candidates(List<Integer> origins) throws Exception {
      List<Candidate> candidates = new ArrayList<>();
      int port = Processes.freePort();
      candidates.add(new Candidate("nginx", null, port, proxies.startNginx(port, origins)));
      port = Processes.freePort();
      candidates.add(new Candidate("HAProxy", null, port, proxies.startHaproxy(port, origins)));
      for (String java : javas) {
        port = Processes.freePort();
        Process process = proxies.startBalancer(java, port, origins);
        candidates.add(new Candidate(name(java), Path.of(java).toRealPath(), port, process));
      }
      return candidates;
    }

    private String name(String java) throws Exception {
      String settings = processes.outputOf(List.of(java, "-XshowSettings:properties", "-version"));
      Matcher matcher = Pattern.compile("java\\.version = (\\S+)").matcher(settings);
      return "hashring-demo, JDK " + (matcher.find() ? matcher.group(1) : "?");
    }

    /** By the JVM's own profiler, under a load that does not count. */
    private double ringShare(Candidate candidate, Path java) throws Exception {
      Path recording = processes.folder().resolve("ring.jfr");
      List<String> jcmd =
          List.of(java.resolveSibling("jcmd").toString(), "" + candidate.process.pid());
      ask(jcmd, "JFR.start", "name=ring", "settings=profile");
      wrk.run(candidate.port, 2 * seconds);
      ask(jcmd, "JFR.dump", "name=ring", "filename=" + recording);
      return Http.ringShare(recording);
    }

    private void ask(List<String> jcmd, String... words) throws Exception {
      processes.outputOf(Stream.concat(jcmd.stream(), Stream.of(words)).toList());
    }

    /** One replica after the other is killed; the next not before the last is up again. */
    private Restarts restarts() throws Exception {
      String java = javas.get(javas.size() - 1);
      List<Integer> ports = freePorts();
      List<Process> replicas = new ArrayList<>();
      for (int port : ports) {
        replicas.add(proxies.startReplica(java, port));
      }
      for (int port : ports) {
        processes.awaitAnswer(port, "/heartbeat");
      }
      int front = Processes.freePort();
      proxies.startBalancer(java, front, ports);
      processes.awaitAnswer(front, "/users/0");
      wrk.run(front, warmUp);
      System.err.printf(Locale.ROOT, "Killing replicas for %d s%n", restartSeconds);
      Process load = wrk.start("load", front, restartSeconds);
      int kills = 0;
      for (; load.isAlive(); kills++) {
        int victim = kills % ORIGINS;
        replicas.get(victim).destroyForcibly().waitFor();
        replicas.set(victim, proxies.startReplica(java, ports.get(victim)));
        processes.awaitAnswer(ports.get(victim), "/heartbeat");
        processes.await("all replicas are up", () -> allUp(front));
      }
      Load result = Load.parse(processes.said("load"));
      System.err.printf(
          Locale.ROOT, "  %d kills, %d failed: %s%n", kills, result.failed(), result.how());
      return new Restarts(name(java), restartSeconds, kills, result.requests(), result.failed());
    }

    private boolean allUp(int front) throws Exception {
      String health = processes.body(front, "/_lb/health");
      return health != null && !health.contains("\"down\"");
    }
  }

  /**
   * A sample stands for the time between two; what the CPU did is from the kernel, which is in it.
   */
  private static double ringShare(Path recording) throws IOException {
    List<RecordedEvent> events = RecordingFile.readAllEvents(recording);
    List<RecordedEvent> samples = events.stream()
        .filter(event -> isOf(event, SAMPLE))
        .sorted(Comparator.comparing(RecordedEvent::getStartTime))
        .toList();
    long inRing = samples.stream()
        .filter(sample -> sample.getStackTrace() != null)
        .filter(sample -> sample.getStackTrace().getFrames().stream().anyMatch(Http::isOfRing))
        .count();
    double load = events.stream()
        .filter(event -> isOf(event, "jdk.CPULoad"))
        .mapToDouble(event -> event.getFloat("jvmUser") + event.getFloat("jvmSystem"))
        .max()
        .orElse(0);
    if (samples.isEmpty() || load == 0) {
      throw new IllegalStateException("the recording has no samples, or no load");
    }
    Duration span = Duration.between(
        samples.get(0).getStartTime(), samples.get(samples.size() - 1).getStartTime());
    double cpuMillis = load * Runtime.getRuntime().availableProcessors() * span.toMillis();
    double ringMillis = (double) inRing * sampleMillis(events, samples.get(0).getEventType());
    System.err.printf(
        Locale.ROOT,
        "  %d of %d samples of Java code are in the ring: %.0f ms of %.0f ms of CPU%n",
        inRing,
        samples.size(),
        ringMillis,
        cpuMillis);
    return ringMillis / cpuMillis;
  }

  private static boolean isOf(RecordedEvent event, String type) {
    return event.getEventType().getName().equals(type);
  }

  private static long sampleMillis(List<RecordedEvent> events, EventType type) {
    return events.stream()
        .filter(event -> isOf(event, "jdk.ActiveSetting"))
        .filter(setting -> setting.getLong("id") == type.getId())
        .filter(setting -> setting.getString("name").equals("period"))
        .map(setting -> setting.getString("value"))
        .filter(period -> period.endsWith(" ms"))
        .map(period -> Long.valueOf(period.substring(0, period.length() - 3)))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("the recording does not tell its period"));
  }

  /** The library, not the balancer, whose package is below the library's. */
  private static boolean isOfRing(RecordedFrame frame) {
    RecordedMethod method = frame.getMethod();
    String name = method == null ? "" : method.getType().getName();
    return name.startsWith("io.hashring.") && !name.startsWith("io.hashring.demo.");
  }

  private static void print(HttpFindings findings) {
    for (Proxy proxy : findings.proxies()) {
      System.out.printf(
          Locale.ROOT,
          "%-28s %,9.0f requests/s %5.2f × nginx, %5.1f µs CPU each %5.2f × nginx,"
              + " %6.2f ms p99 %5d MB %d failed%s%n",
          proxy.name(),
          proxy.requestsPerSecond(),
          proxy.toFirst(),
          proxy.cpuMicros(),
          proxy.cpuToFirst(),
          proxy.latency99Millis(),
          proxy.megabytes(),
          proxy.failed(),
          proxy.ringShare() == null ? "" : ", ring " + Numbers.percent(proxy.ringShare()));
    }
    Restarts restarts = findings.restarts();
    if (restarts != null) {
      System.out.printf(
          Locale.ROOT,
          "%d kills in %d s: %,d GETs, %d failed%n",
          restarts.kills(),
          restarts.seconds(),
          restarts.requests(),
          restarts.failed());
    }
  }
}
