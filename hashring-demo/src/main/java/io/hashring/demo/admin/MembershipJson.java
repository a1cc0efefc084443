package io.hashring.demo.admin;

import io.hashring.demo.membership.Members;
import io.hashring.demo.membership.MembershipRequest;
import io.hashring.demo.replica.RefusedException;
import io.hashring.demo.replica.ReplicaNames;
import io.hashring.demo.replica.ReplicaSpec;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Members as JSON: the bodies of {@code /add} and {@code /rm}, read and checked as far as they can
 * be without knowing the members, and the answer of these and of {@code /rep}.
 */
final class MembershipJson {

  private MembershipJson() {}

  static JsonObject of(Members members) {
    JsonObject message =
        new JsonObject().put("N", members.size()).put("replicas", new JsonArray(members.names()));
    return new JsonObject().put("message", message).put("status", "successful");
  }

  /** @throws RefusedException that says what is wrong with the body */
  static MembershipRequest parse(Buffer body) {
    JsonObject json = object(body);
    List<ReplicaSpec> replicas = replicas(json.getValue("hostnames"));
    int n = json.containsKey("n") ? positive(json.getValue("n")) : replicas.size();
    if (n == 0) {
      throw RefusedException.invalid("the body must have n, or hostnames, or both");
    }
    Double weight = json.containsKey("weight") ? weight("weight", json.getValue("weight")) : null;
    return new MembershipRequest(n, replicas, weights(json.getValue("weights")), weight);
  }

  /** The weight in {@code {"weight":2}}, and that there is nothing else. */
  static double parseWeight(Buffer body) {
    JsonObject json = object(body, "{\"weight\":2}");
    if (!json.fieldNames().equals(Set.of("weight"))) {
      throw RefusedException.invalid("the body must have weight, and nothing else");
    }
    return weight("weight", json.getValue("weight"));
  }

  static double weight(String what, @Nullable Object value) {
    if (value instanceof Number number && ReplicaSpec.isWeight(number.doubleValue())) {
      return number.doubleValue();
    }
    throw RefusedException.invalid(
        what + " " + ReplicaSpec.WEIGHT_RULE + ": " + Json.encode(value));
  }

  static Map<String, Double> weights(@Nullable Object value) {
    if (value == null) {
      return Map.of();
    }
    if (!(value instanceof JsonObject object)) {
      throw RefusedException.invalid(
          "weights must be an object, such as {\"server4\":2}: " + Json.encode(value));
    }
    Map<String, Double> weights = new LinkedHashMap<>();
    object.forEach(
        one -> weights.put(one.getKey(), weight("the weight of " + one.getKey(), one.getValue())));
    return weights;
  }

  private static JsonObject object(Buffer body) {
    return object(body, "{\"n\":1,\"hostnames\":[\"server4\"]}");
  }

  static JsonObject object(Buffer body, String example) {
    try {
      if (Json.decodeValue(body) instanceof JsonObject json) {
        return json;
      }
    } catch (DecodeException e) {
      // refused below, like JSON that is no object
    }
    throw RefusedException.invalid("the body must be a JSON object, such as " + example);
  }

  private static int positive(@Nullable Object n) {
    if (n instanceof Integer count && count > 0) {
      return count;
    }
    throw RefusedException.invalid("n must be a positive integer: " + Json.encode(n));
  }

  private static List<ReplicaSpec> replicas(@Nullable Object value) {
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof JsonArray array)) {
      throw RefusedException.invalid("hostnames must be a list of names: " + Json.encode(value));
    }
    Map<String, ReplicaSpec> replicas = new LinkedHashMap<>();
    for (Object element : array) {
      ReplicaSpec replica = replica(element);
      if (replicas.putIfAbsent(replica.name(), replica) != null) {
        throw RefusedException.invalid("hostnames must name each replica once: " + replica.name());
      }
    }
    return List.copyOf(replicas.values());
  }

  /** A name, or {@code name=host:port} with or without {@code *weight}. */
  private static ReplicaSpec replica(@Nullable Object element) {
    if (element instanceof String name && ReplicaNames.isValid(name)) {
      return new ReplicaSpec(name);
    }
    if (element instanceof String text && text.indexOf('=') > 0) {
      try {
        return ReplicaSpec.parse(text, "");
      } catch (IllegalArgumentException e) {
        throw RefusedException.invalid(
            "each of hostnames must be a name or name=host:port; " + e.getMessage());
      }
    }
    throw RefusedException.invalid(
        "each of hostnames " + ReplicaNames.RULE + ": " + Json.encode(element));
  }
}
