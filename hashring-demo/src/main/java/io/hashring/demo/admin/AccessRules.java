package io.hashring.demo.admin;

import com.google.common.util.concurrent.RateLimiter;
import io.hashring.demo.proxy.ErrorResponse;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Who may ask for what: by method, token, {@code Host}, and the site of the page that asks. */
public final class AccessRules {

  private static final Logger LOG = Logger.getLogger(AccessRules.class.getName());

  /** What a browser says of a request that no page of another site has made. */
  private static final Set<String> OWN = Set.of("same-origin", "none");

  private final @Nullable String token;
  private final TrustedHosts hosts;

  /** Whoever guesses tokens does not fill the log. */
  private final RateLimiter refusedTokens = RateLimiter.create(1);

  /**
   * The rules of one balancer.
   *
   * @param token guards what {@link #guarded} wraps; none if null
   * @param hosts what a request without a token may name in {@code Host}, beside loopback and the
   *     address that it comes to
   */
  public AccessRules(@Nullable String token, Collection<String> hosts) {
    this.token = token;
    this.hosts = new TrustedHosts(hosts);
  }

  static Handler<HttpServerRequest> only(
      Handler<HttpServerRequest> handler, HttpMethod... methods) {
    List<HttpMethod> allowed = List.of(methods);
    return request -> {
      if (allowed.contains(request.method())) {
        handler.handle(request);
        return;
      }
      String names = String.join(", ", allowed.stream().map(HttpMethod::name).toList());
      request.response().putHeader(HttpHeaders.ALLOW, names);
      new ErrorResponse(405, request.path() + " takes " + names + ", not " + request.method())
          .send(request.response());
    };
  }

  static Handler<HttpServerRequest> reading(Handler<HttpServerRequest> handler) {
    return only(handler, HttpMethod.GET, HttpMethod.HEAD);
  }

  Handler<HttpServerRequest> guarded(Handler<HttpServerRequest> handler) {
    return request -> {
      if (mayEnter(request)) {
        handler.handle(request);
        return;
      }
      if (refusedTokens.tryAcquire()) {
        LOG.log(Level.WARNING, "{0} {1} from {2}: no valid token", new Object[] {
          request.method(), request.path(), request.remoteAddress()
        });
      }
      request.response().putHeader("WWW-Authenticate", "Bearer");
      new ErrorResponse(
              401, "this needs the header Authorization: Bearer TOKEN, as set by --admin-token")
          .send(request.response());
    };
  }

  /** Whoever has the token is no page of another site. */
  Handler<HttpServerRequest> ours(Handler<HttpServerRequest> handler) {
    return request -> {
      if (token != null || hosts.contain(request)) {
        handler.handle(request);
        return;
      }
      new ErrorResponse(
              403,
              "Host must be an address of this balancer, loopback, or one of --admin-host: "
                  + request.getHeader(HttpHeaders.HOST))
          .send(request.response());
    };
  }

  /**
   * Keeps out what a browser sends for the page of another site, which it does even to loopback,
   * and then names that site in {@code Origin}, or says in {@code Sec-Fetch-Site} that it is
   * another.
   */
  static Handler<HttpServerRequest> sameSite(Handler<HttpServerRequest> handler) {
    return request -> {
      String origin = request.getHeader(HttpHeaders.ORIGIN);
      String host = request.getHeader(HttpHeaders.HOST);
      String site = request.getHeader("Sec-Fetch-Site");
      if ((origin == null || origin.replaceFirst("^https?://", "").equalsIgnoreCase(host))
          && (site == null || OWN.contains(site))) {
        handler.handle(request);
        return;
      }
      new ErrorResponse(403, "pages of other sites may not ask for this").send(request.response());
    };
  }

  private boolean mayEnter(HttpServerRequest request) {
    if (token == null) {
      return true;
    }
    String given = request.getHeader(HttpHeaders.AUTHORIZATION);
    return given != null && MessageDigest.isEqual(bytes("Bearer " + token), bytes(given));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
