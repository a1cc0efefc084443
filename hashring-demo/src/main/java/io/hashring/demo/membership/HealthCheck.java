package io.hashring.demo.membership;

import io.hashring.demo.replica.Heartbeat;
import io.vertx.core.AsyncResult;
import io.vertx.core.Vertx;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.function.Supplier;

/** Asks every member for its {@link Heartbeat}, again and again. */
public final class HealthCheck implements AutoCloseable {

  private final Vertx vertx;
  private final Supplier<Members> members;
  private final Heartbeat heartbeat;
  private final long timer;

  private HealthCheck(Vertx vertx, Supplier<Members> members, Duration interval) {
    this.vertx = vertx;
    this.members = members;
    this.heartbeat = new Heartbeat(vertx, interval);
    this.timer = vertx.setPeriodic(0, interval.toMillis(), tick -> round());
  }

  public static HealthCheck start(Vertx vertx, Supplier<Members> members, Duration interval) {
    return new HealthCheck(vertx, members, interval);
  }

  private void round() {
    members.get().byAge().forEach(this::check);
  }

  private void check(Backend backend) {
    heartbeat.ask(backend.address()).onComplete(well -> record(backend.health(), well));
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
