package io.hashring.demo.proxy;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.BoundedLoad;
import io.hashring.BoundedLoad.Bound;
import io.hashring.BoundedLoad.Lease;
import io.hashring.demo.Balancer;
import io.hashring.demo.Origin;
import io.hashring.demo.cluster.Cluster;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Ejection;
import io.hashring.demo.membership.Health;
import io.hashring.demo.membership.Members;
import io.hashring.demo.membership.Membership;
import io.hashring.demo.membership.PaperPool;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Where a key is said to go is where its request goes. */
final class LocatorTest {

  // Against the rules of the bound

  private static byte[] bytes(String key) {
    return key.getBytes(StandardCharsets.UTF_8);
  }

  /** By whatever loads, weights and states: what a lease would be on, and no lease is taken. */
  @Test
  void locate_isTheNodeOfTheNextLease_andTakesNone() throws Exception {
    Membership membership = new Membership(
        new PaperPool(),
        Cluster.ofOne(),
        10,
        name -> new Health(name, 2, 3, Health.State.UP, Ejection.never()),
        Duration.ofSeconds(1),
        Duration.ZERO);
    Random random = new Random(151);
    int offOwner = 0;
    try {
      membership.begin(6);
      for (int round = 0; round < 40; round++) {
        for (String name : membership.current().names()) {
          membership.reweigh(name, random.nextInt(4));
        }
        membership.reweigh("server1", 1);
        Bound bound = Bound.factor(1.25).atLeast(random.nextInt(3));
        BoundedLoad<Backend> load = BoundedLoad.of(membership.ring(), bound);
        Members now = membership.current();
        for (Backend node : now.byAge()) {
          if (random.nextInt(4) == 0) {
            node.health().connectFailed("refused");
          }
        }
        List<Lease<Backend>> leases = new ArrayList<>();
        for (int i = random.nextInt(30); i > 0; i--) {
          load.tryAcquire("x" + random.nextInt(5), 1 + random.nextInt(3), node -> true)
              .ifPresent(leases::add);
        }
        Locator locator = new Locator(membership::current, load, bound);
        for (int i = 0; i < 50; i++) {
          byte[] key = bytes("key" + random.nextInt(1_000));
          Map<String, Long> before = load.loads();
          Locator.Location found = locator.locate(key);
          assertThat(load.loads()).as("no lease is taken").isEqualTo(before);
          Optional<Lease<Backend>> lease =
              load.tryAcquireAt(now.ring().position(key), 1, Backend::mayBegin);
          if (lease.isPresent()) {
            assertThat(found.node()).isSameAs(lease.get().node());
            lease.get().close();
            offOwner += found.why().equals("owner") ? 0 : 1;
          } else {
            assertThat(found.why()).startsWith("no replica is up");
          }
          assertThat(found.list())
              .extracting(Locator.Candidate::node)
              .containsExactlyElementsOf(now.ring().preferenceListAt(found.position()));
        }
        leases.forEach(Lease::close);
        for (String name : now.names()) { // up again, under another address
          membership.relocated(name, SocketAddress.inetSocketAddress(20_000 + round, "127.0.0.1"));
        }
      }
    } finally {
      membership.close();
    }
    assertThat(offOwner).as("keys that spill").isGreaterThan(200);
  }

  // Against the balancer

  private static JsonObject locate(Balancer balancer, String key) throws Exception {
    HttpResponse<String> answer = balancer.get("/_lb/locate?key=" + key);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return new JsonObject(answer.body());
  }

  private static void assertTrue(Balancer balancer, int keys, String why) throws Exception {
    int told = 0;
    for (int i = 0; i < keys; i++) {
      JsonObject found = locate(balancer, "k" + i);
      assertThat(balancer.nodeOf("/k" + i)).as(found.encode()).isEqualTo(found.getString("node"));
      told += found.getString("why").matches(why) ? 1 : 0;
    }
    assertThat(told).as("keys of which it says: " + why).isPositive();
  }

  @Test
  void locate_isWhereARequestGoes_whateverBecomesOfTheOwners() throws Exception {
    Origin two = Origin.answering(Origin.OK);
    try (Origin one = Origin.answering(Origin.OK);
        Origin three = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(
            List.of(one.port(), two.port(), three.port()), "--check-interval", "20ms")) {
      assertTrue(balancer, 25, "owner");
      two.close();
      eventually(
          "it is down", () -> !balancer.members().named("server2").orElseThrow().isEligible());
      assertTrue(balancer, 25, "owner is down: .*[Rr]efused.*, next of its list");
      balancer.call("PATCH", "/_lb/nodes/server3", "{\"weight\":0}");
      assertTrue(balancer, 25, "owner is down: .*, next of its list");
      balancer.call("PATCH", "/_lb/nodes/server1", "{\"weight\":0}");
      JsonObject none = locate(balancer, "k1");
      assertThat(none.getString("owner")).isEqualTo("server2");
      assertThat(none.getString("why")).startsWith("no replica is up");
      balancer.call("PATCH", "/_lb/nodes/server2", "{\"weight\":0}");
      assertThat(locate(balancer, "k1").getString("why"))
          .isEqualTo("no replica has a weight above 0");
      assertThat(balancer.get("/k1").statusCode()).isEqualTo(503);
    }
  }

  @Test
  void locate_whenNobodyIsUp_isWhoIsTriedAllTheSame() throws Exception {
    String failing = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    try (Origin one = Origin.answering(failing);
        Origin two = Origin.answering(failing);
        Balancer balancer = Balancer.over(
            List.of(one.port(), two.port()), "--check-interval", "20ms", "--check-status", "204")) {
      eventually(
          "all are down", () -> balancer.members().byAge().stream().noneMatch(Backend::isEligible));
      assertTrue(balancer, 6, "no replica is up, so it is tried all the same");
    }
  }

  @Test
  void locate_whenTheOwnerIsFull_isTheNext() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    Origin.Script gated = (head, in, out) -> {
      gate.await();
      out.write(Origin.OK.getBytes(StandardCharsets.US_ASCII));
    };
    try (Origin one = Origin.start(gated);
        Origin two = Origin.start(gated);
        Origin three = Origin.start(gated);
        Balancer balancer = Balancer.over(
            List.of(one.port(), two.port(), three.port()),
            "--check-interval",
            "60m",
            "--max-load",
            "1.25")) {
      List<CompletableFuture<HttpResponse<String>>> requests = new ArrayList<>();
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        JsonObject found = locate(balancer, "hot");
        expected.add(found.getString("node"));
        int under = i + 1;
        requests.add(balancer.getAsync("/hot"));
        eventually("it is under way", () -> balancer.held().get("leases") == under);
        if (i == 1) {
          assertThat(found.getString("why")).isEqualTo("owner is full (1 of 1), next of its list");
          assertThat(found.getJsonArray("list").getJsonObject(0).getInteger("inFlight"))
              .isEqualTo(1);
          assertThat(found.getJsonArray("list").getJsonObject(0).getInteger("cap"))
              .isEqualTo(1);
        }
      }
      gate.countDown();
      List<String> nodes = new ArrayList<>();
      for (CompletableFuture<HttpResponse<String>> request : requests) {
        nodes.add(Balancer.node(request.get()));
      }
      assertThat(expected).isEqualTo(nodes);
      assertThat(new HashSet<>(nodes)).as("it spilled").hasSize(3);
    } finally {
      gate.countDown();
    }
  }

  @Test
  void locate_whenTheOwnerLeft_isItsHeir() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    try (Origin slow = Origin.start((head, in, out) -> {
          arrived.countDown();
          gate.await();
          out.write(Origin.OK.getBytes(StandardCharsets.US_ASCII));
        });
        Origin well = Origin.answering(Origin.OK);
        Balancer balancer =
            Balancer.over(List.of(slow.port(), well.port()), "--check-interval", "60m")) {
      String key = "k0";
      for (int i = 0; !locate(balancer, key).getString("node").equals("server1"); i++) {
        key = "k" + i;
      }
      CompletableFuture<HttpResponse<String>> request = balancer.getAsync("/" + key);
      arrived.await();
      CompletableFuture<Integer> removal =
          CompletableFuture.supplyAsync(() -> removed(balancer, "{\"hostnames\":[\"server1\"]}"));
      eventually("it drains", () -> balancer.members().size() == 1);
      assertTrue(balancer, 25, "owner");
      gate.countDown();
      assertThat(Balancer.node(request.get())).isEqualTo("server1");
      assertThat(removal.get()).isEqualTo(200);
    } finally {
      gate.countDown();
    }
  }

  private static int removed(Balancer balancer, String body) {
    try {
      return balancer.remove(body).statusCode();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
