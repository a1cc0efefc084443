package io.hashring.demo.proxy;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;

/**
 * The target of a request: {@code /path?query}, byte for byte as it came. Clients that take this
 * for their proxy put {@code http://host} in front of that (RFC 9112, section 3.2.2); it is
 * removed, and where no path is left, {@code /} is meant, or {@code *} if the method is OPTIONS.
 */
public final class RequestTarget {

  private static final String SCHEME = "http://";

  private RequestTarget() {}

  static boolean isAbsolute(String target) {
    return target.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        && endOfAuthority(target) > SCHEME.length();
  }

  private static int endOfAuthority(String absolute) {
    for (int i = SCHEME.length(); i < absolute.length(); i++) {
      char c = absolute.charAt(i);
      if (c == '/' || c == '?') {
        return i;
      }
    }
    return absolute.length();
  }

  /** The part of an absolute target that {@code Host} repeats. */
  static String authority(String absolute) {
    return absolute.substring(SCHEME.length(), endOfAuthority(absolute));
  }

  static String of(HttpServerRequest request) {
    String target = request.uri();
    if (target.startsWith("/") || !isAbsolute(target)) {
      return target;
    }
    String rest = target.substring(endOfAuthority(target));
    if (rest.isEmpty()) {
      return request.method().equals(HttpMethod.OPTIONS) ? "*" : "/";
    }
    return rest.startsWith("/") ? rest : "/" + rest;
  }

  /** The same without the query. */
  public static String path(HttpServerRequest request) {
    if (request.uri().startsWith("/")) {
      return request.path(); // which Vert.x keeps
    }
    String target = of(request);
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }
}
