package io.hashring.demo.proxy;

import io.hashring.demo.http.HttpLimits;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets requests in that mean the same to everybody, and refuses the others before anybody acts on
 * them (RFC 9112). Vert.x reads strictly what frames a message; here is what it leaves to its user:
 * the target, {@code Host}, the number of headers, codings that a replica could read otherwise, and
 * an answer to a body that turns out to be broken.
 *
 * <p>An answer that says {@code Connection: close}, whoever put that there, is the last on its
 * connection. A connection that does not bring the next head in time is closed, however slowly the
 * bytes of it drip in.
 *
 * <p>Lives on one event loop.
 */
public final class RequestGuard implements Handler<HttpServerRequest> {

  private final Handler<HttpServerRequest> inside;
  private final long patienceNanos;

  /** Connections that have no request now, and since when. */
  private final Map<HttpConnection, Long> waiting = new HashMap<>();

  /** Of all connections. */
  private final Map<HttpConnection, RequestDecoder> decoders = new HashMap<>();

  private final HttpServerOptions options;

  /** What takes the connections; null as long as there was none. */
  private @Nullable Channel listener;

  private boolean retired;

  private RequestGuard(
      HttpServerOptions options, Handler<HttpServerRequest> inside, Duration patience) {
    this.options = options;
    this.inside = inside;
    this.patienceNanos = patience.toNanos();
  }

  /**
   * A guard of all that comes to the server.
   *
   * @param options those of the server
   * @param inside takes the requests that are let in
   * @param patience how long a connection may take to bring the head of its next request
   */
  public static RequestGuard of(
      HttpServer server,
      HttpServerOptions options,
      Handler<HttpServerRequest> inside,
      Duration patience) {
    RequestGuard door = new RequestGuard(options, inside, patience);
    server
        .connectionHandler(door::connected)
        .invalidRequestHandler(RequestGuard::unreadable)
        .requestHandler(door);
    return door;
  }

  private void connected(HttpConnection connection) {
    decoders.put(connection, RequestDecoder.on(connection, options));
    listener = ((ConnectionBase) connection).channel().parent();
    connection.exceptionHandler(cause -> {}); // until there is a request; else Vert.x logs it
    waiting.put(connection, System.nanoTime());
    connection.closeHandler(close -> {
      waiting.remove(connection);
      decoders.remove(connection);
    });
  }

  /** Closes the connections that have waited too long; to be called now and then. */
  public void closeIdle() {
    long now = System.nanoTime();
    List<HttpConnection> idle = waiting.entrySet().stream()
        .filter(entry -> now - entry.getValue() > patienceNanos)
        .map(Map.Entry::getKey)
        .toList();
    idle.forEach(HttpConnection::close);
  }

  /** From now on every answer is the last on its connection. */
  public void retire() {
    retired = true;
  }

  /**
   * Takes no more connections, and then closes those that have no request: in this order, for a
   * client whose connection is closed comes again at once, and is to be refused then.
   *
   * @return false if there never was a connection, so that whoever listens has to be told otherwise
   */
  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for it to be closed
  public boolean closeListener() {
    Channel closing = listener;
    if (closing == null) {
      return false;
    }
    Context loop = Vertx.currentContext();
    // The port is free when the selector of its loop has let go of it, one turn after the closing.
    closing
        .close()
        .addListener(closed -> closing
            .eventLoop()
            .schedule(() -> loop.runOnContext(now -> closeWaiting()), 1, TimeUnit.MILLISECONDS));
    return true;
  }

  private void closeWaiting() {
    List.copyOf(waiting.keySet()).forEach(HttpConnection::close);
  }

  @Override
  public void handle(HttpServerRequest request) {
    HttpConnection connection = request.connection();
    waiting.remove(connection);
    HttpServerResponse response = request.response();
    response.bodyEndHandler(end -> answered(request));
    if (retired) {
      response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
    if (HopByHop.asksFor("close", request.headers())) { // Vert.x sees it only if it stands alone
      response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
    ErrorResponse failure = flaw(request);
    if (failure == null) {
      connection.exceptionHandler(cause -> broken(request, cause));
      inside.handle(request);
    } else {
      response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
      failure.send(response);
    }
  }

  private void answered(HttpServerRequest request) {
    HttpConnection connection = request.connection();
    waiting.put(connection, System.nanoTime());
    if (retired
        || request.response().headers().contains(HttpHeaders.CONNECTION, HttpHeaders.CLOSE, true)) {
      connection.close(); // and what was sent behind the last request is never read
      return;
    }
    RequestDecoder decoder = decoders.get(connection);
    if (decoder != null) {
      decoder.answered();
    }
  }

  // Flaws

  private static @Nullable ErrorResponse flaw(HttpServerRequest request) {
    if (request.method().equals(HttpMethod.CONNECT)) {
      return new ErrorResponse(501, "CONNECT asks for a tunnel, and there is none here");
    }
    String flaw = flawOfTarget(request);
    if (flaw == null) {
      flaw = flawOfHost(request);
    }
    if (flaw == null) {
      flaw = Hops.flaw(request);
    }
    if (flaw == null && !HopByHop.isFramedPlainly(request.headers())) {
      flaw = "Transfer-Encoding must be chunked, and nothing else";
    }
    return flaw == null ? flawOfHeaders(request.headers()) : bad(flaw);
  }

  private static ErrorResponse bad(String flaw) {
    return new ErrorResponse(400, flaw);
  }

  private static @Nullable String flawOfTarget(HttpServerRequest request) {
    String target = request.uri();
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '#') {
        return "the target must be of visible ASCII without '#', the rest as %XX";
      }
    }
    boolean known = target.startsWith("/")
        || RequestTarget.isAbsolute(target)
        || (target.equals("*") && request.method().equals(HttpMethod.OPTIONS));
    return known ? null : "the target must begin with '/'";
  }

  private static @Nullable String flawOfHost(HttpServerRequest request) {
    List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
    boolean optional = request.version() == HttpVersion.HTTP_1_0;
    if (hosts.size() > 1 || (hosts.isEmpty() && !optional)) {
      return "there must be one Host, not " + hosts.size();
    }
    if (!hosts.isEmpty() && request.authority() == null) {
      return "Host must be a host, or host:port";
    }
    boolean differs = RequestTarget.isAbsolute(request.uri())
        && !RequestTarget.authority(request.uri())
            .equalsIgnoreCase(hosts.isEmpty() ? "" : hosts.get(0));
    return differs ? "Host must be that of the target" : null;
  }

  private static @Nullable ErrorResponse flawOfHeaders(MultiMap headers) {
    int count = 0;
    for (Map.Entry<String, String> header : headers) {
      count++;
      if (header.getKey().isEmpty()) {
        return bad("a header must have a name");
      }
    }
    return count <= HttpLimits.HEADER_COUNT ? null : tooLarge();
  }

  private static ErrorResponse tooLarge() {
    return new ErrorResponse(
        431,
        "the headers must be at most " + HttpLimits.HEADER_COUNT + ", of " + HttpLimits.HEADERS
            + " bytes together");
  }

  /** The head is not even HTTP; Vert.x closes the connection after the answer. */
  private static void unreadable(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    ErrorResponse failure = bad("this is not HTTP/1.1" + detail(cause));
    if (cause instanceof RequestDecoder.UnsupportedVersion) {
      failure = new ErrorResponse(505, String.valueOf(cause.getMessage()));
    } else if (cause instanceof TooLongHttpLineException) {
      failure = new ErrorResponse(
          414, "the request line must have at most " + HttpLimits.INITIAL_LINE + " bytes");
    } else if (cause instanceof TooLongHttpHeaderException) {
      failure = tooLarge();
    }
    HttpServerResponse response = request.response();
    response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    failure.send(response);
  }

  /** Called before the connection is closed: the last chance to say why. */
  private void broken(HttpServerRequest request, Throwable cause) {
    boolean clientLeft = cause instanceof IOException || cause instanceof HttpClosedException;
    HttpServerResponse response = request.response();
    if (!clientLeft && !request.isEnded() && !response.headWritten()) {
      response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
      bad("the body is broken" + detail(cause)).send(response);
    }
  }

  private static String detail(Throwable cause) {
    return cause.getMessage() == null ? "" : ": " + cause.getMessage();
  }
}
