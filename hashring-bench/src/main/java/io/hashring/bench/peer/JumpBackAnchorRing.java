package io.hashring.bench.peer;

import com.dynatrace.hash4j.consistent.ConsistentBucketSetHasher;
import com.dynatrace.hash4j.consistent.ConsistentHashing;
import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import com.dynatrace.hash4j.random.PseudoRandomGeneratorProvider;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * hash4j 0.31.0, {@code jumpBackAnchorHash} over SplitMix64, keys hashed in hash4j's own fastest
 * way for a String, {@code xxh3_64().hashCharsToLong}. It has no points and no weights; any bucket
 * can leave, but who owns a key depends on the order of all joins and leaves. Mutable, and not safe
 * for readers while it changes.
 */
final class JumpBackAnchorRing extends Ring<String> {

  private static final Hasher64 XXH3 = Hashing.xxh3_64();

  private final ConsistentBucketSetHasher buckets =
      ConsistentHashing.jumpBackAnchorHash(PseudoRandomGeneratorProvider.splitMix64_V1());
  private final Map<String, Integer> bucketOf = new HashMap<>();
  private @Nullable String[] nodes = new String[16];

  JumpBackAnchorRing(Collection<String> nodes) {
    with(nodes);
  }

  @Override
  public String locate(String key) {
    return locateAt(XXH3.hashCharsToLong(key));
  }

  @Override
  public String locate(byte[] key) {
    return locateAt(XXH3.hashBytesToLong(key));
  }

  @Override
  @SuppressWarnings("NullAway") // a bucket in use has a node
  public String locateAt(long hash) {
    return nodes[buckets.getBucket(hash)];
  }

  @Override
  public JumpBackAnchorRing with(Collection<String> added) {
    for (String node : added) {
      int bucket = buckets.addBucket();
      if (bucket >= nodes.length) {
        nodes = Arrays.copyOf(nodes, Math.max(bucket + 1, 2 * nodes.length));
      }
      nodes[bucket] = node;
      bucketOf.put(node, bucket);
    }
    return this;
  }

  @Override
  @SuppressWarnings("NullAway") // only members are removed
  public JumpBackAnchorRing without(Collection<String> removed) {
    for (String node : removed) {
      int bucket = bucketOf.remove(node);
      buckets.removeBucket(bucket);
      nodes[bucket] = null;
    }
    return this;
  }

  @Override
  public String name(String node) {
    return node;
  }

  @Override
  public Object structure() {
    return new Object[] {buckets, nodes};
  }
}
