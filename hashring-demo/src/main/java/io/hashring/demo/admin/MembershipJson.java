package io.hashring.demo.admin;

import io.hashring.demo.membership.Members;
import io.hashring.demo.membership.MembershipRequest;
import io.hashring.demo.replica.RefusedException;
import io.hashring.demo.replica.ReplicaNames;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;
import java.util.List;
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
    List<String> hostnames = hostnames(json.getValue("hostnames"));
    int n = json.containsKey("n") ? positive(json.getValue("n")) : hostnames.size();
    if (n == 0) {
      throw RefusedException.invalid("the body must have n, or hostnames, or both");
    }
    return new MembershipRequest(n, hostnames);
  }

  private static JsonObject object(Buffer body) {
    try {
      if (Json.decodeValue(body) instanceof JsonObject json) {
        return json;
      }
    } catch (DecodeException e) {
      // refused below, like JSON that is no object
    }
    throw RefusedException.invalid(
        "the body must be a JSON object, such as {\"n\":1,\"hostnames\":[\"server4\"]}");
  }

  private static int positive(@Nullable Object n) {
    if (n instanceof Integer count && count > 0) {
      return count;
    }
    throw RefusedException.invalid("n must be a positive integer: " + Json.encode(n));
  }

  private static List<String> hostnames(@Nullable Object value) {
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof JsonArray array)) {
      throw RefusedException.invalid("hostnames must be a list of names: " + Json.encode(value));
    }
    Set<String> names = new LinkedHashSet<>();
    for (Object element : array) {
      if (!names.add(name(element))) {
        throw RefusedException.invalid("hostnames must name each replica once: " + element);
      }
    }
    return List.copyOf(names);
  }

  private static String name(@Nullable Object element) {
    if (element instanceof String name && ReplicaNames.isValid(name)) {
      return name;
    }
    throw RefusedException.invalid(
        "each of hostnames " + ReplicaNames.RULE + ": " + Json.encode(element));
  }
}
