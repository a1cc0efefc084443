package io.hashring.demo.replica.swarm;

import static io.hashring.demo.Eventually.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.HashRing;
import io.hashring.demo.Balancer;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A balancer at port 5000 of one of the hosts.
 *
 * @param token for what not everybody may ask; empty if everybody may
 */
record BalancerOnHost(int host, String token) {

  static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private static final Duration PATIENCE = Duration.ofSeconds(40);

  HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(
            URI.create("http://" + TwoHosts.address(host) + ":5000" + path))
        .timeout(PATIENCE);
    return token.isEmpty() ? request : request.header("Authorization", "Bearer " + token);
  }

  HttpResponse<String> call(String method, String path, String body) throws Exception {
    return CLIENT.send(
        request(path).method(method, BodyPublishers.ofString(body)).build(),
        BodyHandlers.ofString());
  }

  JsonObject ring() throws Exception {
    return new JsonObject(call("GET", "/_lb/ring", "").body());
  }

  String checksum() throws Exception {
    return ring().getString("checksum");
  }

  List<JsonObject> nodes() throws Exception {
    return ring().getJsonArray("nodes").stream().map(JsonObject.class::cast).toList();
  }

  static boolean isUp(JsonObject node) {
    return "up".equals(node.getString("state"));
  }

  void awaitUp(int size) throws Exception {
    AtomicReference<Object> last = new AtomicReference<>();
    within(PATIENCE, () -> "all " + size + " are up: " + last, () -> {
      try {
        List<JsonObject> nodes = nodes();
        last.set(nodes);
        return nodes.size() == size && nodes.stream().allMatch(BalancerOnHost::isUp);
      } catch (Exception e) {
        last.set(e);
        return false; // it starts
      }
    });
  }

  void assertEachKeyIsWhereItsRingSays(HashRing<String> ring, int keys) throws Exception {
    for (int i = 0; i < keys; i++) {
      HttpResponse<String> answer = call("GET", "/key" + i, "");
      assertThat(Balancer.node(answer)).as("key" + i).isEqualTo(ring.locate("key" + i));
      assertThat(answer.body()).contains("\"server\":\"" + Balancer.node(answer) + "\"");
    }
  }
}
