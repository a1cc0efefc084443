package io.hashring.bench.peer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import redis.clients.jedis.util.Hashing;
import redis.clients.jedis.util.ShardInfo;
import redis.clients.jedis.util.Sharded;

/**
 * Jedis 3.10.0, {@code Sharded} with its default {@code MURMUR_HASH} and named shards, each its own
 * resource. A shard of weight w has 160 · w points, so the points must be a multiple of 160. The
 * set of shards is fixed: a change is a new {@code Sharded}.
 */
@SuppressWarnings("deprecation") // later releases of Jedis have no ring
final class JedisRing extends Ring<JedisRing.Shard> {

  private static final int POINTS_PER_WEIGHT = 160;

  private final Map<String, Shard> shards;
  private final Sharded<String, Shard> ring;
  private final int weight;

  JedisRing(Collection<String> nodes, int pointsPerNode) {
    this(shards(Map.of(), nodes, weight(pointsPerNode)), weight(pointsPerNode));
  }

  private JedisRing(Map<String, Shard> shards, int weight) {
    this.shards = shards;
    this.ring = new Sharded<>(new ArrayList<>(shards.values()), Hashing.MURMUR_HASH);
    this.weight = weight;
  }

  private static int weight(int pointsPerNode) {
    if (pointsPerNode % POINTS_PER_WEIGHT != 0) {
      throw new IllegalArgumentException(
          "pointsPerNode of jedis must be a multiple of 160: " + pointsPerNode);
    }
    return pointsPerNode / POINTS_PER_WEIGHT;
  }

  private static Map<String, Shard> shards(
      Map<String, Shard> present, Collection<String> added, int weight) {
    Map<String, Shard> shards = new LinkedHashMap<>(present);
    added.forEach(name -> shards.put(name, new Shard(name, weight)));
    return shards;
  }

  @Override
  public Shard locate(String key) {
    return ring.getShardInfo(key);
  }

  @Override
  public Shard locate(byte[] key) {
    return ring.getShardInfo(key);
  }

  @Override
  public JedisRing with(Collection<String> added) {
    return new JedisRing(shards(shards, added, weight), weight);
  }

  @Override
  public JedisRing without(Collection<String> removed) {
    Map<String, Shard> rest = new LinkedHashMap<>(shards);
    rest.keySet().removeAll(removed);
    return new JedisRing(rest, weight);
  }

  @Override
  public String name(Shard node) {
    return node.getName();
  }

  @Override
  public Object structure() {
    return ring;
  }

  /** A server of that name, without a connection. */
  static final class Shard extends ShardInfo<String> {

    private final String name;

    Shard(String name, int weight) {
      super(weight);
      this.name = name;
    }

    @Override
    public String getName() {
      return name;
    }

    @Override
    protected String createResource() {
      return name;
    }
  }
}
