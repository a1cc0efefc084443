package io.hashring.demo;

import io.hashring.HashRing;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HexFormat;

/** The ring as JSON. */
final class RingView {

  private RingView() {}

  static JsonObject of(Members members) {
    HashRing<Backend> ring = members.ring();
    JsonArray nodes = new JsonArray();
    ring.nodes().forEach(backend -> nodes.add(node(ring, backend)));
    return new JsonObject()
        .put("checksum", HexFormat.of().toHexDigits(ring.checksum()))
        .put("points", ring.points().size())
        .put("nodes", nodes);
  }

  private static JsonObject node(HashRing<Backend> ring, Backend backend) {
    return new JsonObject()
        .put("name", backend.name())
        .put("address", backend.address().toString())
        .put("weight", ring.weight(backend))
        .put("up", backend.isEligible())
        .put("inFlight", backend.requests().count());
  }
}
