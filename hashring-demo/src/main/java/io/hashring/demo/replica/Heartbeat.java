package io.hashring.demo.replica;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;

/** Asks a server for {@code /heartbeat}, over a fresh connection each time. */
public final class Heartbeat {

  private static final int OK = 200;

  private final HttpClient client;
  private final RequestOptions request;

  /**
   * Shared by any number of questions.
   *
   * @param timeout how long a server may take to accept, and how long to answer
   */
  public Heartbeat(Vertx vertx, Duration timeout) {
    this.client = vertx
        .httpClientBuilder()
        .with(
            new HttpClientOptions().setKeepAlive(false).setConnectTimeout((int) timeout.toMillis()))
        // Who asks is told of a broken connection; without this it would be logged as an error too.
        .withConnectHandler(connection -> connection.exceptionHandler(failure -> {}))
        .build();
    this.request = new RequestOptions().setURI("/heartbeat").setTimeout(timeout.toMillis());
  }

  /** True if the server says that it is well, false if it says anything else. */
  public Future<Boolean> ask(SocketAddress server) {
    return client
        .request(new RequestOptions(request).setServer(server))
        .compose(HttpClientRequest::send)
        .map(HttpClientResponse::statusCode)
        .map(status -> status == OK);
  }
}
