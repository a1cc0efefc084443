package io.hashring.demo;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.http.BlockingFutures;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class StartGateTest {

  private final Vertx vertx = Vertx.vertx();
  private final StartGate gate = new StartGate(2);
  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicInteger arrived = new AtomicInteger();
  private final AtomicInteger handled = new AtomicInteger();
  private HttpServer server;

  @BeforeEach
  void start() throws Exception {
    server = vertx.createHttpServer().requestHandler(request -> {
      arrived.incrementAndGet();
      gate.pass(request, passed -> {
        handled.incrementAndGet();
        passed.body().onSuccess(body -> passed.response().end(body));
        passed.resume();
      });
    });
    BlockingFutures.await(server.listen(0, "127.0.0.1"));
  }

  @AfterEach
  void stop() throws Exception {
    BlockingFutures.await(vertx.close());
  }

  private CompletableFuture<HttpResponse<String>> post(String body) {
    URI uri = URI.create("http://127.0.0.1:" + server.actualPort() + "/");
    return client.sendAsync(
        HttpRequest.newBuilder(uri).POST(BodyPublishers.ofString(body)).build(),
        BodyHandlers.ofString());
  }

  @Test
  void early_waitsForTheStart_andKeepsItsBody() throws Exception {
    CompletableFuture<HttpResponse<String>> first = post("one");
    CompletableFuture<HttpResponse<String>> second = post("two".repeat(100_000));
    eventually("both are there", () -> arrived.get() == 2);
    assertThat(handled).hasValue(0);
    gate.open();
    assertThat(first.get().body()).isEqualTo("one");
    assertThat(second.get().body()).isEqualTo("two".repeat(100_000));
    assertThat(post("three").get().body()).isEqualTo("three");
  }

  @Test
  void early_whoeverLeft_isNotHandled() throws Exception {
    try (RawClient gone = RawClient.to(server.actualPort())) {
      gone.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      eventually("it is there", () -> arrived.get() == 1);
    }
    CompletableFuture<HttpResponse<String>> stays = post("stays");
    eventually("the other too", () -> arrived.get() == 2);
    gate.open();
    assertThat(stays.get().body()).isEqualTo("stays");
    assertThat(handled).hasValue(1);
  }

  @Test
  void early_tooMany_areRefused_andWhoeverLeftIsNotOneOfThem() throws Exception {
    for (int i = 0; i < 5; i++) {
      int seen = i;
      try (RawClient gone = RawClient.to(server.actualPort())) {
        gone.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        eventually("it is there", () -> arrived.get() > seen);
      }
      eventually("it is gone", () -> gate.waiting() == 0);
    }
    CompletableFuture<HttpResponse<String>> first = post("first");
    CompletableFuture<HttpResponse<String>> second = post("second");
    eventually("both wait", () -> gate.waiting() == 2);
    HttpResponse<String> third = post("third").get();
    assertThat(third.statusCode()).isEqualTo(503);
    assertThat(third.body()).contains("too many requests wait");
    gate.open();
    assertThat(first.get().body()).isEqualTo("first");
    assertThat(second.get().body()).isEqualTo("second");
  }
}
