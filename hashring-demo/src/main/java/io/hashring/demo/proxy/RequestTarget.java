package io.hashring.demo.proxy;

import io.vertx.core.http.HttpServerRequest;

/**
 * The target of a request: {@code /path?query}, byte for byte as it came. Clients that take this
 * for their proxy put {@code http://host} in front of that (RFC 9112, section 3.2.2); it is
 * removed.
 */
final class RequestTarget {

  private static final String SCHEME = "http://";

  private RequestTarget() {}

  static boolean isAbsolute(String target) {
    return target.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        && target.indexOf('/', SCHEME.length()) > SCHEME.length();
  }

  /** The part of an absolute target that {@code Host} repeats. */
  static String authority(String absolute) {
    return absolute.substring(SCHEME.length(), absolute.indexOf('/', SCHEME.length()));
  }

  static String of(HttpServerRequest request) {
    String target = request.uri();
    return isAbsolute(target) ? target.substring(target.indexOf('/', SCHEME.length())) : target;
  }
}
