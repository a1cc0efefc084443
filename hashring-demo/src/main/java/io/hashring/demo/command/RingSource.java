package io.hashring.demo.command;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import io.hashring.HashRing;
import io.hashring.RingText;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a ring comes from: a file, a list of ids, or a balancer that runs. */
final class RingSource {

  /** What the pages of all commands say of a ring. */
  static final String SYNTAX =
      "a file that 'save' has written; a list of ids, of weight 1 unless it is given, such as"
          + " a,b=2; or a balancer's http://host:port/_lb/ring";

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @Option(
      names = "--placement",
      paramLabel = "CALL",
      description = "Of a list: its placement, such as 'twemproxy(fnv1a_64_c)'"
          + " (default: v1(xxh3_64, POINTS)).")
  @Nullable
  String placement;

  @Option(
      names = "--points",
      paramLabel = "N",
      description = "Of a list: the points of a node of weight 1 (default: 160).")
  @Nullable
  Integer points;

  @Option(
      names = "--probes",
      paramLabel = "N",
      description = "Of a list: the probes of a key (default: 1).")
  @Nullable
  Integer probes;

  @Option(
      names = "--admin-token",
      paramLabel = "TOKEN",
      defaultValue = "${env:HASHRING_ADMIN_TOKEN:-}",
      description = "Of a balancer: what it was started with, which the variable"
          + " HASHRING_ADMIN_TOKEN may have as well.")
  String adminToken = "";

  HashRing<String> read(String ring) throws IOException, InterruptedException {
    RingCommand.readable(ring);
    if (ring.startsWith("http://") || ring.startsWith("https://")) {
      checkSettings(ring);
      return ofBalancer(ring);
    }
    Path file = Path.of(ring);
    if (Files.isRegularFile(file)) {
      checkSettings(ring);
      return ofFile(file);
    }
    checkArgument(
        ring.contains(",") || ring.contains("="),
        "ring must be a file that is there, a list of ids with a comma or a weight, or a URL: %s",
        ring);
    return ofList(ring);
  }

  /** What brings its own settings takes none. */
  private void checkSettings(String ring) {
    checkArgument(
        placement == null && points == null && probes == null,
        "--placement, --points and --probes are for lists of ids, %s has its own",
        ring);
  }

  private static HashRing<String> ofFile(Path file) throws IOException {
    try {
      return RingText.read(Files.readString(file));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(file + ": must be UTF-8", e);
    }
  }

  private HashRing<String> ofList(String list) {
    HashRing.Builder<String> builder = HashRing.builder();
    if (placement != null) {
      checkArgument(points == null, "--points are in --placement already: %s", placement);
      builder.placement(RingText.placement(placement));
    }
    if (points != null) {
      builder.pointsPerNode(points);
    }
    if (probes != null) {
      builder.probes(probes);
    }
    for (String node : Splitter.on(',').trimResults().split(list)) {
      int weight = node.lastIndexOf('=');
      if (weight < 0) {
        builder.add(node);
      } else {
        builder.add(node.substring(0, weight), weight(node.substring(weight + 1), node));
      }
    }
    return builder.build();
  }

  static double weight(String text, String node) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("weight must be a number: " + node, e);
    }
  }

  private HashRing<String> ofBalancer(String url) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE);
    if (!adminToken.isEmpty()) {
      request.header("Authorization", "Bearer " + adminToken);
    }
    HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    HttpResponse<String> response;
    try {
      response = client.send(request.build(), HttpResponse.BodyHandlers.ofString(UTF_8));
    } catch (IOException e) {
      throw new IOException(url + " does not answer: " + e, e);
    }
    checkArgument(response.statusCode() == 200, "%s answers %s", url, response.statusCode());
    try {
      return ofJson(new JsonObject(response.body()));
    } catch (DecodeException | ClassCastException e) {
      throw new IllegalArgumentException(url + " shows no ring of a balancer", e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(url + ": " + e.getMessage(), e);
    }
  }

  /** Takes what makes an equal ring, and leaves what else there is. */
  static HashRing<String> ofJson(JsonObject json) {
    String definition = required(json.getString("placement"), "placement");
    String checksum = required(json.getString("checksum"), "checksum");
    HashRing.Builder<String> builder = HashRing.builder().placement(RingText.placement(definition));
    builder.probes(json.getInteger("probes", 1));
    for (Object node : required(json.getJsonArray("nodes"), "nodes")) {
      JsonObject member = (JsonObject) node;
      double weight = member.getDouble("weightNow", member.getDouble("weight", 1.0));
      builder.add(required(member.getString("name"), "name"), weight);
    }
    HashRing<String> ring = builder.build();
    String own = RingCommand.hex(ring.checksum());
    checkArgument(
        own.equals(checksum), "checksum must be that of the ring it shows, %s: %s", own, checksum);
    return ring;
  }

  private static <T> T required(@Nullable T value, String name) {
    checkArgument(value != null, "there must be a %s, which older balancers do not show", name);
    return value;
  }
}
