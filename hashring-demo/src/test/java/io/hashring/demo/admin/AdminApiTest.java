package io.hashring.demo.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.hashring.demo.Balancer;
import io.hashring.demo.LoadBalancerTest;
import io.hashring.demo.RawClient;
import io.hashring.demo.http.HttpLimits;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

public final class AdminApiTest {

  private Balancer balancer;

  @BeforeEach
  void start() throws Exception {
    balancer = Balancer.start();
  }

  @AfterEach
  void stop() {
    balancer.close();
  }

  // /rep

  @Test
  void rep_atTheStart() throws Exception {
    HttpResponse<String> answer = balancer.get("/rep");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    assertThat(answer.headers().firstValue("X-Hashring-Node")).isEmpty();
    assertThat(answer.body())
        .isEqualTo("{\"message\":{\"N\":3,\"replicas\":[\"server1\",\"server2\",\"server3\"]},"
            + "\"status\":\"successful\"}");
  }

  @Test
  void rep_withQuery() throws Exception {
    assertThat(Balancer.replicas(balancer.get("/rep?x=1"))).hasSize(3);
  }

  @Test
  void rep_head() throws Exception {
    String answer = LoadBalancerTest.raw(
        balancer.port(), "HEAD /rep HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 200").endsWith("\r\n\r\n");
  }

  @Test
  void rep_otherMethod() throws Exception {
    HttpResponse<String> answer = balancer.call("POST", "/rep", "{}");
    assertFailure(answer, 405, "/rep takes GET, HEAD, not POST");
    assertThat(answer.headers().firstValue("allow")).contains("GET, HEAD");
  }

  // /add

  @Test
  void add_named() throws Exception {
    HttpResponse<String> answer = balancer.add("{\"n\":2,\"hostnames\":[\"s4\",\"s5\"]}");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(Balancer.replicas(answer))
        .containsExactly("server1", "server2", "server3", "s4", "s5");
    assertThat(balancer.replicas()).isEqualTo(Balancer.replicas(answer));
  }

  @Test
  void add_withoutN() throws Exception {
    assertThat(Balancer.replicas(balancer.add("{\"hostnames\":[\"s4\",\"s5\"]}")))
        .endsWith("s4", "s5");
  }

  @Test
  void add_fewerThanNamed() throws Exception {
    balancer.add("{\"n\":1,\"hostnames\":[\"s4\",\"s5\"]}");
    assertThat(balancer.replicas()).containsExactly("server1", "server2", "server3", "s4");
  }

  @Test
  void add_moreThanNamed() throws Exception {
    balancer.add("{\"n\":3,\"hostnames\":[\"server4\"]}");
    assertThat(balancer.replicas())
        .containsExactly("server1", "server2", "server3", "server4", "server5", "server6");
  }

  @Test
  void add_withoutNames() throws Exception {
    balancer.add("{\"n\":1}");
    assertThat(balancer.replicas()).endsWith("server4");
  }

  @Test
  void add_newReplicaTakesRequests() throws Exception {
    balancer.add("{\"n\":1,\"hostnames\":[\"s4\"]}");
    List<String> answered = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      HttpResponse<String> answer = balancer.get("/home?" + i + "/" + i);
      answered.add(Balancer.node(balancer.get("/" + i)));
      assertThat(answer.body())
          .isEqualTo("{\"message\":\"Hello from Server: " + Balancer.node(answer)
              + "\",\"status\":\"successful\"}");
    }
    assertThat(answered).contains("s4");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{\"n\":1",
        "null",
        "[]",
        "[1]",
        "1",
        "\"x\"",
        "n=1",
        "{\"n\":1,}",
        "\u0000"
      })
  void add_malformedJson(String body) throws Exception {
    assertRefused(balancer.add(body), "the body must be a JSON object");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-1",
        "\"x\"",
        "\"1\"",
        "1.5",
        "2.0",
        "null",
        "true",
        "[1]",
        "{}",
        "99999999999999999999",
        "4294967297"
      })
  void add_nNotPositiveInteger(String n) throws Exception {
    assertRefused(
        balancer.add("{\"n\":" + n + ",\"hostnames\":[\"s4\"]}"), "n must be a positive integer: ");
  }

  @Test
  void add_nothingAsked() throws Exception {
    assertRefused(balancer.add("{}"), "the body must have n, or hostnames, or both");
    assertRefused(
        balancer.add("{\"hostnames\":[]}"), "the body must have n, or hostnames, or both");
  }

  @Test
  void add_nameTaken() throws Exception {
    assertRefused(
        409,
        balancer.add("{\"n\":2,\"hostnames\":[\"s4\",\"server2\"]}"),
        "hostnames must be new, but this one is taken: server2");
  }

  @Test
  void add_nameTwice() throws Exception {
    assertRefused(
        balancer.add("{\"n\":2,\"hostnames\":[\"s4\",\"s4\"]}"),
        "hostnames must name each replica once: s4");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"\"",
        "\"a b\"",
        "\" s4\"",
        "\"-s4\"",
        "\"s4\\n\"",
        "\"a/b\"",
        "\"a:1\"",
        "\"é\"",
        "4",
        "null",
        "[\"s4\"]"
      })
  void add_invalidName(String name) throws Exception {
    assertRefused(
        balancer.add("{\"n\":1,\"hostnames\":[\"s9\"," + name + "]}"),
        "each of hostnames must have 1 to 63 letters");
  }

  @Test
  void add_nameOf300Characters() throws Exception {
    assertRefused(
        balancer.add("{\"n\":1,\"hostnames\":[\"" + "s".repeat(300) + "\"]}"),
        "each of hostnames must have 1 to 63 letters");
    assertThat(
            balancer.add("{\"n\":1,\"hostnames\":[\"" + "s".repeat(63) + "\"]}").statusCode())
        .isEqualTo(200);
  }

  @Test
  void add_hostnamesNotAList() throws Exception {
    assertRefused(
        balancer.add("{\"n\":1,\"hostnames\":\"s4\"}"),
        "hostnames must be a list of names: \"s4\"");
  }

  @Test
  void add_tooMany() throws Exception {
    assertRefused(
        balancer.add("{\"n\":254}"), "n must leave at most 256 replicas, 3 run already: 254");
    assertRefused(balancer.add("{\"n\":2147483647}"), "n must leave at most 256 replicas");
  }

  @Test
  void add_bodyTooLarge() throws Exception {
    String padding = " ".repeat(HttpLimits.ADMIN_BODY);
    assertFailure(
        balancer.add("{\"n\":1" + padding + "}"), 413, "the body must have at most 65536 bytes");
    assertThat(balancer.replicas()).hasSize(3);
  }

  @Test
  void add_otherMethod() throws Exception {
    assertFailure(balancer.get("/add"), 405, "/add takes POST, not GET");
  }

  // /rm

  @Test
  void rm_named() throws Exception {
    HttpResponse<String> answer = balancer.remove("{\"n\":1,\"hostnames\":[\"server2\"]}");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(Balancer.replicas(answer)).containsExactly("server1", "server3");
    assertThat(balancer.replicas()).containsExactly("server1", "server3");
  }

  @Test
  void rm_byPost() throws Exception {
    assertThat(Balancer.replicas(balancer.call("POST", "/rm", "{\"hostnames\":[\"server1\"]}")))
        .containsExactly("server2", "server3");
  }

  @Test
  void rm_fewerThanNamed() throws Exception {
    balancer.remove("{\"n\":1,\"hostnames\":[\"server1\",\"server2\"]}");
    assertThat(balancer.replicas()).containsExactly("server2", "server3");
  }

  @Test
  void rm_moreThanNamed_takesTheNewest() throws Exception {
    balancer.add("{\"hostnames\":[\"a\"]}"); // the newest, though first by name
    balancer.remove("{\"n\":2,\"hostnames\":[\"server1\"]}");
    assertThat(balancer.replicas()).containsExactly("server2", "server3");
  }

  @Test
  void rm_withoutNames_takesTheNewest() throws Exception {
    balancer.remove("{\"n\":2}");
    assertThat(balancer.replicas()).containsExactly("server1");
  }

  @Test
  void rm_nameUnknown() throws Exception {
    assertRefused(
        balancer.remove("{\"n\":2,\"hostnames\":[\"server1\",\"s9\"]}"),
        "hostnames must be among [server1, server2, server3]: s9");
  }

  @Test
  void rm_moreThanThereAre() throws Exception {
    assertRefused(balancer.remove("{\"n\":4}"), "n must be at most 3, the replicas there are: 4");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "{\"n\":0}", "{\"n\":\"x\"}", "{\"hostnames\":[\"a b\"]}", "{}"})
  void rm_badBody(String body) throws Exception {
    assertRefused(balancer.remove(body), "must");
  }

  @Test
  void rm_all_thenAddAgain() throws Exception {
    assertThat(Balancer.replicas(balancer.remove("{\"n\":3}"))).isEmpty();
    assertFailure(balancer.get("/x"), 503, "no healthy replica");
    assertThat(balancer.get("/_lb/health").statusCode()).isEqualTo(503);
    balancer.add("{\"n\":1}");
    assertThat(balancer.nodeOf("/x")).isEqualTo("server1");
  }

  @Test
  void addAndRm_concurrently_noneIsLost() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<HttpResponse<String>>> calls = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        String name = "s" + i;
        calls.add(() -> balancer.add("{\"hostnames\":[\"" + name + "\"]}"));
      }
      calls.add(() -> balancer.remove("{\"hostnames\":[\"server1\",\"server2\",\"server3\"]}"));
      for (Future<HttpResponse<String>> call : threads.invokeAll(calls)) {
        assertThat(call.get().statusCode()).isEqualTo(200);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(balancer.replicas())
        .containsExactlyInAnyOrder(
            "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13",
            "s14", "s15");
  }

  // /_lb

  @Test
  void ring_asJson() throws Exception {
    JsonObject ring = new JsonObject(balancer.get("/_lb/ring").body());
    assertThat(ring.getInteger("points")).isEqualTo(3 * 160);
    assertThat(ring.getString("checksum")).matches("[0-9a-f]{16}");
    JsonArray nodes = ring.getJsonArray("nodes");
    assertThat(nodes.stream().map(node -> ((JsonObject) node).getString("name")))
        .containsExactly("server1", "server2", "server3");
    double shares = nodes.stream()
        .mapToDouble(node -> ((JsonObject) node).getDouble("share"))
        .sum();
    assertThat(shares).isCloseTo(1.0, within(1e-9));
  }

  @Test
  void ring_checksum_afterAddAndRm_isAsBefore() throws Exception {
    String before = new JsonObject(balancer.get("/_lb/ring").body()).getString("checksum");
    balancer.add("{\"n\":1}");
    String grown = new JsonObject(balancer.get("/_lb/ring").body()).getString("checksum");
    balancer.remove("{\"n\":1}");
    String after = new JsonObject(balancer.get("/_lb/ring").body()).getString("checksum");
    assertThat(grown).isNotEqualTo(before);
    assertThat(after).isEqualTo(before);
  }

  @Test
  void ring_lastChange_whenOneCame() throws Exception {
    Instant before = Instant.now();
    balancer.add("{\"n\":1}");
    JsonObject ring = new JsonObject(balancer.get("/_lb/ring").body());
    JsonObject change = ring.getJsonObject("lastChange");
    assertThat(ring.getInteger("version")).isEqualTo(2);
    assertThat(Instant.parse(change.getString("at"))).isBetween(before, Instant.now());
    assertThat(change.getJsonArray("joined")).containsExactly("server4");
    assertThat(change.getJsonArray("left")).isEmpty();
    assertThat(change.getDouble("moved"))
        .as("what moved is what the new one has")
        .isCloseTo(ring.getJsonArray("nodes").getJsonObject(3).getDouble("share"), within(1e-12));
    assertThat(moves(change))
        .extracting(move -> move.getString("from"), move -> move.getString("to"))
        .containsExactly(
            tuple("server1", "server4"), tuple("server2", "server4"), tuple("server3", "server4"));
    assertThat(
            moves(change).stream().mapToDouble(move -> move.getDouble("share")).sum())
        .isCloseTo(change.getDouble("moved"), within(1e-12));
  }

  @Test
  void ring_lastChange_whenOneLeft_isTheOtherWayRound() throws Exception {
    balancer.add("{\"n\":1}");
    JsonObject came = lastChange();
    balancer.remove("{\"n\":1}");
    JsonObject left = lastChange();
    assertThat(left.getJsonArray("joined")).isEmpty();
    assertThat(left.getJsonArray("left")).containsExactly("server4");
    assertThat(left.getDouble("moved")).isEqualTo(came.getDouble("moved"));
    assertThat(moves(left))
        .extracting(move -> move.getString("to"), move -> move.getDouble("share"))
        .containsExactlyElementsOf(moves(came).stream()
            .map(move -> tuple(move.getString("from"), move.getDouble("share")))
            .toList());
  }

  @Test
  void ring_lastChange_fromAndToNothing() throws Exception {
    assertThat(moves(lastChange()))
        .allMatch(move -> move.getValue("from") == null)
        .extracting(move -> move.getString("to"))
        .containsExactly("server1", "server2", "server3");
    assertThat(lastChange().getDouble("moved")).isEqualTo(1);
    balancer.remove("{\"n\":3}");
    assertThat(moves(lastChange()))
        .allMatch(move -> move.getValue("to") == null)
        .hasSize(3);
    assertThat(lastChange().getDouble("moved")).isEqualTo(1);
  }

  @Test
  void ring_refusedChange_isNone() throws Exception {
    JsonObject before = new JsonObject(balancer.get("/_lb/ring").body());
    balancer.add("{\"hostnames\":[\"server1\"]}");
    assertThat(new JsonObject(balancer.get("/_lb/ring").body())).isEqualTo(before);
  }

  private JsonObject lastChange() throws Exception {
    return new JsonObject(balancer.get("/_lb/ring").body()).getJsonObject("lastChange");
  }

  private static List<JsonObject> moves(JsonObject change) {
    return change.getJsonArray("moves").stream().map(JsonObject.class::cast).toList();
  }

  @Test
  void health_whenItCanRoute() throws Exception {
    HttpResponse<String> answer = balancer.get("/_lb/health");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .isEqualTo("{\"status\":\"up\",\"replicas\":{\"server1\":\"up\",\"server2\":\"up\","
            + "\"server3\":\"up\"}}");
  }

  @Test
  void lb_unknownPath() throws Exception {
    assertFailure(balancer.get("/_lb/nothing"), 404, "no /_lb/nothing");
  }

  @Test
  void reservedPath_onlyAsItIsWritten() throws Exception {
    for (String path : List.of("/rep/", "/Rep", "/%72ep", "/x/../rep", "//rep", "/_lbx")) {
      assertThat(balancer.nodeOf(path)).as(path).startsWith("server");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "POST,   /add,         '{\"n\":1}'",
    "DELETE, /rm,          '{\"n\":1}'",
    "POST,   /rm,          '{\"n\":1}'",
    "GET,    /_lb/ring,    ''",
    "GET,    /_lb/metrics, ''",
    "GET,    /_lb/health,  ''",
    "GET,    /_lb/nothing, ''",
    "PUT,    /_lb/ring,    ''",
  })
  void token_guards(String method, String path, String body) throws Exception {
    try (Balancer guarded = Balancer.start("--admin-token", "s3cret", "--count", "2")) {
      for (String given : List.of(
          "",
          "s3cret",
          "Basic s3cret",
          "bearer s3cret",
          "Bearer ",
          "Bearer s3cre",
          "Bearer s3cret2",
          "Bearer S3CRET",
          "Bearer  s3cret",
          "Bearer s3cre\u00e9")) {
        try (RawClient client = RawClient.to(guarded)) {
          client.send(method + " " + path + " HTTP/1.1\r\nHost: x\r\n"
              + (given.isEmpty() ? "" : "Authorization: " + given + "\r\n")
              + "Content-Length: " + body.length() + "\r\n\r\n" + body);
          RawClient.Answer answer = client.read();
          assertThat(answer.status()).as(given).isEqualTo(401);
          assertThat(answer.values("WWW-Authenticate")).containsExactly("Bearer");
          assertThat(answer.body()).doesNotContain("s3cret", "server1");
        }
      }
      assertThat(guarded.replicas()).as("nothing is changed").containsExactly("server1", "server2");
      HttpResponse<String> entered = guarded.send(guarded
          .request(path)
          .header("Authorization", "Bearer s3cret")
          .method(method, BodyPublishers.ofString(body)));
      assertThat(entered.statusCode()).isNotEqualTo(401);
      assertThat(guarded.get("/anything").statusCode()).isEqualTo(200);
    }
  }

  /** However a target names a reserved path, the guard reads the path that is served. */
  @Test
  void token_guards_absoluteTargets() throws Exception {
    try (Balancer guarded = Balancer.start("--admin-token", "s3cret", "--count", "1");
        RawClient client = RawClient.to(guarded)) {
      client.send("GET http://x/_lb/ring HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(401);
    }
  }

  // Whose requests are let in, by Host

  private static String post(String target, String host, String headers) {
    String body = "{\"hostnames\":[\"s4\"]}";
    return "POST " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "Content-Length: "
        + body.length() + "\r\n\r\n" + body;
  }

  private static RawClient.Answer ask(Balancer asked, String request) throws Exception {
    try (RawClient client = RawClient.to(asked)) {
      client.send(request);
      return client.read(request.substring(0, request.indexOf(' ')));
    }
  }

  /** The names of a page whose site now leads here, and what is like them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:5055",
        "EVIL.example.",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.1",
        "2130706433",
        "10.0.0.1:5000",
        "[2001:db8::1]:5000",
        "localhost..",
        "lb.example.com.evil.example"
      })
  void host_ofAnotherSite_isRefused(String host) throws Exception {
    try (Balancer open = Balancer.start("--count", "1", "--admin-host", "lb.example.com")) {
      String origin = "Origin: http://" + host + "\r\n";
      assertThat(ask(open, post("/add", host, origin)).status()).isEqualTo(403);
      assertThat(ask(open, post("/add", host, "")).status()).isEqualTo(403);
      assertThat(ask(open, post("http://" + host + "/add", host, "")).status()).isEqualTo(403);
      for (String method : List.of("GET", "HEAD", "OPTIONS")) {
        for (String path : List.of("/add", "/rm", "/_lb/ring")) {
          String request = method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
          assertThat(ask(open, request).status()).as(request).isEqualTo(403);
        }
      }
      assertThat(open.replicas()).containsExactly("server1");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.0.0.1:1",
        "127.9.9.9",
        "localhost:8080",
        "LOCALHOST",
        "localhost.",
        "[::1]",
        "[0:0:0:0:0:0:0:1]:80",
        "[::ffff:127.0.0.1]:80",
        "lb.example.com",
        "LB.Example.Com.:443",
        "other.example"
      })
  void host_ofThisBalancer_isLetIn(String host) throws Exception {
    try (Balancer open =
        Balancer.start("--count", "1", "--admin-host", "lb.example.com,other.example")) {
      assertThat(ask(open, post("/add", host, "")).status()).isEqualTo(200);
      assertThat(ask(open, post("http://" + host + "/rm", host, "")).status()).isEqualTo(200);
    }
  }

  @Test
  void host_doesNotMatter_withTheToken_norToMonitors() throws Exception {
    try (Balancer guarded = Balancer.start("--count", "1", "--admin-token", "s3cret")) {
      String token = "Authorization: Bearer s3cret\r\n";
      assertThat(ask(guarded, post("/add", "lb.example.com", token)).status()).isEqualTo(200);
      assertThat(ask(guarded, post("/add", "evil.example", "")).status()).isEqualTo(401);
    }
    for (String path : List.of("/_lb/metrics", "/_lb/health", "/_lb/ready", "/_lb/live", "/rep")) {
      String request = "GET " + path + " HTTP/1.1\r\nHost: balancer:5000\r\n\r\n";
      assertThat(ask(balancer, request).status()).as(path).isEqualTo(200);
    }
  }

  @Test
  void live_andReady_needNoToken() throws Exception {
    try (Balancer guarded = Balancer.start("--count", "1", "--admin-token", "s3cret")) {
      assertThat(guarded.get("/_lb/live").body()).isEqualTo("{\"status\":\"live\"}");
      assertThat(guarded.get("/_lb/ready").body()).isEqualTo("{\"status\":\"ready\"}");
      assertThat(guarded.get("/_lb/ready").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void ready_withoutAReplica_isNot_thoughAlive() throws Exception {
    balancer.remove("{\"n\":3}");
    HttpResponse<String> answer = balancer.get("/_lb/ready");
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("no replica is up");
    assertThat(balancer.get("/_lb/live").statusCode()).isEqualTo(200);
  }

  @Test
  void token_isNotForwarded_norShown() throws Exception {
    try (Balancer guarded = Balancer.start("--admin-token", "s3cret", "--count", "1")) {
      for (String path : List.of("/_lb/ring", "/_lb/metrics", "/_lb/health")) {
        assertThat(guarded.get(path, "Authorization", "Bearer s3cret").body())
            .doesNotContain("s3cret");
      }
    }
  }

  @Test
  void otherSites_mayNotChangeMembers() throws Exception {
    for (String path : List.of("/add", "/rm")) {
      for (String origin : List.of("http://evil.example", "null", "http://127.0.0.1:1")) {
        assertFailure(
            balancer.send(balancer
                .request(path)
                .header("Origin", origin)
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("{\"n\":1}"))),
            403,
            "other sites");
      }
    }
    assertThat(balancer.replicas()).hasSize(3);
    HttpResponse<String> own = balancer.send(balancer
        .request("/rm")
        .header("Origin", "http://127.0.0.1:" + balancer.port())
        .POST(BodyPublishers.ofString("{\"n\":1}")));
    assertThat(Balancer.replicas(own)).hasSize(2);
  }

  /** What a client sent may come back in a message, but never as a page. */
  @ParameterizedTest
  @ValueSource(strings = {"/_lb/<script>alert(1)</script>", "/_lb/%3Cscript%3E"})
  void input_isNotReflectedAsHtml(String path) throws Exception {
    try (RawClient client = RawClient.to(balancer)) {
      client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
      RawClient.Answer answer = client.read();
      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.values("Content-Type")).containsExactly("application/json");
      assertThat(answer.values("X-Content-Type-Options")).containsExactly("nosniff");
    }
    HttpResponse<String> refused = balancer.add("{\"hostnames\":[\"<script>\"]}");
    assertThat(refused.headers().firstValue("content-type")).contains("application/json");
    assertThat(refused.headers().firstValue("x-content-type-options")).contains("nosniff");
  }

  @Test
  void body_thatDoesNotEnd_isRefusedAtItsLimit() throws Exception {
    try (RawClient client = RawClient.to(balancer)) {
      client.send("POST /add HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (int i = 0; i <= HttpLimits.ADMIN_BODY / 1024; i++) {
        client.send("400\r\n" + " ".repeat(1024) + "\r\n");
      }
      assertThat(client.read("POST").status()).isEqualTo(413);
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void body_thatBreaks_changesNothing() throws Exception {
    try (RawClient client = RawClient.to(balancer)) {
      client.send("POST /add HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
          + "7\r\n{\"n\":1}\r\nzz\r\n");
      assertThat(client.read("POST").status()).isEqualTo(400);
      assertThat(client.isClosed()).isTrue();
    }
    assertThat(balancer.replicas()).hasSize(3);
  }

  private void assertRefused(HttpResponse<String> answer, String message) throws Exception {
    assertRefused(400, answer, message);
  }

  private void assertRefused(int status, HttpResponse<String> answer, String message)
      throws Exception {
    List<String> before = List.of("server1", "server2", "server3");
    assertFailure(answer, status, message);
    assertThat(balancer.replicas()).as("nothing is changed").isEqualTo(before);
  }

  public static void assertFailure(HttpResponse<String> answer, int status, String message) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    JsonObject body = new JsonObject(answer.body());
    assertThat(body.getString("status")).isEqualTo("failure");
    assertThat(body.getString("message")).startsWith("<Error> ").contains(message);
  }
}
