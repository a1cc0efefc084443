package io.hashring.demo.replica;

import io.hashring.demo.http.BlockingFutures;
import io.hashring.demo.http.HttpLimits;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;

/** The server that is being balanced: it says who it is. */
public final class Replica implements AutoCloseable {

  /** Longer than the balancer keeps an idle connection, so that the balancer is first to close. */
  private static final int IDLE_SECONDS = 120;

  private final String name;
  private final HttpServer server;

  private Replica(Vertx vertx, String name) {
    this.name = name;
    this.server = vertx.createHttpServer(new HttpServerOptions()
        .setIdleTimeout(IDLE_SECONDS)
        .setIdleTimeoutUnit(TimeUnit.SECONDS)
        .setMaxInitialLineLength(HttpLimits.INITIAL_LINE)
        .setMaxHeaderSize(HttpLimits.HEADERS)
        .setMaxChunkSize(HttpLimits.CHUNK)
        .setHandle100ContinueAutomatically(true));
    server.requestHandler(this::answer);
  }

  /** Starts a replica; port 0 takes any free one. Returns once it accepts connections. */
  public static Replica start(Vertx vertx, String name, String host, int port) throws Exception {
    Replica replica = new Replica(vertx, name);
    BlockingFutures.await(replica.server.listen(port, host));
    return replica;
  }

  public int port() {
    return server.actualPort();
  }

  private void answer(HttpServerRequest request) {
    long[] received = {0};
    request.handler(chunk -> received[0] += chunk.length());
    request.endHandler(end -> {
      switch (request.path()) {
        case "/home" -> send(request, hello());
        case "/heartbeat" -> request.response().end();
        default -> send(request, echo(request, received[0]));
      }
    });
  }

  private JsonObject hello() {
    return new JsonObject()
        .put("message", "Hello from Server: " + name)
        .put("status", "successful");
  }

  private JsonObject echo(HttpServerRequest request, long received) {
    return new JsonObject()
        .put("server", name)
        .put("method", request.method().name())
        .put("path", request.path())
        .put("bytes", received);
  }

  private static void send(HttpServerRequest request, JsonObject body) {
    request.response().putHeader(HttpHeaders.CONTENT_TYPE, "application/json").end(body.toBuffer());
  }

  /** Closes the port and every connection at once. */
  @Override
  public void close() {
    BlockingFutures.awaitQuietly(server.close());
  }
}
