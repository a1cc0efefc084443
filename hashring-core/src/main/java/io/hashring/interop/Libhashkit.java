package io.hashring.interop;

import java.util.Locale;
import java.util.zip.CRC32;

/** Functions of libhashkit, which libmemcached and twemproxy share, that take the input whole. */
enum Libhashkit implements HashFunction32 {
  CRC32_15 {
    @Override
    public int hash32(byte[] input) {
      CRC32 crc = new CRC32();
      crc.update(input);
      return (int) (crc.getValue() >>> 16) & 0x7FFF;
    }
  },

  MURMUR_C {
    @Override
    public int hash32(byte[] input) {
      return Murmur2.hash32(input, seed(input));
    }
  },

  MURMUR3_C {
    @Override
    public int hash32(byte[] input) {
      return com.dynatrace.hash4j.hashing.Hashing.murmur3_32(seed(input)).hashBytesToInt(input);
    }
  };

  private static int seed(byte[] input) {
    return 0xDEADBEEF * input.length;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
