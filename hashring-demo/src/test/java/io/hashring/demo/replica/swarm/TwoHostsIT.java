package io.hashring.demo.replica.swarm;

import static io.hashring.demo.Eventually.eventually;
import static io.hashring.demo.Eventually.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.HashRing;
import io.hashring.demo.Balancer;
import io.hashring.demo.replica.docker.Engine;
import io.vertx.core.json.JsonObject;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** Replicas on two hosts, one of which is cut off: see {@link TwoHosts}. */
@ExtendWith({Engine.Extension.class, TwoHosts.Extension.class})
@TestMethodOrder(OrderAnnotation.class) // each begins with the six replicas of the first
final class TwoHostsIT {

  /** How long GETs run while a host is cut off; as long as it takes, if that is longer. */
  private static final int SECONDS = Integer.getInteger("hashring.swarm.seconds", 0);

  private static final List<String> SIX =
      IntStream.rangeClosed(1, 6).mapToObj(i -> "server" + i).toList();
  private static final HashRing<String> RING = HashRing.of(SIX.toArray(String[]::new));

  private static final BalancerOnHost ONE = new BalancerOnHost(1, "");
  private static final BalancerOnHost TWO = new BalancerOnHost(2, "");

  private static final String ADD_S7 = "{\"n\":1,\"hostnames\":[\"s7\"]}";

  private static TwoHosts hosts;

  @BeforeAll
  static void up(TwoHosts given) {
    hosts = given;
  }

  @AfterAll
  static void noService() throws Exception {
    hosts.removeServices();
  }

  @AfterEach
  void noBalancer() throws Exception {
    hosts.removeBalancers();
  }

  private static void startSwarm(BalancerOnHost balancer, String... options) throws Exception {
    hosts.startBalancer(balancer.host(), swarm(options));
    balancer.awaitUp(6);
  }

  private static String[] swarm(String... options) {
    return Stream.concat(
            Stream.of("--replicas", "swarm", "--count", "6", "--docker-keep", "--docker-network"),
            Stream.concat(Stream.of(TwoHosts.NETWORK), Stream.of(options)))
        .toArray(String[]::new);
  }

  private static void assertEachKeyIsWhereTheRingSays(BalancerOnHost balancer) throws Exception {
    balancer.assertEachKeyIsWhereItsRingSays(RING, 1_000);
  }

  /** It is in no cluster with the balancer that looks after the six. */
  private static void assertSecondIsRefused(int host) throws Exception {
    Set<String> tasks = hosts.tasks();
    assertThat(hosts.refusal(host, swarm()))
        .containsPattern("the services of the group hashring are those of the balancer that lives"
            + " at http://10\\.[0-9.]+:5000/_lb/live: have both in one --cluster, or take another"
            + " --docker-group");
    assertThat(hosts.tasks()).isEqualTo(tasks);
  }

  private static Set<String> holders() throws Exception {
    Set<String> holders = new TreeSet<>();
    for (String name : SIX) {
      holders.add(hosts.label("hashring-" + name, "io.hashring.balancer"));
    }
    return holders;
  }

  @Test
  @Order(1)
  void six_onBothHosts_haveTheKeysOfTheRing_fromEitherHostAndAfterARestart() throws Exception {
    startSwarm(ONE);
    assertThat(hosts.replicas(1)).hasSize(3);
    assertThat(hosts.replicas(2)).hasSize(3);
    assertEachKeyIsWhereTheRingSays(ONE);
    String checksum = ONE.checksum();
    Set<String> tasks = hosts.tasks();
    assertSecondIsRefused(2);
    Set<String> first = holders();
    assertThat(first).hasSize(1);

    hosts.docker(1, "restart", "lb");
    ONE.awaitUp(6);
    assertThat(ONE.checksum()).isEqualTo(checksum);
    assertEachKeyIsWhereTheRingSays(ONE);

    hosts.removeBalancers();
    startSwarm(TWO);
    assertThat(TWO.checksum()).isEqualTo(checksum);
    assertEachKeyIsWhereTheRingSays(TWO);
    assertThat(holders()).as("it has taken them over").hasSize(1).isNotEqualTo(first);
    assertSecondIsRefused(1);
    assertThat(hosts.tasks()).as("nobody started any of them anew").isEqualTo(tasks);
  }

  /** What was answered: by whom, after how long, and when since the first was sent. */
  private record Answer(String key, String node, boolean wrong, double at, double took) {}

  /** When the balancer was first seen to take a replica for down, and to have it back. */
  private static final class Outages {

    private final long start;
    private final Map<String, Double> down = new TreeMap<>();
    private final Map<String, Double> back = new TreeMap<>();

    Outages(long start) {
      this.start = start;
    }

    void look(Set<String> lost) throws Exception {
      double now = since(start);
      for (JsonObject node : ONE.nodes()) {
        String name = node.getString("name");
        if (lost.contains(name) && !BalancerOnHost.isUp(node)) {
          down.putIfAbsent(name, now);
        } else if (down.containsKey(name)) {
          back.putIfAbsent(name, now);
        }
      }
    }

    /** Whether it was sent while the owner of its key was known to be down. */
    boolean cover(Answer answer) {
      String owner = RING.locate(answer.key);
      return down.containsKey(owner)
          && answer.at > down.get(owner)
          && answer.at < back.getOrDefault(owner, 0.0);
    }
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  @Test
  @Order(2)
  void hostCutOff_whileGetsRun_losesNone_andDisturbsNoOtherKey() throws Exception {
    startSwarm(ONE);
    String checksum = ONE.checksum();
    Set<String> lost = new TreeSet<>(hosts.replicas(2));
    assertThat(lost).hasSize(3);
    List<CompletableFuture<Answer>> gets = new ArrayList<>();
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    long start = System.nanoTime();
    Outages outages = new Outages(start);
    double cut;
    AtomicInteger number = new AtomicInteger();
    try {
      var unused = clock.scheduleAtFixedRate(
          () -> gets.add(get("key" + number.getAndIncrement() % 1_000, start)),
          0,
          10,
          TimeUnit.MILLISECONDS);
      Thread.sleep(2_000); // of undisturbed answers, to compare with
      TwoHosts.cut(2);
      cut = since(start);
      within(
          Duration.ofSeconds(90),
          () -> "the swarm has moved all to host 1, and the balancer has followed",
          () -> {
            outages.look(lost);
            return hosts.replicas(1).equals(SIX)
                && outages.back.keySet().equals(lost)
                && ONE.nodes().stream().allMatch(BalancerOnHost::isUp);
          });
      TwoHosts.mend(2);
      eventually(
          "host 2 is back, and has nothing to run",
          () -> hosts
                  .docker(1, "node", "ls", "--format", "{{.Status}}")
                  .lines()
                  .allMatch("Ready"::equals)
              && hosts.replicas(2).isEmpty());
      Thread.sleep(Math.max(2_000, SECONDS * 1_000 - (long) (since(start) * 1_000)));
    } finally {
      clock.shutdown();
      assertThat(clock.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
    }
    List<Answer> answers = gets.stream().map(CompletableFuture::join).toList(); // all of them
    tell(cut, outages, answers);
    assertThat(answers.stream().filter(Answer::wrong))
        .as("by another than was said")
        .isEmpty();
    assertThat(answers.stream().filter(TwoHostsIT::isElsewhere)).isNotEmpty().allSatisfy(a -> {
      assertThat(lost).as("only keys of what was lost").contains(RING.locate(a.key));
      List<String> list = RING.preferenceList(a.key).stream().toList();
      assertThat(lost)
          .as("no living node comes before " + a.node + ", which is the first, or is back")
          .containsAll(list.subList(0, list.indexOf(a.node)));
    });
    assertThat(percentile(90, answers.stream().filter(outages::cover)))
        .as("once the first connection has failed, nobody waits for another to fail")
        .isLessThan(1.0);
    assertThat(answers.stream().filter(a -> !lost.contains(RING.locate(a.key))))
        .as("keys of those that live")
        .allSatisfy(a -> assertThat(a.took).isLessThan(5.0));
    ONE.awaitUp(6);
    assertThat(ONE.checksum()).isEqualTo(checksum);
    assertEachKeyIsWhereTheRingSays(ONE);
    assertThat(hosts.replicas(1)).as("no double").isEqualTo(SIX);
  }

  private static boolean isElsewhere(Answer answer) {
    return !answer.node.equals(RING.locate(answer.key));
  }

  private static void tell(double cut, Outages outages, List<Answer> answers) {
    List<Answer> elsewhere = answers.stream().filter(TwoHostsIT::isElsewhere).toList();
    System.out.printf(
        "%d GETs in %.0f s, of which 0 were lost; host 2 cut off at %.1f s, its replicas seen down"
            + " at %s, and back at %s; %d GETs went to the next node, from %.1f s to %.1f s, of"
            + " which %d once that was seen, 90 %% of them within %.3f s; the slowest GET took"
            + " %.1f s, and %d more than 1 s%n",
        answers.size(),
        answers.stream().mapToDouble(Answer::at).max().orElse(0),
        cut,
        outages.down.values(),
        outages.back.values(),
        elsewhere.size(),
        elsewhere.stream().mapToDouble(Answer::at).min().orElse(0),
        elsewhere.stream().mapToDouble(Answer::at).max().orElse(0),
        answers.stream().filter(outages::cover).count(),
        percentile(90, answers.stream().filter(outages::cover)),
        answers.stream().mapToDouble(Answer::took).max().orElse(0),
        answers.stream().filter(a -> a.took > 1).count());
  }

  private static double percentile(int percent, Stream<Answer> answers) {
    double[] took = answers.mapToDouble(Answer::took).sorted().toArray();
    assertThat(took).isNotEmpty();
    return took[(took.length - 1) * percent / 100];
  }

  /** Fails unless it is answered 200. */
  private static CompletableFuture<Answer> get(String key, long start) {
    long sent = System.nanoTime();
    return BalancerOnHost.CLIENT
        .sendAsync(ONE.request("/" + key).build(), BodyHandlers.ofString())
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
              since(sent));
        });
  }

  @Test
  @Order(3)
  void add_whereNoHostWill_saysSo_andLeavesNothing() throws Exception {
    Set<String> before = hosts.services();
    startSwarm(ONE, "--swarm-constraint", "node.labels.disk==ssd");
    HttpResponse<String> answer = ONE.call("POST", "/add", ADD_S7);
    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body())
        .contains("s7 finds no host in the swarm: no suitable node (scheduling constraints not"
            + " satisfied on 2 nodes); --swarm-constraint node.labels.disk==ssd");
    assertThat(hosts.services()).isEqualTo(before).hasSize(6);
    assertThat(ONE.nodes()).hasSize(6);
  }

  @Test
  @Order(4)
  void add_withAnImageThatNoHostHas_saysSo_andLeavesNothing() throws Exception {
    Set<String> before = hosts.services();
    hosts.startBalancerFor(1, "nowhere", "--replicas", "swarm", "--docker-keep");
    ONE.awaitUp(6);
    HttpResponse<String> answer = ONE.call("POST", "/add", ADD_S7);
    assertThat(answer.statusCode()).isEqualTo(500);
    assertThat(answer.body())
        .containsPattern(
            "s7 does not run on hr[12]: No such image: nowhere:latest; have the image");
    assertThat(hosts.services()).isEqualTo(before).hasSize(6);
    assertThat(ONE.nodes()).hasSize(6);
  }

  @Test
  @Order(5)
  void add_ofANameThatAServiceHas_saysSo_andLeavesIt() throws Exception {
    hosts.createService("hashring-s7", "--replicas", "0", hosts.image());
    Set<String> before = hosts.services();
    startSwarm(ONE);
    HttpResponse<String> answer = ONE.call("POST", "/add", ADD_S7);
    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body())
        .contains("hostnames must be free in the swarm, where there is a service already:"
            + " hashring-s7");
    assertThat(hosts.services()).isEqualTo(before).hasSize(7);
    hosts.docker(1, "service", "rm", "hashring-s7");
  }

  /** One request is half sent when its replica is to go, and many others come meanwhile. */
  @Test
  @Order(6)
  void rm_drains() throws Exception {
    startSwarm(ONE, "--swarm-constraint", "node.hostname==hr2");
    String heavy = "{\"n\":1,\"hostnames\":[\"s7\"],\"weight\":2}";
    assertThat(ONE.call("POST", "/add", heavy).statusCode()).isEqualTo(200);
    assertThat(hosts.label("hashring-s7", "io.hashring.weight")).isEqualTo("2.0");
    assertThat(hosts.replicas(2)).as("where the constraint is satisfied").contains("s7");
    HashRing<String> seven = RING.with("s7", 2);
    String key = Stream.iterate(0, i -> i + 1)
        .map(i -> "key" + i)
        .filter(one -> seven.locate(one).equals("s7"))
        .findFirst()
        .orElseThrow();
    AtomicInteger number = new AtomicInteger();
    List<CompletableFuture<Answer>> gets = new ArrayList<>();
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    try (Socket socket = new Socket(TwoHosts.address(1), 5000)) {
      OutputStream slow = socket.getOutputStream();
      slow.write(ascii("POST /" + key + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
          + "Content-Length: 8\r\n\r\nhalf"));
      eventually("it is under way", () -> inFlight("nodes") == 1);
      var unused = clock.scheduleAtFixedRate(
          () -> gets.add(get("key" + number.getAndIncrement() % 1_000, System.nanoTime())),
          0,
          5,
          TimeUnit.MILLISECONDS);
      CompletableFuture<HttpResponse<String>> removal = BalancerOnHost.CLIENT.sendAsync(
          ONE.request("/rm").method("DELETE", BodyPublishers.ofString(ADD_S7)).build(),
          BodyHandlers.ofString());
      eventually("it is off the ring, and drains", () -> inFlight("draining") == 1);
      assertThat(ONE.nodes()).hasSize(6);
      assertThat(hosts.services()).contains("hashring-s7");
      assertThat(removal.isDone()).isFalse();
      slow.write(ascii("half"));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 200 ")
          .contains("\"server\":\"s7\"", "\"bytes\":8");
      assertThat(Balancer.replicas(removal.join())).hasSize(6).doesNotContain("s7");
    } finally {
      clock.shutdown();
      assertThat(clock.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(gets.stream().map(CompletableFuture::join))
        .isNotEmpty()
        .allSatisfy(a -> assertThat(a.node).isIn(RING.locate(a.key), seven.locate(a.key)));
    assertThat(hosts.services()).hasSize(6).doesNotContain("hashring-s7");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Requests of s7, while it is one of those. */
  private static int inFlight(String those) throws Exception {
    return ONE.ring().getJsonArray(those).stream()
        .map(JsonObject.class::cast)
        .filter(node -> node.getString("name").equals("s7"))
        .mapToInt(node -> node.getInteger("inFlight"))
        .sum();
  }

  @Test
  @Order(7)
  void watched_itsSlotsAreTheNodes_andItIsNotChanged() throws Exception {
    hosts.createService(
        "web",
        "--no-healthcheck",
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
    ONE.awaitUp(3);
    assertThat(ONE.nodes())
        .allSatisfy(node -> assertThat(node.getDouble("weight")).isEqualTo(2));
    ONE.assertEachKeyIsWhereItsRingSays(
        HashRing.builder().add("web-1", 2).add("web-2", 2).add("web-3", 2).build(), 200);
    for (String change : List.of("/add", "/rm")) {
      HttpResponse<String> answer = ONE.call("POST", change, "{\"n\":1,\"hostnames\":[\"web-3\"]}");
      assertThat(answer.statusCode()).isEqualTo(409);
      assertThat(answer.body()).contains("the tasks of the service web, which is only watched");
    }
    hosts.docker(1, "service", "scale", "--detach", "web=4");
    ONE.awaitUp(4);
    hosts.docker(1, "service", "rm", "web");
  }

  @Test
  @Order(8)
  void watchedGlobalService_isRefused() throws Exception {
    hosts.createService(
        "everywhere", "--mode", "global", "--network", TwoHosts.NETWORK, hosts.image());
    assertThat(hosts.refusal(1, "--replicas", "swarm:everywhere"))
        .contains("--replicas swarm:everywhere: the service must be replicated; of a global one"
            + " the tasks have no slots to be told by");
    hosts.docker(1, "service", "rm", "everywhere");
  }
}
