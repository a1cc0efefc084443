package io.hashring.demo.admin;

import static io.hashring.demo.Eventually.eventually;
import static io.hashring.demo.admin.AdminApiTest.assertFailure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hashring.HashRing;
import io.hashring.demo.Balancer;
import io.hashring.demo.Origin;
import io.hashring.demo.RawClient;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Members;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the dashboard asks for, as anybody may who has the token. */
final class ViewsTest {

  private static Balancer balancer;

  @BeforeAll
  static void start() throws Exception {
    balancer = Balancer.start("--key", "query:k,path");
  }

  @AfterAll
  static void stop() {
    balancer.close();
  }

  private static JsonObject json(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    return new JsonObject(answer.body());
  }

  private static JsonObject get(String path) throws Exception {
    return json(balancer.get(path));
  }

  private static String checksum() {
    return RingJson.checksum(balancer.members().ring());
  }

  // /_lb/locate

  @Test
  void locate_saysWhereAndWhy() throws Exception {
    HashRing<Backend> ring = balancer.members().ring();
    JsonObject found = get("/_lb/locate?key=users%2F42");
    long position = ring.position("users/42");
    assertThat(found.getString("key")).isEqualTo("users/42");
    assertThat(found.getString("position")).isEqualTo(String.format("%016x", position));
    assertThat(found.getDouble("at")).isEqualTo(ArcsJson.fraction(position));
    assertThat(found.getString("node")).isEqualTo(ring.locate("users/42").name());
    assertThat(found.getString("owner")).isEqualTo(found.getString("node"));
    assertThat(found.getString("why")).isEqualTo("owner");
    assertThat(
            found.getJsonArray("list").stream().map(node -> ((JsonObject) node).getString("node")))
        .containsExactlyElementsOf(
            ring.preferenceList("users/42").stream().map(Backend::name).toList());
    assertThat(found.getJsonArray("list").getJsonObject(0).encode())
        .isEqualTo("{\"node\":\"" + found.getString("node") + "\",\"state\":\"up\","
            + "\"reason\":\"it was started\",\"inFlight\":0,\"cap\":null}");
  }

  @ParameterizedTest
  @CsvSource({
    "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E, '<img src=x onerror=alert(1)>'",
    "a+b, 'a b'",
    "a%2Bb, a+b",
    "%C3%A4, \u00e4",
    "'', ''",
    "%ff%5C, \\xff\\x5c",
    "%F0%9F%98%80, \ud83d\ude00"
  })
  void locate_takesAnyBytes(String coded, String shown) throws Exception {
    JsonObject found = get("/_lb/locate?x=1&key=" + coded + "&key=other");
    assertThat(found.getString("key")).isEqualTo(shown);
    String node = balancer.nodeOf("/x?k=" + coded);
    if (!coded.isEmpty()) { // else it is another key
      assertThat(found.getString("node")).isEqualTo(node);
    }
  }

  @Test
  void locate_ofLines_isOneText() throws Exception {
    assertThat(get("/_lb/locate?key=a%0A%0D%00b").getString("key")).isEqualTo("a\n\r\u0000b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "?", "?keys=a", "?key", "?key=%zz", "?a=key=b"})
  void locate_withoutAKey_isRefused(String query) throws Exception {
    try (RawClient client = RawClient.to(balancer)) {
      client.send("GET /_lb/locate" + query + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
      RawClient.Answer answer = client.read();
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body())
          .isEqualTo("{\"message\":\"<Error> the query must have a key, its bytes as %XX where they"
              + " are not letters or digits: /_lb/locate?key=users%2F42\",\"status\":\"failure\"}");
    }
  }

  // /_lb/arcs, /_lb/balance, /_lb/changes

  @Test
  void arcs_areThoseOfTheRing() throws Exception {
    assertThat(get("/_lb/arcs")).isEqualTo(ArcsJson.of(balancer.members().ring()));
    assertThat(get("/_lb/balance")).isEqualTo(BalanceJson.of(balancer.members().ring()));
  }

  @Test
  void views_followTheRing() throws Exception {
    for (int i = 0; i < 3; i++) {
      balancer.call("PATCH", "/_lb/nodes/server1", "{\"weight\":" + (i + 2) + "}");
      for (String view : List.of("arcs", "balance", "changes", "ring")) {
        assertThat(get("/_lb/" + view).getString("checksum")).as(view).isEqualTo(checksum());
      }
    }
    JsonObject last = get("/_lb/changes").getJsonArray("changes").getJsonObject(0);
    assertThat(last.getJsonArray("reweighted").encode())
        .isEqualTo("[{\"node\":\"server1\",\"from\":3.0,\"to\":4.0}]");
    assertThat(last.getString("checksum")).isEqualTo(checksum());
    assertThat(last.getJsonArray("joined")).isEmpty();
    double sum = 0;
    for (Object arc : last.getJsonArray("arcs")) {
      JsonArray one = (JsonArray) arc;
      assertThat(one.getString(3)).isEqualTo("server1");
      double length = one.getDouble(1) - one.getDouble(0);
      sum += length < 0 ? length + 1 : length;
    }
    assertThat(last.getInteger("more")).isZero();
    assertThat(last.getDouble("moved")).isPositive().isCloseTo(sum, within(1e-6));
    balancer.call("PATCH", "/_lb/nodes/server1", "{\"weight\":1}");
  }

  // /_lb/plan and /_lb/change

  private static HttpResponse<String> plan(String body) throws Exception {
    return balancer.call("POST", "/_lb/plan", body);
  }

  private static HttpResponse<String> change(String body) throws Exception {
    return balancer.call("POST", "/_lb/change", body);
  }

  @Test
  void plan_thenChange_sayTheSame() throws Exception {
    List<String> names = balancer.replicas();
    String version = get("/_lb/ring").getInteger("version").toString();
    String body = "{\"add\":[{\"name\":\"p1\",\"weight\":2},{\"name\":\"p2\"}],"
        + "\"remove\":[\"server3\"],\"drain\":[\"server2\"],\"weights\":{\"server1\":1.5}";
    JsonObject plan = json(plan(body + "}"));
    assertThat(balancer.replicas()).isEqualTo(names);
    assertThat(plan.getString("checksum")).isEqualTo(checksum());
    assertThat(get("/_lb/ring").getInteger("version").toString()).isEqualTo(version);
    JsonObject done = json(change(body + ",\"checksum\":\"" + checksum() + "\"}"));
    assertThat(done.getInteger("N")).isEqualTo(4);
    assertThat(done.getJsonArray("replicas")).containsExactly("server1", "server2", "p1", "p2");
    done.remove("N");
    done.remove("replicas");
    assertThat(done).isEqualTo(plan);
    assertThat(plan.getString("checksumAfter")).isEqualTo(checksum());
    assertThat(plan.getValue("slowStart")).isNull();

    JsonObject last = get("/_lb/changes").getJsonArray("changes").getJsonObject(0);
    assertThat(last.getJsonArray("arcs")).isEqualTo(plan.getJsonArray("arcs")).isNotEmpty();
    assertThat(last.getInteger("more")).isEqualTo(plan.getInteger("more"));
    assertThat(last.getDouble("moved")).isEqualTo(plan.getDouble("moved"));
    assertThat(last.getJsonArray("joined")).containsExactly("p1", "p2");
    assertThat(last.getJsonArray("left")).containsExactly("server3");

    JsonObject ring = get("/_lb/ring");
    for (Object one : plan.getJsonArray("nodes")) {
      JsonObject node = (JsonObject) one;
      JsonObject now = ring.getJsonArray("nodes").stream()
          .map(JsonObject.class::cast)
          .filter(other -> other.getString("name").equals(node.getString("name")))
          .findFirst()
          .orElse(new JsonObject().put("share", 0.0));
      assertThat(node.getDouble("shareAfter")).isEqualTo(now.getDouble("share"));
      assertThat(node.getDouble("weightAfter")).isEqualTo(now.getDouble("weight"));
      assertThat(node.getDouble("shareAfter") - node.getDouble("shareBefore"))
          .isCloseTo(node.getDouble("gains") - node.getDouble("loses"), within(1e-9));
    }
    JsonObject p1 = plan.getJsonArray("nodes").getJsonObject(0);
    assertThat(p1.getString("name")).isEqualTo("p1");
    assertThat(p1.getValue("weightBefore")).isNull();
    assertThat(p1.getDouble("weightAfter")).isEqualTo(2);
    assertThat(plan.getDouble("peakAfter")).isEqualTo(get("/_lb/balance").getDouble("peak"));

    json(change("{\"add\":[{\"name\":\"server3\"}],\"remove\":[\"p1\",\"p2\"],"
        + "\"weights\":{\"server1\":1,\"server2\":1},\"checksum\":\"" + checksum() + "\"}"));
    assertThat(balancer.replicas()).containsExactlyInAnyOrderElementsOf(names);
  }

  @Test
  void change_ofAnotherRing_isRefused_andTellsWhichThereIs() throws Exception {
    String other = "0123456789abcdef";
    Members before = balancer.members();
    HttpResponse<String> answer =
        change("{\"remove\":[\"server1\"],\"checksum\":\"" + other + "\"}");
    assertFailure(
        answer,
        412,
        "nothing is changed: the plan is for the ring " + other + ", and by now it is "
            + checksum());
    assertThat(new JsonObject(answer.body()).getString("checksum")).isEqualTo(checksum());
    assertThat(balancer.members()).isSameAs(before);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ | the body must be a JSON object, such as {\"add\":[{\"name\":\"server4\",",
        "[] | the body must be a JSON object, such as",
        "{} | the body must have a name in one of [add, remove, drain, weights]",
        "{\"add\":[],\"weights\":{}} | the body must have a name in one of",
        "{\"rm\":[\"a\"]} | the body may have add, remove, drain, weights, ",
        "{\"add\":{}} | add must be a list of objects, such as {\"name\":\"server4\"}: {}",
        "{\"add\":[\"a\"]} | each of add must be an object, such as {\"name\":\"server4\"}: \"a\"",
        "{\"add\":[{}]} | the name of each of add must have 1 to 63 letters",
        "{\"add\":[{\"name\":\"<b>\"}]} | begin with a letter or digit: \"<b>\"",
        "{\"add\":[{\"name\":\"a\",\"w\":1}]} | each of add may have name, weight and address,",
        "{\"add\":[{\"name\":\"a\",\"weight\":-1}]} | the weight of a must be 0, or from 0.01 to",
        "{\"add\":[{\"name\":\"a\",\"weight\":null}]} | the weight of a must be 0, or from 0.01",
        "{\"add\":[{\"name\":\"a\",\"address\":1}]} | the address of a must be host:port: 1",
        "{\"add\":[{\"name\":\"a\",\"address\":\"h:1*2\"}]} | the address of a must be host:port:",
        "{\"add\":[{\"name\":\"a\",\"address\":\"h\"}]} | a replica's address must be host:port: h",
        "{\"add\":[{\"name\":\"a\",\"address\":\"h:1\"}]} | hostnames must be names alone",
        "{\"add\":[{\"name\":\"a\"},{\"name\":\"a\"}]} | each name must stand once in all of the",
        "{\"remove\":\"a\"} | remove must be a list of names: \"a\"",
        "{\"remove\":[1]} | each of remove must have 1 to 63 letters",
        "{\"drain\":[\"a b\"]} | each of drain must have 1 to 63 letters",
        "{\"remove\":[\"server1\"],\"drain\":[\"server1\"]} | each name must stand once in all",
        "{\"weights\":{\"server1\":1},\"drain\":[\"server1\"]} | each name must stand once in all",
        "{\"weights\":[]} | weights must be an object, such as {\"server4\":2}: []",
        "{\"weights\":{\"server1\":\"1\"}} | the weight of server1 must be 0, or from 0.01 to 100"
      })
  void plan_ofABodyThatIsWrong_isRefused(String body, String message) throws Exception {
    assertFailure(plan(body), 400, message);
    if (body.endsWith("}")) {
      String sum = body.equals("{}") ? "{" : body.substring(0, body.length() - 1) + ",";
      assertFailure(change(sum + "\"checksum\":\"" + checksum() + "\"}"), 400, message);
    }
  }

  @Test
  void plan_ofWhatCannotBe_isRefused() throws Exception {
    assertFailure(
        plan("{\"remove\":[\"nobody\"]}"), 404, "there is no replica of this name, but [server1");
    assertFailure(
        plan("{\"add\":[{\"name\":\"server1\"}]}"),
        409,
        "names to add must be new, but this one is taken: server1");
    assertFailure(
        plan("{\"remove\":[\"server1\"],\"checksum\":\"" + checksum() + "\"}"),
        400,
        "the body may have add, remove, drain, weights, and nothing else: checksum");
    String padding = " ".repeat(70_000);
    assertFailure(
        plan("{\"remove\":[\"server1\"]" + padding + "}"),
        413,
        "the body must have at most 65536 bytes");
    assertFailure(balancer.get("/_lb/plan"), 405, "/_lb/plan takes POST, not GET");
    assertFailure(balancer.get("/_lb/change"), 405, "/_lb/change takes POST, not GET");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "1", "\"\"", "\"0123456789ABCDEF\"", "\"0123456789abcde\""})
  void change_withoutAChecksum_isRefused(String checksum) throws Exception {
    assertFailure(
        change("{\"remove\":[\"server1\"],\"checksum\":" + checksum + "}"),
        400,
        "checksum must be that of the plan, 16 hexadecimal digits: " + checksum);
    assertThat(balancer.replicas()).contains("server1");
  }

  /** Of listed servers the plan, too, says which there are. */
  @Test
  void plan_ofListedServers_takesAddresses() throws Exception {
    try (Origin one = Origin.answering(Origin.OK);
        Balancer listed = Balancer.over(List.of(one.port()), "--check-interval", "60m")) {
      assertFailure(
          listed.call("POST", "/_lb/plan", "{\"add\":[{\"name\":\"b\"}]}"),
          400,
          "hostnames must be among [server1] (--replicas lists no other), or have an address");
      String body =
          "{\"add\":[{\"name\":\"b\",\"address\":\"127.0.0.1:" + one.port() + "\",\"weight\":3}]";
      JsonObject plan = json(listed.call("POST", "/_lb/plan", body + "}"));
      json(listed.call(
          "POST", "/_lb/change", body + ",\"checksum\":\"" + plan.getString("checksum") + "\"}"));
      assertThat(RingJson.checksum(listed.members().ring()))
          .isEqualTo(plan.getString("checksumAfter"));
    }
  }

  // /_lb/events

  private static JsonObject traffic(EventReader reader, String key) throws Exception {
    return reader.next(
        "traffic",
        data -> data.getJsonArray("sample").stream()
            .anyMatch(one -> ((JsonObject) one).getString("key").equals(key)));
  }

  @Test
  void events_tellWhatRequestsDo() throws Exception {
    try (EventReader reader = EventReader.of(balancer)) {
      assertThat(reader.next().name()).isEqualTo("ring");
      String key = "a\nevent: ring\ndata: {}\n\n<b>";
      HashRing<Backend> ring = balancer.members().ring();
      String node = balancer.nodeOf("/x?k=a%0Aevent:+ring%0Adata:+%7B%7D%0A%0A%3Cb%3E");
      JsonObject seen = traffic(reader, key);
      JsonObject sample = seen.getJsonArray("sample").getJsonObject(0);
      double at = ArcsJson.fraction(ring.position(key));
      assertThat(sample)
          .isEqualTo(
              new JsonObject().put("key", key).put("node", node).put("at", at).put("status", 200));
      JsonObject top = seen.getJsonArray("top").getJsonObject(0);
      assertThat(top.getString("key")).isEqualTo(key);
      assertThat(top.getString("node")).isEqualTo(node);
      assertThat(top.getDouble("count")).isBetween(0.9, 1.0);
      assertThat(top.getDouble("error")).isZero();
      JsonArray heat = seen.getJsonArray("heat");
      assertThat(heat).hasSize(256);
      assertThat(heat.getDouble((int) (at * 256))).isEqualTo(top.getDouble("count"));
      assertThat(seen.getDouble("total")).isEqualTo(top.getDouble("count"));
      assertThat(seen.getInteger("k")).isEqualTo(128);
      assertThat(seen.getDouble("errorAtMost")).isZero();
      assertThat(seen.getInteger("halfLife")).isEqualTo(30);
      assertThat(seen.getJsonObject("nodes").fieldNames())
          .containsExactlyInAnyOrderElementsOf(balancer.replicas());
      JsonObject of = seen.getJsonObject("nodes").getJsonObject(node);
      assertThat(of.getString("state")).isEqualTo("up");
      assertThat(of.getString("reason")).isEqualTo("it was started");
      assertThat(of.getInteger("requests")).isPositive();
      assertThat(of.getInteger("errors")).isZero();
      assertThat(of.getInteger("inFlight")).isZero();
      assertThat(of.getValue("cap")).isNull();
      balancer.get("/x?k=%ff");
      traffic(reader, "\\xff");
    }
  }

  @Test
  void events_tellOfErrors_andOfWhoDrains() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    try (Origin slow = Origin.start((head, in, out) -> {
          if (head.startsWith("GET /slow ")) {
            arrived.countDown();
            gate.await();
          }
          out.write(Origin.OK.replace("200 OK", "500 No").getBytes(StandardCharsets.US_ASCII));
        });
        Balancer busy =
            Balancer.over(List.of(slow.port()), "--check-interval", "60m", "--max-load", "2");
        EventReader reader = EventReader.of(busy)) {
      busy.get("/x");
      JsonObject node = traffic(reader, "x").getJsonObject("nodes").getJsonObject("server1");
      assertThat(node.getInteger("requests")).isEqualTo(1);
      assertThat(node.getInteger("errors")).isEqualTo(1);
      assertThat(node.getInteger("cap")).isEqualTo(2);
      CompletableFuture<HttpResponse<String>> request = busy.getAsync("/slow");
      arrived.await();
      CompletableFuture<Integer> removal = CompletableFuture.supplyAsync(() -> removed(busy));
      JsonObject drains = reader.next("traffic", data -> data.encode().contains("draining"));
      assertThat(drains.getJsonObject("nodes").getJsonObject("server1").encode())
          .startsWith("{\"state\":\"draining\",\"reason\":\"it has left the ring, and has requests"
              + " to end\",\"inFlight\":1,\"cap\":0,");
      gate.countDown();
      assertThat(request.get().statusCode()).isEqualTo(500);
      assertThat(removal.get()).isEqualTo(200);
      reader.next("traffic", data -> data.getJsonObject("nodes").isEmpty());
    } finally {
      gate.countDown();
    }
  }

  private static int removed(Balancer of) {
    try {
      return of.remove("{\"hostnames\":[\"server1\"]}").statusCode();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  // The page

  @Test
  void page_isSentWithAStrictPolicy_andKept() throws Exception {
    HttpResponse<String> file = balancer.get("/_lb/dashboard/for-a-test.js");
    assertThat(file.statusCode()).isEqualTo(200);
    assertThat(file.body()).isEqualTo("// A file of the page that tests ask for.\n");
    assertThat(file.headers().map())
        .containsEntry("content-type", List.of("text/javascript; charset=utf-8"))
        .containsEntry(
            "content-security-policy",
            List.of("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                + " connect-src 'self'; base-uri 'none'; form-action 'none';"
                + " frame-ancestors 'none'"))
        .containsEntry("x-content-type-options", List.of("nosniff"))
        .containsEntry("referrer-policy", List.of("no-referrer"))
        .containsEntry("cache-control", List.of("no-cache"));
    String tag = file.headers().firstValue("etag").orElseThrow();
    assertThat(tag).matches("\"[0-9a-f]{16}\"");
    for (String known : List.of(tag, "W/" + tag, "*", "\"other\", " + tag)) {
      HttpResponse<String> same =
          balancer.get("/_lb/dashboard/for-a-test.js", "If-None-Match", known);
      assertThat(same.statusCode()).as(known).isEqualTo(304);
      assertThat(same.body()).isEmpty();
      assertThat(same.headers().firstValue("etag")).contains(tag);
      assertThat(same.headers().firstValue("content-security-policy")).isPresent();
    }
    assertThat(balancer
            .get("/_lb/dashboard/for-a-test.js", "If-None-Match", "\"other\"")
            .statusCode())
        .isEqualTo(200);
    try (RawClient client = RawClient.to(balancer)) {
      client.send("HEAD /_lb/dashboard/for-a-test.js HTTP/1.1\r\nHost: localhost\r\n\r\n");
      RawClient.Answer head = client.read("HEAD");
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.values("Content-Length")).containsExactly("42");
      client.send("GET /_lb HTTP/1.1\r\nHost: localhost\r\n\r\n");
      RawClient.Answer moved = client.read();
      assertThat(moved.status()).isEqualTo(302);
      assertThat(moved.values("Location")).containsExactly("/_lb/");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/_lb/for-a-test.js",
        "/_lb/dashboard/nothing.js",
        "/_lb/dashboard/for-a-test.java",
        "/_lb/dashboard/../AdminApi.class",
        "/_lb/dashboard/%2e%2e/AdminApi.class",
        "/_lb/dashboard//for-a-test.js",
        "/_lb/dashboard/",
        "/_lb/index.html",
        "/_lb/dashboard/FOR-A-TEST.js"
      })
  void page_hasNoOtherFiles(String path) throws Exception {
    try (RawClient client = RawClient.to(balancer)) {
      client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(404);
    }
  }

  // The docs

  @Test
  void docs_tellWhatThereIs() throws Exception {
    String page = Files.readString(Path.of("../docs/balancer/admin-api.md"));
    List<MatchResult> paths = Pattern.compile("^\\| `(GET|POST) (/_lb/[^`]+)`", Pattern.MULTILINE)
        .matcher(page)
        .results()
        .toList();
    assertThat(paths).hasSize(7);
    for (MatchResult path : paths) {
      try (RawClient client = RawClient.to(balancer)) {
        client.send(path.group(1) + " " + path.group(2) + " HTTP/1.1\r\nHost: localhost\r\n"
            + "Content-Length: 0\r\n\r\n");
        String status = client.readHead().get(0).split(" ")[1];
        assertThat(status).as(path.group()).isEqualTo(path.group(1).equals("GET") ? "200" : "400");
      }
    }
    Matcher example = Pattern.compile("/_lb/plan -d '([^']+)'").matcher(page);
    assertThat(example.find()).isTrue();
    assertThat(json(plan(example.group(1))).getDouble("moved")).isPositive();
  }

  // Who may

  @ParameterizedTest
  @CsvSource({
    "GET, /_lb/locate?key=a",
    "GET, /_lb/arcs",
    "GET, /_lb/changes",
    "GET, /_lb/balance",
    "GET, /_lb/events",
    "POST, /_lb/plan",
    "POST, /_lb/change"
  })
  void token_andHost_andSite(String method, String path) throws Exception {
    String body = method.equals("POST") ? "{\"remove\":[\"server1\"]}" : "";
    try (Balancer guarded = Balancer.start("--admin-token", "s3cret", "--count", "1")) {
      assertFailure(guarded.call(method, path, body), 401, "Authorization: Bearer TOKEN");
      assertThat(guarded.get("/_lb/dashboard/for-a-test.js").statusCode())
          .as("the page holds no secret")
          .isEqualTo(200);
      try (EventReader events = EventReader.of(guarded, "Authorization", "Bearer s3cret")) {
        assertThat(events.status()).isEqualTo(200);
      }
    }
    for (String headers : List.of(
        "Host: evil.example\r\n", "Host: evil.example\r\nOrigin: http://evil.example\r\n")) {
      try (RawClient client = RawClient.to(balancer)) {
        client.send(method + " " + path + " HTTP/1.1\r\n" + headers + "Content-Length: "
            + body.length() + "\r\n\r\n" + body);
        RawClient.Answer answer = client.read();
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.body()).contains("Host must be an address of this balancer");
      }
    }
    if (method.equals("POST") || path.equals("/_lb/events")) {
      for (String site : List.of("cross-site", "same-site")) {
        assertFailure(
            balancer.send(balancer
                .request(path)
                .header("Sec-Fetch-Site", site)
                .method(method, BodyPublishers.ofString(body))),
            403,
            "pages of other sites may not ask for this");
      }
    }
    assertThat(balancer.replicas()).contains("server1");
  }

  @Test
  void page_isForTheHostsOfThisBalancer() throws Exception {
    for (String path : List.of("/_lb", "/_lb/dashboard/for-a-test.js")) {
      try (RawClient client = RawClient.to(balancer)) {
        client.send("GET " + path + " HTTP/1.1\r\nHost: evil.example\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(403);
      }
    }
  }

  @Test
  void events_leaveNothingBehind() throws Exception {
    for (int i = 0; i < 40; i++) {
      try (EventReader reader = EventReader.of(balancer)) {
        if (reader.status() == 200) {
          assertThat(reader.next().name()).isEqualTo("ring");
        }
      }
    }
    eventually("all places are free", () -> {
      try (EventReader reader = EventReader.of(balancer)) {
        return reader.status() == 200;
      }
    });
  }
}
