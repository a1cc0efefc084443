package io.hashring.demo.proxy;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.BoundedLoad;
import io.hashring.BoundedLoad.Lease;
import io.hashring.ConcurrentHashRing;
import io.hashring.HashRing;
import io.hashring.demo.Balancer;
import io.hashring.demo.LoadBalancer;
import io.hashring.demo.Origin;
import io.hashring.demo.admin.AdminApiTest;
import io.hashring.demo.admin.MetricsTest;
import io.hashring.demo.http.BlockingFutures;
import io.hashring.demo.membership.Backend;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** {@code --max-load}: a hot key spills along its preference list, and no replica has too much. */
final class MaxLoadTest {

  private static final String[] BOUNDED = {"--check-interval", "60m", "--max-load", "1.25"};

  // The experiment of a hot key

  private static final int REPLICAS = 10;
  private static final int CLIENTS = 100;
  private static final int REQUESTS = 6_000;
  private static final int KEYS = 10_000;
  private static final double EXPONENT = 1.1;

  /**
   * ceil(c · t / n), of as many requests as can be under way: one for each client, and for each of
   * the two sides of an answer one that its client has and the balancer has not yet counted off.
   */
  private static final int CAP = 13; // ceil(12.5), and up to 104 requests

  /** A replica that takes its time, and remembers the most that it had at once. */
  private static final class Counting {
    final AtomicInteger now = new AtomicInteger();
    final AtomicInteger peak = new AtomicInteger();

    HttpServer start(Vertx vertx) throws Exception {
      HttpServer server = vertx.createHttpServer().requestHandler(request -> {
        if (request.path().equals("/heartbeat")) {
          request.response().end();
          return;
        }
        peak.accumulateAndGet(now.incrementAndGet(), Math::max);
        vertx.setTimer(20, timer -> {
          now.decrementAndGet();
          request.response().end();
        });
      });
      return BlockingFutures.await(server.listen(0, "127.0.0.1"));
    }
  }

  /** Keys drawn with probabilities in proportion to 1, 1/2^s, 1/3^s… */
  private static List<String> zipfKeys(int count) {
    double[] cumulated = new double[KEYS];
    double sum = 0;
    for (int i = 0; i < KEYS; i++) {
      sum += Math.pow(i + 1, -EXPONENT);
      cumulated[i] = sum;
    }
    Random random = new Random(11);
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int found = Arrays.binarySearch(cumulated, random.nextDouble() * sum);
      keys.add("key-" + (found < 0 ? -found - 1 : found));
    }
    return keys;
  }

  private static double value(Balancer balancer, String series) throws Exception {
    return MetricsTest.value(balancer, series);
  }

  /** One client's requests, one after the other. */
  private static CompletableFuture<Integer> client(
      Balancer balancer, List<String> keys, AtomicInteger next, int failed) {
    int i = next.getAndIncrement();
    if (i >= keys.size()) {
      return CompletableFuture.completedFuture(failed);
    }
    return balancer
        .getAsync("/" + keys.get(i))
        .thenCompose(
            answer -> client(balancer, keys, next, failed + (answer.statusCode() == 200 ? 0 : 1)));
  }

  @Test
  void zipf_overTenReplicas_noneEverHasMoreThanItsCap() throws Exception {
    Vertx vertx = LoadBalancer.vertx();
    try {
      List<Counting> replicas = new ArrayList<>();
      List<Integer> ports = new ArrayList<>();
      for (int i = 0; i < REPLICAS; i++) {
        replicas.add(new Counting());
        ports.add(replicas.get(i).start(vertx).actualPort());
      }
      try (Balancer balancer = Balancer.over(ports, BOUNDED)) {
        List<String> keys = zipfKeys(REQUESTS);
        AtomicInteger next = new AtomicInteger();
        List<CompletableFuture<Integer>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
          clients.add(client(balancer, keys, next, 0));
        }
        for (CompletableFuture<Integer> client : clients) {
          assertThat(client.get()).as("failed requests").isZero();
        }
        assertThat(replicas)
            .as("the most that a replica had at once, seen at every arrival")
            .allSatisfy(replica -> assertThat(replica.peak.get()).isLessThanOrEqualTo(CAP));
        eventually("all are counted", () -> requests(balancer) == REQUESTS);
        double share = value(balancer, "hashring_requests_off_primary_total") / REQUESTS;
        System.out.printf(
            "Zipf(%.1f), %d keys, %d clients, %d replicas, c = 1.25: off primary %.1f %%"
                + " (simulated: %.1f %% of 100 under way, %.1f %% of 10,000),"
                + " peak in flight %s of at most %d%n",
            EXPONENT,
            KEYS,
            CLIENTS,
            REPLICAS,
            100 * share,
            100 * simulatedOffPrimary(balancer.members().ring(), 100),
            100 * simulatedOffPrimary(balancer.members().ring(), 10_000),
            replicas.stream().map(replica -> replica.peak.get()).toList(),
            CAP);
        assertThat(share).as("a hot key spills, and most keys stay").isBetween(0.02, 0.6);
        assertThat(value(balancer, "hashring_retries_total")).isZero();
      }
    } finally {
      BlockingFutures.await(vertx.close());
    }
  }

  /**
   * The share in a steady state with that many requests under way, the oldest of which ends when
   * one comes: the fewer there are, the more the share of a node is a matter of chance.
   */
  private static double simulatedOffPrimary(HashRing<Backend> ring, int underWay) {
    BoundedLoad<Backend> load =
        BoundedLoad.of(ConcurrentHashRing.of(ring), BoundedLoad.Bound.factor(1.25));
    Deque<Lease<Backend>> leases = new ArrayDeque<>();
    int off = 0;
    List<String> keys = zipfKeys(4 * underWay + REQUESTS);
    for (String key : keys) {
      if (leases.size() == underWay) {
        leases.remove().close();
      }
      leases.add(load.acquire(key));
      off += leases.getLast().node() == ring.locate(key) ? 0 : 1;
    }
    return off / (double) keys.size();
  }

  private static double requests(Balancer balancer) throws Exception {
    double sum = 0;
    for (int i = 1; i <= REPLICAS; i++) {
      double served =
          value(balancer, "hashring_requests_total{node=\"server" + i + "\",status=\"200\"}");
      sum += Double.isNaN(served) ? 0 : served;
    }
    return sum;
  }

  // One key

  /** An origin that holds its requests until the gate is open. */
  private static Origin gated(CountDownLatch gate) throws Exception {
    return Origin.start((head, in, out) -> {
      gate.await();
      out.write(Origin.OK.getBytes(StandardCharsets.US_ASCII));
    });
  }

  /** With three nodes and c = 1.25 the capacity is ceil(1.25 · (t + 1) / 3): 1, 1, 2, 2, 3, 3. */
  @Test
  void hotKey_spillsAlongItsPreferenceList() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    try (Origin one = gated(gate);
        Origin two = gated(gate);
        Origin three = gated(gate);
        Balancer balancer = Balancer.over(List.of(one.port(), two.port(), three.port()), BOUNDED)) {
      List<Backend> list = balancer.members().ring().preferenceList("hot").first(3);
      int[][] expected = {{1, 0, 0}, {1, 1, 0}, {2, 1, 0}, {2, 2, 0}, {3, 2, 0}, {3, 3, 0}};
      List<CompletableFuture<?>> answers = new ArrayList<>();
      for (int[] counts : expected) {
        answers.add(balancer.getAsync("/hot"));
        eventually(
            Arrays.toString(counts),
            () -> list.get(0).requests().count() == counts[0]
                && list.get(1).requests().count() == counts[1]
                && list.get(2).requests().count() == counts[2]);
      }
      String owner = list.get(0).name();
      assertThat(value(balancer, "hashring_node_capacity{node=\"" + owner + "\"}"))
          .as("ceil(1.25 · 7 / 3)")
          .isEqualTo(3);
      gate.countDown();
      for (CompletableFuture<?> answer : answers) {
        answer.get();
      }
      eventually(
          "leases come back",
          () -> value(balancer, "hashring_node_capacity{node=\"" + owner + "\"}") == 1);
      assertThat(balancer.nodeOf("/hot")).as("when there is room again").isEqualTo(owner);
      eventually(
          "3 of 7 were off their primary",
          () -> value(balancer, "hashring_requests_off_primary_total") == 3);
      assertThat(value(balancer, "hashring_retries_total"))
          .as("to spill is no retry")
          .isZero();
    } finally {
      gate.countDown();
    }
  }

  /** Who knows what a request costs says so; what says nothing valid is one unit. */
  @Test
  void units_areWhatTheHeaderSays() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    try (Origin one = gated(gate);
        Origin two = gated(gate);
        Balancer balancer = Balancer.over(
            List.of(one.port(), two.port()),
            "--check-interval",
            "60m",
            "--max-load",
            "1.5",
            "--max-load-units",
            "header:X-Cost")) {
      List<Backend> list = balancer.members().ring().preferenceList("hot").first(2);
      // 60 more would be 160 of at most ceil(1.5 · 160 / 2) = 120, and 1 more is 101 of 121
      // anything
      Object[][] steps = {
        {"100", 1, 0}, {"60", 1, 1}, {"1", 2, 1}, {"20", 3, 1},
        {"abc", 4, 1}, {"0", 5, 1}, {"-5", 6, 1}, {"9999999", 7, 1}
      };
      List<CompletableFuture<?>> answers = new ArrayList<>();
      for (Object[] step : steps) {
        answers.add(balancer.getAsync("/hot", "X-Cost", (String) step[0]));
        eventually(
            Arrays.toString(step),
            () -> list.get(0).requests().count() == (int) step[1]
                && list.get(1).requests().count() == (int) step[2]);
      }
      assertThat(balancer.held().get("leases")).isEqualTo(100 + 60 + 1 + 20 + 4);
      gate.countDown();
      for (CompletableFuture<?> answer : answers) {
        answer.get();
      }
      balancer.assertNothingIsHeld();
    } finally {
      gate.countDown();
    }
  }

  @Test
  void retry_takesALeaseOfItsOwn_andGivesTheFirstBack() throws Exception {
    try (Origin broken = Origin.hangingUp();
        Origin good = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(List.of(broken.port(), good.port()), BOUNDED)) {
      for (int i = 0; i < 50; i++) {
        assertThat(balancer.nodeOf("/" + i)).isEqualTo("server2");
      }
      assertThat(broken.heads()).isNotEmpty();
      eventually(
          "no lease is left: ceil(1.25 · 1 / 2)",
          () -> value(balancer, "hashring_node_capacity{node=\"server1\"}") == 1);
    }
  }

  @Test
  void onlyNode_staleConnection_isTriedAgain() throws Exception {
    AtomicInteger requests = new AtomicInteger();
    try (Origin origin = Origin.start((head, in, out) -> {
          if (requests.incrementAndGet() == 2) {
            throw new Origin.Hangup();
          }
          out.write(Origin.OK.getBytes(StandardCharsets.US_ASCII));
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), BOUNDED)) {
      assertThat(balancer.get("/1").statusCode()).isEqualTo(200);
      assertThat(balancer.get("/2").statusCode()).isEqualTo(200);
      assertThat(requests).hasValue(3);
    }
  }

  @Test
  void members_areFollowed() throws Exception {
    try (Balancer balancer = Balancer.start("--count", "2", "--max-load", "1.25")) {
      assertThat(balancer.get("/x").statusCode()).isEqualTo(200);
      balancer.remove("{\"n\":2}");
      AdminApiTest.assertFailure(balancer.get("/x"), 503, "no healthy replica");
      // under the same name again, and another server: nothing came in between
      balancer.add("{\"hostnames\":[\"server1\"]}");
      balancer.remove("{\"hostnames\":[\"server1\"]}");
      balancer.add("{\"hostnames\":[\"server1\"]}");
      assertThat(balancer.nodeOf("/x")).isEqualTo("server1");
    }
  }

  @Test
  void unhealthyNodes_areNoReasonToRefuse() throws Exception {
    Origin gone = Origin.answering(Origin.OK);
    CountDownLatch gate = new CountDownLatch(1);
    try (Origin good = gated(gate);
        Balancer balancer = Balancer.over(List.of(gone.port(), good.port()), BOUNDED)) {
      gone.close();
      List<CompletableFuture<?>> answers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        answers.add(balancer.getAsync("/" + i));
      }
      Backend left = balancer.members().named("server2").orElseThrow();
      eventually("it takes them all", () -> left.requests().count() == 20);
      gate.countDown();
      for (CompletableFuture<?> answer : answers) {
        answer.get();
      }
    } finally {
      gone.close();
      gate.countDown();
    }
  }
}
