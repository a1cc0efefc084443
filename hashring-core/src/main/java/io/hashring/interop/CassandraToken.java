package io.hashring.interop;

import io.hashring.hash.HashFunction;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Tokens of Cassandra's Murmur3Partitioner: MurmurHash3 of 128 bits, of which the first 64 count,
 * with a mistake that is kept because data lie by it: bytes behind the last whole block of 16 have
 * signs there.
 */
enum CassandraToken implements HashFunction {
  INSTANCE;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long C1 = 0x87C37B91114253D5L;
  private static final long C2 = 0x4CF5AD432745937FL;

  @Override
  public long hash(byte[] input) {
    if (input.length == 0) {
      return Long.MIN_VALUE;
    }
    long token = firstWord(input);
    return token == Long.MIN_VALUE ? Long.MAX_VALUE : token;
  }

  private static long firstWord(byte[] input) {
    long h1 = 0;
    long h2 = 0;
    int at = 0;
    for (; at + 2 * Long.BYTES <= input.length; at += 2 * Long.BYTES) {
      h1 ^= mix1((long) LONGS.get(input, at));
      h1 = (Long.rotateLeft(h1, 27) + h2) * 5 + 0x52DCE729;
      h2 ^= mix2((long) LONGS.get(input, at + Long.BYTES));
      h2 = (Long.rotateLeft(h2, 31) + h1) * 5 + 0x38495AB5;
    }
    h2 ^= mix2(signedTail(input, at + Long.BYTES, input.length));
    h1 ^= mix1(signedTail(input, at, Math.min(at + Long.BYTES, input.length)));
    h1 ^= input.length;
    h2 ^= input.length;
    h1 += h2;
    h2 += h1;
    return finish(h1) + finish(h2);
  }

  private static long mix1(long k) {
    return Long.rotateLeft(k * C1, 31) * C2;
  }

  private static long mix2(long k) {
    return Long.rotateLeft(k * C2, 33) * C1;
  }

  private static long finish(long h) {
    h = (h ^ h >>> 33) * 0xFF51AFD7ED558CCDL;
    h = (h ^ h >>> 33) * 0xC4CEB9FE1A85EC53L;
    return h ^ h >>> 33;
  }

  private static long signedTail(byte[] input, int from, int to) {
    long tail = 0;
    for (int i = from; i < to; i++) {
      tail ^= (long) input[i] << (Byte.SIZE * (i - from));
    }
    return tail;
  }

  @Override
  public String toString() {
    return "cassandraToken";
  }
}
