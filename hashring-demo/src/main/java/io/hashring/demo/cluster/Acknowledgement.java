package io.hashring.demo.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a balancer says of the members that left: it sends them no new requests up to a revision,
 * and some of them still have requests of its own under way.
 */
record Acknowledgement(long revision, Set<String> draining) {

  static final Acknowledgement NONE = new Acknowledgement(0, Set.of());

  Acknowledgement {
    draining = Set.copyOf(draining);
  }

  /** Whether what left with this name and up to this revision has no requests any more. */
  boolean releases(String name, long upTo) {
    return upTo <= revision && !draining.contains(name);
  }

  /** @param about what else is said of the balancer */
  byte[] encode(JsonObject about) {
    return about
        .copy()
        .put("revision", revision)
        .put("draining", new JsonArray(draining.stream().sorted().toList()))
        .encode()
        .getBytes(UTF_8);
  }

  /** What cannot be read releases nothing: it may be of a balancer that knows more. */
  static Acknowledgement decode(byte[] json) {
    try {
      JsonObject object = new JsonObject(Buffer.buffer(json));
      return new Acknowledgement(
          object.getLong("revision"),
          object.getJsonArray("draining").stream()
              .map(String.class::cast)
              .collect(Collectors.toSet()));
    } catch (RuntimeException e) {
      return NONE;
    }
  }
}
