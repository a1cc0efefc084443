package org.example;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * An engine behind HTTP. It reads prompts one after the other, keeps the blocks that it used last,
 * and tells when the first token would be there. Its clock is what requests say, so nobody waits;
 * an answer stays open, as one of many tokens does, until it is told to end.
 */
final class FakeEngine implements AutoCloseable {

  static final String ID = "X-Request-Id";
  static final String CLOCK = "X-Clock-Seconds";
  static final String NAME = "X-Engine";
  static final String FIRST_TOKEN = "X-First-Token-Seconds";
  static final String HITS = "X-Hit-Blocks";

  private static final int CAPACITY = 700;
  private static final double SECONDS_A_PROMPT = 0.01;
  private static final double SECONDS_A_BLOCK = 0.004;

  static {
    System.setProperty("sun.net.httpserver.nodelay", "true"); // or each answer takes 40 ms
  }

  private final String name;
  private final HttpServer server;
  private final Map<String, Boolean> blocks = new LinkedHashMap<>(16, 0.75f, true) {
    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
      return size() > CAPACITY;
    }
  };
  private final Map<String, HttpExchange> answers = new ConcurrentHashMap<>();
  private final CountDownLatch asked = new CountDownLatch(1);
  private volatile boolean well = true;
  private double freeAt;

  private FakeEngine(String name, HttpServer server) {
    this.name = name;
    this.server = server;
  }

  static FakeEngine start(String name) {
    try {
      HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
      FakeEngine engine = new FakeEngine(name, server);
      server.createContext("/health", engine::health);
      server.createContext("/v1/completions", engine::complete);
      server.start();
      return engine;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String name() {
    return name;
  }

  String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  void setWell(boolean isWell) {
    well = isWell;
  }

  /** Opens when the head of a request has come, whether or not its body has. */
  CountDownLatch asked() {
    return asked;
  }

  /** As if it had just started, on a clock that begins anew. */
  synchronized void forget() {
    blocks.clear();
    freeAt = 0;
  }

  private void health(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(well ? 200 : 503, -1);
    }
  }

  private void complete(HttpExchange exchange) throws IOException {
    asked.countDown();
    Headers request = exchange.getRequestHeaders();
    double at = Double.parseDouble(request.getFirst(CLOCK));
    String body = new String(exchange.getRequestBody().readAllBytes(), US_ASCII);
    List<String> prompt = Workload.blocksOf(body);
    Headers answer = exchange.getResponseHeaders();
    synchronized (this) {
      int known = read(prompt);
      freeAt = Math.max(at, freeAt) + SECONDS_A_PROMPT + SECONDS_A_BLOCK * (prompt.size() - known);
      answer.set(HITS, "" + known);
      answer.set(FIRST_TOKEN, "" + (freeAt - at));
    }
    answer.set(NAME, name);
    answer.set("Content-Type", "text/event-stream");
    answers.put(request.getFirst(ID), exchange);
    exchange.sendResponseHeaders(200, 0);
    exchange.getResponseBody().write("data: {\"text\":\"one\"}\n\n".getBytes(US_ASCII));
    exchange.getResponseBody().flush();
  }

  /** How many blocks of a prompt's beginning were there; all of them are now. */
  private int read(List<String> prompt) {
    int known = 0;
    while (known < prompt.size() && blocks.containsKey(prompt.get(known))) {
      known++;
    }
    for (int i = prompt.size() - 1; i >= 0; i--) {
      blocks.put(prompt.get(i), true); // of what others do not use the end is forgotten first
    }
    return known;
  }

  /** The last token of an answer comes. */
  void end(String id) {
    try (HttpExchange exchange = answers.remove(id)) {
      exchange.getResponseBody().write("data: [DONE]\n\n".getBytes(US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The answers that have not ended. */
  Map<String, HttpExchange> answers() {
    return Collections.unmodifiableMap(answers);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
