package io.hashring.demo;

import static java.util.Objects.requireNonNull;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.impl.HttpClientConnection;
import io.vertx.httpproxy.Body;
import io.vertx.httpproxy.HttpProxy;
import io.vertx.httpproxy.OriginRequestProvider;
import io.vertx.httpproxy.ProxyContext;
import io.vertx.httpproxy.ProxyInterceptor;
import io.vertx.httpproxy.ProxyResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Sends each request to the node that owns its key, and on to the next node where that can be done
 * without executing anything twice.
 *
 * <p>There are two chances to move on. Until a connection is there nothing was sent, so any request
 * moves ({@link #create}). Once it was sent, only a safe request without a body moves, and only
 * before an answer ({@link #handleProxyRequest}). Where there is no further node, a connection that
 * was used before and turns out to be closed gives the same node a second chance.
 */
final class Forwarder
    implements Handler<HttpServerRequest>, OriginRequestProvider, ProxyInterceptor {

  static final String NODE_HEADER = "X-Hashring-Node";

  private static final int SWITCHING_PROTOCOLS = 101;
  private static final int NOT_MODIFIED = 304;

  private static final String EXCHANGE = Exchange.class.getName();

  private final Supplier<Members> members;
  private final RoutingKey key;
  private final HttpClient client;
  private final InFlight requests;
  private final Consumer<Exchange> whenEnded;
  private final long timeoutMillis;
  private final HttpProxy proxy;

  /**
   * @param requests counts what is under way; once it is closed, nothing more is forwarded
   * @param whenEnded is told the end of each request
   * @param timeout how long a replica may take to begin its answer
   */
  Forwarder(
      Supplier<Members> members,
      RoutingKey key,
      HttpClient client,
      InFlight requests,
      Consumer<Exchange> whenEnded,
      Duration timeout) {
    this.members = members;
    this.key = key;
    this.client = client;
    this.requests = requests;
    this.whenEnded = whenEnded;
    this.timeoutMillis = timeout.toMillis();
    this.proxy = HttpProxy.reverseProxy(client).origin(this).addInterceptor(this);
  }

  @Override
  public void handle(HttpServerRequest request) {
    if (requests.isClosed()) {
      refuse(request);
    } else {
      proxy.handle(request);
    }
  }

  private void refuse(HttpServerRequest request) {
    begin(request);
    HopByHop.close(request);
    new Failure(503, "the balancer is shutting down").send(request.response());
  }

  // The request's way to a replica

  @Override
  public Future<ProxyResponse> handleProxyRequest(ProxyContext context) {
    Exchange exchange = begin(context.request().proxiedRequest());
    context.set(EXCHANGE, exchange);
    describeClient(exchange, context.request().headers());
    if (!exchange.hasBody()) {
      context.request().setBody(null);
      exchange.request().resume();
    }
    return send(context, exchange).recover(failure -> {
      if (exchange.request().response().closed()) {
        exchange.end(); // before a status is set that nobody will see
      }
      exchange.leave();
      return Future.succeededFuture(failed(context, failure));
    });
  }

  private static Future<ProxyResponse> send(ProxyContext context, Exchange exchange) {
    return context
        .sendRequest()
        .recover(failure -> exchange.maySendAgain(failure)
            ? send(context, exchange).recover(next -> Future.failedFuture(worse(failure, next)))
            : Future.failedFuture(failure));
  }

  /** That there was no further node to try says less than why one was needed. */
  private static Throwable worse(Throwable first, Throwable next) {
    return next instanceof NoBackendException ? first : next;
  }

  @Override
  public Future<HttpClientRequest> create(ProxyContext context) {
    Exchange exchange = context.get(EXCHANGE, Exchange.class);
    return exchange == null
        ? connectWebSocket(context.request().proxiedRequest())
        : connect(exchange);
  }

  /** A WebSocket passes the interceptor by: what that does for a request is done here. */
  private Future<HttpClientRequest> connectWebSocket(HttpServerRequest request) {
    Exchange exchange = begin(request);
    describeClient(exchange, request.headers());
    request
        .headers()
        .set(HttpHeaders.CONNECTION, HttpHeaders.UPGRADE)
        .set(HttpHeaders.UPGRADE, HttpHeaders.WEBSOCKET);
    return connect(exchange).recover(failure -> {
      exchange.leave();
      Failure.of(failure).send(request.resume().response());
      return Promise.<HttpClientRequest>promise().future(); // or the proxy would answer too
    });
  }

  private Future<HttpClientRequest> connect(Exchange exchange) {
    Backend backend = exchange.next(members.get()).orElse(null);
    if (backend == null) {
      return Future.failedFuture(new NoBackendException());
    }
    return client
        .request(new RequestOptions().setServer(backend.address()).setConnectTimeout(timeoutMillis))
        .transform(connected -> connected.succeeded()
            ? Future.succeededFuture(prepare(exchange, connected.result()))
            : connectElsewhere(exchange, backend, connected.cause()));
  }

  private Future<HttpClientRequest> connectElsewhere(
      Exchange exchange, Backend backend, Throwable failure) {
    if (failure instanceof TimeoutException || failure instanceof ConnectionPoolTooBusyException) {
      return Future.failedFuture(failure); // busy, not broken: keep its keys where they are
    }
    if (HealthCheck.nobodyListens(failure)) {
      backend.health().connectFailed();
    }
    return connect(exchange);
  }

  private HttpClientRequest prepare(Exchange exchange, HttpClientRequest outbound) {
    String host = exchange.request().getHeader(HttpHeaders.HOST);
    if (host != null) {
      outbound.putHeader(HttpHeaders.HOST, host);
    }
    // Internal to Vert.x, which tells nobody else whether a connection is fresh.
    exchange.connected(outbound.connection() instanceof HttpClientConnection connection
        && connection.lastResponseReceivedTimestamp() > 0);
    exchange.whenReceived(() -> {
      if (!outbound.response().isComplete()) {
        outbound.idleTimeout(timeoutMillis);
      }
    });
    outbound.response().onSuccess(answer -> {
      if (answer.statusCode() == SWITCHING_PROTOCOLS) {
        upgraded(exchange, answer);
      }
    });
    return outbound;
  }

  /** A WebSocket passes the interceptor by: what that does for an answer is done here. */
  private static void upgraded(Exchange exchange, HttpClientResponse answer) {
    HttpServerResponse response = exchange.request().response();
    exchange.backend().ifPresent(backend -> response.putHeader(NODE_HEADER, backend.name()));
    answer.netSocket().endHandler(end -> exchange.end());
  }

  private Exchange begin(HttpServerRequest request) {
    Exchange exchange =
        new Exchange(request, RequestId.of(request), key.of(request), requests, whenEnded);
    request.response().closeHandler(close -> exchange.end());
    request.response().endHandler(end -> exchange.end());
    return exchange;
  }

  // The answer's way back

  @Override
  public Future<Void> handleProxyResponse(ProxyContext context) {
    Exchange exchange = requireNonNull(context.get(EXCHANGE, Exchange.class));
    MultiMap headers = context.response().headers();
    HopByHop.drop(headers);
    exchange.backend().ifPresent(backend -> headers.set(NODE_HEADER, backend.name()));
    if (context.response().getStatusCode() == NOT_MODIFIED) {
      // Without a reason phrase of its own Vert.x sees that there is no body to be chunked.
      context.response().setStatusMessage(null);
    }
    // From here the end is when the last byte was written, which is later than response.end().
    exchange.request().response().endHandler(null);
    return context.sendResponse().onComplete(sent -> exchange.end());
  }

  private static ProxyResponse failed(ProxyContext context, Throwable failure) {
    Failure answer = Failure.of(failure);
    return context
        .request()
        .release()
        .response()
        .setStatusCode(answer.status())
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .setBody(Body.body(answer.body()));
  }

  // Headers

  private static void describeClient(Exchange exchange, MultiMap headers) {
    HttpServerRequest request = exchange.request();
    String host = request.getHeader(HttpHeaders.HOST);
    HopByHop.drop(headers);
    headers.remove(HttpHeaders.EXPECT); // answered here already
    append(headers, "X-Forwarded-For", request.remoteAddress().hostAddress());
    append(headers, "X-Forwarded-Proto", request.scheme());
    if (host != null) {
      append(headers, "X-Forwarded-Host", host);
    }
    headers.set(RequestId.HEADER, exchange.id());
  }

  private static void append(MultiMap headers, String name, String value) {
    List<String> earlier = headers.getAll(name);
    headers.set(name, earlier.isEmpty() ? value : String.join(", ", earlier) + ", " + value);
  }
}
