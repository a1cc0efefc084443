package io.hashring.demo;

import com.google.common.util.concurrent.Uninterruptibles;
import io.hashring.BoundedLoad;
import io.hashring.BoundedLoad.Bound;
import io.hashring.demo.admin.AccessRules;
import io.hashring.demo.admin.AdminApi;
import io.hashring.demo.admin.Events;
import io.hashring.demo.admin.Metrics;
import io.hashring.demo.admin.RingJson;
import io.hashring.demo.admin.TrafficJson;
import io.hashring.demo.admin.Views;
import io.hashring.demo.cluster.Cluster;
import io.hashring.demo.cluster.ZooKeeperCluster;
import io.hashring.demo.http.BlockingFutures;
import io.hashring.demo.http.HttpLimits;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Ejection;
import io.hashring.demo.membership.Health;
import io.hashring.demo.membership.HealthCheck;
import io.hashring.demo.membership.Members;
import io.hashring.demo.membership.Membership;
import io.hashring.demo.membership.ReplicaSupervisor;
import io.hashring.demo.membership.RequestGate;
import io.hashring.demo.proxy.AccessLog;
import io.hashring.demo.proxy.Exchange;
import io.hashring.demo.proxy.Forwarder;
import io.hashring.demo.proxy.Hops;
import io.hashring.demo.proxy.Locator;
import io.hashring.demo.proxy.Patience;
import io.hashring.demo.proxy.ReplicaClient;
import io.hashring.demo.proxy.RequestGuard;
import io.hashring.demo.proxy.RequestTarget;
import io.hashring.demo.proxy.RetryBudget;
import io.hashring.demo.proxy.Streams;
import io.hashring.demo.proxy.Traffic;
import io.hashring.demo.proxy.TrustedProxies;
import io.hashring.demo.replica.EmbeddedReplicaPool;
import io.hashring.demo.replica.ReplicaPool;
import io.hashring.demo.replica.docker.DockerReplicaPool;
import io.hashring.demo.replica.docker.GroupOwner;
import io.hashring.demo.replica.swarm.SwarmReplicaPool;
import io.hashring.hash.HashFunctions;
import io.hashring.placement.Placement;
import io.hashring.placement.Placements;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.dns.AddressResolverOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A running balancer: replicas, their health, and one port that takes the requests for all of them.
 */
public final class LoadBalancer implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(LoadBalancer.class.getName());

  private static final int LOOPS = Runtime.getRuntime().availableProcessors();

  /** Requests that may wait for the end of the start. */
  private static final int EARLY = 1_000;

  /** Held, for a logger that nobody holds forgets its level. */
  private static final List<Logger> CLUSTER_LIBRARIES =
      List.of(Logger.getLogger("org.apache.zookeeper"), Logger.getLogger("org.apache.curator"));

  /** Changes of the members that may be under way at once, those that drain included. */
  private static final int CHANGES = 16;

  private final Options options;
  private final PrintWriter out;
  private final Vertx vertx = vertx();
  private final RequestGate requests = new RequestGate();
  private final RetryBudget retries = new RetryBudget();
  private final Cluster cluster;
  private final GroupOwner groupOwner;
  private final Streams streams;
  private final Membership membership;
  private final ReplicaSupervisor respawn;
  private final StartGate startGate = new StartGate(EARLY);
  private final AtomicBoolean closed = new AtomicBoolean();
  private final List<Front> fronts = new CopyOnWriteArrayList<>();
  private volatile boolean stopping;
  private volatile @Nullable HealthCheck healthCheck;
  private volatile @Nullable BoundedLoad<Backend> bound;
  private volatile int port;

  /**
   * Does nothing before it is started.
   *
   * @param out where the access log goes, if there is to be one
   */
  public LoadBalancer(Options options, PrintWriter out) {
    this(options, out, Placements.v1(HashFunctions.xxh3_64(), options.points));
  }

  /** One whose ring has its points as somebody wants to see. */
  LoadBalancer(Options options, PrintWriter out, Placement placement) {
    this.options = options;
    this.out = out;
    this.streams = new Streams(options.maxStreams);
    this.cluster = cluster(options);
    this.groupOwner = new GroupOwner(
        options.replicas.equals(Options.SWARM) ? "services" : "containers",
        options.docker.group,
        cluster.self(),
        options.cluster == null ? null : options.cluster.path(),
        this::live);
    ReplicaPool pool = pool();
    Ejection ejection = new Ejection(options.health.ejection(), this::members);
    // Servers of others may be anything; what was started here answered before it joined.
    Health.State initially = options.isElastic() || !options.health.hasChecks()
        ? Health.State.UP
        : Health.State.UNCHECKED;
    this.membership = new Membership(
        pool,
        cluster,
        options.points,
        placement,
        name -> new Health(name, options.health.rise, options.health.fall, initially, ejection),
        options.drainTimeout,
        options.health.slowStart);
    this.respawn = new ReplicaSupervisor(
        pool,
        membership,
        () -> cluster.isLeader() || !cluster.isConnected(),
        () -> cluster.isConnected() && !cluster.hasOthers(),
        options.replaceAfter);
  }

  private ReplicaPool pool() {
    return switch (options.replicas) {
      case Options.EMBEDDED -> new EmbeddedReplicaPool(vertx);
      case Options.DOCKER -> new DockerReplicaPool(vertx, options.docker.settings(), groupOwner);
      case Options.SWARM -> new SwarmReplicaPool(vertx, options.docker.swarm(), groupOwner);
      default -> options.isWatched() ? options.watched() : options.listed();
    };
  }

  private static Cluster cluster(Options options) {
    if (options.cluster == null) {
      return Cluster.ofOne();
    }
    CLUSTER_LIBRARIES.stream()
        .filter(library -> library.getLevel() == null)
        .forEach(library -> library.setLevel(Level.OFF)); // what matters is said by the cluster
    return new ZooKeeperCluster(options.cluster, options.clusterTimeout, options.points);
  }

  /**
   * Vert.x without the cache folder that it else makes on disk for files of the class path, and
   * without a memory of host names, which would lead to whoever has the address by now.
   */
  public static Vertx vertx() {
    return Vertx.vertx(new VertxOptions()
        .setAddressResolverOptions(new AddressResolverOptions().setCacheMaxTimeToLive(0))
        .setFileSystemOptions(new FileSystemOptions()
            .setFileCachingEnabled(false)
            .setClassPathResolvingEnabled(false)));
  }

  /** Where another balancer can ask for this one, which it reaches as that host. */
  private String live(String asHost) {
    boolean onAll = options.bind.equals("0.0.0.0") || options.bind.equals("::");
    String host = onAll ? asHost : options.bind;
    return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "/_lb/live";
  }

  int port() {
    return port;
  }

  Members members() {
    return membership.current();
  }

  private AdminApi.Phase phase() {
    if (stopping || requests.isClosed()) {
      return AdminApi.Phase.STOPPING;
    }
    return startGate.isOpen() ? AdminApi.Phase.SERVING : AdminApi.Phase.STARTING;
  }

  /** Requests under way, and what else is held for them: counts of backends, and leases. */
  Map<String, Long> held() {
    Map<String, Long> held = new LinkedHashMap<>();
    held.put("requests", (long) requests.count());
    members().byAge().forEach(b -> held.put(b.name(), (long) b.requests().count()));
    BoundedLoad<Backend> leases = bound;
    held.put("streams", streams.total());
    held.put(
        "leases",
        leases == null
            ? 0
            : leases.loads().values().stream().mapToLong(Long::longValue).sum());
    return held;
  }

  /**
   * Takes the port, then starts the replicas; returns once one of them answers, and closes if that
   * fails. In this order a port that is taken costs no replica anything; what comes to the port
   * before the end of the start waits for it.
   */
  public void start() throws Exception {
    try {
      listen();
      cluster.describe(options.bind + ":" + port, Settings.shared(options));
      membership.begin(options.count());
      respawn.start();
      HealthCheck check =
          HealthCheck.start(vertx, membership, options.health.checks(), !options.isElastic());
      healthCheck = check;
      if (options.isElastic()) {
        check.awaitAny(options.docker.startTimeout, closed::get);
      } else {
        check.firstRound(); // others' servers may be down for as long as they like
      }
      startGate.open();
    } catch (Exception | Error e) { // of an image that lacks a class, too
      close();
      throw e;
    }
  }

  private void listen() throws Exception {
    Function<ReplicaClient, Handler<HttpServerRequest>> handlers = handlers();
    BlockingFutures.await(vertx.deployVerticle(
        () -> new Front(handlers), new DeploymentOptions().setInstances(LOOPS)));
  }

  /** What takes the requests of one event loop, given the connections of that loop. */
  private Function<ReplicaClient, Handler<HttpServerRequest>> handlers() {
    Bound limits = options.maxLoad == null
        ? null
        : Bound.factor(options.maxLoad).atLeast(options.maxLoadFloor);
    BoundedLoad<Backend> bound = limits == null ? null : BoundedLoad.of(membership.ring(), limits);
    this.bound = bound;
    Metrics metrics =
        new Metrics(membership::current, retries, streams, bound, options.metricsRetention);
    Patience patience = patience();
    Traffic traffic = new Traffic();
    AccessRules access = new AccessRules(options.token(), options.adminHosts());
    Views views = new Views(
        access,
        membership,
        new Locator(membership::current, bound, limits),
        new Events(
            vertx,
            membership::current,
            new TrafficJson(membership, metrics, traffic, bound),
            patience.idle()),
        vertx.createSharedWorkerExecutor("views", 1));
    AdminApi admin = new AdminApi(
        membership,
        this::phase,
        // changes wait there, for each other and for requests to end, and not on others' threads
        vertx.createSharedWorkerExecutor("membership", CHANGES, 1, TimeUnit.HOURS),
        metrics::scrape,
        new RingJson(membership, cluster, Settings.of(options)),
        options.hasGroup() ? groupOwner.identity() : Map.of(),
        access,
        views);
    Consumer<Exchange> count = metrics::record;
    Consumer<Exchange> seen = count.andThen(traffic::record);
    Consumer<Exchange> whenEnded =
        options.accessLog ? seen.andThen(new AccessLog(out)::record) : seen;
    Hops hops = new Hops();
    TrustedProxies proxies = options.proxies();
    return client -> {
      Forwarder forwarder = new Forwarder(
          membership::current,
          options.key,
          proxies,
          client,
          requests,
          streams,
          retries,
          bound,
          options.maxLoadUnits,
          whenEnded,
          hops,
          patience);
      vertx.setPeriodic(patience.betweenLooks().toMillis(), tick -> forwarder.watch());
      return request -> route(request, admin, forwarder);
    };
  }

  private void route(HttpServerRequest request, AdminApi admin, Forwarder forwarder) {
    String path = RequestTarget.path(request);
    Handler<HttpServerRequest> reserved = admin.handler(path);
    if (reserved == null) {
      startGate.pass(request, forwarder);
      return;
    }
    if (HttpHeaders.CONTINUE.toString().equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
      request.response().writeContinue();
    }
    if (AdminApi.isAnsweredAtOnce(path)) {
      reserved.handle(request);
    } else {
      startGate.pass(request, reserved);
    }
  }

  private Patience patience() {
    return new Patience(
        options.requestTimeout,
        options.requestTimeout.multipliedBy(2).plus(options.idleTimeout),
        options.streamTimeout);
  }

  private HttpServerOptions serverOptions() {
    return new HttpServerOptions()
        .setHost(options.bind)
        // In Vert.x the instances of a verticle share a free port when it is negative.
        .setPort(options.port == 0 ? -1 : options.port)
        // A client that waits for an answer is idle too, and must not be cut; who keeps an answer
        // waiting is told so first.
        .setIdleTimeout((int) patience().idle().toMillis())
        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
        .setHttp2ClearTextEnabled(false)
        // WebSockets go through as they are; without these Vert.x has no part in each message.
        .setPerFrameWebSocketCompressionSupported(false)
        .setPerMessageWebSocketCompressionSupported(false)
        .setMaxInitialLineLength(HttpLimits.INITIAL_LINE)
        .setMaxHeaderSize(HttpLimits.HEADERS)
        .setMaxChunkSize(HttpLimits.CHUNK);
  }

  /** One event loop's share of the port. */
  private final class Front extends AbstractVerticle {

    private final Function<ReplicaClient, Handler<HttpServerRequest>> handlers;
    private @Nullable HttpServer server;
    private @Nullable RequestGuard door;

    Front(Function<ReplicaClient, Handler<HttpServerRequest>> handlers) {
      this.handlers = handlers;
    }

    @Override
    public void start(Promise<Void> started) {
      HttpServerOptions serverOptions = serverOptions();
      HttpServer server = vertx.createHttpServer(serverOptions);
      this.server = server;
      ReplicaClient client = new ReplicaClient(
          vertx, LOOPS, options.maxRequests, options.maxStreams, options.requestTimeout);
      RequestGuard door =
          RequestGuard.of(server, serverOptions, handlers.apply(client), options.idleTimeout);
      this.door = door;
      fronts.add(this);
      vertx.setPeriodic(options.idleTimeout.dividedBy(4).toMillis() + 1, tick -> door.closeIdle());
      server.listen().onSuccess(s -> port = s.actualPort()).<Void>mapEmpty().onComplete(started);
    }

    Context context() {
      return context;
    }

    void retire() {
      if (door != null) {
        door.retire();
      }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for it to be closed
    void closeListener() {
      if (door != null && !door.closeListener() && server != null) {
        server.close();
      }
    }
  }

  /**
   * Leaves as a lame duck does: says that it is not ready, and serves on, so that whoever asks can
   * send its requests elsewhere; then takes no more connections, lets the requests under way end,
   * and stops everything.
   */
  void stop() {
    if (startGate.isOpen() && !closed.get()) {
      stopping = true;
      onEachLoop(Front::retire);
      Uninterruptibles.sleepUninterruptibly(options.lameDuck);
      onEachLoop(Front::closeListener);
    }
    close();
  }

  private void onEachLoop(Consumer<Front> action) {
    List<CompletableFuture<Void>> done = new ArrayList<>();
    for (Front front : fronts) {
      CompletableFuture<Void> turn = new CompletableFuture<>();
      done.add(turn);
      front.context().runOnContext(now -> {
        action.accept(front);
        turn.complete(null);
      });
    }
    CompletableFuture.allOf(done.toArray(new CompletableFuture<?>[0])).join();
  }

  /** Takes no new requests, lets those under way end, then stops everything. */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    if (!requests.drain(options.drainTimeout).join()) {
      LOG.log(Level.WARNING, "{0} requests are cut off: --drain-timeout is over", requests.count());
    }
    HealthCheck check = healthCheck;
    if (check != null) {
      check.close();
    }
    respawn.close();
    membership.close();
    BlockingFutures.awaitQuietly(vertx.close());
  }
}
