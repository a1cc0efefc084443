package io.hashring.hash;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;

/** MurmurHash3 as hash4j has it. */
enum Murmur3 implements HashFunction {
  INSTANCE;

  private static final Hasher64 HASHER = Hashing.murmur3_128();

  @Override
  public long hash(byte[] input) {
    return HASHER.hashBytesToLong(input);
  }

  @Override
  public String toString() {
    return "murmur3_128";
  }
}
