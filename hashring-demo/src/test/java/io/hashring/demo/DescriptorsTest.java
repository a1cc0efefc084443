package io.hashring.demo;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A process that has no more descriptors, and then has some again. */
final class DescriptorsTest {

  private static final int CLIENTS = 400;

  @Test
  void descriptorsRunOut_andComeBack_itAcceptsAgain() throws Exception {
    try (Origin origin = Origin.answering(Origin.OK);
        BalancerProcess balancer = BalancerProcess.start(
            "ulimit -n 220; ", List.of(), "--replicas", "127.0.0.1:" + origin.port())) {
      for (int round = 0; round < 2; round++) {
        exhaust(balancer);
        eventually("it accepts again", () -> isAnswered(balancer));
      }
      assertThat(balancer.isAlive()).isTrue();
      assertThat(balancer.output().size()).as("lines in all").isLessThan(40);
      assertThat(balancer.output().stream().filter(line -> line.startsWith("\tat ")))
          .as("stacks")
          .isEmpty();
    }
  }

  private static void exhaust(BalancerProcess balancer) throws Exception {
    List<Socket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(new Socket(InetAddress.getLoopbackAddress(), balancer.port()));
      }
      eventually("no descriptor is left", () -> balancer.descriptors() >= 219);
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  private static boolean isAnswered(BalancerProcess balancer) {
    try (RawClient client = RawClient.to(balancer.port())) {
      client.socket().setSoTimeout(1_000);
      client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
      return client.read().status() == 200;
    } catch (IOException e) {
      return false;
    }
  }
}
