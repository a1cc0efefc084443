package io.hashring.demo.admin;

import io.hashring.demo.membership.Members;
import io.hashring.demo.membership.RingChange;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HexFormat;

/** Changes of the ring: what the last ones did, or what one would do. */
final class ChangesJson {

  private ChangesJson() {}

  static JsonObject of(Members members) {
    JsonArray changes = new JsonArray();
    for (RingChange change : members.changes()) {
      changes.add(of(change)
          .put("checksum", HexFormat.of().toHexDigits(change.checksum()))
          .put("arcs", arcs(change))
          .put("more", change.moreArcs()));
    }
    return new JsonObject()
        .put("checksum", RingJson.checksum(members.ring()))
        .put("changes", changes);
  }

  /** Without what is large. */
  static JsonObject of(RingChange change) {
    JsonArray moves = new JsonArray();
    for (RingChange.Move move : change.moves()) {
      moves.add(new JsonObject()
          .put("from", move.from())
          .put("to", move.to())
          .put("share", move.share()));
    }
    JsonArray reweighted = new JsonArray();
    for (RingChange.Reweighted one : change.reweighted()) {
      reweighted.add(
          new JsonObject().put("node", one.node()).put("from", one.from()).put("to", one.to()));
    }
    return new JsonObject()
        .put("at", change.at().toString())
        .put("joined", new JsonArray(change.joined()))
        .put("left", new JsonArray(change.left()))
        .put("reweighted", reweighted)
        .put("moved", change.moved())
        .put("moves", moves);
  }

  /** Each as from, to, and the nodes that gave and took; the largest first. */
  static JsonArray arcs(RingChange change) {
    JsonArray arcs = new JsonArray();
    for (RingChange.Arc arc : change.arcs()) {
      arcs.add(new JsonArray()
          .add(ArcsJson.fraction(arc.range().from()))
          .add(ArcsJson.fraction(arc.range().to()))
          .add(arc.from())
          .add(arc.to()));
    }
    return arcs;
  }
}
