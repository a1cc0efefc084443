package io.hashring.demo.admin;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import io.hashring.demo.Origin;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator asks when something is wrong, and where the answer is. */
final class RingViewTest {

  private static JsonObject ring(Balancer balancer) throws Exception {
    return new JsonObject(balancer.get("/_lb/ring").body());
  }

  private static JsonObject node(Balancer balancer, String name) throws Exception {
    return ring(balancer).getJsonArray("nodes").stream()
        .map(JsonObject.class::cast)
        .filter(node -> node.getString("name").equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void node_saysWhyItIsDown_sinceWhen_andWhatFailedLast() throws Exception {
    Instant start = Instant.now();
    Origin gone = Origin.answering(Origin.OK);
    try (Origin well = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.start(
            "--check-interval",
            "20ms",
            "--replicas",
            "gone=127.0.0.1:" + gone.port() + "*2,well=127.0.0.1:" + well.port())) {
      JsonObject up = node(balancer, "gone");
      assertThat(up.getString("state")).isEqualTo("up");
      assertThat(up.getString("reason")).isEqualTo("GET /heartbeat was answered 200");
      assertThat(up.getDouble("weight")).isEqualTo(2);
      assertThat(up.getDouble("weightNow")).isEqualTo(2);
      assertThat(up.getString("address")).isEqualTo("127.0.0.1:" + gone.port());
      assertThat(up.getValue("lastError")).isNull();
      gone.close();
      eventually("it is down", () -> node(balancer, "gone").getString("state").equals("down"));
      JsonObject down = node(balancer, "gone");
      assertThat(down.getString("reason")).startsWith("Connection refused");
      assertThat(Instant.parse(down.getString("since"))).isBetween(start, Instant.now());
      eventually( // a check may have been under way when its connection was closed
          "that is what failed last",
          () -> node(balancer, "gone")
              .getJsonObject("lastError")
              .getString("what")
              .startsWith("Connection refused"));
      JsonObject last = node(balancer, "gone").getJsonObject("lastError");
      assertThat(Duration.between(Instant.parse(last.getString("at")), Instant.now()))
          .isLessThan(Duration.ofSeconds(30));
    }
  }

  @Test
  void draining_hasWhoLeft_andWhatItStillHas() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    try (Origin slow = Origin.start((head, in, out) -> {
          arrived.countDown();
          gate.await();
          out.write(Origin.OK.getBytes(StandardCharsets.US_ASCII));
        });
        Balancer balancer = Balancer.over(List.of(slow.port()))) {
      CompletableFuture<HttpResponse<String>> request = balancer.getAsync("/x");
      arrived.await();
      var removal =
          CompletableFuture.supplyAsync(() -> removed(balancer, "{\"hostnames\":[\"server1\"]}"));
      eventually("it drains", () -> ring(balancer).getJsonArray("draining").size() == 1);
      JsonObject draining = ring(balancer).getJsonArray("draining").getJsonObject(0);
      assertThat(draining.getString("name")).isEqualTo("server1");
      assertThat(draining.getInteger("inFlight")).isEqualTo(1);
      assertThat(Instant.parse(draining.getString("since"))).isBefore(Instant.now());
      gate.countDown();
      assertThat(request.get().statusCode()).isEqualTo(200);
      removal.get();
      assertThat(ring(balancer).getJsonArray("draining")).isEmpty();
    } finally {
      gate.countDown();
    }
  }

  private static int removed(Balancer balancer, String body) {
    try {
      return balancer.remove(body).statusCode();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void settings_areThoseInForce_withoutSecrets(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("token"), "s3cret\n");
    try (Balancer balancer = Balancer.start(
        "--admin-token-file",
        file.toString(),
        "--max-load",
        "1.25",
        "--request-timeout",
        "1500ms",
        "--check-status",
        "200,204",
        "--admin-host",
        "a.example,b.example",
        "--check",
        "http")) {
      assertThat(balancer.get("/_lb/ring").statusCode()).isEqualTo(401);
      String body = balancer.get("/_lb/ring", "Authorization", "Bearer s3cret").body();
      assertThat(body).doesNotContain("s3cret");
      JsonObject settings = new JsonObject(body).getJsonObject("settings");
      assertThat(settings.getString("--max-load")).isEqualTo("1.25");
      assertThat(settings.getString("--request-timeout")).isEqualTo("1500ms");
      assertThat(settings.getString("--check-interval")).as("a default").isEqualTo("1s");
      assertThat(settings.getString("--check-status")).isEqualTo("200,204");
      assertThat(settings.getString("--admin-host")).isEqualTo("a.example,b.example");
      assertThat(settings.getString("--check")).isEqualTo("http");
      assertThat(settings.getString("--replicas")).isEqualTo("embedded");
      assertThat(settings.getString("--admin-token-file")).isEqualTo(file.toString());
    }
    try (Balancer balancer = Balancer.start("--admin-token", "s3cret")) {
      String body = balancer.get("/_lb/ring", "Authorization", "Bearer s3cret").body();
      assertThat(body).doesNotContain("s3cret").contains("\"--admin-token\":\"(secret)\"");
    }
  }

  @Test
  void cluster_ofOne() throws Exception {
    try (Balancer balancer = Balancer.start()) {
      assertThat(ring(balancer).getJsonObject("cluster").encode())
          .matches(
              "\\{\"self\":\"[0-9a-f-]{36}\",\"leads\":true,\"connected\":true,\"peers\":\\[]}");
    }
  }
}
