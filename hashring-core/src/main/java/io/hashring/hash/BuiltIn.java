package io.hashring.hash;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.google.common.hash.Hashing;
import com.google.common.primitives.Longs;
import io.hashring.internal.Remainder;
import java.util.Locale;

/** The functions that other libraries implement well, in the form that a ring needs. */
enum BuiltIn implements HashFunction {
  MURMUR3_128 {
    @Override
    public long hash(byte[] input) {
      return MURMUR3.hashBytesToLong(input);
    }
  },

  MD5 {
    @Override
    public long hash(byte[] input) {
      return leadingBits(MD5_DIGEST.hashBytes(input).asBytes());
    }

    @Override
    public long slot(byte[] input, long slots) {
      return Remainder.of(MD5_DIGEST.hashBytes(input).asBytes(), slots);
    }
  },

  SHA256 {
    @Override
    public long hash(byte[] input) {
      return leadingBits(Hashing.sha256().hashBytes(input).asBytes());
    }

    @Override
    public long slot(byte[] input, long slots) {
      return Remainder.of(Hashing.sha256().hashBytes(input).asBytes(), slots);
    }
  },

  SHA1 {
    @Override
    public long hash(byte[] input) {
      return leadingBits(SHA1_DIGEST.hashBytes(input).asBytes());
    }

    @Override
    public long slot(byte[] input, long slots) {
      return Remainder.of(SHA1_DIGEST.hashBytes(input).asBytes(), slots);
    }
  },

  XXH64 {
    @Override
    public long hash(byte[] input) {
      return XXH_64.hashBytesToLong(input);
    }
  },

  CRC32 {
    @Override
    public long hash(byte[] input) {
      return crc32(input) << Integer.SIZE;
    }

    @Override
    public long slot(byte[] input, long slots) {
      return Remainder.of(crc32(input), slots);
    }
  };

  private static final Hasher64 MURMUR3 = com.dynatrace.hash4j.hashing.Hashing.murmur3_128();

  private static final Hasher64 XXH_64 = com.dynatrace.hash4j.hashing.Hashing.xxh64();

  @SuppressWarnings("deprecation") // nothing here is a secret
  private static final com.google.common.hash.HashFunction MD5_DIGEST = Hashing.md5();

  @SuppressWarnings("deprecation") // nor here
  private static final com.google.common.hash.HashFunction SHA1_DIGEST = Hashing.sha1();

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static long leadingBits(byte[] digest) {
    return Longs.fromByteArray(digest);
  }

  private static long crc32(byte[] input) {
    var crc = new java.util.zip.CRC32();
    crc.update(input);
    return crc.getValue();
  }
}
