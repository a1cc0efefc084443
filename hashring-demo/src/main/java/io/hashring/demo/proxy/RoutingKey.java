package io.hashring.demo.proxy;

import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The part of a request that is looked up on the ring. A request without that part is looked up by
 * its path, as received, less the leading slash.
 */
public final class RoutingKey {

  public static final String SYNTAX =
      "path, uri, header:NAME, cookie:NAME, query:NAME or client-ip";

  private final String description;
  private final Function<HttpServerRequest, @Nullable String> part;

  private RoutingKey(String description, Function<HttpServerRequest, @Nullable String> part) {
    this.description = description;
    this.part = part;
  }

  public static RoutingKey path() {
    return new RoutingKey("path", RoutingKey::path);
  }

  public static RoutingKey parse(String text) {
    int colon = text.indexOf(':');
    String name = text.substring(colon + 1);
    Function<HttpServerRequest, @Nullable String> part =
        colon < 0 ? unnamed(text) : named(text.substring(0, colon), name);
    if (part == null || name.isBlank()) {
      throw new IllegalArgumentException("the routing key must be " + SYNTAX + ": " + text);
    }
    return new RoutingKey(text, part);
  }

  private static @Nullable Function<HttpServerRequest, @Nullable String> unnamed(String kind) {
    return switch (kind) {
      case "path" -> RoutingKey::path;
      case "uri" -> request -> withoutSlash(RequestTarget.of(request));
      case "client-ip" -> request -> request.remoteAddress().hostAddress();
      default -> null;
    };
  }

  private static @Nullable Function<HttpServerRequest, @Nullable String> named(
      String kind, String name) {
    return switch (kind) {
      case "header" -> request -> request.getHeader(name);
      case "cookie" -> request -> cookie(request, name);
      case "query" -> request -> query(request, name);
      default -> null;
    };
  }

  public String of(HttpServerRequest request) {
    String key = part.apply(request);
    return key == null || key.isEmpty() ? path(request) : key;
  }

  private static String path(HttpServerRequest request) {
    return withoutSlash(RequestTarget.path(request));
  }

  private static String withoutSlash(String path) {
    return path.startsWith("/") ? path.substring(1) : path;
  }

  private static @Nullable String cookie(HttpServerRequest request, String name) {
    Cookie cookie = request.getCookie(name);
    return cookie == null ? null : cookie.getValue();
  }

  private static @Nullable String query(HttpServerRequest request, String name) {
    try {
      return request.getParam(name);
    } catch (IllegalArgumentException e) {
      return null; // a query that cannot be decoded names nothing
    }
  }

  @Override
  public String toString() {
    return description;
  }
}
