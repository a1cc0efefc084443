package io.hashring.demo;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.HashRing;
import io.hashring.demo.admin.AdminApiTest;
import io.hashring.demo.membership.Backend;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights at the start, in {@code /add} and by PATCH, and the slow start of a newcomer. */
final class WeightsTest {

  private static final int KEYS = 10_000;

  /** The time of the run that the docs tell of is 30 s: {@code -Dhashring.slowstart.seconds=30}. */
  private static final int SECONDS = Integer.getInteger("hashring.slowstart.seconds", 3);

  private static double weight(Balancer balancer, String name) {
    HashRing<Backend> ring = balancer.members().ring();
    return ring.weight(ring.find(name).orElseThrow());
  }

  private static Map<String, String> owners(HashRing<Backend> ring) {
    Map<String, String> owners = new HashMap<>();
    for (int i = 0; i < KEYS; i++) {
      owners.put("k/" + i, ring.locate("k/" + i).name());
    }
    return owners;
  }

  private static void assertMovedOnly(
      Map<String, String> before, Map<String, String> after, String to) {
    before.forEach((key, owner) ->
        assertThat(after.get(key)).as("of %s, which %s had", key, owner).isIn(owner, to));
  }

  private static String patch(Balancer balancer, String name, String weight) throws Exception {
    return balancer
        .call("PATCH", "/_lb/nodes/" + name, "{\"weight\":" + weight + "}")
        .body();
  }

  @Test
  void list_hasWeights() throws Exception {
    try (Origin one = Origin.answering(Origin.OK);
        Origin two = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.start(
            "--replicas", "a=127.0.0.1:" + one.port() + ",127.0.0.1:" + two.port() + "*2.5")) {
      assertThat(weight(balancer, "a")).isEqualTo(1);
      assertThat(weight(balancer, "server2")).isEqualTo(2.5);
      balancer.remove("{\"hostnames\":[\"server2\"]}");
      balancer.add("{\"n\":1}");
      assertThat(weight(balancer, "server2")).as("as listed").isEqualTo(2.5);
    }
  }

  @Test
  void add_hasWeights_byName_andForAll() throws Exception {
    try (Balancer balancer = Balancer.start("--count", "1")) {
      balancer.add("{\"hostnames\":[\"a\",\"b\"],\"weights\":{\"a\":2},\"weight\":0.5}");
      balancer.add("{\"n\":1}");
      assertThat(weight(balancer, "a")).isEqualTo(2);
      assertThat(weight(balancer, "b")).isEqualTo(0.5);
      assertThat(weight(balancer, "server1")).isEqualTo(1);
      assertThat(weight(balancer, "server2")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'hostnames':['a'],'weight':-1}          | weight must be 0, or from 0.01 to 100: -1",
        "{'hostnames':['a'],'weight':'2'}         | weight must be 0, or from 0.01 to 100: \"2\"",
        "{'hostnames':['a'],'weight':null}        | weight must be 0, or from 0.01 to 100: null",
        "{'hostnames':['a'],'weight':1e300}       | weight must be 0, or from 0.01 to 100: 1.0E3",
        "{'hostnames':['a'],'weights':[2]}        | weights must be an object",
        "{'hostnames':['a'],'weights':{'a':101}}  | the weight of a must be 0, or from 0.01 to",
        "{'hostnames':['a'],'weights':{'b':1}}    | weights must be of replicas that are added",
        "{'n':1,'hostnames':['a','b'],'weights':{'b':1}} | that are added, [a]: b",
      })
  void add_weightThatIsNone_leavesNoTrace(String body, String message) throws Exception {
    try (Balancer balancer = Balancer.start("--count", "1")) {
      AdminApiTest.assertFailure(balancer.add(body.replace('\'', '"')), 400, message);
      assertThat(balancer.members().version()).isEqualTo(1);
    }
  }

  @Test
  void patch_movesKeysOnlyToWhoWeighsMore_andFromWhoWeighsLess() throws Exception {
    try (Balancer balancer = Balancer.start()) {
      Map<String, String> before = owners(balancer.members().ring());
      String answer = patch(balancer, "server2", "2");
      assertThat(answer).contains("\"N\":3");
      Map<String, String> heavier = owners(balancer.members().ring());
      assertMovedOnly(before, heavier, "server2");
      assertThat(heavier).isNotEqualTo(before);
      JsonObject change =
          new JsonObject(balancer.get("/_lb/ring").body()).getJsonObject("lastChange");
      assertThat(change.getJsonArray("reweighted").getJsonObject(0).encode())
          .isEqualTo("{\"node\":\"server2\",\"from\":1.0,\"to\":2.0}");
      patch(balancer, "server2", "1");
      assertThat(owners(balancer.members().ring())).isEqualTo(before);
    }
  }

  @Test
  void patch_0_drains_whatIsUnderWayEnds_andTheMemberStays() throws Exception {
    CompletableFuture<Void> gate = new CompletableFuture<>();
    try (Origin slow = Origin.start((head, in, out) -> {
          gate.get(20, TimeUnit.SECONDS);
          out.write(Origin.OK.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        });
        Origin other = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(List.of(slow.port(), other.port()))) {
      String key = keyOf(balancer, "server1");
      var underWay = balancer.getAsync("/" + key);
      eventually("it is there", () -> slow.heads().size() == 1);
      patch(balancer, "server1", "0");
      assertThat(balancer.replicas()).containsExactly("server1", "server2");
      assertThat(balancer.nodeOf("/" + key)).isEqualTo("server2");
      JsonObject node = node(balancer, "server1");
      assertThat(node.getDouble("weight")).isZero();
      assertThat(node.getDouble("share")).isZero();
      assertThat(node.getInteger("inFlight")).as("what it still has").isEqualTo(1);
      gate.complete(null);
      assertThat(underWay.get().statusCode()).isEqualTo(200);
      assertThat(balancer.nodeOf("/" + key)).isEqualTo("server2");
      patch(balancer, "server1", "1");
      assertThat(balancer.nodeOf("/" + key)).isEqualTo("server1");
    }
  }

  @Test
  void patch_0_ofAll_is503_andNoMetricOrViewBreaks() throws Exception {
    for (String[] options : new String[][] {{}, {"--max-load", "1.5"}}) {
      try (Balancer balancer = Balancer.start(options)) {
        for (String name : balancer.replicas()) {
          patch(balancer, name, "0");
        }
        AdminApiTest.assertFailure(balancer.get("/x"), 503, "no healthy replica");
        assertThat(balancer.get("/_lb/ready").statusCode()).isEqualTo(503);
        assertThat(balancer.get("/_lb/metrics").statusCode()).isEqualTo(200);
        assertThat(balancer.get("/_lb/ring").statusCode()).isEqualTo(200);
        patch(balancer, "server1", "1");
        assertThat(balancer.nodeOf("/x")).isEqualTo("server1");
      }
    }
  }

  private static String keyOf(Balancer balancer, String name) {
    for (int i = 0; true; i++) {
      if (balancer.members().ring().locate("" + i).name().equals(name)) {
        return "" + i;
      }
    }
  }

  private static JsonObject node(Balancer balancer, String name) throws Exception {
    return new JsonObject(balancer.get("/_lb/ring").body())
        .getJsonArray("nodes").stream()
            .map(JsonObject.class::cast)
            .filter(node -> node.getString("name").equals(name))
            .findFirst()
            .orElseThrow();
  }

  @Test
  void patch_ofNobody_is404() throws Exception {
    try (Balancer balancer = Balancer.start()) {
      AdminApiTest.assertFailure(
          balancer.call("PATCH", "/_lb/nodes/server9", "{\"weight\":1}"),
          404,
          "there is no replica of this name, but [server1, server2, server3]: server9");
      assertThat(balancer.call("GET", "/_lb/nodes/server1", "").statusCode()).isEqualTo(405);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "2",
        "{}",
        "{\"weight\":\"2\"}",
        "{\"weight\":-1}",
        "{\"weight\":0.001}",
        "{\"weight\":NaN}",
        "{\"weight\":1e9}",
        "{\"weight\":1,\"wieght\":2}"
      })
  void patch_ofNoWeight_is400_andLeavesNoTrace(String body) throws Exception {
    try (Balancer balancer = Balancer.start("--count", "1")) {
      var answer = balancer.call("PATCH", "/_lb/nodes/server1", body);
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains("weight");
      assertThat(balancer.members().version()).isEqualTo(1);
    }
  }

  @Test
  void weight_worthNoPoint_isRefused() throws Exception {
    try (Balancer balancer = Balancer.start("--points", "10")) {
      assertThat(patch(balancer, "server1", "0.01"))
          .contains("must be worth a point, of which there are 10 for 1 (--points): 0.01");
    }
  }

  @Test
  void points_ofAll_areBounded() throws Exception {
    try (Balancer balancer = Balancer.start("--points", "10000", "--count", "1")) {
      StringBuilder names = new StringBuilder("\"n0\"");
      for (int i = 1; i < 8; i++) {
        names.append(",\"n").append(i).append('"');
      }
      AdminApiTest.assertFailure(
          balancer.add("{\"hostnames\":[" + names + "],\"weight\":100}"),
          400,
          "all weights times --points must be at most 8000000: 8010000");
      assertThat(balancer.replicas()).containsExactly("server1");
    }
  }

  // Bounded load

  @Test
  void maxLoadFloor_keepsFewRequestsAtTheirOwner() throws Exception {
    CompletableFuture<Void> gate = new CompletableFuture<>();
    try (Balancer balancer = gated(gate, "--max-load", "1.25", "--max-load-floor", "4")) {
      List<CompletableFuture<java.net.http.HttpResponse<String>>> answers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        answers.add(balancer.getAsync("/hot"));
      }
      String owner = balancer.members().ring().locate("hot").name();
      eventually(
          "six are under way",
          () -> balancer.members().byAge().stream()
                  .mapToInt(b -> b.requests().count())
                  .sum()
              == 6);
      assertThat(balancer.members().named(owner).orElseThrow().requests().count())
          .isEqualTo(4);
      gate.complete(null);
      for (var answer : answers) {
        assertThat(answer.get().statusCode()).isEqualTo(200);
      }
    }
  }

  private Balancer gated(CompletableFuture<Void> gate, String... options) throws Exception {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      ports.add(Origin.start((head, in, out) -> {
            gate.get(20, TimeUnit.SECONDS);
            out.write(Origin.OK.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
          })
          .port());
    }
    return Balancer.over(ports, options);
  }

  // Slow start

  /** One ring after the other, as the newcomer's weight rises, while GETs come at a steady rate. */
  @Test
  void slowStart_keysMoveOnlyToTheNewcomer_itsShareFollowsTheSchedule_andNoGetFails()
      throws Exception {
    ScheduledExecutorService clients = Executors.newScheduledThreadPool(1);
    List<HashRing<Backend>> rings = new ArrayList<>();
    List<Long> times = new ArrayList<>();
    List<CompletableFuture<java.net.http.HttpResponse<String>>> answers = new ArrayList<>();
    try (Balancer balancer = Balancer.start("--slow-start", SECONDS + "s")) {
      rings.add(balancer.members().ring());
      var load = clients.scheduleAtFixedRate(
          () -> answers.add(balancer.getAsync("/k/" + answers.size())),
          0,
          5,
          TimeUnit.MILLISECONDS);
      long start = System.nanoTime();
      balancer.add("{\"hostnames\":[\"new\"],\"weight\":2}");
      HashRing<Backend> last = rings.get(0);
      long deadline = start + TimeUnit.SECONDS.toNanos(SECONDS + 20);
      while (System.nanoTime() < deadline
          && !(last.contains("new") && weight(balancer, "new") == 2 && rings.size() > 10)) {
        HashRing<Backend> now = balancer.members().ring();
        if (now != last) {
          rings.add(now);
          times.add(System.nanoTime() - start);
          last = now;
        }
        TimeUnit.MICROSECONDS.sleep(200);
      }
      load.cancel(false);
      clients.shutdown();
      assertThat(clients.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
      assertThat(rings).as("the one before, and ten steps").hasSize(11);
      for (int step = 1; step <= 10; step++) {
        HashRing<Backend> ring = rings.get(step);
        Backend newcomer = ring.find("new").orElseThrow();
        assertThat(ring.weight(newcomer)).isEqualTo(2 * step / 10.0);
        Map<String, String> before = owners(rings.get(step - 1));
        Map<String, String> after = owners(ring);
        assertMovedOnly(before, after, "new");
        // By weight w / (3 + w). A share made of n points has a standard deviation of its mean
        // over sqrt(n), and more by what the others' points differ: four of both.
        double w = 2 * step / 10.0;
        double expected = w / (3 + w);
        double share = ring.ownership().share(newcomer);
        assertThat(share)
            .isBetween(
                expected * (1 - 4 / Math.sqrt(160 * w) - 0.05),
                expected * (1 + 4 / Math.sqrt(160 * w) + 0.05));
        long got = after.values().stream().filter("new"::equals).count();
        assertThat(got / (double) KEYS)
            .as("what keys say of the share, within four standard deviations")
            .isBetween(
                share - 4 * Math.sqrt(share * (1 - share) / KEYS),
                share + 4 * Math.sqrt(share * (1 - share) / KEYS));
        double due = (step - 1) * SECONDS / 9.0;
        System.out.printf(
            "slow start: step %d at %.2f s (due %.2f), weight %.1f, share %.3f (by weight %.3f)%n",
            step, times.get(step - 1) / 1e9, due, w, share, expected);
        assertThat(times.get(step - 1) / 1e9).as("no step comes early").isGreaterThan(due);
      }
      long failed = 0;
      long toNewcomer = 0;
      for (var answer : answers) {
        failed += answer.get().statusCode() == 200 ? 0 : 1;
        toNewcomer += Balancer.node(answer.get()).equals("new") ? 1 : 0;
      }
      System.out.printf(
          "slow start: %d GETs, %d failed, %d to the newcomer%n",
          answers.size(), failed, toNewcomer);
      assertThat(failed).isZero();
      assertThat(toNewcomer).isPositive();
      assertThat(answers.size()).isGreaterThan(SECONDS * 100);
    } finally {
      clients.shutdownNow();
    }
  }

  @Test
  void slowStart_patchEndsIt() throws Exception {
    try (Balancer balancer = Balancer.start("--slow-start", "1m")) {
      balancer.add("{\"hostnames\":[\"new\"]}");
      assertThat(weight(balancer, "new")).isEqualTo(0.1);
      assertThat(node(balancer, "new").getDouble("weight")).isEqualTo(1);
      assertThat(node(balancer, "new").getDouble("weightNow")).isEqualTo(0.1);
      patch(balancer, "new", "1");
      assertThat(weight(balancer, "new")).isEqualTo(1);
    }
  }
}
