package io.hashring.bench;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What runs beside this process: all of it ends when this is closed, or this process ends. */
final class Processes implements AutoCloseable {

  static final String LOOPBACK = "127.0.0.1";

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration BETWEEN = Duration.ofMillis(20);

  /** Where Debian has servers, which is not in everybody's path. */
  private static final String SERVERS = "/usr/sbin";

  private final Path folder;
  private final List<Process> started = new ArrayList<>();
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
  private final Thread hook = new Thread(this::stop, "stop");

  Processes() throws IOException {
    folder = Files.createTempDirectory("hashring");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** A folder that is deleted at the end. */
  Path folder() {
    return folder;
  }

  /** @throws IllegalArgumentException if the program is not installed */
  static String program(String name) {
    return Stream.concat(
            Stream.of(System.getenv("PATH").split(File.pathSeparator)), Stream.of(SERVERS))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(name + " is missing: apt-get install wrk nginx haproxy"))
        .toString();
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Starts one; what it says can be read under the name. */
  Process start(String name, List<String> command) throws IOException {
    Process process = new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log(name).toFile())
        .start();
    synchronized (started) {
      started.add(process);
    }
    return process;
  }

  String said(String name) throws IOException {
    return Files.readString(log(name));
  }

  private Path log(String name) {
    return folder.resolve(name + ".log");
  }

  /** Runs one to its end, which has to be good, and returns what it said. */
  String outputOf(List<String> command, Duration patience) throws Exception {
    Process process = start("output", command);
    if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException("not within " + patience + ": " + command);
    }
    String output = said("output");
    if (process.exitValue() != 0) {
      throw new IllegalStateException(command + " failed:\n" + output);
    }
    return output;
  }

  String outputOf(List<String> command) throws Exception {
    return outputOf(command, PATIENCE);
  }

  void awaitAnswer(int port, String path) throws Exception {
    await("port " + port + " answers " + path, () -> body(port, path) != null);
  }

  void await(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("not within " + PATIENCE + ": " + what + "\n" + logs());
      }
      LockSupport.parkNanos(BETWEEN.toNanos());
    }
  }

  /** The body of an answer with status 200; null if there is no such answer. */
  @Nullable
  String body(int port, String path) throws InterruptedException {
    URI uri = URI.create("http://" + LOOPBACK + ":" + port + path);
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(PATIENCE).build();
    try {
      var answer = client.send(request, BodyHandlers.ofString());
      return answer.statusCode() == 200 ? answer.body() : null;
    } catch (IOException e) {
      return null; // nobody listens, as yet
    }
  }

  private String logs() throws IOException {
    StringBuilder logs = new StringBuilder();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".log")).sorted().toList()) {
        logs.append(file.getFileName()).append(":\n").append(Files.readString(file));
      }
    }
    return logs.toString();
  }

  /** The youngest first, and parents before their children, which they would start again. */
  private void stop() {
    synchronized (started) {
      for (int i = started.size() - 1; i >= 0; i--) {
        Process process = started.get(i);
        List<ProcessHandle> children = process.descendants().toList();
        process.destroy();
        process.onExit().completeOnTimeout(process, 5, TimeUnit.SECONDS).join();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
      }
      started.clear();
    }
  }

  @Override
  public void close() throws IOException {
    stop();
    Runtime.getRuntime().removeShutdownHook(hook);
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
