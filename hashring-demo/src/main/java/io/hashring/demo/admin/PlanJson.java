package io.hashring.demo.admin;

import io.hashring.HashRing;
import io.hashring.Ownership;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Members;
import io.hashring.demo.membership.MembershipEdit;
import io.hashring.demo.membership.RingChange;
import io.hashring.demo.membership.RingPlan;
import io.hashring.demo.replica.RefusedException;
import io.hashring.demo.replica.ReplicaNames;
import io.hashring.demo.replica.ReplicaSpec;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Changes on paper: the bodies of {@code /_lb/plan} and {@code /_lb/change}, and their answers. */
final class PlanJson {

  private static final String EXAMPLE =
      "{\"add\":[{\"name\":\"server4\",\"weight\":2}],\"remove\":[\"server1\"]}";

  private static final List<String> PARTS = List.of("add", "remove", "drain", "weights");
  private static final String CHECKSUM = "checksum";
  private static final String HEX = "[0-9a-f]{16}";

  private PlanJson() {}

  /** A change, and the checksum of the ring that it was planned on. */
  record Planned(MembershipEdit edit, long checksum) {}

  // Bodies

  /** @throws RefusedException that says what is wrong with the body */
  static MembershipEdit parse(Buffer body) {
    return edit(MembershipJson.object(body, EXAMPLE), Set.of());
  }

  /** @throws RefusedException that says what is wrong with the body */
  static Planned parsePlanned(Buffer body) {
    JsonObject json = MembershipJson.object(body, EXAMPLE);
    MembershipEdit edit = edit(json, Set.of(CHECKSUM));
    if (json.getValue(CHECKSUM) instanceof String text && text.matches(HEX)) {
      return new Planned(edit, Long.parseUnsignedLong(text, 16));
    }
    throw RefusedException.invalid("checksum must be that of the plan, 16 hexadecimal digits: "
        + Json.encode(json.getValue(CHECKSUM)));
  }

  private static MembershipEdit edit(JsonObject json, Set<String> others) {
    for (String field : json.fieldNames()) {
      if (!PARTS.contains(field) && !others.contains(field)) {
        throw RefusedException.invalid("the body may have " + String.join(", ", PARTS)
            + (others.isEmpty() ? "" : ", checksum") + ", and nothing else: " + field);
      }
    }
    List<ReplicaSpec> add = added(json.getValue("add"));
    List<String> remove = names("remove", json.getValue("remove"));
    Map<String, Double> weights =
        new LinkedHashMap<>(MembershipJson.weights(json.getValue("weights")));
    List<String> drain = names("drain", json.getValue("drain"));
    List<String> all = new ArrayList<>(add.stream().map(ReplicaSpec::name).toList());
    all.addAll(remove);
    all.addAll(weights.keySet());
    all.addAll(drain);
    checkOnce(all);
    drain.forEach(name -> weights.put(name, 0.0));
    return new MembershipEdit(add, remove, weights);
  }

  private static void checkOnce(List<String> names) {
    if (names.isEmpty()) {
      throw RefusedException.invalid("the body must have a name in one of " + PARTS);
    }
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!seen.add(name)) {
        throw RefusedException.invalid("each name must stand once in all of the body: " + name);
      }
    }
  }

  private static JsonArray list(String field, @Nullable Object value, String what) {
    if (value == null) {
      return new JsonArray();
    }
    if (value instanceof JsonArray array) {
      return array;
    }
    throw RefusedException.invalid(
        field + " must be a list of " + what + ": " + Json.encode(value));
  }

  private static List<String> names(String field, @Nullable Object value) {
    List<String> names = new ArrayList<>();
    for (Object element : list(field, value, "names")) {
      names.add(name("each of " + field, element));
    }
    return names;
  }

  private static String name(String what, @Nullable Object value) {
    if (value instanceof String name && ReplicaNames.isValid(name)) {
      return name;
    }
    throw RefusedException.invalid(what + " " + ReplicaNames.RULE + ": " + Json.encode(value));
  }

  private static List<ReplicaSpec> added(@Nullable Object value) {
    List<ReplicaSpec> added = new ArrayList<>();
    for (Object element : list("add", value, "objects, such as {\"name\":\"server4\"}")) {
      if (!(element instanceof JsonObject object)) {
        throw RefusedException.invalid(
            "each of add must be an object, such as {\"name\":\"server4\"}: "
                + Json.encode(element));
      }
      added.add(added(object));
    }
    return added;
  }

  private static ReplicaSpec added(JsonObject object) {
    for (String field : object.fieldNames()) {
      if (!List.of("name", "weight", "address").contains(field)) {
        throw RefusedException.invalid(
            "each of add may have name, weight and address, and nothing else: " + field);
      }
    }
    String name = name("the name of each of add", object.getValue("name"));
    Double weight = object.containsKey("weight")
        ? MembershipJson.weight("the weight of " + name, object.getValue("weight"))
        : null;
    Object address = object.getValue("address");
    if (address == null) {
      return new ReplicaSpec(name, null, weight);
    }
    if (address instanceof String text && text.indexOf('*') < 0) {
      try {
        return new ReplicaSpec(name, ReplicaSpec.parse(name + "=" + text, "").address(), weight);
      } catch (IllegalArgumentException e) {
        throw RefusedException.invalid(String.valueOf(e.getMessage()));
      }
    }
    throw RefusedException.invalid(
        "the address of " + name + " must be host:port: " + Json.encode(address));
  }

  // Answers

  /** A plan that was made true, and who is a member now. */
  static JsonObject of(RingPlan plan, Members members) {
    JsonObject message = MembershipJson.of(members).getJsonObject("message");
    return of(plan).mergeIn(message);
  }

  static JsonObject of(RingPlan plan) {
    Ownership<Backend> before = plan.before().ownership();
    Ownership<Backend> after = plan.after().ownership();
    Map<String, Double> gains = new TreeMap<>();
    Map<String, Double> losses = new TreeMap<>();
    for (RingChange.Move move : plan.change().moves()) {
      add(gains, move.to(), move.share());
      add(losses, move.from(), move.share());
    }
    Set<String> names = new TreeSet<>();
    plan.before().nodes().forEach(node -> names.add(node.name()));
    plan.after().nodes().forEach(node -> names.add(node.name()));
    JsonArray nodes = new JsonArray();
    for (String name : names) {
      nodes.add(new JsonObject()
          .put("name", name)
          .put("weightBefore", weight(plan.before(), name))
          .put("weightAfter", weight(plan.after(), name))
          .put("shareBefore", share(plan.before(), before, name))
          .put("shareAfter", share(plan.after(), after, name))
          .put("gains", gains.getOrDefault(name, 0.0))
          .put("loses", losses.getOrDefault(name, 0.0)));
    }
    return new JsonObject()
        .put(CHECKSUM, RingJson.checksum(plan.before()))
        .put("checksumAfter", RingJson.checksum(plan.after()))
        .put("moved", plan.change().moved())
        .put("peakBefore", BalanceJson.peak(before))
        .put("peakAfter", BalanceJson.peak(after))
        .put("nodes", nodes)
        .put("arcs", ChangesJson.arcs(plan.change()))
        .put("more", plan.change().moreArcs())
        .put("slowStart", risen(plan.risen()));
  }

  private static void add(Map<String, Double> shares, @Nullable String name, double share) {
    if (name != null) {
      shares.merge(name, share, Double::sum);
    }
  }

  private static @Nullable Double weight(HashRing<Backend> ring, String name) {
    return ring.find(name).map(ring::weight).orElse(null);
  }

  private static double share(HashRing<Backend> ring, Ownership<Backend> shares, String name) {
    return ring.find(name).map(shares::share).orElse(0.0);
  }

  private static @Nullable JsonObject risen(@Nullable RingPlan risen) {
    return risen == null
        ? null
        : new JsonObject()
            .put(CHECKSUM, RingJson.checksum(risen.after()))
            .put("moved", risen.change().moved())
            .put("peak", BalanceJson.peak(risen.after().ownership()));
  }
}
