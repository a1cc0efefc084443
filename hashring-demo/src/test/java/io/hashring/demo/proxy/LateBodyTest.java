package io.hashring.demo.proxy;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import io.hashring.demo.Origin;
import io.hashring.demo.RawClient;
import io.hashring.demo.RawClient.Answer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a replica sends that answers nobody's request is nobody's answer. */
final class LateBodyTest {

  private static final String[] NO_CHECKS = {"--check-interval", "60m"};
  private static final String EVIL = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static void send(OutputStream out, String text) throws IOException {
    out.write(ascii(text));
    out.flush();
  }

  /**
   * Heads of answers that have no body, but say that they had: their bytes are late, as late as the
   * next request on the connection, if that is used for one.
   */
  static Stream<Arguments> announcing() {
    String length = "Content-Length: " + EVIL.length() + "\r\n\r\n";
    String chunked = "Transfer-Encoding: chunked\r\n\r\n";
    return Stream.of(
        Arguments.of("GET", "HTTP/1.1 204 No Content\r\n" + length),
        Arguments.of("GET", "HTTP/1.1 204 No Content\r\n" + chunked),
        Arguments.of("POST", "HTTP/1.1 204 No Content\r\n" + length),
        Arguments.of("GET", "HTTP/1.1 304 Not Modified\r\n" + length),
        Arguments.of("GET", "HTTP/1.1 304 Not Modified\r\n" + chunked),
        Arguments.of("HEAD", "HTTP/1.1 200 OK\r\n" + length),
        Arguments.of("HEAD", "HTTP/1.1 200 OK\r\n" + chunked),
        Arguments.of("HEAD", "HTTP/1.1 204 No Content\r\n" + length),
        Arguments.of("HEAD", "HTTP/1.1 404 Not Found\r\n" + length));
  }

  @ParameterizedTest
  @MethodSource("announcing")
  void bodyThatIsNone_asLateAsTheNextRequest_isNobodysAnswer(String method, String head)
      throws Exception {
    ThreadLocal<Boolean> owes = ThreadLocal.withInitial(() -> false); // by connection
    try (Origin origin = Origin.start((request, in, out) -> {
          if (owes.get()) {
            send(out, EVIL);
          } else if (request.startsWith(method + " /bodiless ")) {
            owes.set(true);
            send(out, head);
          } else {
            send(out, Origin.OK);
          }
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      for (int i = 0; i < 3; i++) {
        client.send(method + " /bodiless HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(client.read(method).status()).isEqualTo(Integer.parseInt(head.split(" ")[1]));
        client.send("GET /next HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(client.read().body()).isEqualTo("ok");
      }
      balancer.assertNothingIsHeld();
    }
  }

  /** The same without a word about it: there is nothing to see before the bytes come. */
  static Stream<Arguments> silent() {
    return Stream.of(
        Arguments.of("GET", "HTTP/1.1 204 No Content\r\n\r\n"),
        Arguments.of("GET", "HTTP/1.1 304 Not Modified\r\n\r\n"),
        Arguments.of("HEAD", "HTTP/1.1 200 OK\r\n\r\n"),
        Arguments.of("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        Arguments.of("GET", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"),
        Arguments.of("GET", Origin.OK),
        Arguments.of("GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Arguments.of("GET", "HTTP/1.1 103 Early Hints\r\n\r\n" + Origin.OK));
  }

  private static final List<String> EXTRA = List.of(
      EVIL,
      "HTTP/1.1 200 OK\r\nContent-Le",
      "x",
      "\r\n",
      "0\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\n");

  static Stream<Arguments> silentAndExtra() {
    return silent()
        .flatMap(answer ->
            EXTRA.stream().map(extra -> Arguments.of(answer.get()[0], answer.get()[1], extra)));
  }

  /** A connection that brings a byte while nobody waits for one is closed. */
  @ParameterizedTest
  @MethodSource("silentAndExtra")
  void bytesBehindAnAnswer_late_closeTheConnection(String method, String answer, String extra)
      throws Exception {
    Semaphore late = new Semaphore(0);
    AtomicBoolean closed = new AtomicBoolean();
    try (Origin origin = Origin.start((request, in, out) -> {
          if (request.contains(" /first ")) {
            send(out, answer);
            late.acquire();
            send(out, extra);
            closed.set(in.read() < 0);
          } else {
            send(out, Origin.OK);
          }
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send(method + " /first HTTP/1.1\r\nHost: x\r\n\r\n");
      Answer first = client.read(method);
      if (first.status() < 200) {
        client.read(method);
      }
      late.release();
      eventually("the replica's connection is closed", closed::get);
      client.send("GET /next HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.read().body()).isEqualTo("ok");
      balancer.assertNothingIsHeld();
    }
  }

  /**
   * Where the next request is faster than they are, it can still be told that they do not answer
   * it.
   */
  @Test
  void bytesBehindAnAnswer_laterThanTheNextRequest_areNotTakenForItsAnswer() throws Exception {
    Set<Thread> owing = ConcurrentHashMap.newKeySet(); // by connection
    try (Origin origin = Origin.start((request, in, out) -> {
          if (owing.remove(Thread.currentThread())) {
            send(out, "late");
          }
          if (request.startsWith("GET /first ")) {
            owing.add(Thread.currentThread());
          }
          send(out, Origin.OK);
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      for (int i = 0; i < 20; i++) {
        client.send("GET /first HTTP/1.1\r\nHost: x\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(client.read().body()).isEqualTo("ok");
        assertThat(client.read().body()).isEqualTo("ok");
      }
      balancer.assertNothingIsHeld();
    }
  }

  /** And one that brings them at once is not used again, even by who waits for it already. */
  @ParameterizedTest
  @MethodSource("silentAndExtra")
  void bytesBehindAnAnswer_atOnce_closeTheConnection(String method, String answer, String extra)
      throws Exception {
    AtomicInteger cut = new AtomicInteger();
    try (Origin origin = Origin.start((request, in, out) -> {
          if (request.contains(" /first ")) {
            send(out, answer + extra);
            if (in.read() < 0) {
              cut.incrementAndGet();
            }
            throw new Origin.Hangup();
          }
          send(out, Origin.OK);
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send(
          method + " /first HTTP/1.1\r\nHost: x\r\n\r\n" + "GET /next HTTP/1.1\r\nHost: x\r\n\r\n");
      Answer first = client.read(method);
      if (first.status() < 200) {
        client.read(method);
      }
      assertThat(client.read().body()).isEqualTo("ok");
      eventually("the replica's connection is closed", () -> cut.get() == 1);
      balancer.assertNothingIsHeld();
    }
  }

  /** An answer that is whole before its request is: the connection has no other request then. */
  @ParameterizedTest
  @ValueSource(strings = {"", "Connection: close\r\n"})
  void answerBeforeTheEndOfItsRequest_harmsNobody(String connection) throws Exception {
    try (Origin origin = Origin.start((request, in, out) -> {
          if (request.contains(" /early ")) {
            send(out, "HTTP/1.1 200 OK\r\n" + connection + "Content-Length: 5\r\n\r\nearly");
            in.readNBytes(10);
          } else {
            in.readNBytes(request.startsWith("POST") ? 2 : 0);
            send(out, Origin.OK);
          }
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      for (int i = 0; i < 50; i++) {
        try (RawClient client = RawClient.to(balancer);
            RawClient other = RawClient.to(balancer)) {
          client.send("POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf.");
          assertThat(client.read("POST").body()).isEqualTo("early");
          other.send("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");
          client.send("other");
          assertThat(other.read("POST").body()).isEqualTo("ok");
        }
      }
      balancer.assertNothingIsHeld();
    }
  }

  /** Headers such as these are common, and no reason to make a connection for each request. */
  @Test
  void bodilessAnswers_thatAnnounceNothing_keepTheirConnections() throws Exception {
    List<String> answers = List.of(
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n");
    AtomicInteger turn = new AtomicInteger();
    try (Origin origin =
            Origin.start((request, in, out) -> send(out, answers.get(turn.getAndIncrement() % 3)));
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      for (int i = 0; i < 30; i++) {
        client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        client.read();
      }
      assertThat(origin.connections()).as("with that of the health check").isLessThanOrEqualTo(2);
    }
  }
}
