package io.hashring.demo.admin;

import com.google.common.base.Ascii;
import com.google.common.util.concurrent.RateLimiter;
import io.hashring.demo.cluster.Cluster;
import io.hashring.demo.http.HttpLimits;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Members;
import io.hashring.demo.membership.Membership;
import io.hashring.demo.proxy.ErrorResponse;
import io.hashring.demo.replica.RefusedException;
import io.hashring.demo.replica.ReplicaException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The reserved paths: who is a member, and who shall be. */
public final class AdminApi {

  private static final Logger LOG = Logger.getLogger(AdminApi.class.getName());

  private final Membership membership;
  private final Supplier<Phase> phase;
  private final WorkerExecutor changes;
  private final Supplier<String> metrics;
  private final RingJson ring;
  private final Map<String, String> identity;
  private final @Nullable String token;
  private final TrustedHosts hosts;

  /** Whoever guesses tokens does not fill the log. */
  private final RateLimiter refusedTokens = RateLimiter.create(1);

  private static final String NODES = "/_lb/nodes/";

  /** Where the balancer is in its life. */
  public enum Phase {
    STARTING,
    SERVING,
    STOPPING
  }

  /**
   * What answers for the members.
   *
   * @param phase whether requests are taken yet, and still
   * @param changes runs the changes, which block
   * @param metrics the text for Prometheus
   * @param ring what an operator sees
   * @param identity what this balancer says of itself to whoever asks whether it lives
   * @param token guards everything but {@code /rep}; none if null
   * @param hosts what a request without a token may name in {@code Host}, beside loopback and the
   *     address that it comes to
   */
  public AdminApi(
      Membership membership,
      Supplier<Phase> phase,
      WorkerExecutor changes,
      Supplier<String> metrics,
      RingJson ring,
      Map<String, String> identity,
      @Nullable String token,
      Collection<String> hosts) {
    this.membership = membership;
    this.phase = phase;
    this.hosts = new TrustedHosts(hosts);
    this.changes = changes;
    this.metrics = metrics;
    this.ring = ring;
    this.identity = identity;
    this.token = token;
  }

  /** What answers this path, or null where the path is not reserved. */
  @Nullable
  public Handler<HttpServerRequest> handler(String path) {
    return switch (path) {
      case "/rep" -> only(this::replicas, HttpMethod.GET, HttpMethod.HEAD);
      case "/add" ->
        guarded(ours(
            sameSite(only(change(b -> membership.add(MembershipJson.parse(b))), HttpMethod.POST))));
      case "/rm" ->
        guarded(ours(sameSite(only(
            change(b -> membership.remove(MembershipJson.parse(b))),
            HttpMethod.DELETE,
            HttpMethod.POST))));
      case "/_lb/ring" -> guarded(ours(only(this::ring, HttpMethod.GET, HttpMethod.HEAD)));
      case "/_lb/live" -> only(this::live, HttpMethod.GET, HttpMethod.HEAD);
      case "/_lb/ready" -> only(this::ready, HttpMethod.GET, HttpMethod.HEAD);
      case "/_lb/metrics" -> guarded(only(this::metrics, HttpMethod.GET, HttpMethod.HEAD));
      case "/_lb/health" -> guarded(only(this::health, HttpMethod.GET, HttpMethod.HEAD));
      default -> path.startsWith(NODES) ? node(path.substring(NODES.length())) : other(path);
    };
  }

  private @Nullable Handler<HttpServerRequest> other(String path) {
    return path.startsWith("/_lb/") ? guarded(AdminApi::unknown) : null;
  }

  private Handler<HttpServerRequest> node(String name) {
    Change change = body -> membership.reweigh(decoded(name), MembershipJson.parseWeight(body));
    return guarded(ours(sameSite(only(change(change), HttpMethod.PATCH))));
  }

  private static String decoded(String name) {
    try {
      return URLDecoder.decode(name.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return name; // that nobody has
    }
  }

  /** Whether what answers this path can do so before the start is over. */
  public static boolean isAnsweredAtOnce(String path) {
    return path.startsWith("/_lb/");
  }

  private void replicas(HttpServerRequest request) {
    send(request, 200, MembershipJson.of(membership.current()));
  }

  private void ring(HttpServerRequest request) {
    send(request, 200, ring.json());
  }

  private void metrics(HttpServerRequest request) {
    request.response().putHeader(HttpHeaders.CONTENT_TYPE, Metrics.CONTENT_TYPE).end(metrics.get());
  }

  private void health(HttpServerRequest request) {
    JsonObject replicas = new JsonObject();
    for (Backend backend : membership.current().byAge()) {
      replicas.put(backend.name(), state(backend));
    }
    boolean canRoute = canRoute();
    JsonObject body =
        new JsonObject().put("status", canRoute ? "up" : "down").put("replicas", replicas);
    send(request, canRoute ? 200 : 503, body);
  }

  private static String state(Backend backend) {
    return Ascii.toLowerCase(backend.health().status().state().name());
  }

  private boolean canRoute() {
    return phase.get() == Phase.SERVING
        && membership.current().locate("", Backend::isEligible).isPresent(); // drained ones aside
  }

  /** For whoever restarts what does not live: it answers, and that is all. */
  private void live(HttpServerRequest request) {
    JsonObject live = new JsonObject().put("status", "live");
    identity.forEach(live::put);
    send(request, 200, live);
  }

  /** For whoever sends requests: not before there is a replica, nor while the balancer stops. */
  private void ready(HttpServerRequest request) {
    boolean ready = canRoute();
    Phase now = phase.get();
    String status =
        ready ? "ready" : now == Phase.SERVING ? "no replica is up" : Ascii.toLowerCase(now.name());
    send(request, ready ? 200 : 503, new JsonObject().put("status", status));
  }

  private static void unknown(HttpServerRequest request) {
    new ErrorResponse(
            404,
            "there is /_lb/ring, metrics, health, live, ready and nodes/NAME, but no "
                + request.path())
        .send(request.response());
  }

  // Changes

  @FunctionalInterface
  private interface Change {
    Members apply(Buffer body) throws Exception;
  }

  private Handler<HttpServerRequest> change(Change change) {
    return request -> body(request)
        .compose(body -> changes.executeBlocking(() -> change.apply(body), false))
        .onSuccess(members -> {
          LOG.log(Level.INFO, "{0} {1} from {2}: {3}", new Object[] {
            request.method(), request.path(), request.remoteAddress(), members.names()
          });
          send(request, 200, MembershipJson.of(members));
        })
        .onFailure(cause -> refuse(request, cause));
  }

  private static void refuse(HttpServerRequest request, Throwable cause) {
    HttpServerResponse response = request.response();
    if (response.closed() || response.ended()) {
      return; // the body broke off, which was answered if anybody was left to hear it
    }
    if (cause instanceof TooLargeException) {
      response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE); // not worth reading on
    }
    refusal(cause).send(response);
  }

  private static Future<Buffer> body(HttpServerRequest request) {
    Promise<Buffer> promise = Promise.promise();
    Buffer body = Buffer.buffer();
    request.exceptionHandler(promise::tryFail);
    request.endHandler(end -> promise.tryComplete(body));
    request.handler(chunk -> {
      if (body.length() + chunk.length() > HttpLimits.ADMIN_BODY) {
        promise.tryFail(new TooLargeException());
      } else {
        body.appendBuffer(chunk);
      }
    });
    request.resume(); // if it had to wait
    return promise.future();
  }

  private static final class TooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static ErrorResponse refusal(Throwable cause) {
    if (cause instanceof TooLargeException) {
      return new ErrorResponse(
          413, "the body must have at most " + HttpLimits.ADMIN_BODY + " bytes");
    }
    if (cause instanceof RefusedException refused) {
      return new ErrorResponse(status(refused.reason()), String.valueOf(cause.getMessage()));
    }
    if (cause instanceof Cluster.ConflictException) {
      return new ErrorResponse(409, String.valueOf(cause.getMessage()));
    }
    if (cause instanceof Cluster.UnreachableException) {
      return new ErrorResponse(503, String.valueOf(cause.getMessage()));
    }
    if (cause instanceof InterruptedException) {
      return new ErrorResponse(503, "the balancer stops, and does not wait for the change to end");
    }
    if (cause instanceof ReplicaException) {
      return new ErrorResponse(500, "the members are as before: " + cause.getMessage());
    }
    LOG.log(Level.WARNING, "a change of the members failed", cause);
    return new ErrorResponse(500, "the change failed, and /rep says who is a member: " + cause);
  }

  private static int status(RefusedException.Reason reason) {
    return switch (reason) {
      case INVALID -> 400;
      case UNKNOWN -> 404;
      case CONFLICT -> 409;
      case STOPPING -> 503;
    };
  }

  // Guards

  private static Handler<HttpServerRequest> only(
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

  private Handler<HttpServerRequest> guarded(Handler<HttpServerRequest> handler) {
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
  private Handler<HttpServerRequest> ours(Handler<HttpServerRequest> handler) {
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
   * and then names that site in {@code Origin}.
   */
  private static Handler<HttpServerRequest> sameSite(Handler<HttpServerRequest> handler) {
    return request -> {
      String origin = request.getHeader(HttpHeaders.ORIGIN);
      String host = request.getHeader(HttpHeaders.HOST);
      if (origin == null || origin.replaceFirst("^https?://", "").equalsIgnoreCase(host)) {
        handler.handle(request);
        return;
      }
      new ErrorResponse(403, "pages of other sites may not change the members")
          .send(request.response());
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

  private static void send(HttpServerRequest request, int status, JsonObject body) {
    request
        .response()
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .putHeader("X-Content-Type-Options", "nosniff")
        .end(body.toBuffer());
  }
}
