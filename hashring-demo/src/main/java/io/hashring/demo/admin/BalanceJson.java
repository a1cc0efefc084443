package io.hashring.demo.admin;

import io.hashring.HashRing;
import io.hashring.Ownership;
import io.hashring.demo.membership.Backend;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** How even the ring is, and how even the same nodes would be by other numbers. */
final class BalanceJson {

  /** Where rounding to whole points takes a weight farther off, it is worth telling. */
  private static final double MUCH = 0.05;

  /** Rings of more points are not made to tell how even they are. */
  private static final double MOST_POINTS = 1_000_000;

  private static final int[] TIMES = {1, 2, 4};
  private static final int[] PROBES = {1, 2, 5};

  private BalanceJson() {}

  static JsonObject of(HashRing<Backend> ring) {
    Ownership<Backend> ownership = ring.ownership();
    return new JsonObject()
        .put("checksum", RingJson.checksum(ring))
        .put("peak", peak(ownership))
        .put("busiest", busiest(ring, ownership))
        .put("points", pointsPerNode(ring))
        .put("probes", ring.probes())
        .put("advice", advice(ring))
        .put("rounding", rounding(ring, ownership));
  }

  /** The largest share, in shares that the weights ask for; null where there is none. */
  static @Nullable Double peak(Ownership<Backend> ownership) {
    double peak = ownership.peakToMean();
    return Double.isFinite(peak) ? peak : null;
  }

  private static @Nullable String busiest(HashRing<Backend> ring, Ownership<Backend> ownership) {
    return ring.nodes().stream()
        .filter(node -> ownership.expectedShare(node) > 0)
        .max(Comparator.comparingDouble(
            node -> ownership.share(node) / ownership.expectedShare(node)))
        .map(Backend::name)
        .orElse(null);
  }

  /** Of a weight of 1. */
  private static int pointsPerNode(HashRing<Backend> ring) {
    return (int) ring.placement().pointCount("any", 1);
  }

  /** Exact: rings of these nodes are made. The first is the ring as it is. */
  private static JsonArray advice(HashRing<Backend> ring) {
    JsonArray advice = new JsonArray();
    if (ring.points().isEmpty()) {
      return advice;
    }
    int points = pointsPerNode(ring);
    for (int times : TIMES) {
      if (times > 1 && (double) times * ring.points().size() > MOST_POINTS) {
        break;
      }
      HashRing<Backend> other = times == 1 ? ring : withPoints(ring, times * points);
      for (int probes : PROBES) {
        HashRing<Backend> way = other.toBuilder().probes(probes).build();
        advice.add(new JsonObject()
            .put("points", times * points)
            .put("probes", probes)
            .put("peak", peak(way.ownership())));
      }
    }
    return advice;
  }

  private static HashRing<Backend> withPoints(HashRing<Backend> ring, int points) {
    HashRing.Builder<Backend> builder =
        HashRing.<Backend>builder(Backend::name).pointsPerNode(points);
    ring.nodes().forEach(node -> builder.add(node, ring.weight(node)));
    return builder.build();
  }

  private static JsonArray rounding(HashRing<Backend> ring, Ownership<Backend> ownership) {
    JsonArray rounding = new JsonArray();
    for (Backend node : ring.nodes()) {
      double expected = ownership.expectedShare(node);
      double off = expected == 0 ? 0 : ownership.roundedShare(node) / expected - 1;
      if (Math.abs(off) > MUCH) {
        rounding.add(new JsonObject().put("node", node.name()).put("off", off));
      }
    }
    return rounding;
  }
}
