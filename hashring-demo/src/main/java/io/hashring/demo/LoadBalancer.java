package io.hashring.demo;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.dns.AddressResolverOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A running balancer: replicas, their health, and one port that takes the requests for all of them.
 */
final class LoadBalancer implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(LoadBalancer.class.getName());

  /** Connections to one replica, and requests that may wait for one of them. */
  private static final int CONNECTIONS = 512;

  private static final int WAITING = 4096;

  /** Changes of the members that may be under way at once, those that drain included. */
  private static final int CHANGES = 16;

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

  private final Options options;
  private final PrintWriter out;
  private final Vertx vertx = vertx();
  private final InFlight requests = new InFlight();
  private final RetryBudget retries = new RetryBudget();
  private final Membership membership;
  private final Respawn respawn;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable HealthCheck healthCheck;
  private volatile int port;

  /** @param out where the access log goes, if there is to be one */
  LoadBalancer(Options options, PrintWriter out) {
    this.options = options;
    this.out = out;
    ReplicaPool pool = options.pool(vertx);
    Cluster cluster = options.cluster();
    this.membership = new Membership(
        pool,
        cluster,
        options.points,
        () -> new Health(options.rise, options.fall),
        options.drainTimeout);
    this.respawn = new Respawn(pool, membership, cluster::leads);
  }

  /**
   * Vert.x without the cache folder that it else makes on disk for files of the class path, and
   * without a memory of host names, which would lead to whoever has the address by now.
   */
  static Vertx vertx() {
    return Vertx.vertx(new VertxOptions()
        .setAddressResolverOptions(new AddressResolverOptions().setCacheMaxTimeToLive(0))
        .setFileSystemOptions(new FileSystemOptions()
            .setFileCachingEnabled(false)
            .setClassPathResolvingEnabled(false)));
  }

  int port() {
    return port;
  }

  Members members() {
    return membership.current();
  }

  /**
   * Takes the port, then starts the replicas; returns once both is done, and closes if that fails.
   * In this order a port that is taken costs no replica anything.
   */
  void start() throws Exception {
    try {
      listen();
      membership.begin(options.count());
      respawn.start();
      healthCheck = HealthCheck.start(vertx, membership::current, options.checkInterval);
    } catch (Exception e) {
      close();
      throw e;
    }
  }

  private void listen() throws Exception {
    Handler<HttpServerRequest> handler = handler();
    int loops = Runtime.getRuntime().availableProcessors();
    Futures.await(vertx.deployVerticle(
        () -> new Front(handler), new DeploymentOptions().setInstances(loops)));
  }

  private Handler<HttpServerRequest> handler() {
    MaxLoad maxLoad = options.maxLoad == null ? null : new MaxLoad(options.maxLoad);
    Metrics metrics = new Metrics(membership::current, retries, maxLoad);
    AdminApi admin = new AdminApi(
        membership,
        () -> !requests.isClosed(),
        // changes wait there, for each other and for requests to end, and not on others' threads
        vertx.createSharedWorkerExecutor("membership", CHANGES, 1, TimeUnit.HOURS),
        metrics::scrape,
        options.adminToken);
    Consumer<Exchange> count = metrics::record;
    Forwarder forwarder = new Forwarder(
        membership::current,
        options.key,
        client(),
        requests,
        retries,
        maxLoad,
        options.accessLog ? count.andThen(new AccessLog(out)::record) : count,
        options.requestTimeout);
    return request -> {
      Handler<HttpServerRequest> reserved = admin.handler(request.path());
      (reserved == null ? forwarder : reserved).handle(request);
    };
  }

  private HttpClient client() {
    return vertx.createHttpClient(
        new HttpClientOptions()
            .setConnectTimeout((int) CONNECT_TIMEOUT.toMillis())
            .setKeepAliveTimeout(30)
            // Ends an answer that stalls half way; the time-out of the whole answer comes first.
            .setIdleTimeout((int) options.requestTimeout.plusSeconds(1).toMillis())
            .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
            .setMaxInitialLineLength(Limits.INITIAL_LINE)
            .setMaxHeaderSize(Limits.HEADERS)
            .setMaxChunkSize(Limits.CHUNK)
            .setMaxWaitQueueSize(WAITING),
        new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(WAITING));
  }

  private HttpServerOptions serverOptions() {
    return new HttpServerOptions()
        .setHost(options.bind)
        // In Vert.x the instances of a verticle share a free port when it is negative.
        .setPort(options.port == 0 ? -1 : options.port)
        // A client that waits for an answer is idle too, and must not be cut.
        .setIdleTimeout((int)
            options.requestTimeout.multipliedBy(2).plus(options.idleTimeout).toMillis())
        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
        .setHttp2ClearTextEnabled(false)
        .setHandle100ContinueAutomatically(true)
        .setMaxInitialLineLength(Limits.INITIAL_LINE)
        .setMaxHeaderSize(Limits.HEADERS)
        .setMaxChunkSize(Limits.CHUNK);
  }

  /** One event loop's share of the port. */
  private final class Front extends AbstractVerticle {

    private final Handler<HttpServerRequest> handler;

    Front(Handler<HttpServerRequest> handler) {
      this.handler = handler;
    }

    @Override
    public void start(Promise<Void> started) {
      HttpServer server = vertx.createHttpServer(serverOptions());
      FrontDoor door = FrontDoor.of(server, handler, options.idleTimeout);
      vertx.setPeriodic(options.idleTimeout.dividedBy(4).toMillis() + 1, tick -> door.closeIdle());
      server.listen().onSuccess(s -> port = s.actualPort()).<Void>mapEmpty().onComplete(started);
    }
  }

  /** Takes no new requests, lets those under way end, then stops everything. */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    if (!requests.drain(options.drainTimeout)) {
      LOG.log(Level.WARNING, "{0} requests are cut off: --drain-timeout is over", requests.count());
    }
    HealthCheck check = healthCheck;
    if (check != null) {
      check.close();
    }
    respawn.close();
    membership.close();
    Futures.awaitQuietly(vertx.close());
  }
}
