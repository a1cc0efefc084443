package io.hashring.demo.admin;

import static io.hashring.demo.admin.AccessRules.only;
import static io.hashring.demo.admin.AccessRules.reading;
import static io.hashring.demo.admin.AccessRules.sameSite;

import com.google.common.base.Ascii;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Members;
import io.hashring.demo.membership.Membership;
import io.hashring.demo.proxy.ErrorResponse;
import io.hashring.demo.replica.RefusedException;
import io.vertx.core.Handler;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
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
  private final AccessRules access;
  private final Views views;

  private static final String NODES = "/_lb/nodes/";
  private static final String CHANGE = "/_lb/change";

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
   * @param access who may ask
   * @param views what else there is to see
   */
  public AdminApi(
      Membership membership,
      Supplier<Phase> phase,
      WorkerExecutor changes,
      Supplier<String> metrics,
      RingJson ring,
      Map<String, String> identity,
      AccessRules access,
      Views views) {
    this.membership = membership;
    this.phase = phase;
    this.changes = changes;
    this.metrics = metrics;
    this.ring = ring;
    this.identity = identity;
    this.access = access;
    this.views = views;
  }

  /** What answers this path, or null where the path is not reserved. */
  @Nullable
  public Handler<HttpServerRequest> handler(String path) {
    return switch (path) {
      case "/rep" -> reading(this::replicas);
      case "/add" ->
        changing(change(b -> made(membership.add(MembershipJson.parse(b)))), HttpMethod.POST);
      case "/rm" ->
        changing(
            change(b -> made(membership.remove(MembershipJson.parse(b)))),
            HttpMethod.DELETE,
            HttpMethod.POST);
      case CHANGE -> changing(change(this::planned), HttpMethod.POST);
      case "/_lb/ring" -> access.guarded(access.ours(reading(this::ring)));
      case "/_lb/live" -> reading(this::live);
      case "/_lb/ready" -> reading(this::ready);
      case "/_lb/metrics" -> access.guarded(reading(this::metrics));
      case "/_lb/health" -> access.guarded(reading(this::health));
      default -> path.startsWith(NODES) ? node(path.substring(NODES.length())) : other(path);
    };
  }

  private @Nullable Handler<HttpServerRequest> other(String path) {
    Handler<HttpServerRequest> view = views.handler(path);
    return view == null && path.startsWith("/_lb/") ? access.guarded(AdminApi::unknown) : view;
  }

  private Handler<HttpServerRequest> changing(
      Handler<HttpServerRequest> change, HttpMethod... methods) {
    return access.guarded(access.ours(sameSite(only(change, methods))));
  }

  private Handler<HttpServerRequest> node(String name) {
    Change change =
        body -> made(membership.reweigh(decoded(name), MembershipJson.parseWeight(body)));
    return changing(change(change), HttpMethod.PATCH);
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
    return path.startsWith("/_lb/") && !path.startsWith(NODES) && !path.equals(CHANGE);
  }

  private void replicas(HttpServerRequest request) {
    Answers.send(request, 200, MembershipJson.of(membership.current()));
  }

  private void ring(HttpServerRequest request) {
    Answers.send(request, 200, ring.json());
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
    Answers.send(request, canRoute ? 200 : 503, body);
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
    Answers.send(request, 200, live);
  }

  /** For whoever sends requests: not before there is a replica, nor while the balancer stops. */
  private void ready(HttpServerRequest request) {
    boolean ready = canRoute();
    Phase now = phase.get();
    String status =
        ready ? "ready" : now == Phase.SERVING ? "no replica is up" : Ascii.toLowerCase(now.name());
    Answers.send(request, ready ? 200 : 503, new JsonObject().put("status", status));
  }

  private static void unknown(HttpServerRequest request) {
    new ErrorResponse(
            404,
            "there is /_lb/ring, arcs, changes, balance, locate, plan, change, events, metrics,"
                + " health, live, ready and nodes/NAME, but no " + request.path())
        .send(request.response());
  }

  // Changes

  /** Who is a member now, and what to answer. */
  private record Made(Members members, JsonObject answer) {}

  @FunctionalInterface
  private interface Change {
    Made apply(Buffer body) throws Exception;
  }

  private static Made made(Members members) {
    return new Made(members, MembershipJson.of(members));
  }

  private Made planned(Buffer body) throws Exception {
    PlanJson.Planned planned = PlanJson.parsePlanned(body);
    Membership.Made made = membership.change(planned.edit(), planned.checksum());
    return new Made(made.members(), PlanJson.of(made.plan(), made.members()));
  }

  private Handler<HttpServerRequest> change(Change change) {
    return request -> Answers.body(request)
        .compose(body -> changes.executeBlocking(() -> change.apply(body), false))
        .onSuccess(made -> {
          LOG.log(Level.INFO, "{0} {1} from {2}: {3}", new Object[] {
            request.method(),
            request.path(),
            request.remoteAddress(),
            made.members().names()
          });
          Answers.send(request, 200, made.answer());
        })
        .onFailure(cause -> refuse(request, cause));
  }

  /** Whoever had a plan for another ring is told which there is. */
  private void refuse(HttpServerRequest request, Throwable cause) {
    if (cause instanceof RefusedException refused
        && refused.reason() == RefusedException.Reason.STALE) {
      String present = RingJson.checksum(membership.current().ring());
      ErrorResponse answer = Answers.refusal(cause);
      Answers.send(request, answer.status(), answer.json().put("checksum", present));
    } else {
      Answers.refuse(request, cause);
    }
  }
}
