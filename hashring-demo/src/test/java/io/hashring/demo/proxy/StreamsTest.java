package io.hashring.demo.proxy;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import io.hashring.demo.LoadBalancer;
import io.hashring.demo.Origin;
import io.hashring.demo.RawClient;
import io.hashring.demo.RawClient.Answer;
import io.hashring.demo.admin.AdminApiTest;
import io.hashring.demo.admin.MetricsTest;
import io.hashring.demo.http.BlockingFutures;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What lasts takes nothing from what does not, and has limits and time-outs of its own. */
final class StreamsTest {

  private static final String WEB_SOCKET =
      "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  private static final String ACCEPT = "Accept: text/event-stream\r\n";

  private static String get(String path, String headers) {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
  }

  private final List<RawClient> clients = new ArrayList<>();
  private final AtomicInteger open = new AtomicInteger();
  private Vertx vertx;
  private HttpServer server;

  @BeforeEach
  void startServer() throws Exception {
    vertx = LoadBalancer.vertx();
    server = start();
  }

  private HttpServer start() throws Exception {
    return BlockingFutures.await(vertx
        .createHttpServer()
        .webSocketHandler(socket -> {
          open.incrementAndGet();
          socket.closeHandler(close -> open.decrementAndGet());
          socket.handler(socket::write);
        })
        .requestHandler(this::serve)
        .listen(0, "127.0.0.1"));
  }

  private void serve(HttpServerRequest request) {
    switch (request.path()) {
      case "/events", "/late-events" -> {
        open.incrementAndGet();
        request.response().closeHandler(close -> open.decrementAndGet());
        request
            .response()
            .setChunked(true)
            .putHeader("Content-Type", "text/event-stream;charset=utf-8")
            .write("data: 1\n\n");
      }
      case "/poll" -> open.incrementAndGet(); // and no answer
      case "/end" -> {
        request.response().setChunked(true).putHeader("Content-Type", "Text/Event-Stream");
        request.response().write("data: 1\n\n");
        vertx.setTimer(100, time -> request.response().end("data: 2\n\n"));
      }
      default -> request.response().end("ok");
    }
  }

  @AfterEach
  void stopServer() throws Exception {
    for (RawClient client : clients) {
      client.close();
    }
    BlockingFutures.await(vertx.close());
  }

  private Balancer balancer(String... options) throws Exception {
    return Balancer.over(
        List.of(server.actualPort()),
        Stream.concat(Stream.of("--check-interval", "60m"), Stream.of(options))
            .toArray(String[]::new));
  }

  private RawClient send(Balancer balancer, String request) throws Exception {
    RawClient client = RawClient.to(balancer);
    clients.add(client);
    client.send(request);
    return client;
  }

  /** So many of them, of which the first piece has come. */
  private void open(Balancer balancer, int count, String request, int status) throws Exception {
    List<RawClient> opened = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      opened.add(send(balancer, request));
    }
    for (RawClient client : opened) {
      assertThat(client.readHead().get(0)).contains(" " + status + " ");
    }
  }

  private static long medianMillis(Balancer balancer, int count) throws Exception {
    List<Long> nanos = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long start = System.nanoTime();
      assertThat(balancer.get("/plain").body()).isEqualTo("ok");
      nanos.add(System.nanoTime() - start);
    }
    nanos.sort(null);
    return TimeUnit.NANOSECONDS.toMillis(nanos.get(count / 2));
  }

  /** B1. Half of the event streams are known by their answers only. */
  @Test
  void plainGets_beside600WebSocketsAnd600EventStreams_takeNoTime() throws Exception {
    try (Balancer balancer = balancer()) {
      open(balancer, 600, WEB_SOCKET, 101);
      open(balancer, 300, get("/events", ACCEPT), 200);
      open(balancer, 300, get("/events", ""), 200);
      assertThat(open).hasValue(1_200);
      assertThat(medianMillis(balancer, 101)).isLessThan(50);
      assertThat(MetricsTest.value(balancer, "hashring_streams{node=\"server1\"}"))
          .isEqualTo(1_200);
      for (RawClient client : clients) {
        client.close();
      }
      eventually("all are closed", () -> open.get() == 0);
      balancer.assertNothingIsHeld();
    }
  }

  /** What takes long is none of the short requests, whatever it is. */
  @Test
  void plainGet_beside600LongPolls_waitsForAFewSeconds() throws Exception {
    try (Balancer balancer = balancer("--drain-timeout", "100ms")) { // they have no end
      for (int i = 0; i < 600; i++) {
        send(balancer, get("/poll", ""));
      }
      HttpResponse<String> answer = balancer.get("/plain");
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(medianMillis(balancer, 11)).isLessThan(50);
    }
  }

  @Test
  void overTheLimit_isRefusedAtOnce_andCounted() throws Exception {
    try (Balancer balancer = balancer("--max-streams", "4")) {
      open(balancer, 2, WEB_SOCKET, 101);
      open(balancer, 1, get("/events", ACCEPT), 200);
      open(balancer, 1, get("/events", ""), 200);
      for (String request : List.of(WEB_SOCKET, get("/events", ACCEPT), get("/events", ""))) {
        Answer answer = send(balancer, request).read();
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.body()).contains("as many WebSockets and event streams as --max-streams");
      }
      assertThat(balancer.get("/plain").statusCode()).isEqualTo(200);
      assertThat(MetricsTest.value(balancer, "hashring_streams_refused_total")).isEqualTo(3);
      clients.get(0).close();
      eventually(
          "there is room", () -> send(balancer, WEB_SOCKET).readHead().get(0).contains("101"));
    }
  }

  @Test
  void overTheLimit_movesOn() throws Exception {
    HttpServer other = start();
    try (Balancer balancer = Balancer.over(
        List.of(server.actualPort(), other.actualPort()),
        "--check-interval",
        "60m",
        "--max-streams",
        "3",
        "--key",
        "header:K")) {
      String owner = balancer.members().ring().locate("k").name();
      String next = owner.equals("server1") ? "server2" : "server1";
      List<String> nodes = new ArrayList<>();
      for (int i = 0; i < 7; i++) {
        Answer answer = new Answer(
            0, send(balancer, WEB_SOCKET.replace("Host: x", "Host: x\r\nK: k")).readHead(), "");
        nodes.add(String.join("", answer.values("X-Hashring-Node")));
      }
      assertThat(nodes).containsExactly(owner, owner, owner, next, next, next, "");
      assertThat(balancer.nodeOf("/plain", "K", "k")).isEqualTo(owner);
      assertThat(MetricsTest.value(balancer, "hashring_streams_moved_total")).isEqualTo(3);
      assertThat(MetricsTest.value(balancer, "hashring_streams_refused_total")).isEqualTo(1);
    }
  }

  /** The place of a short request is free for the next as soon as it ends, and not before. */
  @Test
  void shortRequests_waitForEachOther() throws Exception {
    try (Origin origin = Origin.start((head, in, out) -> {
          int now = open.incrementAndGet();
          Thread.sleep(20);
          open.decrementAndGet();
          out.write(
              Origin.OK.replace("ok", now > 4 ? "no" : "ok").getBytes(StandardCharsets.US_ASCII));
        });
        Balancer balancer = Balancer.over(
            List.of(origin.port()), "--check-interval", "60m", "--max-requests", "4")) {
      List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        answers.add(balancer.getAsync("/" + i));
      }
      for (CompletableFuture<HttpResponse<String>> answer : answers) {
        assertThat(answer.get(20, TimeUnit.SECONDS).body()).isEqualTo("ok");
      }
      balancer.assertNothingIsHeld();
    }
  }

  @Test
  void noSlotInTime_is503_andLeavesNothingBehind() throws Exception {
    try (Balancer balancer = balancer("--max-requests", "1", "--request-timeout", "700ms")) {
      int loops = Runtime.getRuntime().availableProcessors();
      List<CompletableFuture<HttpResponse<String>>> polls = new ArrayList<>();
      for (int i = 0; i < 8 * loops; i++) {
        polls.add(balancer.getAsync("/poll"));
      }
      for (CompletableFuture<HttpResponse<String>> poll : polls) {
        HttpResponse<String> answer = poll.get(20, TimeUnit.SECONDS);
        assertThat(answer.statusCode()).isIn(503, 504);
        if (answer.statusCode() == 503) {
          AdminApiTest.assertFailure(answer, 503, "too many requests");
          assertThat(Balancer.node(answer)).isEqualTo("server1");
        }
      }
      balancer.assertNothingIsHeld();
      assertThat(balancer.get("/plain").statusCode()).isEqualTo(200);
    }
  }

  // Time-outs

  @Test
  void quiet_hasATimeOutOfItsOwn() throws Exception {
    try (Balancer balancer = balancer(
        "--request-timeout", "200ms", "--idle-timeout", "200ms", "--stream-timeout", "4s")) {
      RawClient webSocket = send(balancer, WEB_SOCKET);
      assertThat(webSocket.readHead().get(0)).contains("101");
      RawClient events = send(balancer, get("/events", ""));
      assertThat(events.readHead().get(0)).contains("200");
      events.readUntil("data: 1\n\n\r\n");
      long start = System.nanoTime();
      assertThat(webSocket.isClosed()).isTrue();
      assertThat(events.isClosed()).isTrue();
      assertThat(System.nanoTime() - start)
          .as("longer than every other time-out: 1.2 s, and 2.6 s of the server")
          .isBetween(TimeUnit.MILLISECONDS.toNanos(3_500), TimeUnit.SECONDS.toNanos(15));
      eventually("the replica is told", () -> open.get() == 0);
      balancer.assertNothingIsHeld();
    }
  }

  /** The connection goes on after a stream that ends. */
  @Test
  void eventStreamThatEnds_keepsTheConnection() throws Exception {
    try (Balancer balancer = balancer("--request-timeout", "200ms", "--idle-timeout", "300ms")) {
      RawClient client = send(balancer, get("/end", ""));
      assertThat(client.read().body()).isEqualTo("data: 1\n\ndata: 2\n\n");
      client.send(get("/plain", ""));
      assertThat(client.read().body()).isEqualTo("ok");
      assertThat(client.isClosed()).as("in the end for it is idle").isTrue();
      balancer.assertNothingIsHeld();
    }
  }
}
