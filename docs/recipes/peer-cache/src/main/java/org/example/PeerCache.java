package org.example;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.hashring.ConcurrentHashRing;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/**
 * The part of a cache that one process of a service holds. A key is loaded by the peer that owns
 * it; the others ask that one. A peer that does not answer is passed over for a while, and the next
 * one on the key's list loads in its place.
 */
final class PeerCache implements AutoCloseable {

  /** A process, known by a name that it keeps when it starts again elsewhere. */
  record Peer(String id, URI address) {}

  private static final String PATH = "/cache/";
  private static final Duration PAUSE = Duration.ofSeconds(2); // after a failure
  private static final Duration PATIENCE = Duration.ofSeconds(10); // with a load elsewhere

  private final String self;
  private final ConcurrentHashRing<Peer> peers;
  private final Function<String, String> load;
  private final Cache<String, String> own =
      Caffeine.newBuilder().maximumSize(100_000).build();
  private final Cache<String, Boolean> down =
      Caffeine.newBuilder().expireAfterWrite(PAUSE).build();
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(PAUSE).build();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final HttpServer server;

  /** Listens at once; the peers may be told afterwards, but before the first key. */
  PeerCache(String self, ConcurrentHashRing<Peer> peers, Function<String, String> load)
      throws IOException {
    this.self = self;
    this.peers = peers;
    this.load = load;
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.setExecutor(threads);
    server.createContext(PATH, this::answer);
    server.start();
  }

  Peer peer() {
    return new Peer(self, URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
  }

  /**
   * The value of a key, from its owner, which loads it unless it has it; null if there is none.
   *
   * @throws RuntimeException if it could not be loaded, which is no fault of the peer
   */
  String get(String key) throws InterruptedException {
    for (Peer peer : peers.ring().preferenceList(key).where(this::isUp)) {
      if (peer.id().equals(self)) {
        break;
      }
      try {
        return ask(peer, key);
      } catch (IOException e) {
        down.put(peer.id(), true); // the next on the list is asked
      }
    }
    return loadOnce(key);
  }

  private boolean isUp(Peer peer) {
    return down.getIfPresent(peer.id()) == null;
  }

  private String ask(Peer peer, String key) throws IOException, InterruptedException {
    URI uri = peer.address().resolve(PATH + URLEncoder.encode(key, UTF_8));
    var response =
        http.send(HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), BodyHandlers.ofString());
    return switch (response.statusCode()) {
      case 200 -> response.body();
      case 404 -> null;
      case 500 -> throw new IllegalStateException(peer.id() + ": " + response.body());
      default -> throw new IOException(peer.id() + " answered " + response.statusCode());
    };
  }

  /** Whoever asks at the same time waits for the same load. */
  private String loadOnce(String key) {
    return own.get(key, load);
  }

  /** Answers from what is here and asks no other peer, so that no question runs in a circle. */
  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String encoded = exchange.getRequestURI().getRawPath().substring(PATH.length());
      try {
        String value = loadOnce(URLDecoder.decode(encoded, UTF_8));
        answer(exchange, value == null ? 404 : 200, value == null ? "" : value);
      } catch (RuntimeException e) {
        answer(exchange, 500, e.toString());
      }
    }
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
