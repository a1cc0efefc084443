package io.hashring.demo.admin;

import com.google.common.base.Ascii;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Health;
import io.hashring.demo.proxy.KeyText;
import io.hashring.demo.proxy.Locator;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HexFormat;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Where a key is, who has it, and why. */
final class LocationJson {

  private LocationJson() {}

  static JsonObject of(byte[] key, Locator.Location location) {
    JsonArray list = new JsonArray();
    Backend owner = location.list().isEmpty() ? null : location.list().get(0).node();
    for (Locator.Candidate candidate : location.list()) {
      list.add(node(candidate.node(), candidate.cap()));
    }
    return new JsonObject()
        .put("key", KeyText.of(key))
        .put("position", HexFormat.of().toHexDigits(location.position()))
        .put("at", ArcsJson.fraction(location.position()))
        .put("node", name(location.node()))
        .put("owner", name(owner))
        .put("why", location.why())
        .put("list", list);
  }

  private static @Nullable String name(@Nullable Backend node) {
    return node == null ? null : node.name();
  }

  private static JsonObject node(Backend node, OptionalLong cap) {
    Health.Status status = node.health().status();
    return new JsonObject()
        .put("node", node.name())
        .put("state", Ascii.toLowerCase(status.state().name()))
        .put("reason", status.reason())
        .put("inFlight", node.requests().count())
        .put("cap", cap.isPresent() ? cap.getAsLong() : null);
  }
}
