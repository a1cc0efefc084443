package io.hashring.demo;

import static io.hashring.demo.Eventually.eventually;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The balancer as its user runs it: a process of its own, of which the machine tells what it holds.
 */
public final class BalancerProcess implements AutoCloseable {

  private static final String ANNOUNCED = "  requests   http://127.0.0.1:";

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final Process process;
  private final List<String> output = new CopyOnWriteArrayList<>();

  private BalancerProcess(Process process) {
    this.process = process;
  }

  /** @param limits commands for the shell that starts it, such as {@code ulimit -n 220} */
  public static BalancerProcess start(String limits, List<String> jvm, String... args)
      throws Exception {
    List<String> command = new ArrayList<>(
        List.of("sh", "-c", limits + "exec \"$@\"", "sh", java(), "-cp", classPath()));
    command.addAll(jvm);
    command.addAll(List.of("io.hashring.demo.Main", "--port", "0"));
    command.addAll(List.of(args));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    BalancerProcess balancer = new BalancerProcess(process);
    Thread reader = new Thread(balancer::read, "output");
    reader.setDaemon(true);
    reader.start();
    eventually(
        () -> "it announces itself: " + balancer.output(),
        () -> balancer.output.stream().anyMatch(line -> line.startsWith("Ctrl-C")));
    return balancer;
  }

  /** Surefire's own is a jar that names the others, but says so. */
  private static String classPath() {
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        output.add(line);
      }
    } catch (IOException e) {
      output.add("unreadable: " + e);
    }
  }

  /** All lines that it wrote, on either stream. */
  public List<String> output() {
    return output;
  }

  public int port() {
    String line =
        output.stream().filter(l -> l.startsWith(ANNOUNCED)).findFirst().orElseThrow();
    return Integer.parseInt(line.substring(ANNOUNCED.length()).replace("/", ""));
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** SIGTERM, without a wait for what follows. */
  public void terminate() {
    process.destroy();
  }

  public int descriptors() {
    try (Stream<Path> open = Files.list(proc("fd"))) {
      return (int) open.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int threads() throws IOException {
    return Files.readAllLines(proc("status")).stream()
        .filter(line -> line.startsWith("Threads:"))
        .mapToInt(line -> Integer.parseInt(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  private Path proc(String name) {
    return Path.of("/proc", Long.toString(process.pid()), name);
  }

  /** Bytes that are in use after a collection. */
  public long heap() throws Exception {
    jcmd("GC.run");
    String info = jcmd("GC.heap_info");
    return info.lines()
        .filter(line -> line.matches(".*\\btotal \\d+K, used \\d+K.*") && !line.contains("space"))
        .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll(".*used (\\d+)K.*", "$1")))
        .sum();
  }

  private String jcmd(String command) throws Exception {
    Process jcmd = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
            Long.toString(process.pid()),
            command)
        .redirectErrorStream(true)
        .start();
    String answer = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    jcmd.waitFor();
    return answer;
  }

  /** The value of a metric, or the sum where it has labels. */
  public double metric(String name) throws Exception {
    String text = CLIENT
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/_lb/metrics"))
                .build(),
            BodyHandlers.ofString())
        .body();
    return text.lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().completeOnTimeout(process, 30, TimeUnit.SECONDS).join();
    process.destroyForcibly();
  }
}
