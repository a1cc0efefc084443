package io.hashring.demo;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.membership.Health;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A member whose heartbeat is well and whose requests are not: what clients see of it. */
final class FailingMembersTest {

  private static final int CLIENTS = 16;
  private static final int MILLIS = 1_500;

  private final CountDownLatch end = new CountDownLatch(1);
  private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
  private final AtomicBoolean ill = new AtomicBoolean(true);
  private final List<Origin> origins = new ArrayList<>();
  private volatile String illness;

  @BeforeEach
  void startOrigins() throws IOException {
    origins.add(Origin.start((head, in, out) -> {
      if (ill.get()) {
        beIll(out);
      } else {
        out.write(ascii(Origin.OK));
      }
    }));
    origins.add(Origin.answering(Origin.OK));
    origins.add(Origin.answering(Origin.OK));
  }

  @AfterEach
  void stop() throws IOException {
    end.countDown();
    clients.shutdownNow();
    for (Origin origin : origins) {
      origin.close();
    }
  }

  private void beIll(OutputStream out) throws Exception {
    switch (illness) {
      case "answers 500" -> out.write(ascii("HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno"));
      case "resets" -> throw new Origin.Hangup();
      case "breaks off" -> throw half(out);
      default -> end.await();
    }
  }

  private static Origin.Hangup half(OutputStream out) throws IOException {
    out.write(ascii("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"));
    out.flush();
    return new Origin.Hangup();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private Balancer balancer(String... more) throws Exception {
    List<String> options =
        new ArrayList<>(List.of("--request-timeout", "300ms", "--eject-status", "500-599"));
    options.addAll(List.of(more));
    return Balancer.over(
        origins.stream().map(Origin::port).toList(), options.toArray(String[]::new));
  }

  private static Health.State state(Balancer balancer) {
    return balancer.members().named("server1").orElseThrow().health().status().state();
  }

  /** What 16 clients see, each with one request after the other, by method. */
  private Map<String, Integer> load(Balancer balancer, String method) throws Exception {
    Map<String, Integer> seen = new ConcurrentHashMap<>();
    long stop = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MILLIS);
    AtomicInteger next = new AtomicInteger();
    List<Future<?>> running = new ArrayList<>();
    for (int client = 0; client < CLIENTS; client++) {
      running.add(clients.submit(() -> {
        while (System.nanoTime() < stop) {
          seen.merge(ask(balancer, method, "/" + next.getAndIncrement()), 1, Integer::sum);
        }
        return null;
      }));
    }
    for (Future<?> client : running) {
      client.get();
    }
    return new TreeMap<>(seen);
  }

  private static String ask(Balancer balancer, String method, String path) throws Exception {
    try {
      HttpResponse<String> answer = balancer.call(method, path, method.equals("GET") ? "" : "x");
      return Integer.toString(answer.statusCode());
    } catch (IOException e) {
      return "cut";
    }
  }

  /** How many fail: a handful for the first ejection and one for each trial; not a third. */
  @ParameterizedTest
  @CsvSource({
    "answers 500,GET",
    "resets,POST",
    "hangs,GET",
    "breaks off,GET",
  })
  void clientsSee_aFewFailures_notAThirdOfAllAnswers(String kind, String method) throws Exception {
    illness = kind;
    Map<String, Integer> before;
    try (Balancer balancer = balancer("--eject-after", "0")) {
      before = load(balancer, method);
    }
    Map<String, Integer> after;
    long ejections;
    try (Balancer balancer = balancer("--eject-time", "10s")) {
      after = load(balancer, method);
      assertThat(state(balancer)).isEqualTo(Health.State.EJECTED);
      ejections = balancer.members().named("server1").orElseThrow().health().ejections();
      assertThat(balancer.get("/_lb/metrics").body())
          .contains("hashring_node_ejections{node=\"server1\"} " + ejections + ".0")
          .contains("hashring_node_up{node=\"server1\"} 0.0");
    }
    System.out.printf(
        "EJECTION: a member of three %s (%s, 16 clients, %d ms): without %s, with %s%n",
        kind, method, MILLIS, before, after);
    int failures = after.values().stream().mapToInt(n -> n).sum() - after.get("200");
    // Five in a row, and whatever else was under way then.
    assertThat(failures).isBetween(5, 5 + CLIENTS);
    assertThat(ejections).isEqualTo(1);
    int failuresBefore = before.values().stream().mapToInt(n -> n).sum() - before.get("200");
    assertThat(failuresBefore).isGreaterThan(failures);
  }

  @Test
  void memberThatIsWellAgain_comesBackByOneTrial() throws Exception {
    illness = "answers 500";
    try (Logged log = Logged.below("io.hashring.demo.membership");
        Balancer balancer = balancer("--eject-time", "200ms")) {
      eventually("it is ejected", () -> {
        balancer.get("/" + System.nanoTime());
        return state(balancer) == Health.State.EJECTED;
      });
      assertThat(log.lines("server1 is ejected"))
          .containsExactly(
              "server1 is ejected: 5 requests in a row failed, the last: a request was answered"
                  + " 500; a trial in 200 ms");
      ill.set(false);
      eventually("it is back", () -> {
        assertThat(balancer.get("/" + System.nanoTime()).statusCode()).isEqualTo(200);
        return state(balancer) == Health.State.UP;
      });
      assertThat(log.lines("its trial request was answered 200")).hasSize(1);
    }
  }

  @Test
  void allMembersIll_neverMoreThanHalfAreOut() throws Exception {
    illness = "answers 500";
    List<Integer> ports = List.of(
        origins.get(0).port(),
        origins.get(0).port(),
        origins.get(0).port(),
        origins.get(0).port());
    try (Balancer balancer = Balancer.over(ports, "--eject-status", "500")) {
      for (int i = 0; i < 200; i++) {
        assertThat(balancer.get("/" + i).statusCode()).isEqualTo(500);
      }
      assertThat(balancer.members().byAge().stream().filter(b -> b.health().isUp()))
          .hasSize(2);
    }
  }

  /** What a client does to itself is no fault of the member that had its request. */
  @Test
  void clientsThatLeave_ejectNobody() throws Exception {
    illness = "hangs";
    try (Balancer balancer =
        Balancer.over(List.of(origins.get(0).port(), origins.get(1).port()))) {
      for (int i = 0; i < 60; i++) {
        int before = origins.get(0).heads().size() + origins.get(1).heads().size();
        RawClient client = RawClient.to(balancer);
        client.send("GET /" + i + " HTTP/1.1\r\nHost: x\r\n\r\n");
        eventually(
            "it is there",
            () -> origins.get(0).heads().size() + origins.get(1).heads().size() > before);
        client.close();
      }
      balancer.assertNothingIsHeld();
      assertThat(state(balancer)).isEqualTo(Health.State.UP);
      assertThat(balancer.members().named("server1").orElseThrow().health().lastFailure())
          .isNull();
    }
  }
}
