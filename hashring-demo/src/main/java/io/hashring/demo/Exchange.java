package io.hashring.demo;

import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through the balancer: its key, the backends it was offered to, and the
 * one that has it now. Lives on one event loop.
 */
final class Exchange {

  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.TRACE);

  private final HttpServerRequest request;
  private final String key;
  private final InFlight requests;
  private final Set<Backend> tried = new HashSet<>();
  private @Nullable Backend backend;
  private boolean admitted;

  /**
   * @param requests counts this exchange until its end
   */
  Exchange(HttpServerRequest request, String key, InFlight requests) {
    this.request = request;
    this.key = key;
    this.requests = requests;
    this.admitted = requests.begin();
  }

  HttpServerRequest request() {
    return request;
  }

  Optional<Backend> backend() {
    return Optional.ofNullable(backend);
  }

  /** Moves on to the next node of the key's preference list that may be sent requests. */
  Optional<Backend> next(Members members) {
    leave();
    Optional<Backend> next = admitted ? members.locate(key, tried) : Optional.empty();
    while (next.isPresent() && !enter(next.get())) {
      next = members.locate(key, tried);
    }
    return next;
  }

  private boolean enter(Backend candidate) {
    tried.add(candidate);
    if (!candidate.requests().begin()) {
      return false; // began to drain a moment ago
    }
    backend = candidate;
    return true;
  }

  /** The backend that has this request is done with it. */
  void leave() {
    if (backend != null) {
      backend.requests().end();
      backend = null;
    }
  }

  /** The client has its answer, or is gone. */
  void end() {
    leave();
    if (admitted) {
      requests.end();
      admitted = false;
    }
  }

  /**
   * Runs the action once the request is complete, so that the time a replica has for its answer
   * does not run while the client still sends: an upload takes what it takes.
   */
  void whenReceived(Runnable action) {
    if (request.isEnded()) {
      action.run();
    } else {
      request.end().onSuccess(end -> action.run());
    }
  }

  boolean hasBody() {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
        || (length != null && !length.equals("0"));
  }

  /**
   * True if a request that was sent, and failed so, may be sent again: it asks for no change, there
   * is no body that is gone by now, and the connection broke before it brought an answer. An answer
   * that is late is not a reason: the next node would only be made to do the same work.
   */
  boolean maySendAgain(Throwable failure) {
    return SAFE.contains(request.method())
        && !hasBody()
        && !request.response().closed()
        && (failure instanceof HttpClosedException || failure instanceof IOException);
  }
}
