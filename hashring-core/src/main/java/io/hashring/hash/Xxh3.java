package io.hashring.hash;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;

/** XXH3-64 with seed 0. */
enum Xxh3 implements HashFunction {
  INSTANCE;

  private static final Hasher64 HASHER = Hashing.xxh3_64();

  @Override
  public long hash(byte[] input) {
    return HASHER.hashBytesToLong(input);
  }

  @Override
  public String toString() {
    return "xxh3_64";
  }
}
