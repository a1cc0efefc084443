package io.hashring.demo;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.RawClient.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * Well-behaved clients and rude ones, over replicas of which one now and then neither takes a
 * connection nor refuses it. {@code -Dhashring.soak.seconds=300} makes it last.
 */
final class SoakTest {

  private static final Duration LENGTH =
      Duration.ofSeconds(Integer.getInteger("hashring.soak.seconds", 5));

  private static final int BYSTANDERS = 4;
  private static final int RUDE = 6;
  private static final int BIG = 4 << 20;
  private static final int MEGABYTE = 1 << 20;

  /** With three nodes a bound of one for each says that nobody has a lease. */
  private static final String MAX_LOAD = "2.9";

  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final Map<String, AtomicLong> done = new ConcurrentHashMap<>();
  private volatile boolean over;

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  // Replicas

  private static void answer(OutputStream out, String headers, String body) throws IOException {
    out.write(ascii(
        "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + body.length() + "\r\n\r\n" + body));
  }

  /** Does as the path says; what it is asked by the well-behaved, it repeats. */
  private static void serve(String head, InputStream in, OutputStream out, String headers)
      throws IOException {
    String path = head.split(" ")[1];
    switch (path.substring(0, Math.min(5, path.length()))) {
      case "/big/" -> {
        out.write(ascii("HTTP/1.1 200 OK\r\nContent-Length: " + BIG + "\r\n\r\n"));
        out.write(new byte[BIG]);
      }
      case "/slow" -> {
        LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        answer(out, headers, "slow");
      }
      case "/hang" -> throw new Origin.Hangup();
      case "/junk" -> out.write(ascii("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
      case "/late" -> {
        out.write(ascii("HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n"));
        out.flush();
        LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        out.write(ascii("late"));
      }
      default -> {
        List<String> lines = List.of(head.split("\r\n"));
        String body = new String(RawClient.Http.body(lines, in), StandardCharsets.US_ASCII);
        answer(out, headers, path + body);
      }
    }
  }

  /** Takes connections for a while, and then leaves all that come in the dark for a while. */
  private void flap(Origin origin) {
    try {
      while (!over) {
        pause(Duration.ofSeconds(2));
        try (Blackhole dark = origin.goDark()) {
          pause(Duration.ofSeconds(3)); // longer than a connect may take
          count("dark at " + dark.port());
        }
      }
    } catch (IOException e) {
      failures.add("the replica that comes and goes: " + e);
    }
  }

  /** So that each request needs a connection. */
  private static void serveOnce(String head, InputStream in, OutputStream out) throws IOException {
    serve(head, in, out, "Connection: close\r\n");
  }

  private void pause(Duration length) {
    long end = System.nanoTime() + length.toNanos();
    while (!over && System.nanoTime() < end) {
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  // Clients

  private void count(String what) {
    done.computeIfAbsent(what, name -> new AtomicLong()).incrementAndGet();
  }

  private void behave(int port, int number) {
    for (int i = 0; !over; ) {
      try (RawClient client = RawClient.to(port)) {
        for (int j = 0; j < 100 && !over; j++) {
          ask(client, "/" + number + "/" + i++, i % 3 == 0 ? "body" + i : "");
        }
      } catch (IOException e) {
        failures.add("bystander " + number + " at " + i + ": " + e);
      }
    }
  }

  private void ask(RawClient client, String path, String body) throws IOException {
    String method = body.isEmpty() ? "GET" : "POST";
    client.send(method + " " + path + " HTTP/1.1\r\nHost: x\r\n"
        + (body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n") + "\r\n" + body);
    Answer answer = client.read();
    if (answer.status() != 200 || !answer.body().equals(path + body)) {
      failures.add(method + " " + path + ": " + answer.status() + " " + answer.body());
    }
    count("good");
  }

  private void misbehave(int port, Random random) {
    while (!over) {
      int what = random.nextInt(11);
      try (RawClient client = RawClient.to(port)) {
        if (random.nextBoolean()) {
          client.socket().setSoLinger(true, 0); // leaves with a reset
        }
        misbehave(client, what, random);
      } catch (IOException e) {
        count("cut off"); // as may be
      }
      count("rude");
    }
  }

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
  }

  private static void misbehave(RawClient client, int what, Random random) throws IOException {
    String key = Integer.toString(random.nextInt(1_000));
    switch (what) {
      case 0 -> client.send(get("/" + key));
      case 1 ->
        client.send("POST /" + key + " HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf");
      case 2 -> {
        client.send(get("/big/" + key));
        client.readBytes(1 + random.nextInt(MEGABYTE));
      }
      case 3 -> {
        client.send(get("/" + key).repeat(500));
        client.readBytes(100);
      }
      case 4 -> client.send("GET /" + key + " HTTP/1.1\r\nHo");
      case 5 -> client.send("\u0016\u0003\u0001 " + key + "\r\n\r\n");
      case 6 -> {
        client.send(get("/slow/" + key));
        LockSupport.parkNanos(Duration.ofMillis(random.nextInt(60)).toNanos());
      }
      case 7 -> client.send(get("/hang/" + key));
      case 8 -> {
        client.send(get("/junk/" + key));
        client.read();
      }
      case 9 -> {
        client.send(get("/late/" + key));
        client.read();
      }
      default -> {
        client.send(
            "POST /" + key + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
        client.read();
      }
    }
  }

  // All of them

  @Test
  void rudeClients_harmNobody_andLeaveNothingBehind() throws Exception {
    Origin.Script script = (head, in, out) -> serve(head, in, out, "");
    try (Origin one = Origin.start(script);
        Origin two = Origin.start(script);
        Origin flapping = Origin.start(SoakTest::serveOnce);
        BalancerProcess balancer = BalancerProcess.start(
            "",
            List.of("-Xmx128m", "-XX:+UseSerialGC"),
            "--replicas",
            "127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d"
                .formatted(one.port(), two.port(), flapping.port()),
            "--max-load",
            MAX_LOAD,
            "--check-interval",
            "500ms",
            "--rise",
            "1")) {
      run(Duration.ofSeconds(2), balancer, flapping, 0); // what is loaded and opened once
      int threads = balancer.threads();
      long heap = balancer.heap();
      settle(balancer, one, two, flapping);
      int descriptors = balancer.descriptors();

      run(LENGTH, balancer, flapping, RUDE);

      System.out.printf("soak: %d s, %s, failed %s%n", LENGTH.toSeconds(), done, failures);
      assertThat(failures).as("failed requests of bystanders, beside %s", done).isEmpty();
      assertThat(done.get("rude").get()).isGreaterThan(100);
      settle(balancer, one, two, flapping);
      eventually(
          () -> balancer.descriptors() + " descriptors, " + descriptors + " before",
          () -> balancer.descriptors() <= descriptors + 4);
      assertThat(balancer.threads())
          .as("threads, %s before", threads)
          .isLessThanOrEqualTo(threads + 4);
      assertThat(balancer.heap()).as("heap, %s before", heap).isLessThan(heap + 8 * MEGABYTE);
      assertThat(balancer.output()).as("lines, beside %s", done).hasSizeLessThan(100);
    }
  }

  private void run(Duration length, BalancerProcess balancer, Origin flapping, int rude)
      throws Exception {
    over = false;
    List<Thread> threads = new ArrayList<>();
    threads.add(new Thread(() -> flap(flapping)));
    for (int i = 0; i < BYSTANDERS; i++) {
      int number = i;
      threads.add(new Thread(() -> behave(balancer.port(), number)));
    }
    for (int i = 0; i < rude; i++) {
      Random random = new Random(i);
      threads.add(new Thread(() -> misbehave(balancer.port(), random)));
    }
    threads.forEach(Thread::start);
    pause(length);
    over = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** Waits until nothing is under way, and ends what lies in the pool. */
  private static void settle(BalancerProcess balancer, Origin... origins) throws Exception {
    eventually(
        "no request is under way", () -> balancer.metric("hashring_requests_in_flight") == 0);
    eventually("no lease is out", () -> balancer.metric("hashring_node_capacity") == 3);
    for (Origin origin : origins) {
      origin.hangUp();
    }
  }
}
