package io.hashring.demo.proxy;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import io.hashring.demo.FreePorts;
import io.hashring.demo.LoadBalancerTest;
import io.hashring.demo.Origin;
import io.hashring.demo.admin.AdminApiTest;
import io.hashring.demo.membership.Backend;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is sent again and what is not, what it is answered when nothing helps, and the headers. */
public final class ForwarderTest {

  /** Health checks as good as off, so that only what happens to requests counts. */
  private static final String[] NO_CHECKS = {"--check-interval", "60m"};

  // Sent again

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "OPTIONS"})
  void safeRequest_connectionBreaks_goesToTheNextNode(String method) throws Exception {
    try (Origin broken = Origin.hangingUp();
        Origin good = Origin.answering(
            method.equals("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" : Origin.OK);
        Balancer balancer = Balancer.over(List.of(broken.port(), good.port()), NO_CHECKS)) {
      for (int i = 0; i < 20; i++) {
        HttpResponse<String> answer = balancer.call(method, "/" + i, "");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(Balancer.node(answer)).isEqualTo("server2");
      }
      assertThat(broken.heads()).as("requests that had to move").isNotEmpty();
      assertThat(good.heads()).hasSize(20);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "DELETE", "PUT", "PATCH"})
  void unsafeRequest_connectionBreaks_isNotSentTwice(String method) throws Exception {
    try (Origin first = Origin.hangingUp();
        Origin second = Origin.hangingUp();
        Balancer balancer = Balancer.over(List.of(first.port(), second.port()), NO_CHECKS)) {
      for (int i = 0; i < 10; i++) {
        AdminApiTest.assertFailure(balancer.call(method, "/" + i, ""), 502, "broke off");
      }
      assertThat(first.heads().size() + second.heads().size()).isEqualTo(10);
    }
  }

  @Test
  void safeRequest_withBody_connectionBreaks_isNotSentTwice() throws Exception {
    try (Origin first = Origin.hangingUp();
        Origin second = Origin.hangingUp();
        Balancer balancer = Balancer.over(List.of(first.port(), second.port()), NO_CHECKS)) {
      AdminApiTest.assertFailure(balancer.call("GET", "/x", "body"), 502, "broke off");
      assertThat(first.heads().size() + second.heads().size()).isEqualTo(1);
    }
  }

  /**
   * Also requests that change something, and with their body: nothing was sent, so nothing is lost.
   */
  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST", "PUT"})
  void anyRequest_connectionRefused_goesToTheNextNode(String method) throws Exception {
    boolean hasBody = !method.equals("GET");
    Origin gone = Origin.answering(Origin.OK);
    try (Origin good = Origin.start((head, in, out) -> {
          String body = new String(in.readNBytes(hasBody ? 4 : 0), StandardCharsets.US_ASCII);
          out.write(Origin.OK
              .replace("ok", hasBody ? body.substring(2) : "ok")
              .getBytes(StandardCharsets.US_ASCII));
        });
        Balancer balancer = Balancer.over(List.of(gone.port(), good.port()), NO_CHECKS)) {
      eventually("the first check of server1", () -> gone.heartbeats() == 1);
      gone.close();
      assertThat(isUp(balancer, "server1")).isTrue();

      HttpResponse<String> answer =
          balancer.call(method, ownedBy("server1", balancer), hasBody ? "book" : "");
      assertThat(answer.body()).isEqualTo("ok");
      assertThat(Balancer.node(answer)).isEqualTo("server2");
      assertThat(isUp(balancer, "server1"))
          .as("a refused connection counts at once")
          .isFalse();
      assertThat(isUp(balancer, "server2")).isTrue();
    } finally {
      gone.close();
    }
  }

  private static boolean isUp(Balancer balancer, String name) {
    return balancer.members().named(name).orElseThrow().health().isUp();
  }

  /** A path whose first node is the named one. */
  private static String ownedBy(String name, Balancer balancer) {
    return "/"
        + IntStream.iterate(0, i -> i + 1)
            .mapToObj(Integer::toString)
            .filter(key -> balancer.members().ring().locate(key).name().equals(name))
            .findFirst()
            .orElseThrow();
  }

  @Test
  void safeRequest_everyConnectionBreaks_triesEachNodeOnce() throws Exception {
    List<Origin> origins = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      origins.add(Origin.hangingUp());
    }
    try (Balancer balancer =
        Balancer.over(origins.stream().map(Origin::port).toList(), NO_CHECKS)) {
      AdminApiTest.assertFailure(balancer.get("/x"), 502, "broke off");
      assertThat(origins).allSatisfy(origin -> assertThat(origin.heads()).hasSize(1));
    } finally {
      for (Origin origin : origins) {
        origin.close();
      }
    }
  }

  @Test
  void safeRequest_everyConnectionBreaks_isSentThreeTimesAtMost() throws Exception {
    List<Origin> origins = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      origins.add(Origin.hangingUp());
    }
    try (Balancer balancer =
        Balancer.over(origins.stream().map(Origin::port).toList(), NO_CHECKS)) {
      AdminApiTest.assertFailure(balancer.get("/x"), 502, "broke off");
      List<String> list = balancer.members().ring().preferenceList("x").first(3).stream()
          .map(Backend::name)
          .toList();
      for (int i = 0; i < 5; i++) {
        assertThat(origins.get(i).heads()).hasSize(list.contains("server" + (i + 1)) ? 1 : 0);
      }
    } finally {
      for (Origin origin : origins) {
        origin.close();
      }
    }
  }

  private static final String[] NEVER_OUT = {"--check-interval", "60m", "--eject-after", "0"};

  /** Replicas that fail under load must not be given more of it. */
  @Test
  void everyConnectionBreaks_retriesEnd_whenTheBudgetDoes() throws Exception {
    int requests = 1_000;
    try (Origin first = Origin.hangingUp();
        Origin second = Origin.hangingUp();
        Origin third = Origin.hangingUp();
        Balancer balancer =
            Balancer.over(List.of(first.port(), second.port(), third.port()), NEVER_OUT)) {
      for (int i = 0; i < requests; i++) {
        AdminApiTest.assertFailure(balancer.get("/" + i), 502, "broke off");
      }
      int sent = first.heads().size() + second.heads().size() + third.heads().size();
      assertThat(sent - requests)
          .as("retries: the reserve, and one for five requests from when it was touched")
          .isBetween(RetryBudget.RESERVE, RetryBudget.RESERVE + requests / 5);
    }
  }

  // Sent again to the same node

  /** Answers what the script is for until the given number of requests, and hangs up from then. */
  private static Origin hangingUpFrom(int request, int until, String before) throws Exception {
    AtomicInteger requests = new AtomicInteger();
    return Origin.start((head, in, out) -> {
      int number = requests.incrementAndGet();
      if (number < request || number >= until) {
        out.write(Origin.OK.getBytes(StandardCharsets.US_ASCII));
        return;
      }
      out.write(before.getBytes(StandardCharsets.US_ASCII));
      throw new Origin.Hangup();
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "OPTIONS"})
  void onlyNode_pooledConnectionIsStale_safeRequestIsSentAgain(String method) throws Exception {
    try (Origin origin = hangingUpFrom(2, 3, "");
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      assertThat(balancer.get("/1").statusCode()).isEqualTo(200);
      HttpResponse<String> answer = balancer.call(method, "/2", "");
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(Balancer.node(answer)).isEqualTo("server1");
      assertThat(targets(origin)).containsExactly("/1", "/2", "/2");
      Backend only = balancer.members().byAge().get(0);
      eventually("none is under way", () -> only.requests().count() == 0);
    }
  }

  @Test
  void onlyNode_breaksAgain_isNotSentAThirdTime() throws Exception {
    try (Origin origin = hangingUpFrom(2, 9, "");
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      assertThat(balancer.get("/1").statusCode()).isEqualTo(200);
      AdminApiTest.assertFailure(balancer.get("/2"), 502, "broke off");
      assertThat(targets(origin)).containsExactly("/1", "/2", "/2");
    }
  }

  @ParameterizedTest
  @CsvSource({"POST,''", "DELETE,''", "PUT,body", "GET,body"})
  void onlyNode_pooledConnectionIsStale_otherRequestIsNot(String method, String body)
      throws Exception {
    try (Origin origin = hangingUpFrom(2, 3, "");
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      assertThat(balancer.get("/1").statusCode()).isEqualTo(200);
      AdminApiTest.assertFailure(balancer.call(method, "/2", body), 502, "broke off");
      assertThat(targets(origin)).containsExactly("/1", "/2");
    }
  }

  @Test
  void onlyNode_freshConnectionBreaks_isNotSentAgain() throws Exception {
    try (Origin origin = Origin.hangingUp();
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      AdminApiTest.assertFailure(balancer.get("/1"), 502, "broke off");
      assertThat(targets(origin)).containsExactly("/1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"})
  void onlyNode_answerBegan_isNotSentAgain(String begun) throws Exception {
    try (Origin origin = hangingUpFrom(2, 3, begun);
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      assertThat(balancer.get("/1").statusCode()).isEqualTo(200);
      AdminApiTest.assertFailure(balancer.get("/2"), 502, "broke off");
      assertThat(targets(origin)).containsExactly("/1", "/2");
    }
  }

  private static List<String> targets(Origin origin) {
    return origin.heads().stream().map(head -> head.split(" ")[1]).toList();
  }

  /** All that lie in the pool may be closed for the same reason. */
  @Test
  void onlyNode_everyPooledConnectionIsStale_safeRequestsAreSentAgainOnFreshOnes()
      throws Exception {
    int clients = 10;
    CountDownLatch together = new CountDownLatch(clients);
    Set<Thread> used = ConcurrentHashMap.newKeySet(); // one for each connection
    try (Origin origin = Origin.start((head, in, out) -> {
          if (!used.add(Thread.currentThread())) {
            throw new Origin.Hangup();
          }
          if (head.startsWith("GET /first ")) {
            together.countDown();
            together.await();
          }
          out.write(Origin.OK.getBytes(StandardCharsets.US_ASCII));
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      List<CompletableFuture<HttpResponse<String>>> first =
          IntStream.range(0, clients).mapToObj(i -> balancer.getAsync("/first")).toList();
      assertThat(first)
          .allSatisfy(answer -> assertThat(answer.get().statusCode()).isEqualTo(200));
      for (int i = 0; i < clients + 2; i++) {
        assertThat(balancer.get("/then").statusCode()).isEqualTo(200);
      }
      balancer.assertNothingIsHeld();
    }
  }

  // The client's connection

  @ParameterizedTest
  @ValueSource(strings = {"/rep", "/_lb/nothing", "/large"})
  void connectionClose_amongOthers_closesAfterTheAnswer(String path) throws Exception {
    String body = "x".repeat(1 << 20);
    try (Origin origin = Origin.answering(
            "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      String answer = LoadBalancerTest.raw(
          balancer.port(),
          "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: X-Foo, Close\r\nX-Foo: 1\r\n\r\n");
      assertThat(answer.toLowerCase(Locale.ROOT)).contains("\r\nconnection: close\r\n");
      assertThat(answer).endsWith(path.equals("/large") ? body : "\"}");
    }
  }

  // WebSockets

  public static final String UPGRADE =
      "GET /ws HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade, close, X-Hop\r\n"
          + "Upgrade: websocket\r\n"
          + "X-Hop: 1\r\nSec-WebSocket-Version: 13\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

  @Test
  void webSocket_headers_areThoseOfAnyRequest() throws Exception {
    try (Origin origin = Origin.start((head, in, out) -> {
          out.write(("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                  + "Upgrade: websocket\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
          throw new Origin.Hangup();
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      String answer = LoadBalancerTest.raw(
          balancer.port(), UPGRADE + "X-Forwarded-For: 10.0.0.1\r\nX-Request-Id: r1\r\n\r\n");
      assertThat(answer).startsWith("HTTP/1.1 101").contains("X-Hashring-Node: server1");
      List<String> lines = List.of(origin.heads().get(0).split("\r\n"));
      assertThat(lines.subList(1, lines.size()).stream().map(ForwarderTest::lowerName))
          .containsExactlyInAnyOrder(
              "host: shop.example",
              "connection: upgrade",
              "upgrade: websocket",
              "sec-websocket-version: 13",
              "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
              "x-forwarded-for: 10.0.0.1, 127.0.0.1",
              "x-forwarded-proto: http",
              "x-forwarded-host: shop.example",
              "x-request-id: r1",
              "via: 1.1 hashring");
    }
  }

  @Test
  void webSocket_connectionRefused_is503() throws Exception {
    try (Balancer balancer = Balancer.over(List.of(FreePorts.one()), NO_CHECKS)) {
      String answer = LoadBalancerTest.raw(balancer.port(), UPGRADE + "\r\n");
      assertThat(answer)
          .startsWith("HTTP/1.1 503")
          .contains("<Error> no healthy replica")
          .endsWith("\"status\":\"failure\"}");
    }
  }

  @Test
  void everyConnectionRefused_is503() throws Exception {
    try (Balancer balancer = Balancer.over(List.of(FreePorts.one(), FreePorts.one()), NO_CHECKS)) {
      AdminApiTest.assertFailure(balancer.get("/x"), 503, "no healthy replica");
      AdminApiTest.assertFailure(balancer.call("POST", "/x", "body"), 503, "no healthy replica");
    }
  }

  /** B35: which replica failed, and which request it was, for whoever looks for it in the logs. */
  @Test
  void errors_nameTheNodeAndTheRequest() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    try (Origin broken = Origin.hangingUp();
        Origin silent = Origin.start((head, in, out) -> never.await())) {
      assertNamed(List.of(broken.port()), 502, "server1");
      assertNamed(List.of(silent.port()), 504, "server1");
    } finally {
      never.countDown();
    }
  }

  private static void assertNamed(List<Integer> ports, int status, String node) throws Exception {
    try (Balancer balancer =
        Balancer.over(ports, "--check-interval", "60m", "--request-timeout", "200ms")) {
      HttpResponse<String> answer =
          balancer.send(balancer.request("/x").header("X-Request-Id", "r-7").GET());
      assertThat(answer.statusCode()).isEqualTo(status);
      assertThat(answer.headers().allValues("X-Hashring-Node")).containsExactly(node);
      assertThat(answer.headers().allValues("X-Request-Id")).containsExactly("r-7");
      balancer.remove("{\"n\":1}");
      HttpResponse<String> other = balancer.get("/x");
      assertThat(other.statusCode()).isEqualTo(503);
      assertThat(other.headers().firstValue("X-Request-Id").orElse("")).matches("[0-9a-f]{32}");
    }
  }

  // Late or broken answers

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST"})
  void noAnswerInTime_is504_andNotSentTwice(String method) throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    Origin.Script silence = (head, in, out) -> never.await();
    try (Origin first = Origin.start(silence);
        Origin second = Origin.start(silence);
        Balancer balancer = Balancer.over(
            List.of(first.port(), second.port()),
            "--request-timeout",
            "200ms",
            "--check-interval",
            "60m")) {
      AdminApiTest.assertFailure(
          balancer.call(method, "/x", method.equals("GET") ? "" : "body"),
          504,
          "did not answer in time");
      assertThat(first.heads().size() + second.heads().size()).isEqualTo(1);
    } finally {
      never.countDown();
    }
  }

  @Test
  void upload_longerThanTheTimeout_isNotCut() throws Exception {
    try (Balancer balancer = Balancer.start("--count", "1", "--request-timeout", "300ms")) {
      SlowUpload upload = new SlowUpload(6, Duration.ofMillis(100));
      HttpResponse<String> answer =
          balancer.send(balancer.request("/slow").POST(BodyPublishers.ofInputStream(() -> upload)));
      assertThat(answer.body()).endsWith("\"bytes\":6}");
    }
  }

  /** One byte at a time, each after a pause that is the point of the test. */
  private static final class SlowUpload extends InputStream {
    private final Duration pause;
    private int left;

    SlowUpload(int bytes, Duration pause) {
      this.left = bytes;
      this.pause = pause;
    }

    @Override
    public int read() {
      if (left-- <= 0) {
        return -1;
      }
      LockSupport.parkNanos(pause.toNanos());
      return 'x';
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      int b = read();
      if (b < 0) {
        return -1;
      }
      buffer[offset] = (byte) b;
      return 1;
    }
  }

  @Test
  void answerThatIsNotHttp_is502() throws Exception {
    try (Origin origin = Origin.answering("SSH-2.0-OpenSSH_9.2\r\n\r\n");
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      AdminApiTest.assertFailure(balancer.call("POST", "/x", ""), 502, "not valid HTTP");
    }
  }

  @Test
  void answerCutInTheMiddle_isNotPassedOffAsWhole() throws Exception {
    try (Origin origin = Origin.start((head, in, out) -> {
          out.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
              .getBytes(StandardCharsets.US_ASCII));
          throw new Origin.Hangup();
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      String answer = LoadBalancerTest.raw(balancer.port(), "GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(answer.length() - answer.indexOf("\r\n\r\n") - 4).isLessThan(100);
      assertThat(origin.heads()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"204 No Content", "304 Not Modified"})
  void answerWithoutBody_keepsTheConnectionInStep(String status) throws Exception {
    try (Origin origin = Origin.answering("HTTP/1.1 " + status + "\r\n\r\n");
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      String answer = LoadBalancerTest.raw(
          balancer.port(),
          "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
              + "\r\n");
      assertThat(answer.split("HTTP/1.1 " + status, -1)).hasSize(3);
      assertThat(answer.toLowerCase(Locale.ROOT)).doesNotContain("transfer-encoding");
      assertThat(answer).endsWith("\r\n\r\n").doesNotContain("0\r\n\r\n");
    }
  }

  // Headers

  @Test
  void requestHeaders_ofTheConnectionAreDropped_andTheClientIsDescribed() throws Exception {
    try (Origin origin = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      LoadBalancerTest.raw(
          balancer.port(),
          "GET /a%20b/%C3%A9?q=%26 HTTP/1.1\r\nX-Request-Id: r1\r\nHost: shop.example:8080\r\n"
              + "Connection: close\r\nConnection: foo, X-Hop\r\n"
              + "X-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nTE: trailers\r\n"
              + "X-Forwarded-For: 10.0.0.1\r\nX-Kept: 1\r\nX-Kept: 2\r\n\r\n");
      List<String> lines = List.of(origin.heads().get(0).split("\r\n"));
      assertThat(lines.get(0)).isEqualTo("GET /a%20b/%C3%A9?q=%26 HTTP/1.1");
      assertThat(lines.subList(1, lines.size()).stream().map(ForwarderTest::lowerName))
          .containsExactlyInAnyOrder(
              "host: shop.example:8080",
              "x-forwarded-for: 10.0.0.1, 127.0.0.1",
              "x-forwarded-proto: http",
              "x-forwarded-host: shop.example:8080",
              "x-request-id: r1",
              "via: 1.1 hashring",
              "x-kept: 1",
              "x-kept: 2");
    }
  }

  private static String lowerName(String line) {
    int colon = line.indexOf(':');
    String lower = line.substring(0, colon).toLowerCase(Locale.ROOT) + line.substring(colon);
    return lower.startsWith("via: ") ? lower.replaceAll("-[0-9a-f]{16}$", "") : lower;
  }

  @Test
  void answerHeaders_ofTheConnectionAreDropped() throws Exception {
    try (Origin origin = Origin.answering(
            "HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
                + "X-Hashring-Node: forged\r\nX-Kept: 1\r\nContent-Length: 2\r\n\r\nok");
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      HttpResponse<String> answer = balancer.get("/x");
      assertThat(answer.headers().map())
          .containsKeys("x-kept")
          .doesNotContainKeys("connection", "x-hop", "keep-alive");
      assertThat(answer.headers().allValues("X-Hashring-Node")).containsExactly("server1");
    }
  }
}
