package io.hashring.demo;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.membership.Health;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** nginx, lighttpd and Python's server behind the balancer, none of which knows of it. */
final class RealServersTest {

  private static final List<String> NAMES = List.of("nginx", "lighttpd", "python");

  /** Beyond what one buffer holds. */
  private static final int LARGE = 3_000_000;

  @TempDir
  private Path folder;

  private final Map<String, Process> running = new LinkedHashMap<>();
  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private Path python;

  @BeforeEach
  void startServers() throws Exception {
    Path nginx = program("nginx", "/usr/sbin/nginx");
    Path lighttpd = program("lighttpd", "/usr/sbin/lighttpd");
    python = program("python3", "/usr/bin/python3");
    byte[] large = new byte[LARGE];
    Arrays.fill(large, (byte) 'x');
    for (String name : NAMES) {
      Path root = Files.createDirectories(root(name));
      Files.writeString(root.resolve("who.txt"), name);
      Files.writeString(root.resolve("status.txt"), "well");
      Files.write(root.resolve("large.txt"), large);
      ports.put(name, FreePorts.one());
    }
    Path nginxConf = Files.writeString(folder.resolve("nginx.conf"), """
        daemon off;
        user %s;
        worker_processes 1;
        pid nginx.pid;
        events { worker_connections 256; }
        http {
          access_log off;
          client_body_temp_path body;
          proxy_temp_path proxy;
          fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi;
          scgi_temp_path scgi;
          server { listen 127.0.0.1:%d; root %s; }
        }
        """.formatted(
            System.getProperty("user.name"), ports.get("nginx"), root("nginx")));
    start("nginx", nginx, "-p", folder, "-e", folder.resolve("error.log"), "-c", nginxConf);
    Path lighttpdConf = Files.writeString(
        folder.resolve("lighttpd.conf"), """
        server.bind = "127.0.0.1"
        server.port = %d
        server.document-root = "%s"
        server.max-keep-alive-requests = 7
        mimetype.assign = ( ".txt" => "text/plain" )
        """.formatted(ports.get("lighttpd"), root("lighttpd")));
    start("lighttpd", lighttpd, "-D", "-f", lighttpdConf);
    startPython();
  }

  private void startPython() throws Exception {
    start(
        "python",
        python,
        "-m",
        "http.server",
        "--bind",
        "127.0.0.1",
        "--directory",
        root("python"),
        ports.get("python"));
  }

  @AfterEach
  void stopServers() {
    running.values().forEach(Process::destroyForcibly);
  }

  private static Path program(String part, String place) {
    Path program = Path.of(place);
    Required.require(part, Files.isExecutable(program), "apt-get install " + part);
    return program;
  }

  private Path root(String name) {
    return folder.resolve("root-" + name);
  }

  private void start(String name, Object... command) throws Exception {
    List<String> words = new ArrayList<>();
    for (Object word : command) {
      words.add(word.toString());
    }
    Process process = new ProcessBuilder(words)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(name + ".log").toFile())
        .start();
    running.put(name, process);
    eventually(name + " listens", () -> {
      assertThat(process.isAlive())
          .as(Files.readString(folder.resolve(name + ".log")))
          .isTrue();
      return listens(ports.get(name));
    });
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private String servers(String... weights) {
    List<String> servers = new ArrayList<>();
    for (int i = 0; i < NAMES.size(); i++) {
      String name = NAMES.get(i);
      servers.add(name + "=127.0.0.1:" + ports.get(name) + (weights.length == 0 ? "" : weights[i]));
    }
    return String.join(",", servers);
  }

  private static Health.State state(Balancer balancer, String name) {
    return balancer.members().named(name).orElseThrow().health().status().state();
  }

  /** How many of 300 users each server has; each has to have those whose keys it owns. */
  private static Map<String, Integer> users(Balancer balancer) throws Exception {
    Map<String, Integer> users = new LinkedHashMap<>();
    for (int i = 0; i < 300; i++) {
      HttpResponse<String> answer = balancer.get("/who.txt", "X-User", "user" + i);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(Balancer.node(answer));
      users.merge(answer.body(), 1, Integer::sum);
    }
    return users;
  }

  @Test
  void checkPathAndWeights_eachServerHasItsKeys_andWhatItSendsIsWhole() throws Exception {
    try (Balancer balancer = Balancer.start(
        "--replicas",
        servers("", "*2", "*0.5"),
        "--check-path",
        "/status.txt",
        "--key",
        "header:X-User")) {
      for (int i = 0; i < 300; i++) {
        String owner = balancer.members().ring().locate("user" + i).name();
        assertThat(balancer.get("/who.txt", "X-User", "user" + i).body()).isEqualTo(owner);
      }
      Map<String, Integer> users = users(balancer);
      assertThat(users.get("lighttpd")).isGreaterThan(users.get("nginx"));
      assertThat(users.get("nginx")).isGreaterThan(users.get("python"));
      for (String name : NAMES) {
        String user = userOf(balancer, name);
        assertThat(balancer.get("/large.txt", "X-User", user).body()).hasSize(LARGE);
        assertThat(balancer.get("/nothing", "X-User", user).statusCode()).isEqualTo(404);
        HttpResponse<String> head = balancer.send(balancer
            .request("/large.txt")
            .header("X-User", user)
            .method("HEAD", BodyPublishers.noBody()));
        assertThat(head.headers().firstValue("Content-Length")).contains("" + LARGE);
        assertThat(head.body()).isEmpty();
        String date = head.headers().firstValue("Last-Modified").orElseThrow();
        assertThat(balancer
                .get("/who.txt", "X-User", user, "If-Modified-Since", date)
                .statusCode())
            .isEqualTo(304);
        HttpResponse<String> post = balancer.send(balancer
            .request("/who.txt")
            .header("X-User", user)
            .POST(BodyPublishers.ofString("body")));
        assertThat(post.statusCode()).as("as %s answers", name).isEqualTo(postDirectly(name));
        assertThat(Balancer.node(post)).isEqualTo(name);
      }
      assertThat(balancer.get("/_lb/metrics").body())
          .contains("hashring_requests_fail_open_total 0.0");
    }
  }

  private int postDirectly(String name) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + ports.get(name) + "/who.txt");
    HttpRequest request =
        HttpRequest.newBuilder(uri).POST(BodyPublishers.ofString("body")).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode();
  }

  private static String userOf(Balancer balancer, String name) {
    for (int i = 0; true; i++) {
      if (balancer.members().ring().locate("user" + i).name().equals(name)) {
        return "user" + i;
      }
    }
  }

  @Test
  void noneHasAHeartbeat_allServeAllTheSame() throws Exception {
    try (Balancer balancer = Balancer.start("--replicas", servers(), "--key", "header:X-User")) {
      assertThat(users(balancer).keySet()).containsExactlyInAnyOrderElementsOf(NAMES);
      for (String name : NAMES) {
        assertThat(
                balancer.members().named(name).orElseThrow().health().status().reason())
            .isEqualTo("GET /heartbeat was answered 404");
      }
    }
  }

  @Test
  void statusThatGoes_andServerThatEnds_moveNoKeyOfOthers_andBothComeBack() throws Exception {
    try (Balancer balancer = Balancer.start(
        "--replicas",
        servers(),
        "--check-path",
        "/status.txt",
        "--check-interval",
        "50ms",
        "--key",
        "header:X-User")) {
      Map<String, Integer> before = users(balancer);
      Path status = root("nginx").resolve("status.txt");
      Files.delete(status);
      eventually("nginx is down", () -> state(balancer, "nginx") == Health.State.DOWN);
      assertThat(users(balancer)).doesNotContainKey("nginx");
      Files.writeString(status, "well");
      eventually("nginx is up", () -> state(balancer, "nginx") == Health.State.UP);
      Process killed = running.get("python");
      killed.destroyForcibly();
      assertThat(killed.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(users(balancer)).doesNotContainKey("python");
      startPython();
      eventually("python is up", () -> state(balancer, "python") == Health.State.UP);
      assertThat(users(balancer)).isEqualTo(before);
    }
  }

  @Test
  void addedOneByOne_withWeightsBySlowStart() throws Exception {
    try (Balancer balancer = Balancer.start(
        "--replicas",
        "nginx=127.0.0.1:" + ports.get("nginx"),
        "--check-path",
        "/status.txt",
        "--slow-start",
        "300ms",
        "--key",
        "header:X-User")) {
      for (String name : List.of("lighttpd", "python")) {
        balancer.add("{\"hostnames\":[\"" + name + "=127.0.0.1:" + ports.get(name) + "*2\"]}");
        eventually("it has its weight", () -> {
          users(balancer);
          var ring = balancer.members().ring();
          return ring.weight(ring.find(name).orElseThrow()) == 2;
        });
      }
      assertThat(users(balancer).keySet()).containsExactlyInAnyOrderElementsOf(NAMES);
    }
  }
}
