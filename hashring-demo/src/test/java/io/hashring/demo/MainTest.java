package io.hashring.demo;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

public final class MainTest {

  /** What a run to the end leaves behind. */
  private record Run(int code, String out, String err) {}

  private static Run run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int code = command.execute(args);
    return new Run(code, out.toString(), err.toString());
  }

  @Test
  void help_namesEveryOptionAndCall() {
    Run run = run("--help");
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains(
            "--port",
            "--bind",
            "--count",
            "--replicas",
            "--key",
            "--trusted-proxies",
            "--points",
            "--cluster",
            "--cluster-timeout",
            "--max-load",
            "--idle-timeout",
            "--admin-token",
            "--access-log",
            "--docker-image",
            "--analyze",
            "HASHRING_ADMIN_TOKEN")
        .contains(
            "--check-interval",
            "--rise",
            "--fall",
            "--request-timeout",
            "--drain-timeout",
            "replica")
        .contains("/rep", "/add", "/rm", "/_lb/ring");
    assertThat(run("replica", "--help").out()).contains("--name", "--port", "--bind");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--analyze x --port 1         | --analyze must stand alone, for its balancers have "
            + "options of their own: --port",
        "--analyze pom.xml            | --analyze DIR must be an empty folder, or not there yet: "
            + "pom.xml",
        "--analyze no/where           | --analyze DIR must be in a folder that is there: no/where",
        "--nonsense                   | Unknown option: '--nonsense'",
        "--port x                     | 'x' is not an int",
        "--port 65536                 | --port must be between 0 and 65535: 65536",
        "--port -1                    | --port must be between 0 and 65535: -1",
        "--count 0                    | --count must be between 1 and 256: 0",
        "--count 257                  | --count must be between 1 and 256: 257",
        "--points 0                   | --points must be between 1 and 10000: 0",
        "--rise 0                     | --rise must be positive: 0",
        "--fall 0                     | --fall must be positive: 0",
        "--max-load 1                 | --max-load must be greater than 1, and finite: 1.0",
        "--max-load NaN               | --max-load must be greater than 1, and finite: NaN",
        "--max-load Infinity          | --max-load must be greater than 1, and finite: Infinity",
        "--idle-timeout 0s            | a time must be like 500ms, 30s or 2m",
        "--key nose                   | the routing key must be path, uri,",
        "--key header:X+              | the routing key must be path, uri,",
        "--key client-ip,path         | the routing key must end with client-ip, which every "
            + "request has",
        "--key random,header:X        | the routing key must end with random, which every "
            + "request has",
        "--key header:X;Y             | the routing key's header must be a name of letters, digits",
        "--key path:0                 | the routing key's path must have a number from 1 to 100: 0",
        "--trusted-proxies 10.0.0.0/8,x | a trusted proxy must be an address, or a block such "
            + "as 10.0.0.0/8: x",
        "--max-load-units header:X    | --max-load-units must have a --max-load to count for",
        "--max-load-units X           | the units of a request must be header:NAME: X",
        "--max-load-units header:X/Y  | the units of a request must be header:NAME: header:X/Y",
        "--max-requests 0             | --max-requests must be between 1 and 100000: 0",
        "--max-streams 0              | --max-streams must be between 1 and 100000: 0",
        "--stream-timeout 0s          | a time must be like 500ms, 30s or 2m",
        "--lame-duck never            | a time must be like 500ms, 30s or 2m",
        "--replicas podman            | a replica's address must be host:port: podman",
        "--replicas docker --count 0  | --count must be between 1 and 256: 0",
        "--docker-group a/b           | --docker-group must have 1 to 63 letters",
        "--docker-memory 8            | --docker-memory must be at least 32: 8",
        "--swarm-constraint node.role | --swarm-constraint must be KEY==VALUE or KEY!=VALUE, such",
        "--swarm-spread zone          | --swarm-spread must be a label of hosts, such as",
        "--replicas swarm:_           | --replicas swarm:SERVICE must have the name of a service,",
        "--replicas swarm:a:0         | --replicas swarm:SERVICE:PORT must have a port, from 1 to",
        "--replicas swarm:a --count 2 | --count is for the service to say, which is only "
            + "watched: 2",
        "--docker-ports 80-           | --docker-ports must be a port or two, such as "
            + "5001-5099: 80-",
        "--start-timeout 0s           | a time must be like 500ms, 30s or 2m",
        "--replicas a:1,b             | a replica's address must be host:port: b",
        "--replicas a:1 --count 2     | --count must be between 1 and 1: 2",
        "--cluster zookeeper:           | the cluster must be zookeeper://host:port[,"
            + "host:port...]/path: zookeeper:",
        "--cluster zookeeper://a/b    | the cluster must be zookeeper://host:port",
        "--cluster zookeeper://a:1    | the cluster must be zookeeper://host:port",
        "--cluster zookeeper://a:1/   | the cluster must be zookeeper://host:port",
        "--cluster etcd://a:1/b       | the cluster must be zookeeper://host:port",
        "--cluster-timeout never      | a time must be like 500ms, 30s or 2m",
        "--request-timeout 5          | a time must be like 500ms, 30s or 2m",
        "--drain-timeout 0s           | a time must be like 500ms, 30s or 2m",
        "--check-interval 99999999m   | a time must be like 500ms, 30s or 2m",
        "replica --name a/b           | --name must have 1 to 63 letters",
        "replica --port 70000         | --port must be between 0 and 65535",
      })
  void badOption(String args, String message) {
    Run run = run(args.strip().split(" +"));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).startsWith("Error: ").contains(message).contains("--help");
    assertThat(run.err().lines()).hasSize(2);
    assertThat(run.out()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"--port", "replica --port"})
  void portTaken(String args) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Run run = run((args + " " + taken.getLocalPort()).split(" "));
      assertThat(run.code()).isEqualTo(1);
      assertThat(run.err().lines())
          .singleElement()
          .asString()
          .startsWith("Error: cannot listen on 127.0.0.1:" + taken.getLocalPort())
          .contains("--port");
    }
  }

  /** As a user runs it: two replicas and a balancer, a process each, that SIGTERM ends. */
  @Test
  void processes_untilSigterm(@TempDir Path logs) throws Exception {
    List<Process> processes = new ArrayList<>();
    try {
      Path one = logs.resolve("one");
      Path two = logs.resolve("two");
      Path front = logs.resolve("front");
      processes.add(java(one, "replica", "--name", "one", "--port", "0"));
      processes.add(java(two, "replica", "--name", "two", "--port", "0"));
      String replicas = "one=127.0.0.1:" + await(one, "listens on .*:(\\d+)") + ",two=127.0.0.1:"
          + await(two, "listens on .*:(\\d+)");
      processes.add(java(front, "--port", "0", "--bind", "0.0.0.0", "--replicas", replicas));
      String port = await(front, "requests +http://[^/]*:(\\d+)/");
      await(front, "(WARNING: --bind 0.0.0.0 lets other machines in)");
      assertThat(get("http://127.0.0.1:" + port + "/rep")).contains("\"N\":2", "[\"one\",\"two\"]");
      assertThat(get("http://127.0.0.1:" + port + "/home")).contains("Hello from Server: ");
      for (Process process : processes) {
        process.destroy();
      }
      for (Process process : processes) {
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("ended by SIGTERM").isEqualTo(128 + 15);
      }
      assertThat(Files.readString(front)).doesNotContain("Exception", "SEVERE");
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
  }

  @Test
  void variables_standForOptions(@TempDir Path logs) throws Exception {
    Path log = logs.resolve("log");
    Map<String, String> variables = Map.of(
        "HASHRING_PORT", "0", "HASHRING_COUNT", "4", "HASHRING_KEY", "", "HASHRING_RISE", "x");
    Process process = java(log, variables, "--count", "2", "--rise", "1");
    try {
      assertThat(await(log, "balances over (.*)")).isEqualTo("[server1, server2] by path");
      assertThat(await(log, "requests +http://127.0.0.1:(\\d+)/")).isNotEqualTo("5000");
    } finally {
      process.destroyForcibly();
    }
    process = java(log, Map.of("HASHRING_COUNT", "0"));
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(log)).contains("--count must be between 1 and 256: 0");
  }

  /** The name service of the JDK is a file here, from which names go, and in which they move. */
  @Test
  void hostName_lost_takesNoReplicaDown_andWhenItMovesTheBalancerDoes(@TempDir Path folder)
      throws Exception {
    try (Origin here = Origin.answering(Origin.OK);
        ServerSocket elsewhere =
            new ServerSocket(here.port(), 1, InetAddress.getByName("127.0.0.2"))) {
      Path hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.1 replica.test\n");
      Path log = folder.resolve("log");
      Process process = java(
          log,
          Map.of("JAVA_TOOL_OPTIONS", "-Djdk.net.hosts.file=" + hosts),
          "--port",
          "0",
          "--check-interval",
          "100ms",
          "--replicas",
          "s1=replica.test:" + here.port());
      try {
        String url = "http://127.0.0.1:" + await(log, "requests +http://127.0.0.1:(\\d+)/");
        eventually("it is up", () -> get(url + "/_lb/ready").contains("\"ready\""));
        Files.writeString(hosts, "127.0.0.1 other.test\n");
        int checks = here.heartbeats();
        eventually("twenty more checks", () -> here.heartbeats() > checks + 20);
        assertThat(get(url + "/_lb/ready")).contains("\"ready\"");
        assertThat(get(url + "/x")).isEqualTo("ok");

        elsewhere.setSoTimeout(20_000);
        Files.writeString(hosts, "127.0.0.2 replica.test\n");
        try (Socket check = elsewhere.accept()) {
          assertThat(check.isConnected()).as("it is asked where it lives now").isTrue();
        }
      } finally {
        process.destroyForcibly();
      }
    }
  }

  /** A process of its own, with a heap of 64 MB. */
  public static Process java(Path log, String... args) throws Exception {
    return java(log, Map.of(), args);
  }

  private static Process java(Path log, Map<String, String> variables, String... args)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx64m",
        "-cp",
        System.getProperty("java.class.path"),
        Main.class.getName()));
    command.addAll(List.of(args));
    File file = log.toFile();
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(file);
    builder.environment().putAll(variables);
    return builder.start();
  }

  public static String await(Path log, String regex) throws Exception {
    Pattern pattern = Pattern.compile(regex);
    eventually(
        regex + " in the output", () -> pattern.matcher(Files.readString(log)).find());
    Matcher matcher = pattern.matcher(Files.readString(log));
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }

  private static String get(String url) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url)).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
  }
}
