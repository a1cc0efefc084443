package io.hashring.demo.proxy;

import com.google.common.base.Ascii;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** Answers that last: {@code text/event-stream}. */
final class EventStreams {

  private static final String TYPE = "text/event-stream";

  private EventStreams() {}

  /** Whether the client says that it may get one, as {@code EventSource} does. */
  static boolean isAskedFor(HttpServerRequest request) {
    if (!request.headers().contains(HttpHeaders.ACCEPT)) {
      return false;
    }
    for (String accept : request.headers().getAll(HttpHeaders.ACCEPT)) {
      if (accept.length() >= TYPE.length() && Ascii.toLowerCase(accept).contains(TYPE)) {
        return true;
      }
    }
    return false;
  }

  /** Whether these are the headers of one, whoever asked for it. */
  static boolean isOne(MultiMap headers) {
    String type = headers.get(HttpHeaders.CONTENT_TYPE);
    return type != null && type.regionMatches(true, 0, TYPE, 0, TYPE.length());
  }
}
