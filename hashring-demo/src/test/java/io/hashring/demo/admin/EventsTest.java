package io.hashring.demo.admin;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.LoadBalancer;
import io.hashring.demo.RawClient;
import io.hashring.demo.cluster.Cluster;
import io.hashring.demo.http.BlockingFutures;
import io.hashring.demo.membership.Ejection;
import io.hashring.demo.membership.Health;
import io.hashring.demo.membership.Membership;
import io.hashring.demo.membership.PaperPool;
import io.netty.channel.ChannelOutboundBuffer;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.impl.ConnectionBase;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who reads the events is told what is new, at a bounded rate and out of bounded memory. */
final class EventsTest {

  private static final Duration BETWEEN = Duration.ofMillis(5);

  /** Says something else at each look, or the same. */
  private static final class Fake implements Events.Watched {
    final AtomicInteger begun = new AtomicInteger();
    final AtomicInteger ended = new AtomicInteger();
    final AtomicInteger looks = new AtomicInteger();
    volatile IntFunction<String> text = look -> "look " + look;
    volatile boolean numbered = true;

    @Override
    public void begin() {
      begun.incrementAndGet();
    }

    @Override
    public JsonObject look() {
      int look = looks.incrementAndGet();
      JsonObject seen = new JsonObject().put("text", text.apply(look));
      return numbered ? seen.put("look", look) : seen;
    }

    @Override
    public void end() {
      ended.incrementAndGet();
    }
  }

  private final Fake fake = new Fake();
  private final Vertx vertx = LoadBalancer.vertx();
  private final Set<HttpConnection> connections = ConcurrentHashMap.newKeySet();
  private final Membership membership = new Membership(
      new PaperPool(),
      Cluster.ofOne(),
      10,
      name -> new Health(name, 2, 3, Health.State.UP, Ejection.never()),
      Duration.ofSeconds(1),
      Duration.ZERO);
  private int port;

  @BeforeEach
  void start() throws Exception {
    membership.begin(2);
    serve(Duration.ofMinutes(1));
  }

  private void serve(Duration idle) throws Exception {
    Events events = new Events(vertx, membership::current, fake, idle, BETWEEN);
    HttpServer server = vertx.createHttpServer().requestHandler(request -> {
      connections.add(request.connection());
      events.handle(request);
    });
    port = BlockingFutures.await(server.listen(0, "127.0.0.1")).actualPort();
  }

  @AfterEach
  void stop() throws Exception {
    BlockingFutures.await(vertx.close());
    membership.close();
  }

  private EventReader reader() throws Exception {
    return EventReader.of(port, "/");
  }

  @Test
  void reader_isToldTheRingAtOnce_andWhenItChanges() throws Exception {
    try (EventReader reader = reader()) {
      assertThat(reader.status()).isEqualTo(200);
      assertThat(reader.header("content-type")).isEqualTo("text/event-stream");
      assertThat(reader.header("cache-control")).isEqualTo("no-store");
      EventReader.Event first = reader.next();
      assertThat(first.name()).isEqualTo("ring");
      assertThat(first.data().encode())
          .isEqualTo("{\"checksum\":\"" + RingJson.checksum(membership.current().ring())
              + "\",\"version\":1}");
      membership.reweigh("server1", 2);
      JsonObject second = reader.next("ring", data -> true);
      assertThat(second.getString("checksum"))
          .isEqualTo(RingJson.checksum(membership.current().ring()));
      assertThat(second.getInteger("version")).isEqualTo(2);
    }
  }

  @Test
  void traffic_isToldWhereItDiffers_andElseACommentNowAndThen() throws Exception {
    serve(Duration.ofMillis(100));
    fake.text = look -> "same";
    fake.numbered = false;
    try (EventReader reader = reader()) {
      assertThat(reader.next().name()).isEqualTo("ring");
      EventReader.Event traffic = reader.next();
      assertThat(traffic.name()).isEqualTo("traffic");
      assertThat(traffic.data().getString("at")).matches("20.*Z");
      int looks = fake.looks.get();
      assertThat(reader.next().name()).as("a comment").isEmpty();
      assertThat(reader.next().name()).as("a comment").isEmpty();
      assertThat(fake.looks.get() - looks).as("looks without news").isGreaterThan(3);
    }
  }

  @Test
  void nobodyReads_nobodyLooks() throws Exception {
    assertThat(fake.begun).hasValue(0);
    try (EventReader one = reader();
        EventReader two = reader()) {
      one.next("traffic", data -> true);
      two.next("traffic", data -> true);
      assertThat(fake.begun).hasValue(1);
      assertThat(fake.ended).hasValue(0);
    }
    eventually("the last one has left", () -> fake.ended.get() == 1);
    int looks = fake.looks.get();
    try (EventReader again = reader()) {
      JsonObject first = again.next("traffic", data -> true);
      assertThat(first.getInteger("look")).as("no look was taken in between").isEqualTo(looks + 1);
    }
    assertThat(fake.begun).hasValue(2);
  }

  @Test
  void readers_areSixteenAtMost() throws Exception {
    List<EventReader> readers = new ArrayList<>();
    try {
      for (int i = 0; i < Events.MOST_READERS; i++) {
        readers.add(reader());
        assertThat(readers.get(i).next().name()).isEqualTo("ring");
      }
      try (EventReader refused = reader()) {
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.body())
            .isEqualTo("{\"message\":\"<Error> there are 16 readers of the events already\","
                + "\"status\":\"failure\"}");
      }
      readers.get(7).close();
      eventually("there is room again", () -> {
        try (EventReader next = reader()) {
          return next.status() == 200;
        }
      });
      readers.get(3).next("traffic", data -> true);
    } finally {
      for (EventReader reader : readers) {
        reader.close();
      }
    }
  }

  /** Bytes that wait in this process to be written. */
  private long waiting() throws Exception {
    AtomicLong most = new AtomicLong();
    for (HttpConnection connection : connections) {
      ChannelOutboundBuffer out =
          ((ConnectionBase) connection).channel().unsafe().outboundBuffer();
      most.accumulateAndGet(out == null ? 0 : out.totalPendingWriteBytes(), Math::max);
    }
    return most.get();
  }

  /** 400 looks of 20 kB each are 8 MB, of which sockets take up to four. */
  @Test
  void slowReader_costsWhatABufferHolds_andThenHasTheNewest() throws Exception {
    String padding = "x".repeat(20_000);
    fake.text = look -> padding;
    try (Socket slow = new Socket()) {
      slow.setReceiveBufferSize(4_096);
      slow.connect(new InetSocketAddress("127.0.0.1", port));
      slow.setSoTimeout(20_000);
      slow.getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      AtomicLong most = new AtomicLong();
      try (EventReader quick = reader()) {
        eventually("it has long been too slow", () -> {
          most.accumulateAndGet(waiting(), Math::max);
          return fake.looks.get() > 400;
        });
        quick.next("traffic", data -> data.getInteger("look") > 350);
      }
      assertThat(most.get())
          .as("what waits for it: the mark of a socket, and one event beyond")
          .isLessThan(64 * 1024 + 2 * 20_400);
      membership.reweigh("server1", 5);
      String newest = "\"checksum\":\"" + RingJson.checksum(membership.current().ring()) + "\"";
      StringBuilder read = new StringBuilder();
      byte[] bytes = new byte[64 * 1024];
      while (read.indexOf(newest) < 0) {
        int count = slow.getInputStream().read(bytes);
        assertThat(count).as("the stream goes on").isPositive();
        read.append(new String(bytes, 0, count, StandardCharsets.UTF_8));
      }
      long told = read.toString()
          .lines()
          .filter(line -> line.startsWith("event: traffic"))
          .count();
      assertThat(told).as("many were never told").isLessThan(fake.looks.get() - 100);
    }
  }

  @Test
  void text_ofAnyKind_breaksNoEvent() throws Exception {
    String nasty =
        "a\nb\r\nc\revent: ring\n\ndata: x\n\n\u0000\u0085\u2028\u2029\ud83d\ude00" + "</script>";
    fake.text = look -> nasty;
    try (EventReader reader = reader()) {
      for (int i = 0; i < 3; i++) {
        assertThat(reader.next("traffic", data -> true).getString("text")).isEqualTo(nasty);
      }
    }
  }

  @Test
  void http10_isRefused() throws Exception {
    try (RawClient client = RawClient.to(port)) {
      client.send("GET / HTTP/1.0\r\n\r\n");
      RawClient.Answer answer = client.read();
      assertThat(answer.status()).isEqualTo(505);
      assertThat(answer.body()).contains("events without an end need HTTP/1.1");
    }
    assertThat(fake.begun).hasValue(0);
  }
}
