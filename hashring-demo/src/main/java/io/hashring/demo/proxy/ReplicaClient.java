package io.hashring.demo.proxy;

import io.hashring.demo.http.HttpLimits;
import io.hashring.demo.membership.Backend;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;

/**
 * The connections of one event loop to the replicas. Each loop has its own, so that a request, its
 * answer and both of its connections stay on one thread: those of a client that all loops shared
 * would belong to whichever loop opened them, and each byte would wake a second thread.
 */
public final class ReplicaClient {

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
  private static final int KEEP_ALIVE_SECONDS = 30;

  /** Requests of all loops that may wait for a connection to one replica. */
  private static final int WAITING = 4096;

  private final Vertx vertx;
  private final HttpClient pooled;
  private final HttpClient single;
  private final HttpClient streams;
  private final RequestSlots slots;
  private final long timeoutMillis;

  /**
   * To be made on the event loop whose requests it takes.
   *
   * @param loops how many there are
   * @param mostShort how many short requests of all loops one replica may have
   * @param mostStreams how many that last
   * @param timeout how long a request may wait for others
   */
  public ReplicaClient(Vertx vertx, int loops, int mostShort, int mostStreams, Duration timeout) {
    this.vertx = vertx;
    int share = share(mostShort, loops);
    this.slots = new RequestSlots(vertx, share, share(WAITING, loops), timeout);
    // Who may have a connection is decided before one is asked for, so nobody waits in a pool.
    this.pooled = client(vertx, share + mostStreams, true);
    this.single = client(vertx, share + mostStreams, false);
    this.streams = client(vertx, mostStreams, true);
    this.timeoutMillis = timeout.toMillis();
  }

  private static HttpClient client(Vertx vertx, int connections, boolean keepAlive) {
    HttpClientOptions options = new HttpClientOptions()
        .setConnectTimeout((int) CONNECT_TIMEOUT.toMillis())
        .setKeepAlive(keepAlive)
        .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
        .setMaxInitialLineLength(HttpLimits.INITIAL_LINE)
        .setMaxHeaderSize(HttpLimits.HEADERS)
        .setMaxChunkSize(HttpLimits.CHUNK);
    PoolOptions pool = new PoolOptions().setHttp1MaxSize(connections);
    return vertx
        .httpClientBuilder()
        .with(options)
        .with(pool)
        .withConnectHandler(connection -> ReplicaCodec.install(connection, options))
        .build();
  }

  private static int share(int all, int loops) {
    return Math.max(1, all / loops);
  }

  /** A place among the short requests of a replica, or in the queue for one. */
  RequestSlots.Slot slot(Backend backend) {
    return slots.take(backend);
  }

  /** A connection that no short request has. */
  Future<HttpClientRequest> stream(Backend backend) {
    return ask(streams, backend);
  }

  /** Takes a connection from the pool, or makes one. */
  Future<HttpClientRequest> request(Backend backend) {
    return ask(pooled, backend);
  }

  /** Makes a connection, for this request alone. */
  Future<HttpClientRequest> requestAlone(Backend backend) {
    return ask(single, backend);
  }

  /**
   * A client that is closed, as the balancer ends, throws: a connection that failed like any other,
   * and told in a turn of its own, for each that fails hands its place to the next that waits.
   */
  private Future<HttpClientRequest> ask(HttpClient client, Backend backend) {
    RequestOptions to =
        new RequestOptions().setServer(backend.resolved()).setConnectTimeout(timeoutMillis);
    try {
      return client.request(to);
    } catch (IllegalStateException closed) {
      Promise<HttpClientRequest> failed = Promise.promise();
      vertx.runOnContext(turn -> failed.fail(closed));
      return failed.future();
    }
  }
}
