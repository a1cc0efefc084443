package io.hashring.demo.proxy;

import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.regex.Pattern;

/** What a request is called in logs, here and at the replicas. */
final class RequestId {

  static final String HEADER = "X-Request-Id";

  /** Such as a UUID, a trace id or Base64; nothing that a log or a shell would have to quote. */
  private static final Pattern WELL_FORMED = Pattern.compile("[A-Za-z0-9._:/+=@-]{1,128}");

  private RequestId() {}

  /** The id that came with the request, if it is one and well-formed, or else a new one. */
  static String of(HttpServerRequest request) {
    List<String> given = request.headers().getAll(HEADER);
    return given.size() == 1 && WELL_FORMED.matcher(given.get(0)).matches()
        ? given.get(0)
        : Key.randomHex();
  }
}
