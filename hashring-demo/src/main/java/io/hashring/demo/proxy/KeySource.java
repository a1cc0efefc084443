package io.hashring.demo.proxy;

import io.vertx.core.http.HttpServerRequest;

/**
 * What is known of a request when its key is made.
 *
 * @param proxies whose word on where it came from is believed
 * @param body the beginning of its body, as far as it has come
 */
record KeySource(HttpServerRequest request, TrustedProxies proxies, BodyPrefix body) {

  /** The path, less its leading slash. */
  String path() {
    return withoutSlash(RequestTarget.path(request));
  }

  /** The path and the query, less the leading slash. */
  String target() {
    return withoutSlash(RequestTarget.of(request));
  }

  String clientAddress() {
    return proxies.client(request);
  }

  private static String withoutSlash(String path) {
    return path.startsWith("/") ? path.substring(1) : path;
  }
}
