package io.hashring.demo.analysis;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Clients of a balancer on this machine, who learn from its answers which server had them. */
final class Traffic implements AutoCloseable {

  private static final int CLIENTS = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS, Traffic::thread);

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "client");
    thread.setDaemon(true);
    return thread;
  }

  private static HttpRequest.Builder request(int port, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(PATIENCE);
  }

  /**
   * Sends a request for each number, some at a time.
   *
   * @return the server of each
   * @throws IllegalStateException if one is not answered with 200
   */
  String[] servers(int port, int[] requests, Progress progress)
      throws InterruptedException, IOException {
    String[] servers = new String[requests.length];
    AtomicInteger next = new AtomicInteger();
    Callable<Void> send = () -> {
      for (int i = next.getAndIncrement(); i < requests.length; i = next.getAndIncrement()) {
        servers[i] =
            server(client.send(request(port, "/" + requests[i]).build(), BodyHandlers.ofString()));
        progress.did(1);
      }
      return null;
    };
    List<Future<Void>> ends = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      ends.add(clients.submit(send));
    }
    try {
      for (Future<Void> end : ends) {
        end.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException broken) {
        throw broken;
      }
      if (e.getCause() instanceof IllegalStateException refused) {
        throw refused;
      }
      throw new IllegalStateException(e);
    } finally {
      next.set(requests.length); // whoever still sends has its last
    }
    return servers;
  }

  private static String server(HttpResponse<String> answer) {
    if (answer.statusCode() != 200) {
      throw new IllegalStateException(
          "a request must be answered with 200, not " + answer.statusCode() + ": " + answer.body());
    }
    return answer.headers().firstValue("X-Hashring-Node").orElseThrow();
  }

  /** Sends one and does not wait; the empty text stands for a request that is lost. */
  CompletableFuture<String> send(int port, int request) {
    return client
        .sendAsync(request(port, "/" + request).build(), BodyHandlers.ofString())
        .thenApply(Traffic::server)
        .exceptionally(lost -> "");
  }

  /** Adds a server, of whichever name comes next. */
  void addServer(int port) throws InterruptedException, IOException {
    HttpRequest add =
        request(port, "/add").POST(BodyPublishers.ofString("{\"n\":1}")).build();
    HttpResponse<String> answer = client.send(add, BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IllegalStateException("a server could not be added: " + answer.body());
    }
  }

  @Override
  public void close() {
    clients.shutdownNow();
  }
}
