package io.hashring.demo;

import io.hashring.HashRing;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/** The ring as JSON. */
final class RingView {

  private static final double CIRCLE = 0x1p64;

  private RingView() {}

  static JsonObject of(Members members) {
    HashRing<Backend> ring = members.ring();
    Map<Backend, Double> shares = shares(ring);
    JsonArray nodes = new JsonArray();
    for (Backend backend : ring.nodes()) {
      nodes.add(node(backend, ring.weight(backend), shares.getOrDefault(backend, 0.0)));
    }
    return new JsonObject()
        .put("checksum", HexFormat.of().toHexDigits(ring.checksum()))
        .put("points", ring.points().size())
        .put("nodes", nodes);
  }

  private static JsonObject node(Backend backend, double weight, double share) {
    return new JsonObject()
        .put("name", backend.name())
        .put("address", backend.address().toString())
        .put("weight", weight)
        .put("share", share)
        .put("up", backend.isEligible())
        .put("inFlight", backend.requests().count());
  }

  /** The part of the circle that each node owns: the arcs that end at its points. */
  private static Map<Backend, Double> shares(HashRing<Backend> ring) {
    Map<Backend, Double> shares = new HashMap<>();
    if (ring.points().isEmpty()) {
      return shares;
    }
    long[] previous = {ring.points().lastKey()};
    ring.points().forEach((position, owner) -> {
      long arc = position - previous[0];
      previous[0] = position;
      shares.merge(owner, arc == 0 ? 1.0 : unsigned(arc) / CIRCLE, Double::sum);
    });
    return shares;
  }

  private static double unsigned(long value) {
    return value >= 0 ? value : value + CIRCLE;
  }
}
