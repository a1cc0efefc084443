package io.hashring.demo.proxy;

import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;

/** An error as a client sees it. */
public record ErrorResponse(int status, String message) {

  private static final Logger LOG = Logger.getLogger(ErrorResponse.class.getName());

  /** What a request that could not be forwarded is answered. */
  static ErrorResponse of(Throwable cause) {
    if (cause instanceof NoBackendException) {
      return new ErrorResponse(503, String.valueOf(cause.getMessage()));
    }
    if (cause instanceof RequestSlots.NoneFreeException) {
      return new ErrorResponse(503, String.valueOf(cause.getMessage()));
    }
    if (cause instanceof ClientTimeoutException) {
      return new ErrorResponse(408, String.valueOf(cause.getMessage()));
    }
    if (cause instanceof TimeoutException) {
      return new ErrorResponse(504, "the replica did not answer in time");
    }
    if (isBrokenConnection(cause)) {
      return new ErrorResponse(502, "the replica broke off before it answered");
    }
    LOG.log(Level.WARNING, "an answer is not valid HTTP: {0}", String.valueOf(cause.getMessage()));
    return new ErrorResponse(502, "the replica's answer is not valid HTTP");
  }

  /** Which happens, on either side, and is no reason for a line in the log. */
  private static boolean isBrokenConnection(Throwable cause) {
    return cause instanceof HttpClosedException
        || cause instanceof PrematureChannelClosureException
        || cause instanceof StreamResetException
        || cause instanceof IOException;
  }

  public JsonObject json() {
    return new JsonObject().put("message", "<Error> " + message).put("status", "failure");
  }

  Buffer body() {
    return json().toBuffer();
  }

  public void send(HttpServerResponse response) {
    response
        .setStatusCode(status)
        // said again, for a replica may have said another already
        .setStatusMessage(HttpResponseStatus.valueOf(status).reasonPhrase())
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        // A message may repeat what the client sent: no browser is to take it for a page.
        .putHeader("X-Content-Type-Options", "nosniff")
        .end(body());
  }
}
