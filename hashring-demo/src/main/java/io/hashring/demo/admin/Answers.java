package io.hashring.demo.admin;

import io.hashring.demo.cluster.Cluster;
import io.hashring.demo.http.HttpLimits;
import io.hashring.demo.proxy.ErrorResponse;
import io.hashring.demo.replica.RefusedException;
import io.hashring.demo.replica.ReplicaException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Reads the bodies of calls, and answers them in JSON. */
final class Answers {

  private static final Logger LOG = Logger.getLogger(Answers.class.getName());

  private Answers() {}

  static void send(HttpServerRequest request, int status, JsonObject body) {
    send(request, status, body.toBuffer());
  }

  /** @param json as it is sent */
  static void send(HttpServerRequest request, int status, Buffer json) {
    request
        .response()
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .putHeader("X-Content-Type-Options", "nosniff")
        .end(json);
  }

  static Future<Buffer> body(HttpServerRequest request) {
    Promise<Buffer> promise = Promise.promise();
    Buffer body = Buffer.buffer();
    request.exceptionHandler(promise::tryFail);
    request.endHandler(end -> promise.tryComplete(body));
    request.handler(chunk -> {
      if (body.length() + chunk.length() > HttpLimits.ADMIN_BODY) {
        promise.tryFail(new TooLargeException());
      } else {
        body.appendBuffer(chunk);
      }
    });
    request.resume(); // if it had to wait
    return promise.future();
  }

  private static final class TooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  static void refuse(HttpServerRequest request, Throwable cause) {
    HttpServerResponse response = request.response();
    if (response.closed() || response.ended()) {
      return; // the body broke off, which was answered if anybody was left to hear it
    }
    if (cause instanceof TooLargeException) {
      response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE); // not worth reading on
    }
    refusal(cause).send(response);
  }

  static ErrorResponse refusal(Throwable cause) {
    if (cause instanceof TooLargeException) {
      return new ErrorResponse(
          413, "the body must have at most " + HttpLimits.ADMIN_BODY + " bytes");
    }
    if (cause instanceof RefusedException refused) {
      return new ErrorResponse(status(refused.reason()), String.valueOf(cause.getMessage()));
    }
    if (cause instanceof Cluster.ConflictException) {
      return new ErrorResponse(409, String.valueOf(cause.getMessage()));
    }
    if (cause instanceof Cluster.UnreachableException) {
      return new ErrorResponse(503, String.valueOf(cause.getMessage()));
    }
    if (cause instanceof InterruptedException) {
      return new ErrorResponse(503, "the balancer stops, and does not wait for the change to end");
    }
    if (cause instanceof ReplicaException) {
      return new ErrorResponse(500, "the members are as before: " + cause.getMessage());
    }
    LOG.log(Level.WARNING, "a change of the members failed", cause);
    return new ErrorResponse(500, "the change failed, and /rep says who is a member: " + cause);
  }

  private static int status(RefusedException.Reason reason) {
    return switch (reason) {
      case INVALID -> 400;
      case UNKNOWN -> 404;
      case CONFLICT -> 409;
      case STALE -> 412;
      case STOPPING -> 503;
    };
  }
}
