package io.hashring.demo;

import io.hashring.demo.proxy.ErrorResponse;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Lets requests that come before the start is over wait for it, body unread: whoever is early is
 * answered late, and not in vain. Nobody changes the members before they are decided.
 */
final class StartGate {

  private final Promise<@Nullable Void> started = Promise.promise();
  private final AtomicInteger waiting = new AtomicInteger();
  private final int most;

  /** @param most how many requests may wait */
  StartGate(int most) {
    this.most = most;
  }

  /** The start is over. */
  void open() {
    started.complete();
  }

  boolean isOpen() {
    return started.future().isComplete();
  }

  int waiting() {
    return waiting.get();
  }

  /** Hands the request on, now or when the start is over; to be called on its event loop. */
  void pass(HttpServerRequest request, Handler<HttpServerRequest> inside) {
    if (isOpen()) {
      inside.handle(request);
    } else if (waiting.incrementAndGet() > most) {
      waiting.decrementAndGet();
      new ErrorResponse(503, "the balancer starts, and too many requests wait for that already")
          .send(request.response());
    } else {
      await(request, inside);
    }
  }

  private void await(HttpServerRequest request, Handler<HttpServerRequest> inside) {
    request.pause();
    AtomicBoolean left = new AtomicBoolean();
    request.response().closeHandler(close -> {
      left.set(true);
      waiting.decrementAndGet();
    });
    Context loop = Vertx.currentContext();
    started
        .future()
        .onComplete(start -> loop.runOnContext(turn -> {
          if (left.get()) {
            return;
          }
          request.response().closeHandler(null);
          waiting.decrementAndGet();
          inside.handle(request);
          if (!hasBody(request)) { // whoever wants a body reads it
            request.resume();
          }
        }));
  }

  private static boolean hasBody(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
        || (length != null && !length.equals("0"));
  }
}
