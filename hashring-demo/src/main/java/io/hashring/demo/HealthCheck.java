package io.hashring.demo;

import io.vertx.core.AsyncResult;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.function.Supplier;

/** Asks every member for {@code /heartbeat}, again and again, over a fresh connection. */
final class HealthCheck implements AutoCloseable {

  private static final int OK = 200;

  private final Vertx vertx;
  private final Supplier<Members> members;
  private final HttpClient client;
  private final RequestOptions heartbeat;
  private final long timer;

  private HealthCheck(Vertx vertx, Supplier<Members> members, Duration interval) {
    this.vertx = vertx;
    this.members = members;
    this.client = vertx.createHttpClient(
        new HttpClientOptions().setKeepAlive(false).setConnectTimeout((int) interval.toMillis()));
    this.heartbeat = new RequestOptions().setURI("/heartbeat").setTimeout(interval.toMillis());
    this.timer = vertx.setPeriodic(0, interval.toMillis(), tick -> round());
  }

  static HealthCheck start(Vertx vertx, Supplier<Members> members, Duration interval) {
    return new HealthCheck(vertx, members, interval);
  }

  private void round() {
    members.get().byAge().forEach(this::check);
  }

  private void check(Backend backend) {
    client
        .request(new RequestOptions(heartbeat).setServer(backend.address()))
        .compose(HttpClientRequest::send)
        .map(HttpClientResponse::statusCode)
        .onComplete(status -> record(backend.health(), status));
  }

  private static void record(Health health, AsyncResult<Integer> status) {
    if (status.succeeded() && status.result() == OK) {
      health.passed();
    } else if (status.failed() && nobodyListens(status.cause())) {
      health.connectFailed();
    } else {
      health.failed();
    }
  }

  @Override
  public void close() {
    vertx.cancelTimer(timer);
  }

  /** True if the request certainly was not sent, because there was nobody to send it to. */
  static boolean nobodyListens(Throwable failure) {
    return failure instanceof ConnectException
        || failure instanceof NoRouteToHostException
        || failure instanceof UnknownHostException;
  }
}
