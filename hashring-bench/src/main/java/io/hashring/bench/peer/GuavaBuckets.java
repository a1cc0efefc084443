package io.hashring.bench.peer;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import java.util.Collection;
import java.util.List;

/**
 * Guava 33.8.0, {@code Hashing.consistentHash} (jump hash), keys hashed by
 * {@code murmur3_128().hashUnencodedChars}, which Guava recommends for speed. It has no points.
 */
final class GuavaBuckets extends Buckets {

  private static final HashFunction MURMUR3 = Hashing.murmur3_128();

  GuavaBuckets(Collection<String> nodes) {
    super(nodes);
  }

  @Override
  public String locate(String key) {
    return locateAt(MURMUR3.hashUnencodedChars(key).padToLong());
  }

  @Override
  public String locate(byte[] key) {
    return locateAt(MURMUR3.hashBytes(key).padToLong());
  }

  @Override
  int bucket(long hash, int buckets) {
    return Hashing.consistentHash(hash, buckets);
  }

  @Override
  GuavaBuckets of(List<String> nodes) {
    return new GuavaBuckets(nodes);
  }
}
