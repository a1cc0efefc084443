package io.hashring.demo.proxy;

import io.hashring.BoundedLoad;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.HealthCheck;
import io.hashring.demo.membership.Members;
import io.hashring.demo.membership.RequestGate;
import io.hashring.demo.proxy.Exchange.Awaited;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.http.impl.headers.HeadersAdaptor;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends each request to the node that owns its key, and on to the next node where that can be done
 * without executing anything twice.
 *
 * <p>There are two chances to move on. Until a connection is there nothing was sent, so any request
 * moves ({@link #connected}). Once it was sent, only a safe request without a body moves, and only
 * before an answer, and within a budget ({@link #answered}). Where there is no further node, a
 * connection that was used before and turns out to be closed gives the same node a second chance.
 * What is sent again has a connection of its own, for those in the pool may all be closed alike.
 *
 * <p>Bodies go both ways at the pace of the slower side. Whichever side breaks off, the other is
 * told by the end of its connection.
 *
 * <p>Lives on one event loop.
 */
public final class Forwarder implements Handler<HttpServerRequest> {

  static final String NODE_HEADER = "X-Hashring-Node";

  // Vert.x need not hash these again for each request.
  private static final CharSequence NODE = HttpHeaders.createOptimized(NODE_HEADER);
  private static final CharSequence FORWARDED_FOR = HttpHeaders.createOptimized("X-Forwarded-For");
  private static final CharSequence FORWARDED_PROTO =
      HttpHeaders.createOptimized("X-Forwarded-Proto");
  private static final CharSequence FORWARDED_HOST =
      HttpHeaders.createOptimized("X-Forwarded-Host");

  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
          "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
      .withZone(ZoneOffset.UTC);

  private static final int CONTINUE = 100;
  private static final int SWITCHING_PROTOCOLS = 101;
  private static final int NOT_MODIFIED = 304;

  private final Supplier<Members> members;
  private final RoutingKey key;
  private final ReplicaClient client;
  private final RequestGate requests;
  private final RetryBudget retries;
  private final @Nullable BoundedLoad<Backend> bound;
  private final Consumer<Exchange> whenEnded;
  private final Hops hops;
  private final Patience patience;
  private final Set<Exchange> exchanges = new HashSet<>();

  /**
   * Forwards to whoever is a member when a request comes.
   *
   * @param requests counts what is under way; once it is closed, nothing more is forwarded
   * @param retries how many requests may be sent again
   * @param bound bounds what a backend has under way; null if nothing does
   * @param whenEnded is told the end of each request
   * @param hops knows the requests that were here before
   * @param patience how long anybody is waited for
   */
  public Forwarder(
      Supplier<Members> members,
      RoutingKey key,
      ReplicaClient client,
      RequestGate requests,
      RetryBudget retries,
      @Nullable BoundedLoad<Backend> bound,
      Consumer<Exchange> whenEnded,
      Hops hops,
      Patience patience) {
    this.members = members;
    this.key = key;
    this.client = client;
    this.requests = requests;
    this.retries = retries;
    this.bound = bound;
    this.whenEnded = whenEnded;
    this.hops = hops;
    this.patience = patience;
  }

  @Override
  public void handle(HttpServerRequest request) {
    Exchange exchange = begin(request);
    if (requests.isClosed()) {
      refuse(exchange, 503, "the balancer is shutting down");
      return;
    }
    if (hops.isBack(request)) {
      refuse(exchange, 508, "the request was here before: a replica leads back to this balancer");
      return;
    }
    if (Hops.isAtItsEnd(request)) {
      Hops.answer(request);
      return;
    }
    if (exchange.hasBody()) {
      request.pause(); // until there is somebody to send it to
    }
    retries.earn();
    offer(exchange);
  }

  private Exchange begin(HttpServerRequest request) {
    Exchange exchange =
        new Exchange(request, RequestId.of(request), key.of(request), requests, bound, this::ended);
    exchanges.add(exchange);
    request.response().closeHandler(close -> exchange.end());
    request.response().endHandler(end -> exchange.end());
    return exchange;
  }

  private void ended(Exchange exchange) {
    exchanges.remove(exchange);
    whenEnded.accept(exchange);
  }

  private static void refuse(Exchange exchange, int status, String message) {
    HttpServerResponse response = exchange.request().response();
    response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    new ErrorResponse(status, message).send(response);
  }

  // The request's way to a replica

  private void offer(Exchange exchange) {
    Backend backend = exchange.next(members.get()).orElse(null);
    if (backend == null) {
      fail(exchange, exchange.failure().orElseGet(NoBackendException::new));
      return;
    }
    Future<HttpClientRequest> connection =
        exchange.needsFreshConnection() ? client.requestAlone(backend) : client.request(backend);
    connection.onComplete(outbound -> connected(exchange, backend, outbound));
  }

  private void connected(
      Exchange exchange, Backend backend, AsyncResult<HttpClientRequest> outbound) {
    if (outbound.succeeded()) {
      send(exchange, outbound.result());
      return;
    }
    Throwable failure = outbound.cause();
    if (failure instanceof TimeoutException || failure instanceof ConnectionPoolTooBusyException) {
      fail(exchange, failure); // busy, not broken: keep its keys where they are
      return;
    }
    if (HealthCheck.nobodyListens(failure)) {
      backend.health().connectFailed(HealthCheck.reason(failure));
    } else {
      exchange.connectionWasStale();
    }
    offer(exchange);
  }

  private void send(Exchange exchange, HttpClientRequest outbound) {
    outbound.exceptionHandler(failure -> {}); // it fails the answer too; else Vert.x logs it
    if (exchange.isEnded()) {
      outbound.reset(); // gives back a connection on which nothing was sent
      return;
    }
    HttpServerRequest request = exchange.request();
    ReplicaCodec codec = ReplicaCodec.of(outbound.connection());
    codec.onInterim(answer -> interim(exchange, answer));
    exchange.sending(outbound, codec);
    outbound.response().onComplete(answer -> {
      if (exchange.isSending(outbound)) { // and was not given up
        answered(exchange, answer);
      }
    });
    outbound.setMethod(request.method()).setURI(RequestTarget.of(request));
    describe(exchange, outbound.headers());
    if (exchange.isWebSocket()) {
      outbound.connect();
    } else if (exchange.hasBody()) {
      outbound.setChunked(request.headers().contains(HttpHeaders.TRANSFER_ENCODING));
      outbound.sendHead(); // at once, for the replica may refuse what follows
    } else {
      outbound.end();
    }
    exchange.sent();
    if (exchange.hasBody()) {
      upload(exchange, outbound);
    } else {
      exchange.await(Awaited.ANSWER);
    }
  }

  private void upload(Exchange exchange, HttpClientRequest outbound) {
    exchange.await(exchange.isConsentDue() ? Awaited.CONSENT : Awaited.CLIENT);
    BodyRelay upload = new BodyRelay(
        exchange.request(),
        outbound,
        exchange.length(),
        () -> {
          exchange.consent(); // by what it does
          exchange.await(Awaited.CLIENT);
        },
        () -> {
          exchange.consent();
          exchange.await(Awaited.REPLICA);
        });
    exchange.uploading(upload);
    upload.start().onSuccess(sent -> {
      if (!exchange.request().response().headWritten()) {
        exchange.await(Awaited.ANSWER);
      }
    });
  }

  private void describe(Exchange exchange, MultiMap headers) {
    HttpServerRequest request = exchange.request();
    String host = request.getHeader(HttpHeaders.HOST);
    headers.addAll(request.headers());
    HopByHop.drop(headers);
    if (!exchange.isConsentDue()) {
      headers.remove(HttpHeaders.EXPECT);
    }
    append(headers, FORWARDED_FOR, request.remoteAddress().hostAddress());
    append(headers, FORWARDED_PROTO, request.scheme());
    if (host != null) {
      append(headers, FORWARDED_HOST, host);
    }
    headers.set(RequestId.HEADER, exchange.id());
    hops.sign(request, headers);
    Hops.count(request, headers);
    if (exchange.isWebSocket()) {
      toWebSocket(headers);
    }
  }

  private static void append(MultiMap headers, CharSequence name, String value) {
    List<String> earlier = headers.contains(name) ? headers.getAll(name) : List.of();
    headers.set(name, earlier.isEmpty() ? value : String.join(", ", earlier) + ", " + value);
  }

  private static void toWebSocket(MultiMap headers) {
    headers.set(HttpHeaders.CONNECTION, HttpHeaders.UPGRADE);
    headers.set(HttpHeaders.UPGRADE, HttpHeaders.WEBSOCKET);
  }

  // The answer's way back

  /** Goes on to the client as it is; but that its body is wanted is only said to who asked. */
  @SuppressWarnings("FutureReturnValueIgnored") // what comes behind it tells of a failure
  private static void interim(Exchange exchange, HttpResponse answer) {
    HttpServerRequest request = exchange.request();
    boolean welcome = request.version() == HttpVersion.HTTP_1_1
        && !exchange.isEnded()
        && !request.response().headWritten();
    if (answer.status().code() == CONTINUE) {
      consent(exchange);
    } else if (welcome) {
      HopByHop.drop(new HeadersAdaptor(answer.headers()));
      DefaultFullHttpResponse copy = new DefaultFullHttpResponse(
          io.netty.handler.codec.http.HttpVersion.HTTP_1_1, answer.status());
      copy.headers().set(answer.headers());
      context(request.connection()).writeAndFlush(copy);
    }
  }

  private static void consent(Exchange exchange) {
    if (exchange.isConsentDue() && !exchange.isEnded()) {
      exchange.consent();
      exchange.await(Awaited.CLIENT);
      exchange.request().response().writeContinue();
    }
  }

  private void answered(Exchange exchange, AsyncResult<HttpClientResponse> answer) {
    if (answer.succeeded()) {
      answer(exchange, answer.result());
      return;
    }
    if (!exchange.isOnUsedConnection() && !(answer.cause() instanceof StreamResetException)) {
      // an old one may have been closed for its age, and what is reset is reset here may have been
      // closed for its age
      blame(exchange, "a request was not answered: " + HealthCheck.reason(answer.cause()));
    }
    if (exchange.maySendAgain(answer.cause()) && retries.spend()) {
      exchange.failed(answer.cause());
      offer(exchange);
    } else {
      fail(exchange, answer.cause());
    }
  }

  private void answer(Exchange exchange, HttpClientResponse answer) {
    int status = answer.statusCode();
    boolean upgraded = status == SWITCHING_PROTOCOLS && exchange.isWebSocket();
    boolean isFinal = status >= 200 && status <= 999;
    answer.exceptionHandler(cut -> {}); // else Vert.x logs what we do ourselves
    if (!(upgraded || isFinal) || !HopByHop.isFramedPlainly(answer.headers())) {
      blame(exchange, "an answer was no valid HTTP");
      fail(
          exchange,
          new IllegalArgumentException(
              "the answer must have a final status and no coding but chunks: " + status));
      return;
    }
    exchange.backend().ifPresent(backend -> backend.health().answered(status));
    HttpServerResponse response = exchange.request().response().setStatusCode(status);
    MultiMap headers = response.headers();
    boolean closes = headers.contains(HttpHeaders.CONNECTION) // the front door's, and all there is
        || exchange.isConsentDue(); // for what comes next may be a body, and may be not
    headers.addAll(answer.headers());
    HopByHop.drop(headers);
    if (closes) {
      headers.set(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
    exchange.backend().ifPresent(backend -> headers.set(NODE, backend.name()));
    if (!headers.contains(HttpHeaders.DATE)) {
      headers.set(HttpHeaders.DATE, DATE.format(Instant.now()));
    }
    Future<Void> sent = upgraded ? tunnel(exchange, answer) : download(exchange, answer);
    sent.onComplete(whole -> {
      if (whole.succeeded()) {
        exchange.backend().ifPresent(backend -> backend.health().completed(status));
        exchange.end();
      } else {
        blame(exchange, "an answer broke off");
        fail(exchange, whole.cause());
      }
    });
  }

  private static Future<Void> download(Exchange exchange, HttpClientResponse answer) {
    HttpServerRequest request = exchange.request();
    HttpServerResponse response = request.response();
    if (answer.statusCode() != NOT_MODIFIED) {
      // With a reason phrase of its own Vert.x would not know that there is no body.
      response.setStatusMessage(answer.statusMessage());
    }
    String length = response.headers().get(HttpHeaders.CONTENT_LENGTH);
    if (length == null) {
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
    Runnable moved = () -> exchange.await(Awaited.REST);
    moved.run();
    return new BodyRelay(
            answer, response, length == null ? -1 : Long.parseLong(length), moved, moved)
        .start();
  }

  /** Bytes both ways, until one side closes; then so does the other. */
  private Future<Void> tunnel(Exchange exchange, HttpClientResponse answer) {
    toWebSocket(exchange.request().response().headers());
    exchange.await(Awaited.NOBODY);
    NetSocket replica = answer.netSocket();
    context(answer.request().connection())
        .pipeline()
        .addFirst(new IdleStateHandler(0, 0, patience.rest().toMillis(), TimeUnit.MILLISECONDS));
    return exchange.request().toNetSocket().compose(client -> {
      Future<Void> there = client.pipeTo(replica);
      Future<Void> back = replica.pipeTo(client);
      return Future.join(there, back).<Void>mapEmpty().otherwiseEmpty().onSuccess(end -> {
        client.close();
        replica.close();
      });
    });
  }

  /** What befell a request whose client is still there is the replica's fault. */
  private static void blame(Exchange exchange, String why) {
    if (!exchange.isEnded()) {
      exchange.backend().ifPresent(backend -> backend.health().requestFailed(why));
    }
  }

  private static void fail(Exchange exchange, Throwable failure) {
    if (exchange.isEnded()) {
      return;
    }
    HttpServerRequest request = exchange.request();
    HttpServerResponse response = request.response();
    if (response.headWritten()) {
      boolean endless =
          !response.isChunked() && !response.headers().contains(HttpHeaders.CONTENT_LENGTH);
      exchange.end();
      cut(request.connection(), endless);
      return;
    }
    exchange.leave();
    if (!response.headers().isEmpty() || exchange.isConsentDue()) { // some of them the replica's
      response.headers().clear().set(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
    ErrorResponse.of(failure).send(response);
    exchange.end();
  }

  /**
   * Ends a client's connection, whatever still waits to be written to it.
   *
   * @param abruptly with a reset, where its mere end could be taken for that of the answer
   */
  @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for it to be closed
  private static void cut(HttpConnection connection, boolean abruptly) {
    ChannelHandlerContext context = context(connection);
    if (abruptly && context.channel().isActive()) {
      context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
    }
    context.close();
  }

  private static ChannelHandlerContext context(HttpConnection connection) {
    return ((ConnectionBase) connection).channelHandlerContext();
  }

  // Waiting

  /** Looks whether somebody has been waited for too long; to be called often. */
  public void watch() {
    long now = System.nanoTime();
    List<Exchange> late = exchanges.stream()
        .filter(exchange -> exchange.nanosAwaited(now) > patience.nanos(exchange.awaited()))
        .toList();
    late.forEach(Forwarder::late);
  }

  private static void late(Exchange exchange) {
    switch (exchange.awaited()) {
      case NOBODY -> {}
      case CONSENT -> consent(exchange); // a replica that knows no such thing waits for the body
      case CLIENT -> fail(exchange, new ClientTimeoutException());
      case REPLICA, ANSWER -> {
        blame(exchange, "a request was not answered in time");
        fail(exchange, new TimeoutException("no step in time"));
      }
      case REST -> fail(exchange, new TimeoutException("no step in time"));
    }
  }
}
