package io.hashring.demo;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import io.hashring.demo.admin.AdminApiTest;
import io.hashring.demo.http.BlockingFutures;
import io.hashring.demo.replica.Replica;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

public final class LoadBalancerTest {

  private static final int PATHS = 2_000;
  private static final int MEGABYTE = 1 << 20;

  private static ExecutorService threads;

  @BeforeAll
  static void startThreads() {
    threads = Executors.newCachedThreadPool();
  }

  @AfterAll
  static void stopThreads() {
    threads.shutdownNow();
  }

  // Placement

  @Test
  void paths_spreadAndStay_andMoveOnlyToTheNewNode() throws Exception {
    try (Balancer balancer = Balancer.start()) {
      Map<String, String> three = owners(balancer);
      assertThat(owners(balancer)).as("the same path, the same node").isEqualTo(three);
      assertThat(Set.copyOf(three.values()))
          .containsExactlyInAnyOrder("server1", "server2", "server3");

      balancer.add("{\"hostnames\":[\"server4\"]}");
      Map<String, String> four = owners(balancer);
      List<String> moved = three.keySet().stream()
          .filter(path -> !three.get(path).equals(four.get(path)))
          .toList();
      assertThat(moved)
          .as("every path that moved")
          .allMatch(path -> four.get(path).equals("server4"));
      // Expected 1/4. With 160 points a node the share of one node has a relative deviation of
      // about
      // sqrt(3/4 / 160) = 0.07, and 2,000 paths add sqrt(3/4 / 500) = 0.04: five times both is 0.1.
      assertThat(moved.size() / (double) PATHS).isBetween(0.15, 0.35);

      balancer.remove("{\"hostnames\":[\"server4\"]}");
      assertThat(owners(balancer)).as("all are back").isEqualTo(three);
    }
  }

  private static Map<String, String> owners(Balancer balancer) throws Exception {
    Map<String, String> owners = new LinkedHashMap<>();
    for (int i = 0; i < PATHS; i++) {
      String path = "/users/" + i;
      owners.put(path, balancer.nodeOf(path));
    }
    return owners;
  }

  @Test
  void names_decide_notAddresses() throws Exception {
    try (Balancer first = Balancer.start();
        Balancer second = Balancer.start()) {
      for (int i = 0; i < 100; i++) {
        assertThat(second.nodeOf("/" + i)).isEqualTo(first.nodeOf("/" + i));
      }
    }
  }

  @Test
  void query_doesNotMoveAPath() throws Exception {
    try (Balancer balancer = Balancer.start()) {
      for (int i = 0; i < 50; i++) {
        assertThat(balancer.nodeOf("/a/b?x=" + i)).isEqualTo(balancer.nodeOf("/a/b"));
      }
    }
  }

  // Bytes

  @Test
  void anyMethod_isForwarded() throws Exception {
    try (Balancer balancer = Balancer.start("--count", "1")) {
      for (String method :
          List.of("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND")) {
        assertThat(balancer
                .call(method, "/some/path?q=1", method.equals("GET") ? "" : "body!")
                .body())
            .isEqualTo("{\"server\":\"server1\",\"method\":\"" + method
                + "\",\"path\":\"/some/path\",\"bytes\":" + (method.equals("GET") ? 0 : 5) + "}");
      }
      assertThat(balancer.call("HEAD", "/home", "").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void body_of10Megabytes_bothWays() throws Exception {
    Vertx vertx = LoadBalancer.vertx();
    try {
      HttpServer mirror = vertx.createHttpServer().requestHandler(request -> {
        request.response().setChunked(true);
        request.pipeTo(request.response());
      });
      BlockingFutures.await(mirror.listen(0, "127.0.0.1"));
      byte[] body = new byte[10 * MEGABYTE];
      new Random(10).nextBytes(body);
      try (Balancer balancer = Balancer.over(List.of(mirror.actualPort()))) {
        HttpResponse<byte[]> known =
            balancer.bytes(balancer.request("/mirror").PUT(BodyPublishers.ofByteArray(body)));
        assertThat(sha(known.body())).isEqualTo(sha(body));
        HttpResponse<byte[]> chunked = balancer.bytes(balancer
            .request("/mirror")
            .expectContinue(true)
            .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))));
        assertThat(sha(chunked.body())).isEqualTo(sha(body));
        assertThat(Balancer.node(chunked)).isEqualTo("server1");
      }
    } finally {
      BlockingFutures.await(vertx.close());
    }
  }

  private static String sha(byte[] bytes) {
    return Hashing.sha256().hashBytes(bytes).toString();
  }

  /** A client that does not read must stop the replica, not fill the balancer's memory. */
  @Test
  void answer_thatNobodyReads_isHeldBack() throws Exception {
    AtomicInteger written = new AtomicInteger();
    CountDownLatch cut = new CountDownLatch(1);
    try (Origin origin = Origin.start((head, in, out) -> {
          int megabytes = 200;
          out.write(
              ("HTTP/1.1 200 OK\r\nContent-Length: " + (long) megabytes * MEGABYTE + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
          try {
            for (int i = 0; i < megabytes; i++) {
              out.write(new byte[MEGABYTE]);
              written.incrementAndGet();
            }
          } finally {
            cut.countDown();
          }
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), "--request-timeout", "500ms")) {
      try (Socket socket = new Socket("127.0.0.1", balancer.port())) {
        socket
            .getOutputStream()
            .write("GET /big HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(socket.getInputStream().read()).isEqualTo('H');
        cut.await(); // the time-out of a stalled answer ends it
      }
      // Socket buffers take some megabytes on both sides; the rest was never taken.
      assertThat(written.get()).isLessThan(50);
    }
  }

  // ErrorResponse

  @Test
  void replicaStopsAbruptly_underTraffic_noGetFails() throws Exception {
    Vertx vertx = LoadBalancer.vertx();
    try {
      List<HttpServer> replicas = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        replicas.add(slowReplica(vertx, FreePorts.one()));
      }
      List<Integer> ports = replicas.stream().map(HttpServer::actualPort).toList();
      // Down is who refuses connections: on a busy machine a check may be late as often as it
      // likes.
      try (Balancer balancer =
          Balancer.over(ports, "--check-interval", "50ms", "--fall", "1000000")) {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger served = new AtomicInteger();
        List<Future<List<String>>> clients = new ArrayList<>();
        for (int c = 0; c < 8; c++) {
          int client = c;
          clients.add(threads.submit(() -> getUntil(stop, balancer, client, served)));
        }
        for (int kill = 0; kill < 5; kill++) {
          awaitMore(served, 200);
          BlockingFutures.await(replicas.get(1).close());
          awaitMore(served, 200);
          replicas.set(1, slowReplica(vertx, ports.get(1)));
          eventually("server2 is back", () -> isUp(balancer, "server2"));
        }
        stop.set(true);
        for (Future<List<String>> client : clients) {
          assertThat(client.get()).as("failed requests").isEmpty();
        }
        eventually("no request is counted for ever", () -> underWay(balancer) == 0);
      }
    } finally {
      BlockingFutures.await(vertx.close());
    }
  }

  /** Slow enough that there are always requests under way when it is closed. */
  private static HttpServer slowReplica(Vertx vertx, int port) throws Exception {
    HttpServer server = vertx.createHttpServer().requestHandler(request -> {
      if (request.path().equals("/heartbeat")) {
        request.response().end();
      } else {
        vertx.setTimer(5, timer -> request.response().end("ok"));
      }
    });
    return BlockingFutures.await(server.listen(port, "127.0.0.1"));
  }

  /** Sends GETs, and returns the answers that are not as they should be. */
  private static List<String> getUntil(
      AtomicBoolean stop, Balancer balancer, int client, AtomicInteger served) throws Exception {
    List<String> failed = new ArrayList<>();
    for (int i = 0; !stop.get(); i++) {
      HttpResponse<String> answer = balancer.get("/" + client + "/" + i % 500);
      if (answer.statusCode() != 200) {
        failed.add(answer.statusCode() + " " + answer.body());
      }
      served.incrementAndGet();
    }
    return failed;
  }

  private static void awaitMore(AtomicInteger served, int more) throws Exception {
    int goal = served.get() + more;
    eventually(more + " more requests", () -> served.get() >= goal);
  }

  private static boolean isUp(Balancer balancer, String name) {
    return balancer.members().named(name).orElseThrow().isEligible();
  }

  @Test
  void unhealthyReplica_isSkipped_andNoOtherKeyMoves() throws Exception {
    Vertx vertx = LoadBalancer.vertx();
    try {
      List<Replica> replicas = new ArrayList<>();
      for (int i = 1; i <= 3; i++) {
        replicas.add(Replica.start(vertx, "server" + i, "127.0.0.1", FreePorts.one()));
      }
      List<Integer> ports = replicas.stream().map(Replica::port).toList();
      // A check that takes longer than the interval fails: long enough for a busy machine.
      try (Balancer balancer = Balancer.over(ports, "--check-interval", "200ms")) {
        Map<String, String> before = owners(balancer);
        long checksum = balancer.members().ring().checksum();
        replicas.get(0).close();
        eventually("server1 is down", () -> !isUp(balancer, "server1"));
        Map<String, String> without = owners(balancer);
        assertThat(without.values()).doesNotContain("server1");
        assertThat(keysOf(before, "server2", "server3"))
            .allMatch(path -> without.get(path).equals(before.get(path)));
        assertThat(balancer.members().ring().checksum()).isEqualTo(checksum);
        replicas.set(0, Replica.start(vertx, "server1", "127.0.0.1", ports.get(0)));
        eventually("server1 is up", () -> isUp(balancer, "server1"));
        assertThat(owners(balancer)).isEqualTo(before);
      }
    } finally {
      BlockingFutures.await(vertx.close());
    }
  }

  private static Set<String> keysOf(Map<String, String> owners, String... nodes) {
    Set<String> wanted = Set.of(nodes);
    return owners.keySet().stream()
        .filter(path -> wanted.contains(owners.get(path)))
        .collect(Collectors.toSet());
  }

  @Test
  void heartbeatFails_thenPasses() throws Exception {
    AtomicInteger status = new AtomicInteger(200);
    Vertx vertx = LoadBalancer.vertx();
    try {
      HttpServer server = vertx
          .createHttpServer()
          .requestHandler(
              request -> request.response().setStatusCode(status.get()).end(Buffer.buffer("x")));
      BlockingFutures.await(server.listen(0, "127.0.0.1"));
      try (Balancer balancer =
          Balancer.over(List.of(server.actualPort()), "--check-interval", "20ms")) {
        assertThat(balancer.get("/x").statusCode()).isEqualTo(200);
        status.set(500);
        eventually("down", () -> balancer.get("/_lb/health").statusCode() == 503);
        assertThat(balancer.get("/x").statusCode())
            .as("of the owner, tried all the same")
            .isEqualTo(500);
        status.set(200);
        eventually("up", () -> balancer.get("/x").statusCode() == 200);
      }
    } finally {
      BlockingFutures.await(vertx.close());
    }
  }

  // Drain

  /** An origin that answers once the test opens the gate. */
  private static Origin gated(CountDownLatch arrived, CountDownLatch gate) throws Exception {
    return Origin.start((head, in, out) -> {
      arrived.countDown();
      gate.await();
      out.write(Origin.OK.getBytes(StandardCharsets.US_ASCII));
    });
  }

  @Test
  void rm_waitsForRequestsUnderWay() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    try (Origin slow = gated(arrived, gate);
        Balancer balancer = Balancer.over(List.of(slow.port()))) {
      Future<HttpResponse<String>> request = threads.submit(() -> balancer.get("/slow"));
      arrived.await();
      Future<HttpResponse<String>> removal = threads.submit(() -> balancer.remove("{\"n\":1}"));
      eventually("off the ring", () -> balancer.replicas().isEmpty());
      AdminApiTest.assertFailure(balancer.get("/new"), 503, "no healthy replica");
      assertThat(removal.isDone()).isFalse();
      gate.countDown();
      assertThat(request.get().body()).isEqualTo("ok");
      assertThat(removal.get().statusCode()).isEqualTo(200);
    }
  }

  @Test
  void rm_thatWaits_doesNotHoldUpOtherChanges() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    try (Origin stuck = gated(arrived, gate);
        Origin free = Origin.answering(Origin.OK);
        Balancer balancer =
            Balancer.over(List.of(stuck.port(), free.port()), "--drain-timeout", "60m")) {
      balancer.remove("{\"hostnames\":[\"server2\"]}");
      Future<HttpResponse<String>> request = threads.submit(() -> balancer.get("/stuck"));
      arrived.await();
      Future<HttpResponse<String>> removal = threads.submit(() -> balancer.remove("{\"n\":1}"));
      eventually("off the ring", () -> balancer.replicas().isEmpty());

      assertThat(Balancer.replicas(balancer.add("{\"n\":1}"))).containsExactly("server2");
      assertThat(balancer.nodeOf("/x")).isEqualTo("server2");
      AdminApiTest.assertFailure(
          balancer.add("{\"hostnames\":[\"server1\"]}"), 409, "still has requests to end: server1");
      assertThat(removal.isDone()).isFalse();

      gate.countDown();
      assertThat(request.get().body()).isEqualTo("ok");
      assertThat(Balancer.replicas(removal.get())).containsExactly("server2");
      assertThat(Balancer.replicas(balancer.add("{\"hostnames\":[\"server1\"]}")))
          .containsExactly("server2", "server1");
    } finally {
      gate.countDown();
    }
  }

  @Test
  void rm_ofAnIdleReplica_doesNotWaitForABusyOne() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    try (Origin busy = gated(arrived, gate);
        Origin idle = Origin.answering(Origin.OK);
        Balancer balancer =
            Balancer.over(List.of(busy.port(), idle.port()), "--drain-timeout", "60m")) {
      String path = pathOf(balancer, "server1");
      Future<HttpResponse<String>> request = threads.submit(() -> balancer.get(path));
      arrived.await();
      Future<HttpResponse<String>> first =
          threads.submit(() -> balancer.remove("{\"hostnames\":[\"server1\"]}"));
      eventually("off the ring", () -> balancer.replicas().equals(List.of("server2")));

      HttpResponse<String> second = balancer.remove("{\"hostnames\":[\"server2\"]}");
      assertThat(second.statusCode()).isEqualTo(200);
      assertThat(balancer.add("{\"hostnames\":[\"server2\"]}").statusCode())
          .as("its name is free again")
          .isEqualTo(200);
      assertThat(first.isDone()).isFalse();
      gate.countDown();
      assertThat(request.get().body()).isEqualTo("ok");
      assertThat(first.get().statusCode()).isEqualTo(200);
    } finally {
      gate.countDown();
    }
  }

  private static String pathOf(Balancer balancer, String name) {
    return IntStream.range(0, 1_000)
        .mapToObj(i -> "users/" + i)
        .filter(key -> balancer.members().ring().locate(key).name().equals(name))
        .map(key -> "/" + key)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void rm_doesNotWaitLongerThanTheDrainTimeout() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    try (Origin stuck = gated(arrived, gate);
        Balancer balancer = Balancer.over(List.of(stuck.port()), "--drain-timeout", "100ms")) {
      Future<HttpResponse<String>> request = threads.submit(() -> balancer.get("/stuck"));
      arrived.await();
      assertThat(balancer.remove("{\"n\":1}").statusCode()).isEqualTo(200);
      assertThat(request.isDone()).isFalse();
      gate.countDown();
      assertThat(request.get().statusCode()).isEqualTo(200);
    }
  }

  @Test
  void close_letsRequestsEnd_andTakesNoNewOnes() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    try (Origin slow = gated(arrived, gate);
        Balancer balancer = Balancer.over(List.of(slow.port()))) {
      Future<HttpResponse<String>> request = threads.submit(() -> balancer.get("/slow"));
      arrived.await();
      Future<?> closing = threads.submit(balancer::close);
      eventually("not for new requests", () -> balancer.get("/_lb/health").statusCode() == 503);
      AdminApiTest.assertFailure(balancer.get("/new"), 503, "shutting down");
      assertThat(closing.isDone()).isFalse();
      gate.countDown();
      assertThat(request.get().body()).isEqualTo("ok");
      closing.get();
      assertThat(slow.heads()).hasSize(1);
    }
  }

  // What is under way is counted until its end, whichever end that is

  @Test
  void clientGone_isNotUnderWay() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    try (Origin slow = gated(arrived, gate);
        Balancer balancer = Balancer.over(List.of(slow.port()))) {
      try (Socket client = new Socket("127.0.0.1", balancer.port())) {
        client.getOutputStream().write(ascii("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"));
        arrived.await();
        assertThat(underWay(balancer)).isEqualTo(1);
      }
      eventually("none is under way", () -> underWay(balancer) == 0);
    } finally {
      gate.countDown();
    }
  }

  @Test
  void webSocket_isForwarded_andUnderWayUntilItCloses() throws Exception {
    Vertx vertx = LoadBalancer.vertx();
    try {
      HttpServer echo = vertx
          .createHttpServer()
          .webSocketHandler(socket -> socket.textMessageHandler(socket::writeTextMessage));
      BlockingFutures.await(echo.listen(0, "127.0.0.1"));
      try (Balancer balancer =
          Balancer.over(List.of(echo.actualPort()), "--check-interval", "60m")) {
        CompletableFuture<String> heard = new CompletableFuture<>();
        WebSocket socket = HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(
                URI.create("ws://127.0.0.1:" + balancer.port() + "/ws"), new WebSocket.Listener() {
                  @Override
                  public CompletionStage<?> onText(
                      WebSocket webSocket, CharSequence data, boolean last) {
                    heard.complete(data.toString());
                    return CompletableFuture.completedStage(null);
                  }
                })
            .get(10, TimeUnit.SECONDS);
        socket.sendText("hello", true).get(10, TimeUnit.SECONDS);
        assertThat(heard.get(10, TimeUnit.SECONDS)).isEqualTo("hello");
        assertThat(underWay(balancer)).isEqualTo(1);
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "bye").get(10, TimeUnit.SECONDS);
        eventually("none is under way", () -> underWay(balancer) == 0);
      }
    } finally {
      BlockingFutures.await(vertx.close());
    }
  }

  private static int underWay(Balancer balancer) {
    return balancer.members().byAge().stream()
        .mapToInt(backend -> backend.requests().count())
        .sum();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  // The front door

  @Test
  void request_withLengthAndChunked_isRefusedOrReadOnce() throws Exception {
    try (Origin origin = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(List.of(origin.port()))) {
      String answer = raw(
          balancer.port(),
          "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assertThat(answer).startsWith("HTTP/1.1 400");
      assertThat(origin.heads()).noneMatch(head -> head.contains("smuggled"));
    }
  }

  @Test
  void request_withUnknownTransferEncoding_isRefused() throws Exception {
    try (Origin origin = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(List.of(origin.port()))) {
      String answer = raw(
          balancer.port(),
          "POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: xchunked\r\n"
              + "\r\n0\r\n\r\n");
      assertThat(answer).startsWith("HTTP/1.1 400");
      assertThat(origin.heads()).isEmpty();
    }
  }

  @Test
  void request_withHugeHeaders_isRefused() throws Exception {
    try (Balancer balancer = Balancer.start("--count", "1")) {
      assertThat(balancer.get("/x", "X-Big", "b".repeat(16 * 1024)).statusCode())
          .isEqualTo(200);
      assertThat(balancer.get("/x", "X-Big", "b".repeat(64 * 1024)).statusCode())
          .isEqualTo(431);
    }
  }

  public static String raw(int port, String request) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Test
  void threads_areGoneAfterClose() throws Exception {
    Callable<Long> count = () -> Thread.getAllStackTraces().keySet().stream()
        .filter(thread ->
            thread.getName().contains("vert.x") || thread.getName().contains("membership"))
        .count();
    long before = count.call();
    Balancer.start("--count", "1").close();
    eventually("its threads are gone", () -> count.call() <= before);
  }
}
