package io.hashring.demo.replica.docker;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Ports;
import io.hashring.demo.Balancer;
import io.hashring.demo.FreePorts;
import io.hashring.demo.LoadBalancer;
import io.hashring.demo.MainTest;
import io.hashring.demo.Options;
import io.hashring.demo.admin.AdminApiTest;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.replica.ReplicaException;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A balancer on the host, and its replicas in containers of a real engine. */
@ExtendWith(Engine.Extension.class)
final class DockerReplicasIT {

  private static final int PATHS = 300;
  private static final int STARTS = Boolean.getBoolean("hashring.deep") ? 3 : 1;
  private static final int SIGKILL_EXIT = 137;

  private final Engine engine;
  private final String group = Engine.newGroup();

  DockerReplicasIT(Engine engine) {
    this.engine = engine;
  }

  @AfterEach
  void nothingIsLeft() {
    List<Container> left = engine.containers(group);
    left.forEach(container ->
        engine.docker().removeContainerCmd(container.getId()).withForce(true).exec());
    assertThat(left).as("left behind").isEmpty();
  }

  private Balancer start(String... args) throws Exception {
    return Balancer.start(arguments(args));
  }

  /** A picocli option that stands twice counts the last time. */
  private String[] arguments(String... args) {
    List<String> given = List.of(args);
    String image = given.contains("--docker-image") ? "" : engine.image();
    return Stream.of(
            Stream.of("--replicas", "docker", "--docker-group", group),
            image.isEmpty() ? Stream.<String>of() : Stream.of("--docker-image", image),
            given.stream())
        .flatMap(part -> part)
        .toArray(String[]::new);
  }

  private static Map<String, String> owners(Balancer balancer) throws Exception {
    Map<String, String> owners = new LinkedHashMap<>();
    for (int i = 0; i < PATHS; i++) {
      HttpResponse<String> answer = balancer.get("/users/" + i);
      assertThat(answer.body()).contains("\"server\":\"" + Balancer.node(answer) + "\"");
      owners.put("/users/" + i, Balancer.node(answer));
    }
    return owners;
  }

  private void kill(String name) {
    engine.docker().killContainerCmd(engine.id(group, name)).exec();
  }

  private static boolean isUp(Balancer balancer, String name) {
    return balancer.members().named(name).orElseThrow().isEligible();
  }

  // Start and stop

  @Test
  void contract_withContainers() throws Exception {
    try (Balancer balancer = start()) {
      assertThat(balancer.replicas()).containsExactly("server1", "server2", "server3");
      Map<String, String> three = owners(balancer);
      assertThat(three.values()).contains("server1", "server2", "server3");
      assertThat(balancer.get("/home").body()).contains("Hello from Server: server");

      balancer.add("{\"hostnames\":[\"S4\"]}");
      assertThat(engine.containers(group)).hasSize(4);
      Map<String, String> four = owners(balancer);
      assertThat(four.values()).contains("S4");
      assertThat(three.keySet())
          .allMatch(
              path -> four.get(path).equals(three.get(path)) || four.get(path).equals("S4"));

      balancer.remove("{\"hostnames\":[\"S4\"]}");
      assertThat(engine.containers(group)).hasSize(3);
      assertThat(owners(balancer)).isEqualTo(three);
    }
  }

  @Test
  void container_hasNoRightsThatItDoesNotNeed() throws Exception {
    try (Balancer balancer = start("--count", "1", "--docker-memory", "96")) {
      InspectContainerResponse container = engine.inspect(group, "server1");
      HostConfig host = container.getHostConfig();
      assertThat(container.getConfig().getUser()).isEqualTo("10001:10001");
      assertThat(host.getReadonlyRootfs()).isTrue();
      assertThat(host.getCapDrop()).containsExactly(Capability.ALL);
      assertThat(host.getSecurityOpts()).contains("no-new-privileges");
      assertThat(host.getInit()).isTrue();
      assertThat(host.getMemory()).isEqualTo(96L << 20);
      assertThat(host.getPidsLimit()).isPositive();
      Ports.Binding[] published =
          container.getNetworkSettings().getPorts().getBindings().get(ExposedPort.tcp(5000));
      assertThat(published)
          .singleElement()
          .extracting(Ports.Binding::getHostIp)
          .isEqualTo("127.0.0.1");
      assertThat(balancer.get("/x").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void healthCheckOfTheImage_passesAndFails() throws Exception {
    try (Balancer balancer = start("--count", "1")) {
      assertThat(balancer.get("/x").statusCode()).isEqualTo(200);
      assertThat(exitCodeOfHealthCheck()).isZero();
    }
    String deaf = engine.derive("ENTRYPOINT [\"java\", \"-jar\", \"/app/hashring-demo.jar\"]\n"
        + "CMD [\"replica\", \"--port\", \"5001\"]");
    String id = engine
        .docker()
        .createContainerCmd(deaf)
        .withName(group + "-server1")
        .withLabels(Map.of(DockerEngine.GROUP_LABEL, group))
        .exec()
        .getId();
    engine.docker().startContainerCmd(id).exec();
    assertThat(exitCodeOfHealthCheck()).isEqualTo(1);
    engine.docker().removeContainerCmd(id).withForce(true).exec();
  }

  /** Runs it as the engine would, which does so too seldom to be waited for. */
  private long exitCodeOfHealthCheck() throws Exception {
    List<String> test =
        engine.inspect(group, "server1").getConfig().getHealthcheck().getTest();
    assertThat(test).startsWith("CMD");
    String id = engine
        .docker()
        .execCreateCmd(engine.id(group, "server1"))
        .withCmd(test.subList(1, test.size()).toArray(String[]::new))
        .exec()
        .getId();
    engine.docker().execStartCmd(id).exec(new ResultCallback.Adapter<>()).awaitCompletion();
    eventually("it ends", () -> !engine.docker().inspectExecCmd(id).exec().isRunning());
    return engine.docker().inspectExecCmd(id).exec().getExitCodeLong();
  }

  @Test
  void add_whileReplicasStart_waitsForThem() throws Exception {
    int port = FreePorts.one();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<Balancer> starting =
          threads.submit(() -> start("--port", String.valueOf(port), "--count", "3"));
      URI uri = URI.create("http://127.0.0.1:" + port);
      HttpClient client = HttpClient.newHttpClient();
      eventually("it lives", () -> status(client, uri.resolve("/_lb/live")) == 200);
      assertThat(status(client, uri.resolve("/_lb/ready"))).as("not ready").isEqualTo(503);
      assertThat(starting.isDone()).isFalse();
      Future<HttpResponse<String>> early = threads.submit(() -> client.send(
          HttpRequest.newBuilder(uri.resolve("/early")).build(), BodyHandlers.ofString()));
      HttpResponse<String> added = client.send(
          HttpRequest.newBuilder(uri.resolve("/add"))
              .POST(BodyPublishers.ofString("{\"n\":1,\"hostnames\":[\"s4\"]}"))
              .build(),
          BodyHandlers.ofString());
      try (Balancer balancer = starting.get()) {
        assertThat(Balancer.replicas(added)).containsExactly("server1", "server2", "server3", "s4");
        assertThat(early.get().statusCode()).as(early.get().body()).isEqualTo(200);
        assertThat(balancer.get("/_lb/ready").statusCode()).isEqualTo(200);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static int status(HttpClient client, URI uri) throws Exception {
    try {
      return client
          .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
          .statusCode();
    } catch (ConnectException e) {
      return 0;
    }
  }

  /** The figures are for a machine at rest; that the starts overlap holds on any. */
  @Test
  void threeStart_besideEachOther() throws Exception {
    List<Duration> one = new ArrayList<>();
    List<Duration> three = new ArrayList<>();
    for (int i = 0; i < STARTS; i++) {
      one.add(timeToStart(1));
      three.add(timeToStart(3));
    }
    System.out.printf(
        "start of one: %s, of three: %s, ratio of the quickest %.2f%n",
        one,
        three,
        (double) Collections.min(three).toMillis() / Collections.min(one).toMillis());
  }

  private Duration timeToStart(int count) throws Exception {
    long start = System.nanoTime();
    try (Balancer balancer = start("--count", "" + count)) {
      Duration time = Duration.ofNanos(System.nanoTime() - start);
      List<Instant> starts = balancer.replicas().stream()
          .map(name -> Instant.parse(engine.inspect(group, name).getState().getStartedAt()))
          .sorted()
          .toList();
      assertThat(Duration.between(starts.get(0), starts.get(count - 1)))
          .as("from the first to the last, where one after the other they were 2/3 of %s", time)
          .isLessThanOrEqualTo(time.dividedBy(2));
      return time;
    }
  }

  // Death

  @Test
  void killed_isReplacedUnderItsName_andGetsItsKeysBack() throws Exception {
    try (Balancer balancer = start()) {
      Map<String, String> before = owners(balancer);
      long checksum = balancer.members().ring().checksum();
      List<Duration> times = new ArrayList<>();
      for (String name : balancer.replicas()) {
        Backend dead = balancer.members().named(name).orElseThrow();
        String id = engine.id(group, name);
        long start = System.nanoTime();
        kill(name);
        eventually("it is seen dead", () -> !dead.isEligible());
        eventually("it is back", () -> isUp(balancer, name));
        times.add(Duration.ofNanos(System.nanoTime() - start));
        assertThat(engine.id(group, name)).isNotEqualTo(id);
        assertThat(balancer.members().named(name).orElseThrow().address())
            .isNotEqualTo(dead.address());
      }
      assertThat(owners(balancer)).isEqualTo(before);
      assertThat(balancer.members().ring().checksum()).isEqualTo(checksum);
      assertThat(balancer.members().version()).as("no change of the ring").isEqualTo(1);
      System.out.println("killed to back: " + times);
      assertThat(times.stream().sorted().toList().get(1))
          .as("the median of killed to back, of " + times)
          .isLessThan(Duration.ofSeconds(2));
    }
  }

  @Test
  void maxLoad_soleReplicaKilled_getsItsKeysBack() throws Exception {
    try (Balancer balancer = start("--count", "1", "--max-load", "1.25")) {
      assertThat(balancer.nodeOf("/x")).isEqualTo("server1");
      Backend dead = balancer.members().named("server1").orElseThrow();
      kill("server1");
      eventually("it is seen dead", () -> !dead.isEligible());
      eventually("it is back", () -> isUp(balancer, "server1"));
      assertThat(balancer.nodeOf("/x")).isEqualTo("server1");
    }
  }

  @Test
  void stoppedByHand_isReplaced() throws Exception {
    try (Balancer balancer = start("--count", "2")) {
      String id = engine.id(group, "server1");
      Backend dead = balancer.members().named("server1").orElseThrow();
      engine.docker().stopContainerCmd(id).exec();
      eventually("it is replaced", () -> !dead.isEligible() && isUp(balancer, "server1"));
      assertThat(engine.id(group, "server1")).isNotEqualTo(id);
    }
  }

  @Test
  void removedByHand_isReplaced() throws Exception {
    try (Balancer balancer = start("--count", "2")) {
      String id = engine.id(group, "server1");
      Backend dead = balancer.members().named("server1").orElseThrow();
      engine.docker().removeContainerCmd(id).withForce(true).exec();
      eventually("it is replaced", () -> !dead.isEligible() && isUp(balancer, "server1"));
    }
  }

  @Test
  void paused_isPassedOver_andComesBack() throws Exception {
    try (Balancer balancer = start("--count", "2", "--check-interval", "200ms")) {
      String id = engine.id(group, "server1");
      engine.docker().pauseContainerCmd(id).exec();
      eventually("it is passed over", () -> !isUp(balancer, "server1"));
      for (int i = 0; i < 20; i++) {
        assertThat(balancer.nodeOf("/" + i)).isEqualTo("server2");
      }
      engine.docker().unpauseContainerCmd(id).exec();
      eventually("it is back", () -> isUp(balancer, "server1"));
      assertThat(engine.id(group, "server1")).as("the same container").isEqualTo(id);
    }
  }

  @Test
  void paused_canBeRemoved() throws Exception {
    try (Balancer balancer = start("--count", "2")) {
      engine.docker().pauseContainerCmd(engine.id(group, "server1")).exec();
      assertThat(balancer.remove("{\"hostnames\":[\"server1\"]}").statusCode()).isEqualTo(200);
      assertThat(engine.containers(group)).hasSize(1);
    }
  }

  @Test
  void offItsNetwork_isReplaced_thoughItRuns() throws Exception {
    try (Balancer balancer =
        start("--count", "2", "--check-interval", "200ms", "--replace-after", "1s")) {
      String id = engine.id(group, "server1");
      Backend before = balancer.members().named("server1").orElseThrow();
      engine
          .docker()
          .disconnectFromNetworkCmd()
          .withContainerId(id)
          .withNetworkId("bridge")
          .exec();
      eventually("it is passed over", () -> !before.isEligible());
      eventually("it is another", () -> isUp(balancer, "server1"));
      assertThat(engine.id(group, "server1")).isNotEqualTo(id);
      assertThat(engine.containers(group)).hasSize(2);
    }
  }

  @Test
  void paused_forLong_isLeftToWhoeverPausedIt() throws Exception {
    try (Balancer balancer =
        start("--count", "2", "--check-interval", "200ms", "--replace-after", "500ms")) {
      String id = engine.id(group, "server1");
      engine.docker().pauseContainerCmd(id).exec();
      Backend paused = balancer.members().named("server1").orElseThrow();
      eventually("longer than that", () -> paused.health().isDownFor(Duration.ofSeconds(2)));
      assertThat(engine.id(group, "server1")).isEqualTo(id);
      engine.docker().unpauseContainerCmd(id).exec();
      eventually("it is back", () -> isUp(balancer, "server1"));
      assertThat(engine.id(group, "server1")).as("the same container").isEqualTo(id);
    }
  }

  /** While nobody can be asked who leads, the engine decides: it has one container of a name. */
  @Test
  void zooKeeperAway_whoDiesIsReplacedOnce_forAllBalancers() throws Exception {
    try (TestingServer zooKeeper = new TestingServer(FreePorts.one())) {
      String[] cluster = {
        "--cluster",
        "zookeeper://127.0.0.1:" + zooKeeper.getPort() + "/docker",
        "--cluster-timeout",
        "2s",
        "--count",
        "2"
      };
      try (Balancer one = start(cluster);
          Balancer two = start(cluster)) {
        Backend dead = one.members().named("server1").orElseThrow();
        Backend deadToo = two.members().named("server1").orElseThrow();
        zooKeeper.stop();
        eventually("it is away", () -> one.add("{\"hostnames\":[\"s4\"]}").statusCode() == 503);
        kill("server1");
        eventually("both see it", () -> !dead.isEligible() && !deadToo.isEligible());
        eventually("both go on", () -> isUp(one, "server1") && isUp(two, "server1"));
        assertThat(two.members().named("server1").orElseThrow().address())
            .isEqualTo(one.members().named("server1").orElseThrow().address());
        assertThat(engine.containers(group)).hasSize(2);
        assertThat(owners(one)).isEqualTo(owners(two));
        zooKeeper.restart();
        eventually(
            "changes are taken again",
            () -> one.add("{\"hostnames\":[\"s4\"]}").statusCode() == 200);
        eventually("both have it", () -> two.replicas().contains("s4"));
        assertThat(owners(one)).isEqualTo(owners(two));
      }
    }
  }

  @Test
  void foundUnhealthyByTheEngine_isReplaced() throws Exception {
    String sick = engine.derive(
        "HEALTHCHECK --interval=1s --timeout=1s --retries=1 CMD [\"java\", \"-version:no\"]");
    try (Balancer balancer = start("--count", "1", "--docker-image", sick)) {
      String id = engine.id(group, "server1");
      eventually(
          "it is another",
          () -> !engine.containers(group).isEmpty()
              && engine.containers(group).stream().noneMatch(c -> c.getId().equals(id)));
      assertThat(balancer.replicas()).containsExactly("server1");
    }
  }

  // Starts that fail leave nothing behind, and say why

  private void assertRefused(Balancer balancer, int status, String reason) throws Exception {
    AdminApiTest.assertFailure(balancer.add("{\"hostnames\":[\"s4\"]}"), status, reason);
    assertThat(balancer.replicas()).containsExactly("server1");
    assertThat(engine.containers(group)).hasSize(1);
  }

  @Test
  void add_nameTakenByAStranger() throws Exception {
    String stranger = engine
        .docker()
        .createContainerCmd(engine.image())
        .withName(group + "-s4")
        .exec()
        .getId();
    try (Balancer balancer = start("--count", "1")) {
      assertRefused(balancer, 409, "hostnames must be free on the Docker engine: ");
      assertRefused(balancer, 409, "/" + group + "-s4");
    } finally {
      engine.docker().removeContainerCmd(stranger).exec();
    }
  }

  @Test
  void add_noPortFree() throws Exception {
    String port = "" + FreePorts.one();
    try (Balancer balancer = start("--count", "1", "--docker-ports", port)) {
      assertRefused(balancer, 500, "the members are as before: the Docker engine refused: ");
      assertRefused(balancer, 500, "port is already allocated");
    }
  }

  @Test
  void start_noSuchImage() {
    assertThatThrownBy(() -> start("--docker-image", "no/such:image"))
        .isInstanceOf(ReplicaException.class)
        .hasMessageContaining("No such image: no/such:image")
        .hasMessageContaining("--docker-image");
  }

  @Test
  void add_imageGone() throws Exception {
    String tag = group.substring("test-".length());
    String image = "hashring-demo:" + tag;
    engine.docker().tagImageCmd(engine.image(), "hashring-demo", tag).exec();
    try (Balancer balancer = start("--count", "1", "--docker-image", image)) {
      engine.docker().removeImageCmd(image).exec();
      assertRefused(balancer, 500, "the members are as before: No such image: " + image);
    }
  }

  @Test
  void start_containerEnds() throws Exception {
    String image = engine.derive("ENTRYPOINT [\"java\", \"-XX:NoSuchFlag\"]");
    assertThatThrownBy(() -> start("--docker-image", image))
        .isInstanceOf(ReplicaException.class)
        .hasMessageStartingWith("server1 ended with exit code 1: ");
  }

  @Test
  void start_doesNotAnswerInTime() {
    assertThatThrownBy(() -> start("--start-timeout", "1ms"))
        .isInstanceOf(ReplicaException.class)
        .hasMessageStartingWith("server1 did not answer /heartbeat within --start-timeout (1 ms)");
  }

  @Test
  void start_tooLittleMemory() {
    assertThatThrownBy(() -> start("--docker-memory", "32"))
        .isInstanceOf(ReplicaException.class)
        .hasMessageContaining("server1");
  }

  @Test
  void start_portOfBalancerTaken_touchesNoContainer() throws Exception {
    try (Balancer balancer = start("--count", "1")) {
      String id = engine.id(group, "server1");
      assertThatThrownBy(() -> {
            Options options = Balancer.options(arguments());
            options.port = balancer.port();
            new LoadBalancer(options, new PrintWriter(System.out)).start();
          })
          .isInstanceOf(BindException.class);
      assertThat(engine.id(group, "server1")).isEqualTo(id);
      assertThat(balancer.get("/x").statusCode()).isEqualTo(200);
    }
  }

  // Restart

  @Test
  void balancerKilled_nextOneTakesOver(@TempDir Path logs) throws Exception {
    List<String> args = new ArrayList<>(List.of(arguments("--port", "0", "--count", "2")));
    Process first = MainTest.java(logs.resolve("log"), args.toArray(String[]::new));
    try {
      MainTest.await(logs.resolve("log"), "(balances over)");
      first.destroyForcibly().waitFor();
      kill("server2");
      Map<String, String> ids =
          Map.of("server1", engine.id(group, "server1"), "server2", engine.id(group, "server2"));
      try (Balancer second = start("--count", "3")) {
        assertThat(second.replicas()).containsExactlyInAnyOrder("server1", "server2", "server3");
        assertThat(engine.id(group, "server1")).as("still alive").isEqualTo(ids.get("server1"));
        assertThat(engine.id(group, "server2")).as("dead").isNotEqualTo(ids.get("server2"));
        assertThat(owners(second).values()).contains("server1", "server2", "server3");
      }
    } finally {
      first.destroyForcibly();
    }
  }

  @Test
  void keep_leavesContainersToTheNext() throws Exception {
    String id;
    try (Balancer first = start("--count", "2", "--docker-keep")) {
      assertThat(first.replicas()).hasSize(2);
      id = engine.id(group, "server2");
    }
    assertThat(engine.containers(group)).hasSize(2);
    try (Balancer second = start("--count", "1")) {
      assertThat(second.replicas()).containsExactly("server1", "server2");
      assertThat(engine.id(group, "server2")).isEqualTo(id);
    }
  }

  @Test
  void weight_isALabel_andFoundAgain() throws Exception {
    try (Balancer first = start("--count", "1", "--docker-keep")) {
      first.add("{\"hostnames\":[\"heavy\"],\"weight\":2.5}");
      assertThat(weight(first, "heavy")).isEqualTo(2.5);
      assertThat(engine.inspect(group, "heavy").getConfig().getLabels())
          .containsEntry(DockerEngine.WEIGHT_LABEL, "2.5");
    }
    try (Balancer second = start("--count", "2")) {
      assertThat(weight(second, "heavy")).isEqualTo(2.5);
      assertThat(weight(second, "server1")).isEqualTo(1);
      second.call("PATCH", "/_lb/nodes/heavy", "{\"weight\":3}");
      kill("heavy");
      eventually(
          "it is replaced, with the weight of now",
          () -> engine.containers(group).stream()
              .anyMatch(c -> "3.0".equals(c.getLabels().get(DockerEngine.WEIGHT_LABEL))));
      assertThat(weight(second, "heavy")).isEqualTo(3);
    }
  }

  private static double weight(Balancer balancer, String name) {
    var ring = balancer.members().ring();
    return ring.weight(ring.find(name).orElseThrow());
  }

  // Two balancers that do not know of each other

  @Test
  void secondBalancerOfAGroup_isRefused_andTouchesNothing() throws Exception {
    try (Balancer first = start("--count", "1")) {
      String id = engine.id(group, "server1");
      assertThatThrownBy(() -> start())
          .hasMessageContaining("the containers of the group " + group
              + " are those of the balancer that lives at http://127.0.0.1:" + first.port()
              + "/_lb/live: have both in one --cluster, or take another --docker-group");
      assertThat(engine.id(group, "server1")).isEqualTo(id);
      assertThat(first.get("/x").statusCode()).isEqualTo(200);
    }
  }

  // The engine away

  @Test
  void engineAway_addSaysSo_andDeathsAreHealedLater() throws Exception {
    try (Relay relay = Relay.toDocker()) {
      System.setProperty("DOCKER_HOST", "tcp://127.0.0.1:" + relay.port());
      try (Balancer balancer = start("--count", "1")) {
        Backend dead = balancer.members().named("server1").orElseThrow();
        relay.cut();
        assertRefused(balancer, 500, "the Docker engine does not answer");
        kill("server1");
        eventually("the checks see it", () -> !dead.isEligible());
        assertThat(balancer.replicas()).containsExactly("server1");
        relay.restore();
        eventually("it is replaced", () -> isUp(balancer, "server1"));
        assertThat(balancer.nodeOf("/x")).isEqualTo("server1");
      } finally {
        System.clearProperty("DOCKER_HOST");
      }
    }
  }
}
