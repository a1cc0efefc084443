package org.example;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The demo's jar in front of engines, a process of its own. */
final class Demo implements AutoCloseable {

  static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private static final Pattern ANNOUNCED =
      Pattern.compile("requests +(http://127\\.0\\.0\\.1:\\d+)/.*Ctrl-C", Pattern.DOTALL);

  private final Process process;
  private final URI uri;

  private Demo(Process process, URI uri) {
    this.process = process;
    this.uri = uri;
  }

  /**
   * Starts it before engines, each {@code name=host:port}. The first lines that it writes say where
   * it listens, the last of them that it is ready.
   */
  static Demo start(Map<String, String> engines, List<String> options) throws Exception {
    Path jar = Path.of(System.getProperty("hashring.demo"));
    if (!Files.exists(jar)) {
      throw new IllegalStateException("build the demo first, as docs/recipes/run does: " + jar);
    }
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:ActiveProcessorCount=1", // and so one event loop: what ends first has ended first
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-jar",
        jar.toString(),
        "--port",
        "0",
        "--replicas",
        engines.entrySet().stream().map(Object::toString).collect(Collectors.joining(",")),
        "--lame-duck",
        "1ms"));
    command.addAll(options);
    Path log = Files.createTempFile(Path.of("target"), "demo-", ".log");
    Process process = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
    Matcher announced = ANNOUNCED.matcher(Files.readString(log));
    while (!announced.find()) {
      if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException(Files.readString(log));
      }
      announced.reset(Files.readString(log));
    }
    return new Demo(process, URI.create(announced.group(1)));
  }

  URI uri() {
    return uri;
  }

  /** Returns when the new engine has passed its first check. */
  void add(String name, String address) {
    change("POST", "/add", name + "=" + address).join();
  }

  /** No more requests come to the engine; the future is done when those that it has have ended. */
  CompletableFuture<String> remove(String name) throws Exception {
    CompletableFuture<String> removal = change("DELETE", "/rm", name);
    while (get("/rep").contains("\"" + name + "\"")) {
      Thread.onSpinWait();
    }
    return removal;
  }

  private CompletableFuture<String> change(String method, String path, String name) {
    HttpRequest request = HttpRequest.newBuilder(uri.resolve(path))
        .method(method, BodyPublishers.ofString("{\"n\":1,\"hostnames\":[\"%s\"]}".formatted(name)))
        .build();
    return HTTP.sendAsync(request, BodyHandlers.ofString()).thenApply(Demo::body);
  }

  String get(String path) throws IOException, InterruptedException {
    return body(
        HTTP.send(HttpRequest.newBuilder(uri.resolve(path)).build(), BodyHandlers.ofString()));
  }

  private static String body(HttpResponse<String> response) {
    if (response.statusCode() != 200) {
      throw new IllegalStateException(response + ": " + response.body());
    }
    return response.body();
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().completeOnTimeout(process, 20, TimeUnit.SECONDS).join();
    process.destroyForcibly();
  }
}
