package io.hashring.demo.cluster;

import static io.hashring.demo.Eventually.eventually;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.demo.Balancer;
import io.hashring.demo.FreePorts;
import io.hashring.demo.MainTest;
import io.hashring.demo.Origin;
import io.hashring.demo.admin.RingJson;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Members;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * What balancers that share a ZooKeeper owe to their users, whatever server that is. One server has
 * a cluster for each test.
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class ZooKeeperClusterSuite {

  static final int TICK_MILLIS = 500;

  private static final Duration SESSION = Duration.ofSeconds(2);
  private static final int KEYS = 10_000;

  /** A server with one life after the other, all on one port and one folder of data. */
  interface ZooKeeper {
    int port();

    void stop() throws Exception;

    void restart() throws Exception;

    /** Stops it for good. */
    void close() throws Exception;
  }

  private final List<Balancer> balancers = new ArrayList<>();
  private Path folder;
  private ZooKeeper zooKeeper;
  private int clusters;

  abstract ZooKeeper start(Path folder) throws Exception;

  @BeforeAll
  void startServer(@TempDir Path folder) throws Exception {
    this.folder = folder;
    zooKeeper = start(folder);
  }

  @AfterAll
  void stopServer() throws Exception {
    if (zooKeeper != null) {
      zooKeeper.close();
    }
  }

  @BeforeEach
  void nextCluster() {
    clusters++;
  }

  @AfterEach
  void stopBalancers() {
    balancers.forEach(Balancer::close);
    balancers.clear();
  }

  private String cluster() {
    return "zookeeper://127.0.0.1:" + zooKeeper.port() + "/hashring/test" + clusters;
  }

  private List<String> arguments(String... more) {
    List<String> arguments = new ArrayList<>(
        List.of("--cluster", cluster(), "--cluster-timeout", SESSION.toSeconds() + "s"));
    Collections.addAll(arguments, more);
    return arguments;
  }

  private Balancer balancer(String... more) throws Exception {
    Balancer balancer = Balancer.start(arguments(more).toArray(String[]::new));
    balancers.add(balancer);
    return balancer;
  }

  private List<Balancer> three(String... more) throws Exception {
    for (int i = 0; i < 3; i++) {
      balancer(more);
    }
    return balancers;
  }

  /** Waits until all have these members, and checks that they then agree on everything. */
  private void agreeOn(Set<String> names) throws Exception {
    for (Balancer balancer : balancers) {
      eventually(
          "the members are " + names,
          () -> Set.copyOf(balancer.members().names()).equals(names));
    }
    Members first = balancers.get(0).members();
    for (Balancer balancer : balancers) {
      Members members = balancer.members();
      assertThat(members.names()).as("names from oldest to newest").isEqualTo(first.names());
      assertThat(members.ring().checksum()).isEqualTo(first.ring().checksum());
      assertThat(owners(members)).isEqualTo(owners(first));
    }
  }

  private static List<String> owners(Members members) {
    return IntStream.range(0, KEYS)
        .mapToObj(i -> members.ring().locate("users/" + i).name())
        .toList();
  }

  private static String named(String... names) {
    return "{\"hostnames\":[\"" + String.join("\",\"", names) + "\"]}";
  }

  // Changes

  @Test
  void change_madeAtAnyBalancer_isOneForAll() throws Exception {
    List<Balancer> all = three();
    agreeOn(Set.of("server1", "server2", "server3"));
    Set<String> names = new LinkedHashSet<>(all.get(0).replicas());
    for (int i = 0; i < 3; i++) {
      HttpResponse<String> answer = all.get(i).add(named("extra" + i));
      names.add("extra" + i);
      assertThat(Balancer.replicas(answer)).containsExactlyElementsOf(names);
      assertThat(all.get(i).replicas()).as("its own view").containsExactlyElementsOf(names);
      agreeOn(names);
    }
    for (int i = 0; i < 3; i++) { // each at another balancer than the one that started it
      HttpResponse<String> answer = all.get((i + 1) % 3).remove(named("extra" + i));
      names.remove("extra" + i);
      assertThat(Balancer.replicas(answer)).containsExactlyElementsOf(names);
      agreeOn(names);
    }
    for (int i = 0; i < 100; i++) {
      String path = "/users/" + i;
      assertThat(all.get(0).nodeOf(path))
          .isEqualTo(all.get(1).nodeOf(path))
          .isEqualTo(all.get(2).nodeOf(path));
    }
  }

  @Test
  void names_areTakenInTheWholeCluster_untilTheirReplicaHasStopped() throws Exception {
    List<Balancer> all = three();
    all.get(0).add(named("x"));
    HttpResponse<String> refused = all.get(1).add(named("x"));
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body()).contains("this one is taken: x");
    assertThat(all.get(2).remove(named("x")).statusCode()).isEqualTo(200);
    assertThat(all.get(1).add(named("x")).statusCode()).isEqualTo(200);
    agreeOn(Set.of("server1", "server2", "server3", "x"));
  }

  @Test
  void changesAtOnce_noneIsLost() throws Exception {
    List<Balancer> all = three();
    Set<String> expected = new LinkedHashSet<>(all.get(0).replicas());
    for (int round = 0; round < 10; round++) {
      List<Callable<HttpResponse<String>>> calls = new ArrayList<>();
      CyclicBarrier together = new CyclicBarrier(3);
      for (int i = 0; i < 3; i++) {
        Balancer balancer = all.get(i);
        String name = "r" + round + "b" + i;
        expected.add(name);
        calls.add(() -> {
          together.await();
          return balancer.add(named(name));
        });
      }
      for (HttpResponse<String> answer : atOnce(calls)) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      }
    }
    agreeOn(expected);
  }

  @Test
  void generatedNamesAtOnce_areDistinct() throws Exception {
    List<Balancer> all = three();
    List<Callable<HttpResponse<String>>> calls = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      Balancer balancer = all.get(i % 3);
      calls.add(() -> balancer.add("{\"n\":1}"));
    }
    for (HttpResponse<String> answer : atOnce(calls)) {
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
    agreeOn(Set.copyOf(IntStream.rangeClosed(1, 12).mapToObj(i -> "server" + i).toList()));
  }

  @Test
  void balancersThatStartAtOnce_haveOneSetOfReplicas() throws Exception {
    List<Callable<Balancer>> starts = Collections.nCopies(3, () -> {
      Balancer balancer = Balancer.start(arguments().toArray(String[]::new));
      synchronized (balancers) {
        balancers.add(balancer);
      }
      return balancer;
    });
    atOnce(starts);
    agreeOn(Set.of("server1", "server2", "server3"));
  }

  private static <T> List<T> atOnce(List<Callable<T>> calls) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(calls.size());
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> call : threads.invokeAll(calls)) {
        results.add(call.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void hundredRandomChanges_atRandomBalancers() throws Exception {
    List<Balancer> all = three();
    Random random = new Random(100);
    Set<String> model = new LinkedHashSet<>(all.get(0).replicas());
    for (int i = 0; i < 100; i++) {
      Balancer balancer = all.get(random.nextInt(3));
      boolean grows = model.size() < 3 || model.size() < 12 && random.nextBoolean();
      String name = grows ? "m" + i : List.copyOf(model).get(random.nextInt(model.size()));
      HttpResponse<String> answer =
          grows ? balancer.add(named(name)) : balancer.remove(named(name));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      if (grows) {
        model.add(name);
      } else {
        model.remove(name);
      }
      assertThat(Balancer.replicas(answer)).containsExactlyElementsOf(model);
    }
    agreeOn(model);
  }

  // Trouble

  /** A balancer in a process of its own, that leads and has all replicas. */
  private Process leader(Path log) throws Exception {
    Process process = MainTest.java(log, arguments("--port", "0").toArray(String[]::new));
    MainTest.await(log, "(Ctrl-C)");
    return process;
  }

  private static String url(Path log, String path) throws Exception {
    return MainTest.await(log, "requests +(http://[^/]*:\\d+)/") + path;
  }

  /** Waits until the other balancers have started every replica again, which moves no key. */
  private Duration awaitTakeover(Members before) throws Exception {
    long start = System.nanoTime();
    Set<SocketAddress> earlier = addresses(before);
    for (Balancer balancer : balancers) {
      eventually(
          "every replica has a new address",
          () -> Collections.disjoint(addresses(balancer.members()), earlier));
    }
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    agreeOn(Set.copyOf(before.names()));
    for (Balancer balancer : balancers) {
      assertThat(balancer.members().ring().checksum()).isEqualTo(before.ring().checksum());
      assertThat(balancer.members().version()).as("no change").isEqualTo(1);
      for (int i = 0; i < 30; i++) {
        assertThat(balancer.get("/users/" + i).statusCode()).isEqualTo(200);
      }
    }
    return took;
  }

  private static Set<SocketAddress> addresses(Members members) {
    return members.byAge().stream().map(Backend::address).collect(Collectors.toSet());
  }

  @Test
  void balancerKilled_itsReplicasComeBackUnderTheirNames() throws Exception {
    Path log = folder.resolve("killed.log");
    Process leader = leader(log);
    try {
      balancer();
      balancer();
      agreeOn(Set.of("server1", "server2", "server3"));
      assertThat(call(url(log, "/rep"))).contains("\"N\":3");
      leader.destroyForcibly();
      Duration took = awaitTakeover(balancers.get(0).members());
      System.out.printf("%s: after a session's %s it took %s%n", getClass(), SESSION, took);
      // ZooKeeper rounds a session up to a tick; a second is for a busy machine.
      assertThat(took).isLessThan(SESSION.plusMillis(TICK_MILLIS).plusSeconds(1));
      assertThat(balancers.get(1).add(named("later")).statusCode()).isEqualTo(200);
      agreeOn(Set.of("server1", "server2", "server3", "later"));
    } finally {
      leader.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
    }
  }

  /** It looks dead to the others, and comes back to a world that went on. */
  @Test
  void balancerFrozen_comesBackAsOneOfAll() throws Exception {
    Path log = folder.resolve("frozen.log");
    Process leader = leader(log);
    try {
      balancer();
      balancer();
      agreeOn(Set.of("server1", "server2", "server3"));
      Members before = balancers.get(0).members();
      signal("STOP", leader);
      awaitTakeover(before);
      balancers.get(1).add(named("meanwhile"));
      signal("CONT", leader);
      eventually("it has the members of all", () -> {
        JsonObject ring = new JsonObject(call(url(log, "/_lb/ring")));
        return ring.getString("checksum")
            .equals(RingJson.checksum(balancers.get(0).members().ring()));
      });
      for (SocketAddress address : addresses(before)) {
        eventually("the replicas that others started stop here", () -> !listens(address));
      }
      assertThat(call(url(log, "/home"))).contains("Hello from Server");
      agreeOn(Set.of("server1", "server2", "server3", "meanwhile"));
    } finally {
      leader.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
    }
  }

  private static void signal(String name, Process process) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, "" + process.pid()).start();
    assertThat(kill.waitFor()).isZero();
  }

  private static boolean listens(SocketAddress address) {
    try (Socket socket = new Socket(address.host(), address.port())) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static String call(String url) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url)).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
  }

  @Test
  void balancerStops_handsItsReplicasOver_withoutAFailedRequest() throws Exception {
    Balancer first = balancer();
    Balancer second = balancer();
    agreeOn(Set.of("server1", "server2", "server3"));
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger answered = new AtomicInteger();
    ExecutorService client = Executors.newSingleThreadExecutor();
    try {
      Future<List<Integer>> failures = client.submit(() -> {
        List<Integer> bad = new ArrayList<>();
        for (int i = 0; !stop.get(); i++) {
          int status = second.get("/users/" + i).statusCode();
          answered.incrementAndGet();
          if (status != 200) {
            bad.add(status);
          }
        }
        return bad;
      });
      eventually("traffic", () -> answered.get() > 50);
      first.close();
      balancers.remove(first);
      int then = answered.get();
      eventually("traffic", () -> answered.get() > then + 50);
      stop.set(true);
      assertThat(failures.get()).isEmpty();
    } finally {
      stop.set(true);
      client.shutdown();
    }
    agreeOn(Set.of("server1", "server2", "server3"));
  }

  @Test
  void maxLoad_soleReplicaReplacedUnderItsName_getsItsKeysBack() throws Exception {
    Balancer first = balancer("--count", "1", "--max-load", "1.25");
    Balancer second = balancer("--max-load", "1.25");
    agreeOn(Set.of("server1"));
    assertThat(second.nodeOf("/x")).isEqualTo("server1");
    SocketAddress before = second.members().named("server1").orElseThrow().address();
    first.close();
    balancers.remove(first);
    eventually(
        "it lives elsewhere",
        () -> !second.members().named("server1").orElseThrow().address().equals(before));
    assertThat(second.nodeOf("/x")).isEqualTo("server1");
  }

  @Test
  void remove_ofAnIdleReplica_doesNotWaitForABusyOne_ofAnyBalancer() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    try (Origin busy = Origin.start((head, in, out) -> {
          arrived.countDown();
          gate.await();
          out.write(Origin.OK.getBytes(US_ASCII));
        });
        Origin idle = Origin.answering(Origin.OK)) {
      String replicas = "a=127.0.0.1:" + busy.port() + ",b=127.0.0.1:" + idle.port();
      String[] args = {"--replicas", replicas, "--drain-timeout", "60m", "--check-interval", "60m"};
      Balancer one = balancer(args);
      Balancer two = balancer(args);
      agreeOn(Set.of("a", "b"));
      String key = IntStream.range(0, 1_000)
          .mapToObj(Integer::toString)
          .filter(k -> two.members().ring().locate(k).name().equals("a"))
          .findFirst()
          .orElseThrow();
      CompletableFuture<HttpResponse<String>> request = two.getAsync("/" + key);
      arrived.await();
      CompletableFuture<Integer> first = CompletableFuture.supplyAsync(() -> status(one, "a"));
      agreeOn(Set.of("b"));
      assertThat(status(one, "b")).isEqualTo(200);
      assertThat(first).isNotDone();
      gate.countDown();
      assertThat(request.get().statusCode()).isEqualTo(200);
      assertThat(first.get()).isEqualTo(200);
    } finally {
      gate.countDown();
    }
  }

  private static int status(Balancer balancer, String removed) {
    try {
      return balancer.remove(named(removed)).statusCode();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void lastBalancerStops_theNextStartsItsMembers() throws Exception {
    Balancer first = balancer();
    first.add(named("kept"));
    first.close();
    balancers.remove(first);
    Balancer next = balancer();
    assertThat(next.get("/_lb/ready").statusCode())
        .as("it starts with members of which none lives, and is ready when one does")
        .isEqualTo(200);
    for (int i = 0; i < 20; i++) {
      assertThat(next.get("/users/" + i).statusCode()).isEqualTo(200);
    }
    agreeOn(Set.of("server1", "server2", "server3", "kept"));
  }

  @Test
  void zooKeeperStopped_theLastKnownMembersStay_andChangesAreRefused() throws Exception {
    List<Balancer> all = three();
    all.get(1).add(named("x"));
    Set<String> names = Set.of("server1", "server2", "server3", "x");
    agreeOn(names);
    zooKeeper.stop();
    for (Balancer balancer : all) {
      eventually("a change is refused", () -> {
        HttpResponse<String> answer = balancer.add(named("y"));
        return answer.statusCode() == 503
            && answer.body().contains("the members are as before: ZooKeeper cannot be reached");
      });
    }
    long end = System.nanoTime() + SESSION.plusSeconds(1).toNanos();
    eventually("every session has ended", () -> System.nanoTime() > end);
    agreeOn(names);
    for (Balancer balancer : all) {
      for (int i = 0; i < 20; i++) {
        assertThat(balancer.get("/users/" + i).statusCode()).isEqualTo(200);
      }
    }

    zooKeeper.restart();
    eventually("changes are taken again", () -> all.get(2).add(named("z")).statusCode() == 200);
    agreeOn(Set.of("server1", "server2", "server3", "x", "z"));
    eventually("at any", () -> all.get(0).remove(named("x")).statusCode() == 200);
    agreeOn(Set.of("server1", "server2", "server3", "z"));
    for (Balancer balancer : all) {
      for (int i = 0; i < 20; i++) {
        assertThat(balancer.get("/users/" + i).statusCode()).isEqualTo(200);
      }
    }
  }

  /** The upload goes on at one balancer, the replica lives in another, the third removes it. */
  @Test
  void remove_waitsForRequestsOfOtherBalancers() throws Exception {
    List<Balancer> all = three();
    all.get(0).add(named("x"));
    agreeOn(Set.of("server1", "server2", "server3", "x"));
    String path = IntStream.iterate(0, i -> i + 1)
        .mapToObj(i -> "users/" + i)
        .filter(key -> all.get(1).members().ring().locate(key).name().equals("x"))
        .findFirst()
        .orElseThrow();
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try (Socket upload = new Socket("127.0.0.1", all.get(1).port())) {
      upload.setSoTimeout(20_000);
      OutputStream out = upload.getOutputStream();
      out.write(("POST /" + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nha")
          .getBytes(StandardCharsets.US_ASCII));
      Backend x = all.get(1).members().named("x").orElseThrow();
      eventually("the upload is under way", () -> x.requests().count() == 1);
      Future<HttpResponse<String>> removed = threads.submit(() -> all.get(2).remove(named("x")));
      for (Balancer balancer : all) {
        eventually("off the ring", () -> balancer.members().named("x").isEmpty());
      }
      assertThat(all.get(0).add(named("x")).body()).contains("still has requests to end: x");
      assertThat(removed.isDone()).isFalse();
      out.write("lf".getBytes(StandardCharsets.US_ASCII));
      assertThat(new BufferedReader(new InputStreamReader(upload.getInputStream())).readLine())
          .isEqualTo("HTTP/1.1 200 OK");
      assertThat(removed.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    } finally {
      threads.shutdownNow();
    }
  }

  // Sharing

  @Test
  void staticReplicas_areOneList() throws Exception {
    try (Origin one = Origin.answering(Origin.OK);
        Origin two = Origin.answering(Origin.OK)) {
      String list = "one=127.0.0.1:" + one.port() + ",two=127.0.0.1:" + two.port();
      three("--replicas", list);
      agreeOn(Set.of("one", "two"));
      balancers.get(1).remove(named("one"));
      agreeOn(Set.of("two"));
      balancers.get(2).add(named("one"));
      agreeOn(Set.of("one", "two"));
      balancers.remove(0).close();
      agreeOn(Set.of("one", "two"));
      assertThat(balancers.get(0).get("/users/1").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void points_mustBeThoseOfTheCluster() throws Exception {
    balancer("--points", "100");
    assertThatThrownBy(() -> balancer("--points", "200"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("--points must be 100, as in the rest of the cluster: 200");
    agreeOn(Set.of("server1", "server2", "server3"));
  }

  @Test
  void noZooKeeper_isSaid() throws Exception {
    int port = FreePorts.one();
    assertThatThrownBy(
            () -> Balancer.start("--cluster", "zookeeper://127.0.0.1:" + port + "/hashring"))
        .hasMessage("ZooKeeper cannot be reached at 127.0.0.1:" + port);
  }
}
