package io.hashring.demo.admin;

import com.google.common.base.Ascii;
import io.hashring.BoundedLoad;
import io.hashring.HashRing;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Health;
import io.hashring.demo.membership.Members;
import io.hashring.demo.membership.Membership;
import io.hashring.demo.proxy.Traffic;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** What requests do: how each node is, some requests, heat, and the keys that come most often. */
public final class TrafficJson implements Events.Watched {

  private static final double TENTHS = 10;

  private final Membership membership;
  private final Metrics metrics;
  private final Traffic traffic;
  private final @Nullable BoundedLoad<Backend> bound;

  /** @param bound bounds what a backend has under way; null if nothing does */
  public TrafficJson(
      Membership membership,
      Metrics metrics,
      Traffic traffic,
      @Nullable BoundedLoad<Backend> bound) {
    this.membership = membership;
    this.metrics = metrics;
    this.traffic = traffic;
    this.bound = bound;
  }

  @Override
  public void begin() {
    traffic.begin();
  }

  @Override
  public void end() {
    traffic.end();
  }

  @Override
  public JsonObject look() {
    Traffic.View view = traffic.take();
    HashRing<Backend> ring = membership.current().ring();
    JsonArray sample = new JsonArray();
    for (Traffic.Sample request : view.samples()) {
      sample.add(new JsonObject()
          .put("key", request.key())
          .put("node", request.node())
          .put("at", ArcsJson.fraction(request.position()))
          .put("status", request.status()));
    }
    JsonArray heat = new JsonArray();
    for (double requests : view.heat()) {
      heat.add(tenths(requests));
    }
    JsonArray top = new JsonArray();
    for (Traffic.Key key : view.keys()) {
      if (tenths(key.count()) == 0) {
        continue; // long ago
      }
      top.add(new JsonObject()
          .put("key", key.key())
          .put("at", ArcsJson.fraction(key.position()))
          .put(
              "node",
              ring.points().isEmpty() ? null : ring.locateAt(key.position()).name())
          .put("count", tenths(key.count()))
          .put("error", tenths(key.error())));
    }
    return new JsonObject()
        .put("nodes", nodes(membership.current()))
        .put("sample", sample)
        .put("heat", heat)
        .put("total", tenths(view.total()))
        .put("top", top)
        .put("k", Traffic.KEYS)
        .put("errorAtMost", tenths(view.total() / Traffic.KEYS))
        .put("halfLife", Traffic.HALF_LIFE.toSeconds());
  }

  private static double tenths(double requests) {
    return Math.rint(requests * TENTHS) / TENTHS;
  }

  /** Those that left and have requests, and those that are there. */
  private JsonObject nodes(Members members) {
    JsonObject nodes = new JsonObject();
    for (Backend backend : membership.draining().keySet()) {
      nodes.put(
          backend.name(),
          node(backend, "draining", "it has left the ring, and has requests to end"));
    }
    for (Backend backend : members.byAge()) {
      Health.Status status = backend.health().status();
      String state = Ascii.toLowerCase(status.state().name());
      nodes.put(backend.name(), node(backend, state, status.reason()));
    }
    return nodes;
  }

  private JsonObject node(Backend backend, String state, String reason) {
    Metrics.Requests requests = metrics.requests(backend.name());
    return new JsonObject()
        .put("state", state)
        .put("reason", reason)
        .put("inFlight", backend.requests().count())
        .put("cap", bound == null ? null : bound.capacity(backend))
        .put("requests", requests.all())
        .put("errors", requests.failed());
  }
}
