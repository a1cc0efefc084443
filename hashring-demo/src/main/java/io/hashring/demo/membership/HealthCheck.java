package io.hashring.demo.membership;

import io.hashring.demo.http.BlockingFutures;
import io.hashring.demo.replica.Heartbeat;
import io.vertx.core.AsyncResult;
import io.vertx.core.Vertx;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Asks every member for its {@link Heartbeat}, again and again. */
public final class HealthCheck implements AutoCloseable {

  private static final Duration BETWEEN = Duration.ofMillis(50);

  private final Vertx vertx;
  private final Supplier<Members> members;
  private final Heartbeat heartbeat;
  private final @Nullable HostNames hostNames;
  private final long timer;

  private HealthCheck(
      Vertx vertx, Supplier<Members> members, Duration interval, @Nullable HostNames hostNames) {
    this.vertx = vertx;
    this.members = members;
    this.heartbeat = new Heartbeat(vertx, interval);
    this.hostNames = hostNames;
    this.timer = vertx.setPeriodic(0, interval.toMillis(), tick -> round());
  }

  /**
   * Begins to ask.
   *
   * @param lasting whether what a host name stood for last is of use while it cannot be looked up;
   *     not where an address soon goes to another replica, as among containers
   */
  public static HealthCheck start(
      Vertx vertx, Supplier<Members> members, Duration interval, boolean lasting) {
    HostNames names = lasting ? new HostNames(vertx, InetAddress::getAllByName) : null;
    return new HealthCheck(vertx, members, interval, names);
  }

  private void round() {
    members.get().byAge().forEach(this::check);
  }

  private void check(Backend backend) {
    if (hostNames != null) {
      hostNames.refresh(backend);
    }
    heartbeat.ask(backend.resolved()).onComplete(well -> record(backend.health(), well));
  }

  private static void record(Health health, AsyncResult<Boolean> well) {
    if (well.succeeded() && well.result()) {
      health.passed();
    } else if (well.failed() && nobodyListens(well.cause())) {
      health.connectFailed();
    } else {
      health.failed();
    }
  }

  /**
   * Waits until one of the members answers, or there is none.
   *
   * @return false if that takes longer than the patience, or the balancer stops meanwhile
   */
  public boolean awaitAny(Duration patience, BooleanSupplier stops) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (!stops.getAsBoolean() && System.nanoTime() - deadline < 0) {
      List<Backend> asked = members.get().byAge();
      if (asked.isEmpty() || asked.stream().anyMatch(this::answers)) {
        return true;
      }
      TimeUnit.NANOSECONDS.sleep(BETWEEN.toNanos());
    }
    return false;
  }

  private boolean answers(Backend backend) {
    try {
      return BlockingFutures.await(heartbeat.ask(backend.resolved()));
    } catch (Exception e) {
      return false; // which is what is waited for to end
    }
  }

  @Override
  public void close() {
    vertx.cancelTimer(timer);
  }

  /** True if the request certainly was not sent, because there was nobody to send it to. */
  public static boolean nobodyListens(Throwable failure) {
    return failure instanceof ConnectException
        || failure instanceof NoRouteToHostException
        || failure instanceof UnknownHostException;
  }
}
