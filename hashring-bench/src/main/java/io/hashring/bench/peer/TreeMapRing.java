package io.hashring.bench.peer;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * The ring of every textbook: a mutable {@link TreeMap} from the murmur3 hash of name and number to
 * the name, keys hashed by Guava as their UTF-8 bytes. Not safe for readers while it changes.
 */
final class TreeMapRing extends Ring<String> {

  private static final HashFunction MURMUR3 = Hashing.murmur3_128();

  private final NavigableMap<Long, String> points = new TreeMap<>();
  private final int pointsPerNode;

  TreeMapRing(Collection<String> nodes, int pointsPerNode) {
    this.pointsPerNode = pointsPerNode;
    with(nodes);
  }

  @Override
  public String locate(String key) {
    return locateAt(MURMUR3.hashString(key, UTF_8).asLong());
  }

  @Override
  public String locate(byte[] key) {
    return locateAt(MURMUR3.hashBytes(key).asLong());
  }

  @Override
  public String locateAt(long hash) {
    Map.Entry<Long, String> entry = points.ceilingEntry(hash);
    return (entry == null ? points.firstEntry() : entry).getValue();
  }

  @Override
  public Set<String> preferenceList(String key, int n) {
    Set<String> nodes = new LinkedHashSet<>();
    long hash = MURMUR3.hashString(key, UTF_8).asLong();
    collect(points.tailMap(hash, true), n, nodes);
    collect(points.headMap(hash, false), n, nodes);
    return nodes;
  }

  private static void collect(Map<Long, String> arc, int n, Set<String> nodes) {
    for (String node : arc.values()) {
      if (nodes.size() == n) {
        return;
      }
      nodes.add(node);
    }
  }

  @Override
  public TreeMapRing with(Collection<String> added) {
    for (String node : added) {
      for (int i = 0; i < pointsPerNode; i++) {
        points.put(position(node, i), node);
      }
    }
    return this;
  }

  @Override
  public TreeMapRing without(Collection<String> removed) {
    for (String node : removed) {
      for (int i = 0; i < pointsPerNode; i++) {
        points.remove(position(node, i), node);
      }
    }
    return this;
  }

  private static long position(String node, int i) {
    return MURMUR3.hashString(node + '-' + i, UTF_8).asLong();
  }

  @Override
  public String name(String node) {
    return node;
  }

  @Override
  public Object structure() {
    return points;
  }
}
