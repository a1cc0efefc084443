package io.hashring.demo.proxy;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import io.hashring.demo.Origin;
import io.hashring.demo.RawClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Requests that are sent before those in front of them are answered. */
final class PipeliningTest {

  private static final String[] NO_CHECKS = {"--check-interval", "60m"};
  private static final String GET = "GET /rep HTTP/1.1\r\nHost: x\r\n\r\n";

  /** Sends until there is no more room, or the end. */
  private static CompletableFuture<Void> flood(RawClient client, int requests, AtomicLong sent) {
    byte[] many = GET.replace("\r\n\r\n", "\r\nX-Pad: " + "x".repeat(1_000) + "\r\n\r\n")
        .repeat(100)
        .getBytes(StandardCharsets.US_ASCII);
    return CompletableFuture.runAsync(() -> {
      try {
        for (int i = 0; i < requests; i += 100) {
          client.send(many);
          sent.addAndGet(100);
        }
      } catch (IOException e) {
        // closed by the test
      }
    });
  }

  @Test
  void behindASlowOne_noMoreIsRead_andOthersNoticeNothing() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    int requests = 100_000; // 100 MB: far more than fits into the buffers of the machine
    AtomicLong sent = new AtomicLong();
    try (Origin origin = Origin.start((head, in, out) -> {
          if (head.startsWith("GET /slow ")) {
            gate.await();
          }
          out.write(Origin.OK.getBytes(StandardCharsets.US_ASCII));
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
      CompletableFuture<Void> flood = flood(client, requests, sent);
      long most = 0;
      for (int i = 0; i < 200; i++) { // on each event loop, with a connection of its own
        long begin = System.nanoTime();
        try (RawClient bystander = RawClient.to(balancer)) {
          bystander.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
          assertThat(bystander.read().status()).isEqualTo(200);
        }
        most = Math.max(most, System.nanoTime() - begin);
      }
      assertThat(Duration.ofNanos(most)).isLessThan(Duration.ofSeconds(2));
      long now = sent.get();
      assertThat(now).as("requests that could be sent").isLessThan(requests);
      assertThat(flood).isNotDone();
      gate.countDown();
      for (int i = 0; i < 1_000; i++) {
        assertThat(client.read().status()).isEqualTo(200);
      }
      client.socket().close();
      flood.join();
      balancer.assertNothingIsHeld();
    } finally {
      gate.countDown();
    }
  }

  /** In order, whoever answers, and with bodies between that must not be taken for requests. */
  @Test
  void thousands_areAnsweredInOrder() throws Exception {
    int requests = 5_000;
    try (Origin origin = Origin.start((head, in, out) -> {
          String path = head.split(" ")[1];
          String body = head.startsWith("POST")
              ? new String(in.readNBytes(3), StandardCharsets.US_ASCII)
              : "";
          String answer = path + body;
          out.write(("HTTP/1.1 200 OK\r\nContent-Length: " + answer.length() + "\r\n\r\n" + answer)
              .getBytes(StandardCharsets.US_ASCII));
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
        try {
          for (int i = 0; i < requests; i++) {
            client.send(
                switch (i % 4) {
                  case 0 -> "GET /" + i + " HTTP/1.1\r\nHost: x\r\n\r\n";
                  case 1 -> "POST /" + i + " HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nGET";
                  case 2 -> GET;
                  default -> "OPTIONS * HTTP/1.1\r\nHost: x\r\nMax-Forwards: 0\r\n\r\n";
                });
          }
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      });
      for (int i = 0; i < requests; i++) {
        RawClient.Answer answer = client.read();
        switch (i % 4) {
          case 0 -> assertThat(answer.body()).isEqualTo("/" + i);
          case 1 -> assertThat(answer.body()).isEqualTo("/" + i + "GET");
          case 2 -> assertThat(answer.body()).contains("server1");
          default -> assertThat(answer.status()).isEqualTo(204);
        }
      }
      sending.join();
      balancer.assertNothingIsHeld();
    }
  }

  @Test
  void answeredEarly_theRestOfTheBodyIsNotARequest() throws Exception {
    try (Origin origin = Origin.start((head, in, out) -> {
          out.write("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"
              .getBytes(StandardCharsets.US_ASCII));
          in.readAllBytes();
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS);
        RawClient client = RawClient.to(balancer)) {
      byte[] body = GET.repeat(100_000).getBytes(StandardCharsets.US_ASCII);
      client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length + "\r\n\r\n");
      client.send(body);
      client.send("GET /_lb/health HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.read("POST").status()).isEqualTo(413);
      assertThat(client.read().body()).contains("\"status\":\"up\"");
      balancer.assertNothingIsHeld();
    }
  }

  /** Its requests must not go on being sent. */
  @Test
  void clientLeaves_nothingMoreIsForwarded() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    try (Origin origin = Origin.start((head, in, out) -> {
          gate.await();
          out.write(Origin.OK.getBytes(StandardCharsets.US_ASCII));
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      try (RawClient client = RawClient.to(balancer)) {
        client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n".repeat(50));
        eventually("the first is there", () -> origin.heads().size() == 1);
        client.socket().setSoLinger(true, 0);
      }
      gate.countDown();
      balancer.assertNothingIsHeld();
      assertThat(balancer.get("/b").statusCode()).isEqualTo(200);
      assertThat(origin.heads().size()).as("and at most one that was begun").isLessThan(4);
    } finally {
      gate.countDown();
    }
  }
}
