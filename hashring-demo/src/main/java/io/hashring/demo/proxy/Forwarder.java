package io.hashring.demo.proxy;

import io.hashring.BoundedLoad;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.HealthCheck;
import io.hashring.demo.membership.Members;
import io.hashring.demo.membership.RequestGate;
import io.hashring.demo.proxy.Exchange.Awaited;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
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
import java.net.ConnectException;
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

  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
          "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
      .withZone(ZoneOffset.UTC);

  /** As Vert.x calls its own. */
  private static final String IDLE = "idle";

  private static final int CONTINUE = 100;
  private static final int SWITCHING_PROTOCOLS = 101;
  private static final int NOT_MODIFIED = 304;

  private final Supplier<Members> members;
  private final RoutingKey key;
  private final TrustedProxies proxies;
  private final ForwardedHeaders forwarded;
  private final ReplicaClient client;
  private final RequestGate requests;
  private final Streams streams;
  private final RetryBudget retries;
  private final @Nullable BoundedLoad<Backend> bound;
  private final LoadUnits units;
  private final Consumer<Exchange> whenEnded;
  private final Hops hops;
  private final Patience patience;
  private final Set<Exchange> exchanges = new HashSet<>();

  /**
   * Forwards to whoever is a member when a request comes.
   *
   * @param proxies whose word on where a request came from is believed
   * @param requests counts what is under way; once it is closed, nothing more is forwarded
   * @param streams how many requests that last each replica may have
   * @param retries how many requests may be sent again
   * @param bound bounds what a backend has under way; null if nothing does
   * @param units how much of that bound a request takes
   * @param whenEnded is told the end of each request
   * @param hops knows the requests that were here before
   * @param patience how long anybody is waited for
   */
  public Forwarder(
      Supplier<Members> members,
      RoutingKey key,
      TrustedProxies proxies,
      ReplicaClient client,
      RequestGate requests,
      Streams streams,
      RetryBudget retries,
      @Nullable BoundedLoad<Backend> bound,
      LoadUnits units,
      Consumer<Exchange> whenEnded,
      Hops hops,
      Patience patience) {
    this.members = members;
    this.key = key;
    this.proxies = proxies;
    this.forwarded = new ForwardedHeaders(proxies);
    this.client = client;
    this.requests = requests;
    this.streams = streams;
    this.retries = retries;
    this.bound = bound;
    this.units = units;
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
    Key known = find(exchange);
    if (known == null) {
      readOn(exchange);
    } else {
      exchange.keyed(known);
      offer(exchange);
    }
  }

  private Exchange begin(HttpServerRequest request) {
    Exchange exchange = new Exchange(
        request, RequestId.of(request), requests, streams, bound, units.of(request), this::ended);
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
    exchange.request().response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    answerError(exchange, new ErrorResponse(status, message));
  }

  /** Says which request it was, and which node had it last if any had. */
  private static void answerError(Exchange exchange, ErrorResponse error) {
    HttpServerResponse response = exchange.request().response();
    response.putHeader(RequestId.HEADER, exchange.id());
    exchange.last().ifPresent(backend -> response.putHeader(NODE, backend.name()));
    error.send(response);
  }

  // The key

  private @Nullable Key find(Exchange exchange) {
    return key.find(new KeySource(exchange.request(), proxies, exchange.prefix()));
  }

  /** Reads the body until the key is known; what was read is the first that the replica gets. */
  private void readOn(Exchange exchange) {
    HttpServerRequest request = exchange.request();
    BodyPrefix prefix = new BodyPrefix();
    exchange.reading(prefix);
    if (exchange.isConsentDue()) { // whoever is to be asked is known only by what the client sends
      exchange.consent();
      request.response().writeContinue();
    }
    exchange.await(Awaited.CLIENT);
    request.exceptionHandler(broken -> {}); // the guard answers, and the end follows
    request.endHandler(end -> {
      prefix.end();
      lookAgain(exchange);
    });
    request.handler(bytes -> {
      exchange.await(Awaited.CLIENT);
      prefix.append(bytes);
      lookAgain(exchange);
    });
    request.resume();
  }

  private void lookAgain(Exchange exchange) {
    Key known = exchange.isEnded() ? null : find(exchange);
    if (known != null) {
      HttpServerRequest request = exchange.request();
      request.handler(null);
      request.endHandler(null);
      request.pause();
      exchange.await(Awaited.NOBODY);
      exchange.keyed(known);
      offer(exchange);
    }
  }

  // The request's way to a replica

  private void offer(Exchange exchange) {
    Backend backend = exchange.next(members.get()).orElse(null);
    if (backend == null) {
      if (exchange.isRefusedForStreams()) {
        streams.countRefused();
      }
      fail(exchange, exchange.failure().orElseGet(() -> noBackend(exchange)));
      return;
    }
    if (exchange.asksForStream()) {
      client.stream(backend).onComplete(outbound -> connected(exchange, backend, outbound));
      return;
    }
    RequestSlots.Slot slot = client.slot(backend);
    exchange.takes(slot);
    slot.whenGranted(refusal -> {
      if (refusal == null) {
        connect(exchange, backend);
      } else {
        fail(exchange, refusal);
      }
    });
  }

  private static NoBackendException noBackend(Exchange exchange) {
    return exchange.isRefusedForStreams() ? NoBackendException.allFull() : new NoBackendException();
  }

  private void connect(Exchange exchange, Backend backend) {
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
    upload.start(exchange.prefix()).onSuccess(sent -> {
      if (!exchange.request().response().headWritten()) {
        exchange.await(Awaited.ANSWER);
      }
    });
  }

  private void describe(Exchange exchange, MultiMap headers) {
    HttpServerRequest request = exchange.request();
    headers.addAll(request.headers());
    HopByHop.drop(headers);
    if (!exchange.isConsentDue()) {
      headers.remove(HttpHeaders.EXPECT);
    }
    forwarded.describe(request, headers);
    headers.set(RequestId.HEADER, exchange.id());
    hops.sign(request, headers);
    Hops.count(request, headers);
    if (exchange.isWebSocket()) {
      toWebSocket(headers);
    }
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
    boolean events = isFinal && EventStreams.isOne(answer.headers());
    if (events && !exchange.isStream() && !becomeStream(exchange)) {
      streams.countRefused();
      fail(exchange, NoBackendException.allFull());
      return;
    }
    HttpServerResponse response = exchange.request().response().setStatusCode(status);
    MultiMap headers = response.headers();
    boolean closes = headers.contains(HttpHeaders.CONNECTION) // the front door's, and all there is
        || exchange.isConsentDue(); // for what comes next may be a body, and may be not
    headers.addAll(answer.headers());
    HopByHop.drop(headers);
    if (closes) {
      headers.set(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
    exchange.backend().ifPresent(backend -> {
      headers.set(NODE, backend.name());
      String cookie = exchange.key().cookie();
      if (cookie != null) {
        boolean secure = forwarded.isSecure(exchange.request());
        headers.add(
            HttpHeaders.SET_COOKIE,
            StickyCookie.of(exchange.key(), members.get(), backend, secure));
      }
    });
    if (!headers.contains(HttpHeaders.DATE)) {
      headers.set(HttpHeaders.DATE, DATE.format(Instant.now()));
    }
    Future<Void> sent = upgraded ? tunnel(exchange, answer) : download(exchange, answer, events);
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

  private static boolean becomeStream(Exchange exchange) {
    return exchange.backend().filter(exchange::becomeStream).isPresent();
  }

  /** @param events whether the answer may well be quiet for a while */
  private Future<Void> download(Exchange exchange, HttpClientResponse answer, boolean events) {
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
    Runnable moved = () -> exchange.await(events ? Awaited.ANYBODY : Awaited.REST);
    Runnable full = () -> exchange.await(Awaited.REST);
    moved.run();
    Future<Void> sent = new BodyRelay(
            answer, response, length == null ? -1 : Long.parseLong(length), moved, full)
        .start();
    if (events) {
      ignoreIdle(request.connection());
      return sent.onSuccess(end -> watchIdle(request.connection()));
    }
    return sent;
  }

  /** Bytes both ways, until one side closes; then so does the other. */
  private static Future<Void> tunnel(Exchange exchange, HttpClientResponse answer) {
    HttpServerRequest request = exchange.request();
    toWebSocket(request.response().headers());
    Runnable moved = () -> exchange.await(Awaited.ANYBODY);
    Runnable full = () -> exchange.await(Awaited.REST);
    moved.run();
    NetSocket replica = answer.netSocket();
    ignoreIdle(request.connection());
    return request.toNetSocket().compose(client -> {
      Future<Void> there = new BodyRelay(client, replica, -1, moved, full).start();
      Future<Void> back = new BodyRelay(replica, client, -1, moved, full).start();
      return Future.all(there, back).<Void>mapEmpty().otherwiseEmpty().onSuccess(end -> {
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
    answerError(exchange, ErrorResponse.of(failure));
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

  /** Here it is looked after; the time-out of the server knows only one for all. */
  private static void ignoreIdle(HttpConnection connection) {
    ChannelPipeline pipeline = context(connection).pipeline();
    if (pipeline.get(IDLE) != null) {
      pipeline.remove(IDLE);
    }
  }

  private void watchIdle(HttpConnection connection) {
    ChannelPipeline pipeline = context(connection).pipeline();
    if (pipeline.channel().isActive() && pipeline.get(IDLE) == null) {
      pipeline.addBefore(
          "handler",
          IDLE,
          new IdleStateHandler(0, 0, patience.idle().toMillis(), TimeUnit.MILLISECONDS));
    }
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
    exchanges.stream()
        .filter(exchange -> !exchange.isStream() && exchange.isLong())
        .toList()
        .forEach(Forwarder::becomeStream);
    List<Exchange> stranded = exchanges.stream().filter(Exchange::isStranded).toList();
    stranded.forEach(this::moveOn);
  }

  /**
   * The replica that has it cannot be reached any more: its host may be cut off, and no answer ever
   * come, nor the end of the connection. Where there is nobody else it goes on waiting.
   */
  private void moveOn(Exchange exchange) {
    ConnectException lost = new ConnectException("the replica that had it cannot be reached");
    if (exchange.maySendAgain(lost)
        && members.get().byAge().stream().anyMatch(Backend::mayBegin)
        && retries.spend()) {
      exchange.failed(lost);
      offer(exchange);
    }
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
      case REST, ANYBODY -> fail(exchange, new TimeoutException("no step in time"));
    }
  }
}
