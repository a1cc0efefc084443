package io.hashring.demo.proxy;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import io.hashring.demo.Blackhole;
import io.hashring.demo.Origin;
import io.hashring.demo.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that leave take nothing with them, and nobody else notices. */
final class LeavingClientsTest {

  private static final String[] NO_CHECKS = {"--check-interval", "60m"};

  /** So many that each event loop has one. */
  private static final int OTHERS = 2 * Runtime.getRuntime().availableProcessors();

  /** Longer than a connection may take to be accepted. */
  private static final Duration CONNECT = Duration.ofMillis(2_500);

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String keyOf(String node, Balancer balancer) {
    return IntStream.iterate(0, i -> i + 1)
        .mapToObj(Integer::toString)
        .filter(key -> balancer.members().ring().locate(key).name().equals(node))
        .findFirst()
        .orElseThrow();
  }

  /** To be closed with a reset. */
  private static Socket rude(Balancer balancer, int receiveBuffer) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(receiveBuffer);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), balancer.port()));
    socket.setSoLinger(true, 0);
    return socket;
  }

  // During the connect

  private static final String[] UP_UNTIL_TRIED = {"--check", "none", "--eject-after", "1"};

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST"})
  void whileAReplicaDoesNotAccept_nothingStaysCounted_orIsSent(String method) throws Exception {
    try (Blackhole gone = Blackhole.open();
        Origin good = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(List.of(gone.port(), good.port()), UP_UNTIL_TRIED)) {
      leaveWhileConnecting(method, balancer);
      balancer.assertNothingIsHeld();
      assertThat(good.heads()).as("sent for nobody").isEmpty();
      assertThat(balancer.get("/" + keyOf("server1", balancer)).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void whileAReplicaDoesNotAccept_leasesAreGivenBack() throws Exception {
    try (Blackhole gone = Blackhole.open();
        Origin good = Origin.answering(Origin.OK);
        Origin other = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(
            List.of(gone.port(), good.port(), other.port()),
            "--check",
            "none",
            "--eject-after",
            "1",
            "--max-load",
            "1.5")) {
      leaveWhileConnecting("GET", balancer);
      balancer.assertNothingIsHeld();
      int before = good.heads().size();
      int otherBefore = other.heads().size();
      for (int i = 0; i < 60; i++) {
        assertThat(balancer.get("/" + i).statusCode()).isEqualTo(200);
      }
      assertThat(good.heads().size() - before).as("of 60 for two nodes").isBetween(10, 50);
      assertThat(other.heads().size() - otherBefore).as("of 60 for two nodes").isBetween(10, 50);
    }
  }

  private static void leaveWhileConnecting(String method, Balancer balancer) throws Exception {
    String key = keyOf("server1", balancer);
    for (int i = 0; i < 100; i++) {
      try (RawClient client = RawClient.to(balancer)) {
        client.send(method + " /" + key + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
      }
    }
    eventually("the first connect is over", () -> !isUp("server1", balancer));
    long first = System.nanoTime();
    eventually("all are over", () -> System.nanoTime() - first > CONNECT.toNanos());
  }

  private static boolean isUp(String node, Balancer balancer) {
    return balancer.members().named(node).orElseThrow().health().isUp();
  }

  // With an answer that is not read to its end

  /**
   * The end of an answer still waits for its client, while the replica is done with it, and its
   * connection has the request of another client: then the first one resets. How much fits into the
   * buffers between nobody knows, so sizes are tried until one does not fit.
   */
  @Test
  void answerUnread_whoHasItsConnectionNow_isNotHarmed() throws Exception {
    Map<Thread, Integer> served = new ConcurrentHashMap<>(); // by connection
    Semaphore written = new Semaphore(0);
    Semaphore arrived = new Semaphore(0);
    Semaphore mayAnswer = new Semaphore(0);
    AtomicInteger shared = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(OTHERS);
    try (Origin origin = Origin.start((head, in, out) -> {
          if (head.startsWith("GET /big/")) {
            int size = Integer.parseInt(head.split("[/ ]")[3]);
            out.write(ascii("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n"));
            out.write(new byte[size]);
            served.put(Thread.currentThread(), size);
            written.release();
          } else {
            if (served.remove(Thread.currentThread()) != null) {
              shared.incrementAndGet();
            }
            arrived.release();
            mayAnswer.acquire();
            out.write(ascii(Origin.OK));
          }
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      int size = 64 * 1024;
      boolean fits = true;
      while (fits && size < 1 << 24) {
        served.clear();
        Socket first = rude(balancer, 4096);
        first.getOutputStream().write(ascii("GET /big/" + size + " HTTP/1.1\r\nHost: x\r\n\r\n"));
        fits = written.tryAcquire(1_000, TimeUnit.MILLISECONDS);
        List<Future<Integer>> others = IntStream.range(0, fits ? OTHERS : 0)
            .mapToObj(i -> threads.submit(() -> post(balancer)))
            .toList();
        assertThat(arrived.tryAcquire(others.size(), 20, TimeUnit.SECONDS)).isTrue();
        first.close();
        eventually("the first is forgotten", () -> underWay(balancer) <= others.size());
        mayAnswer.release(others.size());
        for (Future<Integer> other : others) {
          assertThat(other.get(20, TimeUnit.SECONDS)).as("beside " + size).isEqualTo(200);
        }
        balancer.assertNothingIsHeld();
        size += 48 * 1024; // less than what may wait within the balancer
      }
      assertThat(fits).as("a size was found that does not fit").isFalse();
      assertThat(shared.get()).as("requests on the connection of one that left").isPositive();
    } finally {
      threads.shutdownNow();
    }
  }

  private static int underWay(Balancer balancer) {
    return balancer.members().byAge().get(0).requests().count();
  }

  private static int post(Balancer balancer) {
    try (RawClient client = RawClient.to(balancer)) {
      client.send("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab");
      return client.read("POST").status();
    } catch (IOException e) {
      return -1;
    }
  }
}
