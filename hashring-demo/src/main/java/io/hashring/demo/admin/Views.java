package io.hashring.demo.admin;

import static io.hashring.demo.admin.AccessRules.only;
import static io.hashring.demo.admin.AccessRules.reading;
import static io.hashring.demo.admin.AccessRules.sameSite;

import io.hashring.demo.membership.Membership;
import io.hashring.demo.membership.MembershipEdit;
import io.hashring.demo.proxy.ErrorResponse;
import io.hashring.demo.proxy.Locator;
import io.hashring.demo.proxy.QueryParameters;
import io.vertx.core.Handler;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The dashboard, and what it shows: paths that change nothing. */
public final class Views {

  private static final String ROOT = "/_lb";
  private static final byte[] KEY = "key".getBytes(StandardCharsets.US_ASCII);

  private final AccessRules access;
  private final Membership membership;
  private final Locator locator;
  private final Events events;
  private final WorkerExecutor workers;
  private final RingAnswer arcs;
  private final RingAnswer changes;
  private final RingAnswer balance;
  private final Dashboard dashboard = new Dashboard();

  /**
   * Answers nothing by itself.
   *
   * @param workers run what takes longer than an event loop may be kept from others
   */
  public Views(
      AccessRules access,
      Membership membership,
      Locator locator,
      Events events,
      WorkerExecutor workers) {
    this.access = access;
    this.membership = membership;
    this.locator = locator;
    this.events = events;
    this.workers = workers;
    this.arcs = new RingAnswer(membership::current, workers, m -> ArcsJson.of(m.ring()));
    this.changes = new RingAnswer(membership::current, workers, ChangesJson::of);
    this.balance = new RingAnswer(membership::current, workers, m -> BalanceJson.of(m.ring()));
  }

  /** What answers this path, or null where it is none of these. */
  @Nullable
  Handler<HttpServerRequest> handler(String path) {
    if (!path.startsWith(ROOT)) {
      return null;
    }
    return switch (path) {
      case ROOT -> access.ours(reading(Views::redirect));
      case "/_lb/arcs" -> seen(arcs);
      case "/_lb/changes" -> seen(changes);
      case "/_lb/balance" -> seen(balance);
      case "/_lb/locate" -> seen(this::locate);
      case "/_lb/plan" -> access.guarded(access.ours(sameSite(only(this::plan, HttpMethod.POST))));
      case "/_lb/events" -> access.guarded(access.ours(sameSite(only(events, HttpMethod.GET))));
      default -> page(path);
    };
  }

  private Handler<HttpServerRequest> seen(Handler<HttpServerRequest> view) {
    return access.guarded(access.ours(reading(view)));
  }

  /** It holds no secret: what it asks for afterwards needs the token. */
  private @Nullable Handler<HttpServerRequest> page(String path) {
    Dashboard.Asset asset = dashboard.asset(path);
    return asset == null ? null : access.ours(reading(asset));
  }

  private static void redirect(HttpServerRequest request) {
    request
        .response()
        .setStatusCode(302)
        .putHeader(HttpHeaders.LOCATION, ROOT + "/")
        .end();
  }

  private void locate(HttpServerRequest request) {
    byte[] key = QueryParameters.first(request.uri(), KEY, 0);
    if (key == null) {
      new ErrorResponse(
              400,
              "the query must have a key, its bytes as %XX where they are not"
                  + " letters or digits: /_lb/locate?key=users%2F42")
          .send(request.response());
      return;
    }
    Answers.send(request, 200, LocationJson.of(key, locator.locate(key)));
  }

  private void plan(HttpServerRequest request) {
    Answers.body(request)
        .compose(body -> {
          MembershipEdit edit = PlanJson.parse(body);
          return workers.executeBlocking(() -> PlanJson.of(membership.plan(edit)), false);
        })
        .onSuccess(plan -> Answers.send(request, 200, plan))
        .onFailure(cause -> Answers.refuse(request, cause));
  }
}
