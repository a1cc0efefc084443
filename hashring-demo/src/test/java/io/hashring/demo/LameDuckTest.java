package io.hashring.demo;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.demo.RawClient.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** B33. SIGTERM: not ready first, then the port closes, and nobody is answered 503 meanwhile. */
final class LameDuckTest {

  private static final String READY = "GET /_lb/ready HTTP/1.1\r\nHost: x\r\n\r\n";

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
  }

  private static Answer ask(int port, String request) throws IOException {
    try (RawClient client = RawClient.to(port)) {
      client.send(request);
      return client.read();
    }
  }

  @Test
  void sigterm() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    try (Origin origin = Origin.start((head, in, out) -> {
          if (head.startsWith("GET /slow")) {
            arrived.countDown();
            gate.await();
          }
          out.write(Origin.OK.getBytes(StandardCharsets.US_ASCII));
        });
        BalancerProcess balancer = BalancerProcess.start(
            "", List.of(), "--replicas", "127.0.0.1:" + origin.port(), "--lame-duck", "2s");
        RawClient slow = RawClient.to(balancer.port());
        RawClient idle = RawClient.to(balancer.port())) {
      int port = balancer.port();
      assertThat(ask(port, READY).status()).isEqualTo(200);
      slow.send(get("/slow"));
      idle.send(get("/x"));
      assertThat(idle.read().status()).isEqualTo(200);
      arrived.await();

      balancer.terminate();
      eventually("it is not ready", () -> ask(port, READY).status() == 503);
      assertThat(ask(port, READY).body()).contains("stopping");
      for (int i = 0; i < 50; i++) {
        Answer served = ask(port, get("/" + i));
        assertThat(served.status()).isEqualTo(200);
        assertThat(served.values("Connection")).containsExactly("close");
      }
      assertThat(idle.isClosed()).as("when the port closes").isTrue();
      assertThatThrownBy(() -> ask(port, READY)).isInstanceOf(IOException.class);

      assertThat(balancer.isAlive()).as("somebody waits for an answer").isTrue();
      gate.countDown();
      assertThat(slow.read().status()).isEqualTo(200);
      assertThat(slow.isClosed()).isTrue();
      eventually("it ends", () -> !balancer.isAlive());
    }
  }
}
