package io.hashring.demo.replica;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;

/** Asks a server how it is, over a fresh connection each time. */
public final class Heartbeat {

  /** What replicas of our own answer. */
  public static final String PATH = "/heartbeat";

  private static final int OK = 200;

  /** On which everything happens, so that an answer is looked at before its end comes. */
  private final Context context;

  private final HttpClient client;
  private final RequestOptions request;

  /**
   * Shared by any number of questions.
   *
   * @param path what to GET
   * @param timeout how long a server may take to accept, and how long to answer
   */
  public Heartbeat(Vertx vertx, String path, Duration timeout) {
    this.context = vertx.getOrCreateContext();
    this.client = vertx
        .httpClientBuilder()
        .with(
            new HttpClientOptions().setKeepAlive(false).setConnectTimeout((int) timeout.toMillis()))
        // Who asks is told of a broken connection; without this it would be logged as an error too.
        .withConnectHandler(connection -> connection.exceptionHandler(failure -> {}))
        .build();
    this.request = new RequestOptions().setURI(path).setTimeout(timeout.toMillis());
  }

  /** The status of its answer, whose body is not waited for. */
  public Future<Integer> status(SocketAddress server) {
    Promise<Integer> status = Promise.promise();
    context.runOnContext(turn -> client
        .request(new RequestOptions(request).setServer(server))
        .compose(Heartbeat::statusOnly)
        .onComplete(status));
    return status.future();
  }

  private static Future<Integer> statusOnly(HttpClientRequest request) {
    return request.send().map(answer -> {
      answer.exceptionHandler(cut -> {}); // by what follows
      request.reset(); // ends the connection, if the answer has not: a body may have no end
      return answer.statusCode();
    });
  }

  /** True if the server says that it is well, false if it says anything else. */
  public Future<Boolean> ask(SocketAddress server) {
    return status(server).map(status -> status == OK);
  }
}
