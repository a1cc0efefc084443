package io.hashring.interop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.CRC32;

/**
 * Functions of libmemcached's libhashkit and of its copy in twemproxy that take more than a byte at
 * a time, or keep more than they are asked for.
 */
enum Libhashkit implements HashFunction32 {
  CRC32_15 {
    @Override
    public int hash32(byte[] input) {
      CRC32 crc = new CRC32();
      crc.update(input);
      return (int) (crc.getValue() >>> 16) & 0x7FFF;
    }
  },

  /**
   * The register has 32 bits, of which the lower 16 are the checksum and the others what it was.
   */
  CRC16_C {
    @Override
    public int hash32(byte[] input) {
      int crc = 0;
      for (byte b : input) {
        crc = crc << Byte.SIZE ^ divide((crc >>> Byte.SIZE ^ b) & 0xFF);
      }
      return crc;
    }

    // The remainder of a byte, moved by 16 bits, by x^16 + x^12 + x^5 + 1.
    private int divide(int unit) {
      int remainder = unit << Byte.SIZE;
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        remainder = remainder << 1 ^ ((remainder & 0x8000) == 0 ? 0 : 0x1021);
      }
      return remainder & 0xFFFF;
    }
  },

  /** Paul Hsieh's SuperFastHash from 0, where a {@code char} has a sign. */
  HSIEH_C {
    @Override
    public int hash32(byte[] input) {
      if (input.length == 0) {
        return 0;
      }
      int h = 0;
      int at = 0;
      for (; at + Integer.BYTES <= input.length; at += Integer.BYTES) {
        h += half(input, at);
        h = h << 16 ^ half(input, at + Short.BYTES) << 11 ^ h;
        h += h >>> 11;
      }
      switch (input.length - at) {
        case 3 -> {
          h += half(input, at);
          h ^= h << 16 ^ input[at + Short.BYTES] << 18;
          h += h >>> 11;
        }
        case 2 -> {
          h += half(input, at);
          h ^= h << 11;
          h += h >>> 17;
        }
        case 1 -> {
          h += input[at] & 0xFF;
          h ^= h << 10;
          h += h >>> 1;
        }
        default -> {}
      }
      h ^= h << 3;
      h += h >>> 5;
      h ^= h << 4;
      h += h >>> 17;
      h ^= h << 25;
      return h + (h >>> 6);
    }

    private int half(byte[] input, int at) {
      return (short) SHORTS.get(input, at) & 0xFFFF;
    }
  },

  /** Bob Jenkins' lookup3 ({@code hashlittle}) with the initial value 13. */
  JENKINS_C {
    private static final int BLOCK = 3 * Integer.BYTES;

    @Override
    public int hash32(byte[] input) {
      int a = 0xDEADBEEF + input.length + 13;
      if (input.length == 0) {
        return a;
      }
      int b = a;
      int c = a;
      int at = 0;
      for (; input.length - at > BLOCK; at += BLOCK) {
        a += word(input, at);
        b += word(input, at + Integer.BYTES);
        c += word(input, at + 2 * Integer.BYTES);
        a = a - c ^ Integer.rotateLeft(c, 4);
        c += b;
        b = b - a ^ Integer.rotateLeft(a, 6);
        a += c;
        c = c - b ^ Integer.rotateLeft(b, 8);
        b += a;
        a = a - c ^ Integer.rotateLeft(c, 16);
        c += b;
        b = b - a ^ Integer.rotateLeft(a, 19);
        a += c;
        c = c - b ^ Integer.rotateLeft(b, 4);
        b += a;
      }
      byte[] last = Arrays.copyOfRange(input, at, at + BLOCK);
      a += word(last, 0);
      b += word(last, Integer.BYTES);
      c += word(last, 2 * Integer.BYTES);
      c = (c ^ b) - Integer.rotateLeft(b, 14);
      a = (a ^ c) - Integer.rotateLeft(c, 11);
      b = (b ^ a) - Integer.rotateLeft(a, 25);
      c = (c ^ b) - Integer.rotateLeft(b, 16);
      a = (a ^ c) - Integer.rotateLeft(c, 4);
      b = (b ^ a) - Integer.rotateLeft(a, 14);
      return (c ^ b) - Integer.rotateLeft(b, 24);
    }

    private int word(byte[] input, int at) {
      return (int) INTS.get(input, at);
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

  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static int seed(byte[] input) {
    return 0xDEADBEEF * input.length;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
