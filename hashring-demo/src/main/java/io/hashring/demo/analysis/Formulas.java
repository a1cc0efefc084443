package io.hashring.demo.analysis;

import com.google.common.hash.Hashing;

/** Where an exercise puts the requests and the servers that it numbers. */
enum Formulas {

  /** The exercise's own: {@code H(i) = i² + 2i + 17} and {@code Φ(i, j) = i² + j² + 2j + 25}. */
  TEXTBOOK {
    @Override
    long ofRequest(long i) {
      return i * i + 2 * i + 17;
    }

    @Override
    long ofPoint(long i, long j) {
      return i * i + j * j + 2 * j + 25;
    }
  },

  /** The same numbers through murmur3, which leaves no pattern of theirs. */
  MURMUR3 {
    @Override
    long ofRequest(long i) {
      return Hashing.murmur3_32_fixed().hashLong(i).padToLong();
    }

    @Override
    long ofPoint(long i, long j) {
      return Hashing.murmur3_32_fixed().newHasher().putLong(i).putLong(j).hash().padToLong();
    }
  };

  /** Of request {@code i}, not negative. */
  abstract long ofRequest(long i);

  /** Of point {@code j} of server {@code i}, not negative. */
  abstract long ofPoint(long i, long j);
}
