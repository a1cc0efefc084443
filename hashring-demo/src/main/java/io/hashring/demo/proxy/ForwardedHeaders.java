package io.hashring.demo.proxy;

import com.google.common.base.Ascii;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a replica is told of where a request came from. A trusted proxy has said so already, and
 * what it says stays; what anybody else says of this is dropped, but for {@code X-Forwarded-For},
 * whose last entry is always ours.
 */
final class ForwardedHeaders {

  private static final CharSequence FOR = HttpHeaders.createOptimized("X-Forwarded-For");
  private static final CharSequence PROTO = HttpHeaders.createOptimized("X-Forwarded-Proto");
  private static final CharSequence HOST = HttpHeaders.createOptimized("X-Forwarded-Host");
  private static final CharSequence FORWARDED = HttpHeaders.createOptimized("Forwarded");

  /** Other names, in use by one proxy or another, of the same claims. */
  private static final Set<String> CLAIMS = Set.of(
      "forwarded",
      "x-real-ip",
      "x-client-ip",
      "x-cluster-client-ip",
      "x-original-forwarded-for",
      "x-scheme",
      "x-url-scheme",
      "true-client-ip",
      "cf-connecting-ip",
      "fastly-client-ip",
      "front-end-https");

  private static final Set<String> SECURE = Set.of("https", "wss");
  private static final Set<String> PROTOS = Set.of("http", "https", "ws", "wss");

  private final TrustedProxies proxies;

  ForwardedHeaders(TrustedProxies proxies) {
    this.proxies = proxies;
  }

  /** Whether the client is connected by TLS, by what a trusted proxy says. */
  boolean isSecure(HttpServerRequest request) {
    return proxies.sent(request) && SECURE.contains(String.valueOf(proto(request.headers())));
  }

  /**
   * Writes them.
   *
   * @param headers those of the request, as they go on to the replica
   */
  void describe(HttpServerRequest request, MultiMap headers) {
    boolean trusted = proxies.sent(request);
    if (!trusted) {
      dropClaims(headers);
    }
    String peer = TrustedProxies.peerAddress(request);
    append(headers, FOR, peer);
    String proto = trusted ? proto(headers) : null;
    headers.set(PROTO, proto == null ? String.valueOf(request.scheme()) : proto);
    String given = trusted ? first(headers, HOST) : null;
    String host = given == null ? request.getHeader(HttpHeaders.HOST) : given;
    if (host != null) {
      headers.set(HOST, host);
    }
    if (trusted && headers.contains(FORWARDED)) {
      append(headers, FORWARDED, "for=" + (peer.contains(":") ? "\"[" + peer + "]\"" : peer));
    }
  }

  /** That of the client, which is the first. */
  private static @Nullable String proto(MultiMap headers) {
    String first = first(headers, PROTO);
    String lower = first == null ? "" : Ascii.toLowerCase(first);
    return PROTOS.contains(lower) ? lower : null;
  }

  private static @Nullable String first(MultiMap headers, CharSequence name) {
    String line = headers.get(name);
    if (line == null) {
      return null;
    }
    int comma = line.indexOf(',');
    String first = (comma < 0 ? line : line.substring(0, comma)).strip();
    return first.isEmpty() ? null : first;
  }

  private static void append(MultiMap headers, CharSequence name, String value) {
    if (headers.contains(name)) {
      Stream<String> earlier = headers.getAll(name).stream().filter(line -> !line.isEmpty());
      headers.set(name, Stream.concat(earlier, Stream.of(value)).collect(Collectors.joining(", ")));
    } else {
      headers.set(name, value);
    }
  }

  private static void dropClaims(MultiMap headers) {
    List<String> claims = null;
    for (Map.Entry<String, String> header : headers) {
      if (isClaim(header.getKey())) {
        claims = claims == null ? new ArrayList<>() : claims;
        claims.add(header.getKey());
      }
    }
    if (claims != null) {
      claims.forEach(headers::remove);
    }
  }

  /** Also with underscores, which many servers take for hyphens. */
  private static boolean isClaim(String name) {
    switch (name.isEmpty() ? ' ' : name.charAt(0)) {
      case 'x', 'X', 'f', 'F', 't', 'T', 'c', 'C' -> {
        String canonical = Ascii.toLowerCase(name).replace('_', '-');
        return CLAIMS.contains(canonical)
            || (canonical.startsWith("x-forwarded")
                && !Ascii.equalsIgnoreCase(name, "x-forwarded-for"));
      }
      default -> {
        return false;
      }
    }
  }
}
