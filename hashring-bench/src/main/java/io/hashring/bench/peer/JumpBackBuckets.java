package io.hashring.bench.peer;

import com.dynatrace.hash4j.consistent.ConsistentBucketHasher;
import com.dynatrace.hash4j.consistent.ConsistentHashing;
import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.util.Collection;
import java.util.List;

/**
 * hash4j 0.31.0, {@code jumpBackHashSplitMix64}, keys hashed in hash4j's own fastest way for a
 * String, {@code xxh3_64().hashCharsToLong}. It has no points, no weights, and only its last bucket
 * can leave without moving keys of others.
 */
final class JumpBackBuckets extends Buckets {

  private static final Hasher64 XXH3 = Hashing.xxh3_64();
  private static final ConsistentBucketHasher JUMP_BACK =
      ConsistentHashing.jumpBackHashSplitMix64();

  JumpBackBuckets(Collection<String> nodes) {
    super(nodes);
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
  int bucket(long hash, int buckets) {
    return JUMP_BACK.getBucket(hash, buckets);
  }

  @Override
  JumpBackBuckets of(List<String> nodes) {
    return new JumpBackBuckets(nodes);
  }
}
