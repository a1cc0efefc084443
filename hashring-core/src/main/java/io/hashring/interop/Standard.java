package io.hashring.interop;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import io.hashring.hash.HashFunction;
import io.hashring.internal.Remainder;
import java.util.Locale;

/** The functions that other libraries implement well, in the form that a ring needs. */
enum Standard implements HashFunction {
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

  private static final Hasher64 XXH_64 = Hashing.xxh64();

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static long crc32(byte[] input) {
    var crc = new java.util.zip.CRC32();
    crc.update(input);
    return crc.getValue();
  }
}
