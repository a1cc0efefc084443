package io.hashring.demo.admin;

import io.hashring.HashRing;
import io.hashring.demo.membership.Backend;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Who owns which part of the circle: arcs by their ends, neighbours of one owner as one. */
final class ArcsJson {

  /** More than this no picture shows. */
  private static final int MOST = 1 << 16;

  private static final long CELL = 1L << 48;

  private static final double DIGITS = 1e9;

  private ArcsJson() {}

  /** Where a position lies, from 0 to 1, with nine digits. */
  static double fraction(long position) {
    double fraction = ((position >>> 11) * 0x1p11 + (position & 0x7ff)) * 0x1p-64;
    return Math.rint(fraction * DIGITS) / DIGITS;
  }

  static JsonObject of(HashRing<Backend> ring) {
    Map<String, Integer> numbers = new HashMap<>();
    JsonArray nodes = new JsonArray();
    for (Backend node : ring.nodes()) {
      numbers.put(node.name(), numbers.size());
      nodes.add(node.name());
    }
    boolean coarse = ring.points().size() > MOST;
    JsonArray ends = new JsonArray();
    JsonArray owners = new JsonArray();
    for (Arc arc : coarse ? cells(ring) : arcs(ring)) {
      ends.add(fraction(arc.end));
      owners.add(numbers.get(arc.owner.name()));
    }
    return new JsonObject()
        .put("checksum", RingJson.checksum(ring))
        .put("nodes", nodes)
        .put("coarse", coarse)
        .put("ends", ends)
        .put("owners", owners);
  }

  /** The positions behind the end of the one before it, up to and with its own end. */
  private record Arc(long end, Backend owner) {}

  /** By their ends: the one that wraps is the first. */
  private static List<Arc> arcs(HashRing<Backend> ring) {
    return ring.ownership()
        .ranges()
        .map(range -> new Arc(range.range().to(), range.nodes().get(0)))
        .sorted((a, b) -> Long.compareUnsigned(a.end, b.end))
        .toList();
  }

  /** Equal parts of the circle, each with the owner of its end. */
  private static List<Arc> cells(HashRing<Backend> ring) {
    List<Arc> cells = new ArrayList<>();
    for (int i = 1; i <= MOST; i++) {
      long end = i * CELL - 1;
      Arc cell = new Arc(end, ring.locateAt(end));
      int last = cells.size() - 1;
      if (last >= 0 && cells.get(last).owner.equals(cell.owner)) {
        cells.set(last, cell);
      } else {
        cells.add(cell);
      }
    }
    return cells;
  }
}
