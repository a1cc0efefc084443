package io.hashring.demo.admin;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import io.hashring.demo.LoadBalancerTest;
import io.hashring.demo.Origin;
import io.hashring.demo.proxy.ForwarderTest;
import io.vertx.core.json.JsonObject;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What a reader of {@code /_lb/metrics} finds after known requests. */
public final class MetricsTest {

  private static final String[] NO_CHECKS = {"--check-interval", "60m"};

  private static String scrape(Balancer balancer) throws Exception {
    return balancer.get("/_lb/metrics").body();
  }

  /** The value of a series, such as {@code name{label="value"}}. */
  public static double value(Balancer balancer, String series) throws Exception {
    return scrape(balancer)
        .lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElse(Double.NaN);
  }

  /** An answer reaches its client a moment before it is counted. */
  private static void awaitValue(Balancer balancer, String series, double value) throws Exception {
    eventually(series + " " + value, () -> value(balancer, series) == value);
  }

  @Test
  void requests_byNodeAndStatus_andTheirDuration() throws Exception {
    try (Origin origin = Origin.start((head, in, out) -> out.write(
            (head.startsWith("GET /missing ") ? Origin.OK.replace("200 OK", "404 No") : Origin.OK)
                .getBytes(StandardCharsets.US_ASCII)));
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      for (int i = 0; i < 5; i++) {
        balancer.get("/" + i);
      }
      balancer.get("/missing");
      awaitValue(balancer, "hashring_requests_total{node=\"server1\",status=\"200\"}", 5);
      awaitValue(balancer, "hashring_requests_total{node=\"server1\",status=\"404\"}", 1);
      awaitValue(balancer, "hashring_request_duration_seconds_count{node=\"server1\"}", 6);
      awaitValue(
          balancer, "hashring_request_duration_seconds_bucket{node=\"server1\",le=\"+Inf\"}", 6);
      assertThat(value(balancer, "hashring_request_duration_seconds_sum{node=\"server1\"}"))
          .isGreaterThan(0);
      assertThat(scrape(balancer))
          .contains("hashring_request_duration_seconds_bucket{node=\"server1\",le=\"0.0025\"}");
      assertThat(value(balancer, "hashring_retries_total")).isZero();
      assertThat(value(balancer, "hashring_requests_off_primary_total")).isZero();
    }
  }

  @Test
  void answer_isPrometheusText() throws Exception {
    try (Balancer balancer = Balancer.start("--count", "1")) {
      HttpResponse<String> answer = balancer.get("/_lb/metrics");
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("content-type"))
          .contains("text/plain; version=0.0.4; charset=utf-8");
      assertThat(answer.body().lines())
          .allMatch(
              line -> line.matches("# (HELP|TYPE) hashring_.+|hashring_[a-z_]+(\\{.*})? \\S+"));
      AdminApiTest.assertFailure(balancer.call("POST", "/_lb/metrics", ""), 405, "GET, HEAD");
    }
  }

  @Test
  void seriesOfNodesThatLeft_goAfterAWhile_andOthersStay() throws Exception {
    try (Balancer balancer = Balancer.start("--metrics-retention", "300ms", "--count", "1")) {
      for (int round = 0; round < 5; round++) {
        String name = "n" + round;
        balancer.add("{\"hostnames\":[\"" + name + "\"],\"weight\":50}");
        for (int i = 0; i < 50; i++) {
          balancer.get("/" + i);
        }
        balancer.remove("{\"hostnames\":[\"" + name + "\"]}");
      }
      assertThat(scrape(balancer)).contains("node=\"n4\"");
      eventually("they are gone", () -> !scrape(balancer).contains("node=\"n"));
      balancer.get("/x");
      awaitValue(balancer, "hashring_node_up{node=\"server1\"}", 1);
      assertThat(scrape(balancer)).contains("hashring_requests_total{node=\"server1\"");
    }
  }

  @Test
  void token_guards() throws Exception {
    try (Balancer guarded = Balancer.start("--admin-token", "s3cret", "--count", "1")) {
      AdminApiTest.assertFailure(guarded.get("/_lb/metrics"), 401, "Authorization");
      assertThat(guarded.get("/_lb/metrics", "Authorization", "Bearer s3cret").statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void retries_andRequestsOffTheirPrimary() throws Exception {
    try (Origin broken = Origin.hangingUp();
        Origin good = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(
            List.of(broken.port(), good.port()), "--check-interval", "60m", "--eject-after", "0")) {
      long moved = 0;
      for (int i = 0; i < 20; i++) {
        balancer.get("/" + i);
        moved += balancer.members().ring().locate("" + i).name().equals("server1") ? 1 : 0;
      }
      assertThat(moved).isBetween(1L, 19L);
      awaitValue(balancer, "hashring_requests_total{node=\"server2\",status=\"200\"}", 20);
      awaitValue(balancer, "hashring_retries_total", moved);
      awaitValue(balancer, "hashring_requests_off_primary_total", moved);
    }
  }

  /** Skipped because it is down, not tried in vain: that is off the primary, but no retry. */
  @Test
  void primaryDown_isNoRetry() throws Exception {
    Origin gone = Origin.answering(Origin.OK);
    try (Origin good = Origin.answering(Origin.OK);
        Balancer balancer = Balancer.over(
            List.of(gone.port(), good.port()), "--check-interval", "20ms", "--rise", "1000000")) {
      gone.close();
      awaitValue(balancer, "hashring_node_up{node=\"server1\"}", 0);
      eventually(
          "only server1 is down", () -> value(balancer, "hashring_node_up{node=\"server2\"}") == 1);
      String key = "0";
      for (int i = 1; !balancer.members().ring().locate(key).name().equals("server1"); i++) {
        key = "" + i;
      }
      assertThat(balancer.nodeOf("/" + key)).isEqualTo("server2");
      awaitValue(balancer, "hashring_requests_off_primary_total", 1);
      assertThat(value(balancer, "hashring_retries_total")).isZero();
    }
  }

  @Test
  void noNode_andClientGone() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    try (Origin slow = Origin.start((head, in, out) -> {
          arrived.countDown();
          gate.await();
        });
        Balancer balancer = Balancer.over(List.of(slow.port()), NO_CHECKS)) {
      try (Socket client = new Socket("127.0.0.1", balancer.port())) {
        client
            .getOutputStream()
            .write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        arrived.await();
        awaitValue(balancer, "hashring_requests_in_flight{node=\"server1\"}", 1);
      }
      awaitValue(balancer, "hashring_requests_total{node=\"server1\",status=\"499\"}", 1);
      awaitValue(balancer, "hashring_requests_in_flight{node=\"server1\"}", 0);
      balancer.remove("{\"n\":1}");
      balancer.get("/x");
      awaitValue(balancer, "hashring_requests_total{node=\"none\",status=\"503\"}", 1);
    } finally {
      gate.countDown();
    }
  }

  @Test
  void webSocket_isCounted_butHasNoDuration() throws Exception {
    try (Origin origin = Origin.start((head, in, out) -> {
          out.write(("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                  + "Upgrade: websocket\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
          throw new Origin.Hangup();
        });
        Balancer balancer = Balancer.over(List.of(origin.port()), NO_CHECKS)) {
      String answer = LoadBalancerTest.raw(balancer.port(), ForwarderTest.UPGRADE + "\r\n");
      assertThat(answer).startsWith("HTTP/1.1 101");
      awaitValue(balancer, "hashring_requests_total{node=\"server1\",status=\"101\"}", 1);
      assertThat(value(balancer, "hashring_request_duration_seconds_count{node=\"server1\"}"))
          .isZero();
    }
  }

  @Test
  void ring_asInItsJson() throws Exception {
    try (Balancer balancer = Balancer.start()) {
      assertThat(value(balancer, "hashring_ring_version")).isEqualTo(1);
      assertThat(value(balancer, "hashring_ring_moved_share")).isEqualTo(1);
      balancer.add("{\"n\":1}");
      JsonObject ring = new JsonObject(balancer.get("/_lb/ring").body());
      double peak = ring.getJsonArray("nodes").stream()
          .mapToDouble(node -> ((JsonObject) node).getDouble("share"))
          .max()
          .orElseThrow();
      assertThat(value(balancer, "hashring_ring_nodes")).isEqualTo(4);
      assertThat(value(balancer, "hashring_ring_points")).isEqualTo(4 * 160);
      assertThat(value(balancer, "hashring_ring_version")).isEqualTo(2);
      assertThat(value(balancer, "hashring_ring_moved_share"))
          .isEqualTo(ring.getJsonObject("lastChange").getDouble("moved"));
      assertThat(value(balancer, "hashring_ring_peak_to_mean")).isEqualTo(4 * peak);
      assertThat(value(
              balancer, "hashring_ring_info{checksum=\"" + ring.getString("checksum") + "\"}"))
          .isEqualTo(1);
      assertThat(scrape(balancer).lines().filter(line -> line.startsWith("hashring_ring_info{")))
          .as("the old checksum is gone")
          .hasSize(1);
    }
  }

  @Test
  void nodeThatLeft_keepsItsCounters_andNothingElse() throws Exception {
    try (Balancer balancer = Balancer.start("--count", "1")) {
      balancer.get("/x");
      awaitValue(balancer, "hashring_requests_total{node=\"server1\",status=\"200\"}", 1);
      assertThat(value(balancer, "hashring_node_up{node=\"server1\"}")).isEqualTo(1);
      balancer.remove("{\"n\":1}");
      assertThat(scrape(balancer))
          .contains("hashring_requests_total{node=\"server1\",status=\"200\"} 1")
          .doesNotContain("hashring_node_up{", "hashring_requests_in_flight{");
      assertThat(value(balancer, "hashring_ring_peak_to_mean")).isZero();
    }
  }

  @Test
  void nodeThatLeftLongAgo_hasNoSeries() throws Exception {
    try (Balancer balancer = Balancer.start("--count", "2", "--metrics-retention", "300ms")) {
      for (int i = 0; i < 20; i++) {
        balancer.get("/" + i);
      }
      String left = balancer.replicas().get(0);
      String stays = balancer.replicas().get(1);
      balancer.remove("{\"n\":1,\"hostnames\":[\"" + left + "\"]}");
      assertThat(scrape(balancer)).contains("{node=\"" + left + "\"");
      eventually("it is forgotten", () -> !scrape(balancer).contains("node=\"" + left + "\""));
      assertThat(scrape(balancer)).contains("{node=\"" + stays + "\"");
      balancer.add("{\"n\":1,\"hostnames\":[\"" + left + "\"]}");
      for (int i = 0; i < 20; i++) {
        balancer.get("/" + i);
      }
      eventually(
          "it counts anew",
          () -> scrape(balancer).contains("hashring_requests_total{node=\"" + left + "\""));
    }
  }
}
