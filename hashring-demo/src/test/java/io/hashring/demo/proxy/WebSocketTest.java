package io.hashring.demo.proxy;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import io.hashring.demo.Origin;
import io.hashring.demo.RawClient;
import io.hashring.demo.RawClient.Answer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A WebSocket from end to end; to the balancer it is bytes, so bytes are what is sent. */
final class WebSocketTest {

  private static final int MEGABYTE = 1 << 20;
  private static final String[] NO_CHECKS = {"--check-interval", "60m"};
  private static final String UPGRADE = ForwarderTest.UPGRADE + "\r\n";
  private static final String SWITCHING =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static void assertNothingIsHeld(Balancer balancer) throws Exception {
    eventually(
        "nothing is under way",
        () -> balancer.members().byAge().stream()
            .allMatch(backend -> backend.requests().count() == 0));
  }

  /** Upgrades, greets in the same breath, sends every byte back, and counts down at the end. */
  private static Origin echo(CountDownLatch left) throws Exception {
    return Origin.start((head, in, out) -> {
      out.write(ascii(SWITCHING + "hello "));
      try {
        for (int b = in.read(); b >= 0; b = in.read()) {
          out.write(b);
        }
      } finally {
        left.countDown();
      }
      throw new Origin.Hangup();
    });
  }

  @Test
  void bytes_goBothWays_untilTheClientLeaves() throws Exception {
    CountDownLatch left = new CountDownLatch(1);
    try (Origin origin = echo(left);
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      try (RawClient client = RawClient.to(balancer)) {
        client.send(UPGRADE);
        Answer answer = client.read();
        assertThat(answer.status()).isEqualTo(101);
        assertThat(answer.values("Upgrade")).containsExactly("websocket");
        assertThat(answer.values("Connection")).containsExactlyInAnyOrder("upgrade");
        assertThat(answer.values("Sec-WebSocket-Accept")).hasSize(1);
        assertThat(answer.values("X-Hashring-Node")).containsExactly("server1");
        for (String text : List.of("one ", "two ", "\u0000\u00ff GET / HTTP/1.1\r\n\r\n")) {
          client.send(text);
        }
        assertThat(client.readBytes("hello one two \u0000\u00ff GET / HTTP/1.1\r\n\r\n".length()))
            .isEqualTo("hello one two \u0000\u00ff GET / HTTP/1.1\r\n\r\n");
        assertThat(balancer.members().byAge().get(0).requests().count()).isEqualTo(1);
      }
      assertThat(left.await(20, TimeUnit.SECONDS)).as("the replica is told").isTrue();
      assertNothingIsHeld(balancer);
      assertThat(origin.heads()).hasSize(1);
    }
  }

  @Test
  void replicaLeaves_endsTheClients() throws Exception {
    try (Origin origin = Origin.start((head, in, out) -> {
          out.write(ascii(SWITCHING + "bye"));
          throw new Origin.Hangup();
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send(UPGRADE);
      assertThat(client.read().status()).isEqualTo(101);
      assertThat(client.readBytes(3)).isEqualTo("bye");
      assertThat(client.isClosed()).isTrue();
      assertNothingIsHeld(balancer);
    }
  }

  @Test
  void bytesThatNobodyReads_areHeldBack() throws Exception {
    AtomicInteger written = new AtomicInteger();
    CountDownLatch cut = new CountDownLatch(1);
    try (Origin origin = Origin.start((head, in, out) -> {
          out.write(ascii(SWITCHING));
          try {
            for (int i = 0; i < 200; i++) {
              out.write(new byte[MEGABYTE]);
              written.incrementAndGet();
            }
          } finally {
            cut.countDown();
          }
        });
        Balancer balancer = Balancer.over(
            List.of(origin.port()), "--check-interval", "60m", "--request-timeout", "500ms");
        RawClient client = RawClient.to(balancer)) {
      client.send(UPGRADE);
      assertThat(client.read().status()).isEqualTo(101);
      assertThat(cut.await(20, TimeUnit.SECONDS))
          .as("the time-out of a stall ends it")
          .isTrue();
      assertThat(written.get()).as("megabytes; buffers of sockets take some").isLessThan(50);
    }
  }

  /** Says no, with headers and a body that tell the client what to do about it. */
  @Test
  void refused_isAnAnswerLikeAnyOther() throws Exception {
    try (Origin origin = Origin.answering("HTTP/1.1 401 Unauthorized\r\nContent-Length: 5\r\n"
            + "WWW-Authenticate: Basic\r\n\r\nlogin");
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send(UPGRADE.replace(", close", ""));
      Answer answer = client.read();
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.values("WWW-Authenticate")).containsExactly("Basic");
      assertThat(answer.values("X-Hashring-Node")).containsExactly("server1");
      assertThat(answer.body()).isEqualTo("login");
      client.send("GET /rep HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.read().body()).as("the same connection").contains("server1");
      assertNothingIsHeld(balancer);
    }
  }

  @Test
  void brokenOff_is502_likeOtherFailures() throws Exception {
    try (Origin origin = Origin.hangingUp();
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send(UPGRADE);
      Answer answer = client.read();
      assertThat(answer.status()).isEqualTo(502);
      assertThat(answer.values("Content-Type")).containsExactly("application/json");
      assertThat(answer.body())
          .isEqualTo("{\"message\":\"<Error> the replica broke off before it answered\","
              + "\"status\":\"failure\"}");
      assertThat(client.isClosed()).as("as it asked for").isTrue();
      assertNothingIsHeld(balancer);
    }
  }

  @Test
  void brokenOff_goesToTheNextNode() throws Exception {
    try (Origin broken = Origin.hangingUp();
        Origin good = Origin.answering(SWITCHING);
        Balancer balancer = Balancer.over(List.of(broken.port(), good.port()), NO_CHECKS)) {
      for (int i = 0; i < 10; i++) {
        try (RawClient client = RawClient.to(balancer)) {
          client.send(UPGRADE.replace("/ws", "/" + i));
          Answer answer = client.read();
          assertThat(answer.status()).isEqualTo(101);
          assertThat(answer.values("X-Hashring-Node")).containsExactly("server2");
        }
      }
      assertThat(broken.heads()).as("upgrades that had to move").isNotEmpty();
      assertNothingIsHeld(balancer);
    }
  }

  @Test
  void noAnswer_is504() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    try (Origin origin = Origin.start((head, in, out) -> never.await());
        Balancer balancer = Balancer.over(
            List.of(origin.port()), "--check-interval", "60m", "--request-timeout", "200ms");
        RawClient client = RawClient.to(balancer)) {
      client.send(UPGRADE);
      assertThat(client.read().status()).isEqualTo(504);
      assertNothingIsHeld(balancer);
    } finally {
      never.countDown();
    }
  }
}
