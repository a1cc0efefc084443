package io.hashring.demo.replica.swarm;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.HashRing;
import io.hashring.demo.Balancer;
import io.hashring.demo.Required;
import io.hashring.demo.replica.docker.Engine;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Replicas on two hosts, one of which is cut off: see {@link TwoHosts}. It makes network namespaces
 * and engines, so it runs only where it is asked for.
 */
@ExtendWith(Engine.Extension.class)
@TestMethodOrder(OrderAnnotation.class) // each begins with the six replicas of the first
final class TwoHostsIT {

  private static final String PART = "swarm";

  private static final List<String> SIX =
      IntStream.rangeClosed(1, 6).mapToObj(i -> "server" + i).toList();
  private static final HashRing<String> RING = HashRing.of(SIX.toArray(String[]::new));

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private static TwoHosts hosts;

  @BeforeAll
  static void up(Engine engine) throws Exception {
    Required.require(
        PART,
        Required.isAskedFor(PART),
        "two engines in network namespaces are made only where -D" + Required.PROPERTY
            + "=swarm asks for it, by root");
    hosts = TwoHosts.up(engine.image());
  }

  @AfterAll
  static void down() throws Exception {
    if (hosts != null) {
      hosts.down();
    }
  }

  @AfterEach
  void noBalancer() throws Exception {
    hosts.docker(1, "rm", "-f", "lb");
  }

  private static void startSwarm(int host, String... options) throws Exception {
    List<String> all = new ArrayList<>(List.of("--replicas", "swarm", "--count", "6"));
    all.addAll(List.of("--docker-keep", "--docker-network", TwoHosts.NETWORK));
    all.addAll(List.of(options));
    hosts.startBalancer(host, all.toArray(String[]::new));
    awaitAllUp(host, 6);
  }

  private static HttpRequest.Builder to(int host, String path) {
    return HttpRequest.newBuilder(URI.create("http://" + TwoHosts.address(host) + ":5000" + path));
  }

  private static HttpResponse<String> call(int host, String method, String path, String body)
      throws Exception {
    return CLIENT.send(
        to(host, path).method(method, BodyPublishers.ofString(body)).build(),
        BodyHandlers.ofString());
  }

  private static JsonObject ring(int host) throws Exception {
    return new JsonObject(call(host, "GET", "/_lb/ring", "").body());
  }

  private static String checksum(int host) throws Exception {
    return ring(host).getString("checksum");
  }

  private static List<JsonObject> nodes(int host) throws Exception {
    return ring(host).getJsonArray("nodes").stream().map(JsonObject.class::cast).toList();
  }

  private static void awaitAllUp(int host, int size) throws Exception {
    eventually("all " + size + " are up", () -> {
      try {
        List<JsonObject> nodes = nodes(host);
        return nodes.size() == size
            && nodes.stream().allMatch(node -> "up".equals(node.getString("state")));
      } catch (Exception e) {
        return false; // it starts
      }
    });
  }

  private static void assertEachKeyIsWhereTheRingSays(int host) throws Exception {
    for (int i = 0; i < 1_000; i++) {
      HttpResponse<String> answer = call(host, "GET", "/key" + i, "");
      assertThat(Balancer.node(answer)).as("key" + i).isEqualTo(RING.locate("key" + i));
      assertThat(answer.body()).contains("\"server\":\"" + Balancer.node(answer) + "\"");
    }
  }

  @Test
  @Order(1)
  void six_onBothHosts_haveTheKeysOfTheRing_fromEitherHostAndAfterARestart() throws Exception {
    startSwarm(1);
    assertThat(hosts.replicas(1)).hasSize(3);
    assertThat(hosts.replicas(2)).hasSize(3);
    assertEachKeyIsWhereTheRingSays(1);
    String checksum = checksum(1);

    hosts.docker(1, "restart", "lb");
    awaitAllUp(1, 6);
    assertThat(checksum(1)).isEqualTo(checksum);
    assertEachKeyIsWhereTheRingSays(1);

    startSwarm(2);
    assertThat(checksum(2)).isEqualTo(checksum);
    assertEachKeyIsWhereTheRingSays(2);
    hosts.docker(2, "rm", "-f", "lb");
  }

  /** What was answered: by whom, after how long, and when since the first was sent. */
  private record Answer(String key, String node, boolean wrong, double at, double took) {}

  @Test
  @Order(2)
  void hostCutOff_whileGetsRun_losesNone_andDisturbsNoOtherKey() throws Exception {
    startSwarm(1);
    String checksum = checksum(1);
    Set<String> lost = new TreeSet<>(hosts.replicas(2));
    assertThat(lost).hasSize(3);
    List<CompletableFuture<Answer>> gets = new ArrayList<>();
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    long start = System.nanoTime();
    AtomicInteger number = new AtomicInteger();
    try {
      var unused = clock.scheduleAtFixedRate(
          () -> gets.add(get("key" + number.getAndIncrement() % 1_000, start)),
          0,
          10,
          TimeUnit.MILLISECONDS);
      Thread.sleep(2_000); // of undisturbed answers, to compare with
      TwoHosts.cut(2);
      eventually(
          "the swarm has moved all to host 1, and the balancer has followed",
          () -> hosts.replicas(1).equals(SIX) && nodes(1).stream().allMatch(TwoHostsIT::isUp));
      TwoHosts.mend(2);
      eventually(
          "host 2 is back, and has nothing to run",
          () -> hosts
                  .docker(1, "node", "ls", "--format", "{{.Status}}")
                  .lines()
                  .allMatch("Ready"::equals)
              && hosts.replicas(2).isEmpty());
      Thread.sleep(2_000); // of answers after all that
    } finally {
      clock.shutdown();
      assertThat(clock.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
    }
    List<Answer> answers = gets.stream().map(CompletableFuture::join).toList(); // all of them
    List<Answer> elsewhere =
        answers.stream().filter(a -> !a.node.equals(RING.locate(a.key))).toList();
    System.out.printf(
        "%d GETs, of which 0 were lost; %d went to the next node, from %.1f s to %.1f s; the"
            + " slowest took %.1f s, and %d more than 1 s%n",
        answers.size(),
        elsewhere.size(),
        elsewhere.stream().mapToDouble(Answer::at).min().orElse(0),
        elsewhere.stream().mapToDouble(Answer::at).max().orElse(0),
        answers.stream().mapToDouble(Answer::took).max().orElse(0),
        answers.stream().filter(a -> a.took > 1).count());
    assertThat(answers.stream().filter(Answer::wrong))
        .as("by another than was said")
        .isEmpty();
    assertThat(elsewhere).isNotEmpty().allSatisfy(a -> {
      assertThat(lost).as("only keys of what was lost").contains(RING.locate(a.key));
      List<String> list = RING.preferenceList(a.key).stream().toList();
      assertThat(lost)
          .as("no living node comes before, of which " + a.node + " is the first, or is back")
          .containsAll(list.subList(0, list.indexOf(a.node)));
    });
    assertThat(answers.stream().filter(a -> !lost.contains(RING.locate(a.key))))
        .as("keys of those that live")
        .allSatisfy(a -> assertThat(a.took).isLessThan(5.0));
    assertThat(checksum(1)).isEqualTo(checksum);
    assertEachKeyIsWhereTheRingSays(1);
    assertThat(hosts.replicas(1)).as("no double").isEqualTo(SIX);
  }

  private static boolean isUp(JsonObject node) {
    return "up".equals(node.getString("state"));
  }

  /** Fails unless it is answered 200. */
  private static CompletableFuture<Answer> get(String key, long start) {
    long sent = System.nanoTime();
    return CLIENT
        .sendAsync(
            to(1, "/" + key).timeout(Duration.ofSeconds(20)).build(), BodyHandlers.ofString())
        .thenApply(answer -> {
          if (answer.statusCode() != 200) {
            throw new AssertionError(key + ": " + answer.statusCode() + " " + answer.body());
          }
          String node = Balancer.node(answer);
          return new Answer(
              key,
              node,
              !answer.body().contains("\"server\":\"" + node + "\""),
              (sent - start) / 1e9,
              (System.nanoTime() - sent) / 1e9);
        });
  }

  @Test
  @Order(3)
  void add_whereNoHostWill_saysSo_andLeavesNothing() throws Exception {
    Set<String> before = hosts.services();
    startSwarm(1, "--swarm-constraint", "node.labels.disk==ssd");
    HttpResponse<String> answer = call(1, "POST", "/add", "{\"n\":1,\"hostnames\":[\"s7\"]}");
    assertThat(answer.statusCode()).isGreaterThanOrEqualTo(500);
    assertThat(answer.body())
        .contains("s7 finds no host in the swarm: no suitable node (scheduling constraints not"
            + " satisfied on 2 nodes); --swarm-constraint node.labels.disk==ssd");
    assertThat(hosts.services()).isEqualTo(before).hasSize(6);
    assertThat(nodes(1)).hasSize(6);
  }

  @Test
  @Order(4)
  void add_withAnImageThatNoHostHas_saysSo_andLeavesNothing() throws Exception {
    Set<String> before = hosts.services();
    hosts.startBalancerFor(1, "nowhere", "--replicas", "swarm", "--docker-keep");
    awaitAllUp(1, 6);
    HttpResponse<String> answer = call(1, "POST", "/add", "{\"n\":1,\"hostnames\":[\"s7\"]}");
    assertThat(answer.statusCode()).isGreaterThanOrEqualTo(500);
    assertThat(answer.body())
        .containsPattern(
            "s7 does not run on hr[12]: No such image: nowhere:latest; have the image");
    assertThat(hosts.services()).isEqualTo(before).hasSize(6);
  }

  @Test
  @Order(5)
  void rm_drains() throws Exception {
    startSwarm(1);
    assertThat(call(1, "POST", "/add", "{\"n\":1,\"hostnames\":[\"s7\"]}").statusCode())
        .isEqualTo(200);
    assertThat(hosts.services()).contains("hashring-s7");
    HashRing<String> seven = RING.with("s7");
    AtomicInteger number = new AtomicInteger();
    List<CompletableFuture<Answer>> gets = new ArrayList<>();
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    try {
      var unused = clock.scheduleAtFixedRate(
          () -> gets.add(get("key" + number.getAndIncrement() % 1_000, System.nanoTime())),
          0,
          5,
          TimeUnit.MILLISECONDS);
      assertThat(Balancer.replicas(call(1, "DELETE", "/rm", "{\"n\":1,\"hostnames\":[\"s7\"]}")))
          .hasSize(6)
          .doesNotContain("s7");
    } finally {
      clock.shutdown();
      assertThat(clock.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(gets.stream().map(CompletableFuture::join))
        .allSatisfy(a -> assertThat(a.node).isIn(RING.locate(a.key), seven.locate(a.key)));
    assertThat(hosts.services()).hasSize(6).doesNotContain("hashring-s7");
  }

  @Test
  @Order(6)
  void watched_itsSlotsAreTheNodes_andItIsNotChanged() throws Exception {
    hosts.docker(
        1,
        "service",
        "create",
        "--detach",
        "--quiet",
        "--no-resolve-image",
        "--no-healthcheck",
        "--name",
        "web",
        "--network",
        TwoHosts.NETWORK,
        "--replicas",
        "3",
        "--label",
        "io.hashring.weight=2",
        "--env",
        "HASHRING_NAME={{.Service.Name}}-{{.Task.Slot}}",
        "--env",
        "HASHRING_BIND=0.0.0.0",
        hosts.image(),
        "replica",
        "--port",
        "5000");
    hosts.startBalancer(1, "--replicas", "swarm:web");
    awaitAllUp(1, 3);
    assertThat(nodes(1)).allSatisfy(node -> assertThat(node.getDouble("weight")).isEqualTo(2));
    HashRing<String> three =
        HashRing.builder().add("web-1", 2).add("web-2", 2).add("web-3", 2).build();
    for (int i = 0; i < 200; i++) {
      HttpResponse<String> answer = call(1, "GET", "/key" + i, "");
      assertThat(Balancer.node(answer)).isEqualTo(three.locate("key" + i));
      assertThat(answer.body()).contains("\"server\":\"" + Balancer.node(answer) + "\"");
    }
    for (String change : List.of("/add", "/rm")) {
      HttpResponse<String> answer = call(1, "POST", change, "{\"n\":1,\"hostnames\":[\"web-3\"]}");
      assertThat(answer.statusCode()).isEqualTo(409);
      assertThat(answer.body()).contains("the tasks of the service web, which is only watched");
    }
    hosts.docker(1, "service", "scale", "--detach", "web=4");
    awaitAllUp(1, 4);
    hosts.docker(1, "service", "rm", "web");
  }
}
