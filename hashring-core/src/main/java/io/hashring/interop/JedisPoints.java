package io.hashring.interop;

import io.hashring.hash.HashFunction;
import java.util.Arrays;
import java.util.regex.Pattern;

/** The points of a shard of Jedis, whose labels tell a shard without a name from the others. */
record JedisPoints(HashFunction hash) implements PointGenerator {

  private static final Pattern UNNAMED = Pattern.compile("SHARD-(0|[1-9][0-9]*)");

  @Override
  public long[] points(String id, int count) {
    String label = UNNAMED.matcher(id).matches() ? id + "-NODE-" : id + "*";
    long[] points = new long[count];
    Arrays.setAll(points, i -> hash.hash(label + i));
    return points;
  }
}
