package io.hashring.demo.proxy;

import io.hashring.demo.http.HttpLimits;
import io.hashring.demo.membership.Backend;
import io.vertx.core.Future;
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

  /** Connections of all loops to one replica, and requests that may wait for one of them. */
  private static final int CONNECTIONS = 512;

  private static final int WAITING = 4096;

  private final HttpClient pooled;
  private final HttpClient single;
  private final long timeoutMillis;

  /**
   * To be made on the event loop whose requests it takes.
   *
   * @param loops how many there are
   * @param timeout how long a request may wait for a connection
   */
  public ReplicaClient(Vertx vertx, int loops, Duration timeout) {
    this.pooled = client(vertx, loops, true);
    this.single = client(vertx, loops, false);
    this.timeoutMillis = timeout.toMillis();
  }

  private static HttpClient client(Vertx vertx, int loops, boolean keepAlive) {
    HttpClientOptions options = new HttpClientOptions()
        .setConnectTimeout((int) CONNECT_TIMEOUT.toMillis())
        .setKeepAlive(keepAlive)
        .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
        .setMaxInitialLineLength(HttpLimits.INITIAL_LINE)
        .setMaxHeaderSize(HttpLimits.HEADERS)
        .setMaxChunkSize(HttpLimits.CHUNK);
    PoolOptions pool = new PoolOptions()
        .setHttp1MaxSize(share(CONNECTIONS, loops))
        .setMaxWaitQueueSize(share(WAITING, loops));
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

  /** Takes a connection from the pool, or makes one. */
  Future<HttpClientRequest> request(Backend backend) {
    return pooled.request(to(backend));
  }

  /** Makes a connection, for this request alone. */
  Future<HttpClientRequest> requestAlone(Backend backend) {
    return single.request(to(backend));
  }

  private RequestOptions to(Backend backend) {
    return new RequestOptions().setServer(backend.resolved()).setConnectTimeout(timeoutMillis);
  }
}
