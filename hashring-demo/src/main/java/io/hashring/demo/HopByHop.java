package io.hashring.demo;

import com.google.common.base.Splitter;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.stream.Stream;

/** What belongs to one connection, and not to the message (RFC 9110, section 7.6.1). */
final class HopByHop {

  /** Vert.x knows some of them, for requests. */
  private static final List<String> NAMES =
      List.of("Connection", "Proxy-Connection", "Keep-Alive", "TE", "Trailer", "Upgrade");

  private static final Splitter COMMA = Splitter.on(',').trimResults().omitEmptyStrings();

  private HopByHop() {}

  /** Removes these headers, and those that {@code Connection} names. */
  static void drop(MultiMap headers) {
    options(headers).toList().forEach(headers::remove);
    NAMES.forEach(headers::remove);
  }

  /**
   * Closes the connection after the answer if {@code close} is among the options of the request;
   * Vert.x does so only if it is the only one.
   */
  static void closeIfAsked(HttpServerRequest request) {
    if (options(request.headers()).anyMatch("close"::equalsIgnoreCase)) {
      close(request);
    }
  }

  /** Closes the connection after the answer, and says so in it. */
  static void close(HttpServerRequest request) {
    request
        .response()
        .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
        .bodyEndHandler(end -> request.connection().close());
  }

  private static Stream<String> options(MultiMap headers) {
    return headers.getAll(HttpHeaders.CONNECTION).stream().flatMap(COMMA::splitToStream);
  }
}
