package io.hashring.interop;

import com.google.common.hash.Hashing;
import com.google.common.primitives.Longs;
import io.hashring.hash.HashFunction;
import io.hashring.internal.Digest;
import io.hashring.internal.Remainder;
import java.util.Locale;

/** Digests read as big-endian numbers, of which a position is the upper 64 bits. */
@SuppressWarnings({"deprecation", "ImmutableEnumChecker"}) // nothing here is a secret, or changes
enum BigEndianDigest implements HashFunction, Digest {
  MD5(Hashing.md5()),
  SHA1(Hashing.sha1()),
  SHA256(Hashing.sha256());

  private final com.google.common.hash.HashFunction function;

  BigEndianDigest(com.google.common.hash.HashFunction function) {
    this.function = function;
  }

  @Override
  public byte[] digest(byte[] input) {
    return function.hashBytes(input).asBytes();
  }

  @Override
  public int bits() {
    return function.bits();
  }

  @Override
  public long hash(byte[] input) {
    return Longs.fromByteArray(digest(input));
  }

  @Override
  public long slot(byte[] input, long slots) {
    return Remainder.of(digest(input), slots);
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
