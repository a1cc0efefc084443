package io.hashring.demo;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.RawClient.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Sides that are slow, or gone: nobody waits for ever, and each side learns of the other's end. */
final class TroubleTest {

  private static final int MEGABYTE = 1 << 20;

  /** Every time-out short; none of them is over before the test wants it. */
  private static final String[] HASTY = {
    "--check-interval", "60m", "--request-timeout", "200ms", "--idle-timeout", "300ms"
  };

  private static final String[] PATIENT = {"--check-interval", "60m"};

  /** The bytes that a replica read before the end of its connection. */
  private final CompletableFuture<Integer> leftWith = new CompletableFuture<>();

  private final CountDownLatch arrived = new CountDownLatch(1);
  private final CountDownLatch gate = new CountDownLatch(1);

  @AfterEach
  void open() {
    gate.countDown();
  }

  /** Reads until the connection ends, and tells how many bytes there were. */
  private void readToTheEnd(InputStream in) {
    int bytes = 0;
    try {
      while (in.read() >= 0) {
        bytes++;
      }
    } catch (IOException e) {
      // a reset is an end too
    }
    leftWith.complete(bytes);
  }

  /** A replica that takes a request and says nothing. */
  private Origin silent() throws IOException {
    return Origin.start((head, in, out) -> {
      arrived.countDown();
      readToTheEnd(in);
    });
  }

  private Balancer over(Origin origin, String... options) throws Exception {
    return Balancer.over(List.of(origin.port()), options);
  }

  private int bytesBeforeTheEnd() throws Exception {
    return leftWith.get(20, TimeUnit.SECONDS);
  }

  // A slow client

  @Test
  void silentConnection_isClosed() throws Exception {
    try (Origin origin = Origin.answering(Origin.OK);
        Balancer balancer = over(origin, HASTY);
        RawClient client = RawClient.to(balancer)) {
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void headThatDrips_isClosed() throws Exception {
    try (Origin origin = Origin.answering(Origin.OK);
        Balancer balancer = over(origin, HASTY);
        RawClient client = RawClient.to(balancer)) {
      CompletableFuture<Boolean> closed = CompletableFuture.supplyAsync(() -> {
        try {
          return client.isClosed();
        } catch (IOException e) {
          return true;
        }
      });
      client.send("GET /a HTTP/1.1\r\nHost: x\r\n");
      while (!closed.isDone()) { // a byte now and then, so that the connection is never idle
        drip(client);
      }
      assertThat(closed.get()).isTrue();
      assertThat(origin.heads()).isEmpty();
    }
  }

  private static void drip(RawClient client) {
    LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    try {
      client.send("X");
    } catch (IOException e) {
      // closed, as it is to be
    }
  }

  @Test
  void connectionWithoutANextRequest_isClosed() throws Exception {
    try (Origin origin = Origin.answering(Origin.OK);
        Balancer balancer = over(origin, HASTY);
        RawClient client = RawClient.to(balancer)) {
      client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void bodyThatStops_is408_andTheReplicaIsLeft() throws Exception {
    try (Origin origin = silent();
        Balancer balancer = over(origin, HASTY);
        RawClient client = RawClient.to(balancer)) {
      client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf.");
      Answer answer = client.read("POST");
      assertThat(answer.status()).isEqualTo(408);
      assertThat(answer.body()).contains("the rest of the request did not come in time");
      assertThat(client.isClosed()).isTrue();
      assertThat(bytesBeforeTheEnd()).isEqualTo(5);
      balancer.assertNothingIsHeld();
    }
  }

  /** The time that a replica has for its answer does not run while the client sends. */
  @Test
  void bodyThatPauses_longerThanAReplicaMay_isForwarded() throws Exception {
    try (Origin origin = Origin.start((head, in, out) -> {
          in.readNBytes(5);
          arrived.countDown();
          in.readNBytes(5);
          out.write(Origin.OK.getBytes(StandardCharsets.US_ASCII));
        });
        Balancer balancer = over(origin, "--check-interval", "60m", "--request-timeout", "200ms");
        RawClient client = RawClient.to(balancer)) {
      client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf.");
      arrived.await();
      long begin = System.nanoTime(); // a replica that said nothing for that long would be cut off
      eventually(
          "a pause", () -> System.nanoTime() - begin > Duration.ofMillis(1_500).toNanos());
      client.send("other");
      assertThat(client.read("POST").body()).isEqualTo("ok");
      balancer.assertNothingIsHeld();
    }
  }

  /** Then the replica is to blame, and not the client. */
  @Test
  void replicaThatDoesNotTakeABody_is504() throws Exception {
    long begin;
    try (Origin origin = Origin.start((head, in, out) -> gate.await());
        Balancer balancer = over(origin, HASTY);
        RawClient client = RawClient.to(balancer)) {
      client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
      CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
        try {
          while (true) {
            client.send(new byte[MEGABYTE]);
          }
        } catch (IOException e) {
          // closed, as it is to be
        }
      });
      assertThat(client.read("POST").status()).isEqualTo(504);
      client.socket().close();
      sending.join();
      balancer.assertNothingIsHeld();
      begin = System.nanoTime();
    }
    assertThat(System.nanoTime() - begin)
        .as("what the replica does not read holds up nobody's end")
        .isLessThan(Duration.ofSeconds(10).toNanos());
  }

  /** It is the replica that is slow then, and the client that waits is not to blame. */
  @Test
  void clientThatWaitsForItsAnswer_isNotIdle() throws Exception {
    try (Origin origin = Origin.start((head, in, out) -> {
          LockSupport.parkNanos(Duration.ofMillis(600).toNanos());
          out.write(Origin.OK.getBytes(StandardCharsets.US_ASCII));
        });
        Balancer balancer = over(origin, "--check-interval", "60m", "--idle-timeout", "100ms");
        RawClient client = RawClient.to(balancer)) {
      client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.read().body()).isEqualTo("ok");
    }
  }

  // A slow replica

  @Test
  void noAnswer_is504_andTheReplicaIsLeft() throws Exception {
    try (Origin origin = silent();
        Balancer balancer = over(origin, HASTY);
        RawClient client = RawClient.to(balancer)) {
      client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(504);
      assertThat(bytesBeforeTheEnd()).isZero();
      balancer.assertNothingIsHeld();
    }
  }

  @Test
  void answerThatStops_isCut_onBothSides() throws Exception {
    try (Origin origin = Origin.start((head, in, out) -> {
          out.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf."
              .getBytes(StandardCharsets.US_ASCII));
          readToTheEnd(in);
        });
        Balancer balancer = over(origin, HASTY);
        RawClient client = RawClient.to(balancer)) {
      client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(new String(
              client.socket().getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .endsWith("\r\n\r\nhalf.");
      assertThat(bytesBeforeTheEnd()).isZero();
      balancer.assertNothingIsHeld();
    }
  }

  // A client that is gone

  @Test
  void clientGone_whileItWaits_endsTheReplicas() throws Exception {
    try (Origin origin = silent();
        Balancer balancer = over(origin, PATIENT)) {
      try (RawClient client = RawClient.to(balancer)) {
        client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        arrived.await();
      }
      assertThat(bytesBeforeTheEnd()).isZero();
      balancer.assertNothingIsHeld();
    }
  }

  @Test
  void clientGone_midUpload_endsTheReplicas() throws Exception {
    try (Origin origin = silent();
        Balancer balancer = over(origin, PATIENT)) {
      try (RawClient client = RawClient.to(balancer)) {
        client.send("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf.");
        arrived.await();
      }
      assertThat(bytesBeforeTheEnd()).isEqualTo(5);
      balancer.assertNothingIsHeld();
    }
  }

  @Test
  void clientGone_midUploadOfChunks_leavesNoLastChunk() throws Exception {
    try (Origin origin = silent();
        Balancer balancer = over(origin, PATIENT)) {
      try (RawClient client = RawClient.to(balancer)) {
        client.send("PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
        arrived.await();
      }
      assertThat(bytesBeforeTheEnd()).isEqualTo("2\r\nab\r\n".length());
      balancer.assertNothingIsHeld();
    }
  }

  @Test
  void clientGone_midDownload_endsTheReplicas() throws Exception {
    CountDownLatch cut = new CountDownLatch(1);
    try (Origin origin = Origin.start((head, in, out) -> {
          try {
            flood(out);
          } finally {
            cut.countDown();
          }
        });
        Balancer balancer = over(origin, PATIENT)) {
      try (RawClient client = RawClient.to(balancer)) {
        client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(client.socket().getInputStream().readNBytes(MEGABYTE)).hasSize(MEGABYTE);
      }
      assertThat(cut.await(20, TimeUnit.SECONDS)).as("the replica is told").isTrue();
      balancer.assertNothingIsHeld();
    }
  }

  private static void flood(OutputStream out) throws IOException {
    out.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        .getBytes(StandardCharsets.US_ASCII));
    while (true) {
      out.write("100000\r\n".getBytes(StandardCharsets.US_ASCII));
      out.write(new byte[MEGABYTE]);
      out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** One that left before its request could be sent must not have it executed. */
  @Test
  void clientGone_whileConnecting_isNotForwarded() throws Exception {
    try (Origin origin = Origin.answering(Origin.OK);
        Balancer balancer = over(origin, PATIENT)) {
      try (RawClient client = RawClient.to(balancer)) {
        client.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
        assertThat(client.read("POST").status()).isEqualTo(400);
      }
      balancer.assertNothingIsHeld();
      assertThat(balancer.get("/b").statusCode()).isEqualTo(200);
      assertThat(origin.heads()).hasSize(1).allMatch(head -> head.startsWith("GET /b "));
    }
  }

  // A replica that is gone

  @Test
  void replicaGone_midUpload_is502() throws Exception {
    try (Origin origin = Origin.start((head, in, out) -> {
          in.readNBytes(5);
          throw new Origin.Hangup();
        });
        Balancer balancer = over(origin, PATIENT);
        RawClient client = RawClient.to(balancer)) {
      client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf.");
      Answer answer = client.read("POST");
      assertThat(answer.status()).isEqualTo(502);
      assertThat(answer.body()).contains("broke off");
      client.send("other");
      client.send("GET /rep HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.read().body()).as("the rest of the body was read").contains("server1");
      assertThat(origin.heads()).as("not sent twice").hasSize(1);
      balancer.assertNothingIsHeld();
    }
  }

  @Test
  void replicaAnswers_beforeTheBodyIsThere() throws Exception {
    try (Origin origin = Origin.start((head, in, out) -> {
          out.write("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"
              .getBytes(StandardCharsets.US_ASCII));
          readToTheEnd(in);
        });
        Balancer balancer = over(origin, PATIENT);
        RawClient client = RawClient.to(balancer)) {
      client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf.");
      Answer answer = client.read("POST");
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.body()).isEqualTo("no");
      balancer.assertNothingIsHeld();
    }
  }

  /** The second client waits for a connection that the first, who is gone, must not keep. */
  @Test
  void clientsThatLeave_giveTheirConnectionsBack() throws Exception {
    AtomicInteger served = new AtomicInteger();
    try (Origin origin = Origin.start((head, in, out) -> {
          if (head.startsWith("GET /stay ")) {
            served.incrementAndGet();
            out.write(Origin.OK.getBytes(StandardCharsets.US_ASCII));
          } else {
            readToTheEnd(in);
          }
        });
        Balancer balancer = over(origin, PATIENT)) {
      for (int i = 0; i < 600; i++) { // more than there are connections to one replica
        try (RawClient client = RawClient.to(balancer)) {
          client.send("GET /leave HTTP/1.1\r\nHost: x\r\n\r\n");
        }
      }
      assertThat(balancer.get("/stay").statusCode()).isEqualTo(200);
      assertThat(served).hasValue(1);
      balancer.assertNothingIsHeld();
    }
  }
}
