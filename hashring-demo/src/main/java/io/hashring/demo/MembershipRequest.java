package io.hashring.demo;

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
 * The body of {@code /add} and {@code /rm}, read and checked as far as it can be without knowing
 * the members: how many replicas, and the names that come first.
 */
record MembershipRequest(int n, List<String> hostnames) {

  /** @throws IllegalArgumentException that says what is wrong with the body */
  static MembershipRequest parse(Buffer body) {
    JsonObject json = object(body);
    List<String> hostnames = hostnames(json.getValue("hostnames"));
    int n = json.containsKey("n") ? positive(json.getValue("n")) : hostnames.size();
    if (n == 0) {
      throw new IllegalArgumentException("the body must have n, or hostnames, or both");
    }
    return new MembershipRequest(n, hostnames);
  }

  /** The names that count: the first n. */
  List<String> named() {
    return hostnames.subList(0, Math.min(n, hostnames.size()));
  }

  private static JsonObject object(Buffer body) {
    try {
      if (Json.decodeValue(body) instanceof JsonObject json) {
        return json;
      }
    } catch (DecodeException e) {
      // refused below, like JSON that is no object
    }
    throw new IllegalArgumentException(
        "the body must be a JSON object, such as {\"n\":1,\"hostnames\":[\"server4\"]}");
  }

  private static int positive(@Nullable Object n) {
    if (n instanceof Integer count && count > 0) {
      return count;
    }
    throw new IllegalArgumentException("n must be a positive integer: " + Json.encode(n));
  }

  private static List<String> hostnames(@Nullable Object value) {
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof JsonArray array)) {
      throw new IllegalArgumentException(
          "hostnames must be a list of names: " + Json.encode(value));
    }
    Set<String> names = new LinkedHashSet<>();
    for (Object element : array) {
      if (!names.add(name(element))) {
        throw new IllegalArgumentException("hostnames must name each replica once: " + element);
      }
    }
    return List.copyOf(names);
  }

  private static String name(@Nullable Object element) {
    if (element instanceof String name && Names.isValid(name)) {
      return name;
    }
    throw new IllegalArgumentException(
        "each of hostnames " + Names.RULE + ": " + Json.encode(element));
  }
}
