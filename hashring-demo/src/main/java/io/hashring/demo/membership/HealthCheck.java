package io.hashring.demo.membership;

import io.hashring.HashRing;
import io.hashring.demo.http.BlockingFutures;
import io.hashring.demo.replica.Heartbeat;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Checks every member, again and again, and a new one at once. */
public final class HealthCheck implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(HealthCheck.class.getName());

  private static final Duration BETWEEN = Duration.ofMillis(50);

  private final Vertx vertx;
  private final Membership membership;
  private final CheckRules rules;
  private final Heartbeat heartbeat;
  private final NetClient connector;
  private final @Nullable HostNames hostNames;
  private final long timer;

  private HealthCheck(
      Vertx vertx, Membership membership, CheckRules rules, @Nullable HostNames hostNames) {
    this.vertx = vertx;
    this.membership = membership;
    this.rules = rules;
    this.heartbeat = new Heartbeat(vertx, rules.path(), rules.timeout());
    this.connector = vertx.createNetClient(
        new NetClientOptions().setConnectTimeout((int) rules.timeout().toMillis()));
    this.hostNames = hostNames;
    this.timer = vertx.setPeriodic(rules.interval().toMillis(), tick -> round());
    membership.ring().onChange(this::checkNew);
  }

  /**
   * Begins to check those that join; the first round is the caller's to begin.
   *
   * @param lasting whether what a host name stood for last is of use while it cannot be looked up;
   *     not where an address soon goes to another replica, as among containers
   */
  public static HealthCheck start(
      Vertx vertx, Membership membership, CheckRules rules, boolean lasting) {
    HostNames names = lasting ? new HostNames(vertx, InetAddress::getAllByName) : null;
    return new HealthCheck(vertx, membership, rules, names);
  }

  /** Checks every member once, and waits for what that brings. */
  public void firstRound() throws InterruptedException {
    long patience = rules.timeout().multipliedBy(2).plusSeconds(1).toMillis();
    CountDownLatch done = new CountDownLatch(1);
    Future.join(round()).onComplete(end -> done.countDown());
    if (!done.await(patience, TimeUnit.MILLISECONDS)) {
      LOG.log(Level.FINE, "the first checks go on"); // a name service is silent
    }
  }

  private List<Future<Boolean>> round() {
    return membership.current().byAge().stream().map(this::check).toList();
  }

  private void checkNew(HashRing<Backend> before, HashRing<Backend> after) {
    after.nodes().stream()
        .filter(backend -> backend.health().status().state() == Health.State.UNCHECKED)
        .filter(backend -> !before.nodes().contains(backend))
        .forEach(this::check);
  }

  /** Tells the health, and whether that check passed. */
  private Future<Boolean> check(Backend backend) {
    if (hostNames != null) {
      hostNames.refresh(backend);
    }
    Health health = backend.health();
    Future<Boolean> check = switch (rules.kind()) {
      case HTTP -> heartbeat.status(rules.target(backend)).map(status -> answered(health, status));
      case TCP -> connector.connect(rules.target(backend)).map(socket -> accepted(health, socket));
      case NONE -> Future.succeededFuture(true);
    };
    return check.otherwise(cause -> failed(health, cause));
  }

  private boolean answered(Health health, int status) {
    String what = rules.what() + " was answered " + status;
    boolean well = rules.accepted().contains(status);
    if (well) {
      health.passed(what);
    } else {
      health.failed(what);
    }
    return well;
  }

  private boolean accepted(Health health, NetSocket socket) {
    socket.close();
    health.passed(rules.what() + " was accepted");
    return true;
  }

  private boolean failed(Health health, Throwable cause) {
    if (nobodyListens(cause)) {
      health.connectFailed(reason(cause));
    } else if (cause instanceof TimeoutException) {
      health.failed(
          rules.what() + " was not answered within " + rules.timeout().toMillis() + " ms");
    } else {
      health.failed(rules.what() + " failed: " + reason(cause));
    }
    return false;
  }

  /**
   * Waits until one of the members answers, or there is none.
   *
   * @return false if that takes longer than the patience, or the balancer stops meanwhile
   */
  public boolean awaitAny(Duration patience, BooleanSupplier stops) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!stops.getAsBoolean() && System.nanoTime() - deadline < 0) {
      List<Backend> asked = membership.current().byAge();
      if (asked.isEmpty() || asked.stream().anyMatch(this::answers)) {
        return true;
      }
      TimeUnit.NANOSECONDS.sleep(BETWEEN.toNanos());
    }
    return false;
  }

  private boolean answers(Backend backend) {
    try {
      return BlockingFutures.await(check(backend));
    } catch (Exception e) {
      LOG.log(Level.FINE, "not yet", e);
      return false; // which is what is waited for to end
    }
  }

  @Override
  public void close() {
    vertx.cancelTimer(timer);
  }

  /** Why a connection failed, in words for the log. */
  public static String reason(Throwable cause) {
    String message = cause.getMessage();
    return cause instanceof UnknownHostException
        ? "no such host: " + message
        : message == null ? cause.getClass().getSimpleName() : message;
  }

  /** True if the request certainly was not sent, because there was nobody to send it to. */
  public static boolean nobodyListens(Throwable failure) {
    return failure instanceof ConnectException
        || failure instanceof NoRouteToHostException
        || failure instanceof UnknownHostException;
  }
}
