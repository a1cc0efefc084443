package io.hashring.demo.proxy;

import io.hashring.BoundedLoad;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.HealthCheck;
import io.hashring.demo.membership.Members;
import io.hashring.demo.membership.RequestGate;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.impl.HttpClientConnection;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends each request to the node that owns its key, and on to the next node where that can be done
 * without executing anything twice.
 *
 * <p>There are two chances to move on. Until a connection is there nothing was sent, so any request
 * moves ({@link #connect}). Once it was sent, only a safe request without a body moves, and only
 * before an answer, and within a budget ({@link #send}). Where there is no further node, a
 * connection that was used before and turns out to be closed gives the same node a second chance.
 *
 * <p>Bodies are piped, both ways, at the pace of the slower side. Whichever side breaks off, the
 * other is told by the end of its connection.
 */
public final class Forwarder implements Handler<HttpServerRequest> {

  static final String NODE_HEADER = "X-Hashring-Node";

  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
          "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
      .withZone(ZoneOffset.UTC);

  private static final int SWITCHING_PROTOCOLS = 101;
  private static final int NOT_MODIFIED = 304;

  private final Supplier<Members> members;
  private final RoutingKey key;
  private final HttpClient client;
  private final RequestGate requests;
  private final RetryBudget retries;
  private final @Nullable BoundedLoad<Backend> bound;
  private final Consumer<Exchange> whenEnded;
  private final long timeoutMillis;

  /**
   * Forwards to whoever is a member when a request comes.
   *
   * @param requests counts what is under way; once it is closed, nothing more is forwarded
   * @param retries how many requests may be sent again
   * @param bound bounds what a backend has under way; null if nothing does
   * @param whenEnded is told the end of each request
   * @param timeout how long a replica may take to begin its answer
   */
  public Forwarder(
      Supplier<Members> members,
      RoutingKey key,
      HttpClient client,
      RequestGate requests,
      RetryBudget retries,
      @Nullable BoundedLoad<Backend> bound,
      Consumer<Exchange> whenEnded,
      Duration timeout) {
    this.members = members;
    this.key = key;
    this.client = client;
    this.requests = requests;
    this.retries = retries;
    this.bound = bound;
    this.whenEnded = whenEnded;
    this.timeoutMillis = timeout.toMillis();
  }

  @Override
  public void handle(HttpServerRequest request) {
    Exchange exchange = begin(request);
    if (requests.isClosed()) {
      request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
      new ErrorResponse(503, "the balancer is shutting down").send(request.response());
      return;
    }
    if (exchange.hasBody()) {
      request.pause(); // until there is somebody to send it to
    }
    retries.earn();
    send(exchange)
        .compose(answer -> answer(exchange, answer))
        .onSuccess(sent -> exchange.end())
        .onFailure(failure -> fail(exchange, failure));
  }

  private Exchange begin(HttpServerRequest request) {
    Exchange exchange =
        new Exchange(request, RequestId.of(request), key.of(request), requests, bound, whenEnded);
    request.response().closeHandler(close -> exchange.end());
    request.response().endHandler(end -> exchange.end());
    return exchange;
  }

  // The request's way to a replica

  private Future<HttpClientResponse> send(Exchange exchange) {
    return connect(exchange).compose(outbound -> transmit(exchange, outbound)).recover(failure -> {
      boolean again = exchange.maySendAgain(failure) && retries.spend();
      return again
          ? send(exchange).recover(next -> Future.failedFuture(worse(failure, next)))
          : Future.failedFuture(failure);
    });
  }

  /** That there was no further node to try says less than why one was needed. */
  private static Throwable worse(Throwable first, Throwable next) {
    return next instanceof NoBackendException ? first : next;
  }

  private Future<HttpClientRequest> connect(Exchange exchange) {
    Backend backend = exchange.next(members.get()).orElse(null);
    if (backend == null) {
      return Future.failedFuture(new NoBackendException());
    }
    return client
        .request(
            new RequestOptions().setServer(backend.resolved()).setConnectTimeout(timeoutMillis))
        .recover(failure -> connectElsewhere(exchange, backend, failure));
  }

  private Future<HttpClientRequest> connectElsewhere(
      Exchange exchange, Backend backend, Throwable failure) {
    if (failure instanceof TimeoutException || failure instanceof ConnectionPoolTooBusyException) {
      return Future.failedFuture(failure); // busy, not broken: keep its keys where they are
    }
    if (HealthCheck.nobodyListens(failure)) {
      backend.health().connectFailed();
    } else {
      exchange.connectionWasStale();
    }
    return connect(exchange);
  }

  private Future<HttpClientResponse> transmit(Exchange exchange, HttpClientRequest outbound) {
    HttpServerRequest request = exchange.request();
    outbound.exceptionHandler(failure -> {}); // it fails the answer too; else Vert.x logs it
    if (request.response().closed() || request.response().ended()) {
      outbound.reset();
      return Future.failedFuture(new HttpClosedException("the client left meanwhile"));
    }
    request.response().exceptionHandler(gone -> outbound.reset());
    // Internal to Vert.x, which tells nobody else whether a connection is fresh.
    exchange.sending(outbound.connection() instanceof HttpClientConnection connection
        && connection.lastResponseReceivedTimestamp() > 0);
    exchange.whenReceived(() -> {
      if (!outbound.response().isComplete()) {
        outbound.idleTimeout(timeoutMillis);
      }
    });
    outbound.setMethod(request.method()).setURI(RequestTarget.of(request));
    describe(exchange, outbound.headers());
    if (exchange.isWebSocket()) {
      outbound.connect();
    } else if (exchange.hasBody()) {
      outbound.setChunked(request.headers().contains(HttpHeaders.TRANSFER_ENCODING));
      request.pipe().endOnFailure(false).to(outbound).onFailure(cut -> outbound.reset());
    } else {
      outbound.end();
    }
    return outbound.response().map(HttpClientResponse::pause);
  }

  private static void describe(Exchange exchange, MultiMap headers) {
    HttpServerRequest request = exchange.request();
    String host = request.getHeader(HttpHeaders.HOST);
    headers.addAll(request.headers());
    HopByHop.drop(headers);
    headers.remove(HttpHeaders.EXPECT); // answered here already
    append(headers, "X-Forwarded-For", request.remoteAddress().hostAddress());
    append(headers, "X-Forwarded-Proto", request.scheme());
    if (host != null) {
      append(headers, "X-Forwarded-Host", host);
    }
    headers.set(RequestId.HEADER, exchange.id());
    if (exchange.isWebSocket()) {
      toWebSocket(headers);
    }
  }

  private static void append(MultiMap headers, String name, String value) {
    List<String> earlier = headers.getAll(name);
    headers.set(name, earlier.isEmpty() ? value : String.join(", ", earlier) + ", " + value);
  }

  private static void toWebSocket(MultiMap headers) {
    headers.set(HttpHeaders.CONNECTION, HttpHeaders.UPGRADE);
    headers.set(HttpHeaders.UPGRADE, HttpHeaders.WEBSOCKET);
  }

  // The answer's way back

  private static Future<Void> answer(Exchange exchange, HttpClientResponse answer) {
    int status = answer.statusCode();
    boolean upgraded = status == SWITCHING_PROTOCOLS && exchange.isWebSocket();
    boolean isFinal = status >= 200 && status <= 999;
    if (!(upgraded || isFinal) || !HopByHop.isFramedPlainly(answer.headers())) {
      answer.exceptionHandler(reset -> {}); // by ourselves; else Vert.x logs it
      answer.request().reset();
      return Future.failedFuture(new IllegalArgumentException(
          "the answer must have a final status and no coding but chunks: " + status));
    }
    HttpServerResponse response = exchange.request().response().setStatusCode(status);
    MultiMap headers = HttpHeaders.headers().addAll(answer.headers()); // Vert.x still reads those
    HopByHop.drop(headers);
    exchange.backend().ifPresent(backend -> headers.set(NODE_HEADER, backend.name()));
    if (!headers.contains(HttpHeaders.DATE)) {
      headers.set(HttpHeaders.DATE, DATE.format(Instant.now()));
    }
    response.headers().addAll(headers);
    return upgraded ? tunnel(exchange, answer) : pipe(exchange, answer);
  }

  private static Future<Void> pipe(Exchange exchange, HttpClientResponse answer) {
    HttpServerRequest request = exchange.request();
    HttpServerResponse response = request.response();
    if (answer.statusCode() != NOT_MODIFIED) {
      // With a reason phrase of its own Vert.x would not know that there is no body.
      response.setStatusMessage(answer.statusMessage());
    }
    if (!response.headers().contains(HttpHeaders.CONTENT_LENGTH)) {
      if (request.version() == HttpVersion.HTTP_1_0) {
        // Only the end of the connection ends the body, though the client asked to keep it.
        response.headersEndHandler(
            end -> response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE));
      } else {
        response.setChunked(true);
      }
    }
    // From here the end is when the last byte was written, which is later than response.end().
    response.endHandler(null);
    return answer.pipe().endOnFailure(false).to(response).onComplete(sent -> {
      // A request to upgrade has no end of its own; close Vert.x sees only if it stands alone.
      if (sent.failed() || exchange.isWebSocket() || HopByHop.asksFor("close", answer.headers())) {
        answer.request().reset();
      }
    });
  }

  /** Bytes both ways, until one side closes; then so does the other. */
  private static Future<Void> tunnel(Exchange exchange, HttpClientResponse answer) {
    toWebSocket(exchange.request().response().headers());
    NetSocket replica = answer.netSocket();
    return exchange
        .request()
        .toNetSocket()
        .compose(client ->
            Future.join(client.pipeTo(replica), replica.pipeTo(client)).mapEmpty());
  }

  private static void fail(Exchange exchange, Throwable failure) {
    HttpServerResponse response = exchange.request().response();
    if (response.closed() || response.headWritten()) {
      exchange.end(); // before its status would be one that nobody sees
      response.reset();
      return;
    }
    exchange.leave();
    exchange.request().resume();
    if (!response.headers().isEmpty()) { // some of them the replica's
      response.headers().clear().set(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
    ErrorResponse.of(failure).send(response);
    exchange.end();
  }
}
