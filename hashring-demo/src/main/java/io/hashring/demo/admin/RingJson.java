package io.hashring.demo.admin;

import io.hashring.HashRing;
import io.hashring.Ownership;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Members;
import io.hashring.demo.membership.RingChange;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The ring as JSON. */
public final class RingJson {

  private RingJson() {}

  static JsonObject of(Members members) {
    HashRing<Backend> ring = members.ring();
    Ownership<Backend> ownership = ring.ownership();
    JsonArray nodes = new JsonArray();
    for (Backend backend : ring.nodes()) {
      nodes.add(node(backend, ring.weight(backend), ownership.share(backend)));
    }
    return new JsonObject()
        .put("checksum", checksum(ring))
        .put("version", members.version())
        .put("points", ring.points().size())
        .put("nodes", nodes)
        .put("lastChange", lastChange(members.lastChange()));
  }

  /** All 64 bits, which a number of JSON or Prometheus could not hold. */
  public static String checksum(HashRing<Backend> ring) {
    return HexFormat.of().toHexDigits(ring.checksum());
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

  private static @Nullable JsonObject lastChange(@Nullable RingChange change) {
    if (change == null) {
      return null;
    }
    JsonArray moves = new JsonArray();
    for (RingChange.Move move : change.moves()) {
      moves.add(new JsonObject()
          .put("from", move.from())
          .put("to", move.to())
          .put("share", move.share()));
    }
    return new JsonObject()
        .put("at", change.at().toString())
        .put("joined", new JsonArray(change.joined()))
        .put("left", new JsonArray(change.left()))
        .put("moved", change.moved())
        .put("moves", moves);
  }
}
