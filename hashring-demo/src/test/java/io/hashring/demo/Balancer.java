package io.hashring.demo;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.membership.Members;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import picocli.CommandLine;

/** A balancer on a free port, and a client that knows nothing of it but the HTTP contract. */
public final class Balancer implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final StringWriter out = new StringWriter();
  private final LoadBalancer balancer;

  private Balancer(Options options) throws Exception {
    this.balancer = new LoadBalancer(options, new PrintWriter(out));
    balancer.start();
  }

  public static Balancer start(String... args) throws Exception {
    return new Balancer(options(args));
  }

  /** A balancer over servers that the test runs. */
  public static Balancer over(List<Integer> ports, String... args) throws Exception {
    String addresses =
        String.join(",", ports.stream().map(port -> "127.0.0.1:" + port).toList());
    return start(
        Stream.concat(Stream.of("--replicas", addresses), Stream.of(args)).toArray(String[]::new));
  }

  public static Options options(String... args) {
    Options options = new Options();
    options.port = 0;
    CommandLine.populateCommand(options, args);
    options.check();
    return options;
  }

  public int port() {
    return balancer.port();
  }

  /** What it wrote to the standard output, line by line. */
  public List<String> output() {
    return out.toString().lines().toList();
  }

  /** Nothing is under way, no backend has a request, and no lease is out, or soon. */
  public void assertNothingIsHeld() throws Exception {
    eventually(
        () -> "nothing is held: " + balancer.held(),
        () -> balancer.held().values().stream().allMatch(count -> count == 0));
  }

  public Members members() {
    return balancer.members();
  }

  public HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
        .timeout(PATIENCE);
  }

  public HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = request(path);
    return send(headers.length == 0 ? request : request.headers(headers));
  }

  public HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  public CompletableFuture<HttpResponse<String>> getAsync(String path, String... headers) {
    HttpRequest.Builder request = request(path);
    return client.sendAsync(
        (headers.length == 0 ? request : request.headers(headers)).build(),
        BodyHandlers.ofString());
  }

  /** Requests, streams and leases that are under way. */
  public Map<String, Long> held() {
    return balancer.held();
  }

  public HttpResponse<byte[]> bytes(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), BodyHandlers.ofByteArray());
  }

  public HttpResponse<String> call(String method, String path, String body) throws Exception {
    BodyPublisher publisher =
        body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
    return send(request(path).method(method, publisher));
  }

  public HttpResponse<String> add(String body) throws Exception {
    return call("POST", "/add", body);
  }

  public HttpResponse<String> remove(String body) throws Exception {
    return call("DELETE", "/rm", body);
  }

  /** The members in the order of {@code /rep}. */
  public List<String> replicas() throws Exception {
    return replicas(get("/rep"));
  }

  public static List<String> replicas(HttpResponse<String> answer) {
    JsonObject message = new JsonObject(answer.body()).getJsonObject("message");
    JsonArray replicas = message.getJsonArray("replicas");
    if (message.getInteger("N") != replicas.size()) {
      throw new AssertionError("N is not the number of replicas: " + message);
    }
    return replicas.stream().map(String.class::cast).toList();
  }

  /** The node that answered. */
  public static String node(HttpResponse<?> answer) {
    return answer.headers().firstValue("X-Hashring-Node").orElse("none");
  }

  public String nodeOf(String path, String... headers) throws Exception {
    return node(get(path, headers));
  }

  @Override
  public void close() {
    Map<String, Long> before = balancer.held(); // whose backends are gone afterwards
    balancer.close();
    assertThat(balancer.held())
        .as("held at the end, " + before + " before")
        .allSatisfy((what, count) -> assertThat(count).as(what).isZero());
  }
}
