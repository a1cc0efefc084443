package io.hashring.hash;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;

/**
 * XXH3, 64 bits, seed 0.
 *
 * <p>Bytes are hash4j's business. What is here is the way from a short {@code String} to the hash
 * of its UTF-8 bytes without making these bytes: the characters of ASCII text are its bytes, and
 * are put together to the words that XXH3 reads. That the text is ASCII shows while its characters
 * are read; if it is not, it is encoded. So is longer text, for {@code String.getBytes} copies an
 * array, which from some twenty characters on is faster than reading them one by one.
 *
 * <p>Every second character goes into a lane of 16 bits of one number, and those between into
 * another: {@code even | odd << 8} is a word of eight bytes, and {@code even | odd} tells whether
 * they are ASCII.
 *
 * <p>Characters are read by {@code codePointAt}, not by {@code charAt}. The compiler keeps one
 * profile for a method in the whole program; that of {@code charAt} has seen text of both of
 * {@code String}'s encodings as soon as anything reads a text that is not Latin-1, and each call
 * then branches between the two. Hardly anybody else calls {@code codePointAt}. A pair of
 * surrogates spills into the next lane, but its second half is read for itself too, and is not
 * ASCII.
 */
enum Xxh3 implements HashFunction {
  INSTANCE;

  /** Above this, {@code String.getBytes} is faster. */
  private static final int MAX_UNENCODED_LENGTH = 24;

  private static final Hasher64 HASHER = Hashing.xxh3_64();

  private static final long PRIME64_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME64_2 = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME64_3 = 0x165667B19E3779F9L;
  private static final long PRIME_MX1 = 0x165667919E3779F9L;
  private static final long PRIME_MX2 = 0x9FB21C651E98DF25L;

  // The first 72 bytes of the constant that the specification calls the default secret.
  private static final long SECRET_0 = 0xBE4BA423396CFEB8L;
  private static final long SECRET_1 = 0x1CAD21F72C81017CL;
  private static final long SECRET_2 = 0xDB979083E96DD4DEL;
  private static final long SECRET_3 = 0x1F67B3B7A4A44072L;
  private static final long SECRET_4 = 0x78E5C0CC4EE679CBL;
  private static final long SECRET_5 = 0x2172FFCC7DD05A82L;
  private static final long SECRET_6 = 0x8E2443F7744608B8L;
  private static final long SECRET_7 = 0x4C263A81E69035E0L;
  private static final long SECRET_8 = 0xCB00C391BB52283CL;

  @Override
  public long hash(byte[] input) {
    return HASHER.hashBytesToLong(input);
  }

  @Override
  public long hash(CharSequence input) {
    // the type comes first, and no character is read but from a String: other types that the
    // program hashes must not slow down this one
    String text = input instanceof String string ? string : input.toString();
    int length = text.length();
    if (length > MAX_UNENCODED_LENGTH || (length > 8 && !isAscii(text.codePointAt(0)))) {
      return hashEncoded(text);
    }
    if (length > 16) {
      return hash17To24(text, length);
    }
    if (length > 8) {
      return hash9To16(text, length);
    }
    return length > 3 ? hash4To8(text, length) : hash0To3(text, length);
  }

  private long hash0To3(String text, int length) {
    if (length == 0) {
      return avalanche64(SECRET_7 ^ SECRET_8);
    }
    int first = text.codePointAt(0);
    int middle = text.codePointAt(length >>> 1);
    int last = text.codePointAt(length - 1);
    if (!isAscii(first | middle | last)) {
      return hashEncoded(text);
    }
    int mixed = first << 16 | middle << 24 | last | length << 8;
    return avalanche64(mixed ^ ((SECRET_0 ^ SECRET_0 >>> 32) & 0xFFFFFFFFL));
  }

  private long hash4To8(String text, int length) {
    long firstEven = lanes2(text, 0);
    long firstOdd = lanes2(text, 1);
    long lastEven = lanes2(text, length - 4);
    long lastOdd = lanes2(text, length - 3);
    if (!isAscii(firstEven | firstOdd | lastEven | lastOdd)) {
      return hashEncoded(text);
    }
    long first = firstEven | firstOdd << 8;
    long last = lastEven | lastOdd << 8;
    long hash = (first << 32 | last) ^ SECRET_1 ^ SECRET_2;
    hash ^= Long.rotateLeft(hash, 49) ^ Long.rotateLeft(hash, 24);
    hash *= PRIME_MX2;
    hash ^= (hash >>> 35) + length;
    hash *= PRIME_MX2;
    return hash ^ hash >>> 28;
  }

  private long hash9To16(String text, int length) {
    long firstEven = lanes4(text, 0);
    long firstOdd = lanes4(text, 1);
    long lastEven = lanes4(text, length - 8);
    long lastOdd = lanes4(text, length - 7);
    if (!isAscii(firstEven | firstOdd | lastEven | lastOdd)) {
      return hashEncoded(text);
    }
    long low = (firstEven | firstOdd << 8) ^ SECRET_3 ^ SECRET_4;
    long high = (lastEven | lastOdd << 8) ^ SECRET_5 ^ SECRET_6;
    return avalanche(length + Long.reverseBytes(low) + high + fold(high, low));
  }

  /**
   * The usual length of a key: hardly a character is read twice, and overlaps are made by shifts.
   */
  private long hash17To24(String text, int length) {
    long odd1 = lanes4(text, 9);
    long even1 = lanes4(text, 8);
    long odd0 = lanes4(text, 1);
    long even0 = lanes4(text, 0);
    long all = even0 | odd0 | even1 | odd1;
    long word0 = even0 | odd0 << 8;
    long word1 = even1 | odd1 << 8;
    int beyond = 8 * (length - 16);
    long word2 = word0 >>> 8 >>> (beyond - 8) | word1 << -beyond;
    long low3 = word1 >>> beyond & 0xFFFFFFFFL;
    if (length > 20) {
      long even = lanes2(text, length - 8);
      long odd = lanes2(text, length - 7);
      all |= even | odd;
      low3 = even | odd << 8;
    }
    long even = lanes2(text, length - 4);
    long odd = lanes2(text, length - 3);
    if (!isAscii(all | even | odd)) {
      return hashEncoded(text);
    }
    long word3 = low3 | (even | odd << 8) << 32;
    return avalanche(length * PRIME64_1
        + fold(word0 ^ SECRET_0, word1 ^ SECRET_1)
        + fold(word2 ^ SECRET_2, word3 ^ SECRET_3));
  }

  private long hashEncoded(String text) {
    return hash(text.getBytes(UTF_8));
  }

  /** Four characters, every second one, side by side. */
  private static long lanes4(String text, int at) {
    return lanes2(text, at + 4) << 32 | lanes2(text, at);
  }

  private static long lanes2(String text, int at) {
    return (long) text.codePointAt(at + 2) << 16 | text.codePointAt(at);
  }

  private static boolean isAscii(long lanes) {
    return (lanes & 0xFF80_FF80_FF80_FF80L) == 0;
  }

  /**
   * Both halves of the unsigned product, one upon the other. The sign bit of a word of ASCII is not
   * set, so whether it is set in a factor is known from the secret; and it must be in the first,
   * and must not in the second.
   */
  private static long fold(long negative, long positive) {
    return negative * positive ^ (Math.multiplyHigh(negative, positive) + positive);
  }

  private static long avalanche(long hash) {
    hash = (hash ^ hash >>> 37) * PRIME_MX1;
    return hash ^ hash >>> 32;
  }

  private static long avalanche64(long hash) {
    hash = (hash ^ hash >>> 33) * PRIME64_2;
    hash = (hash ^ hash >>> 29) * PRIME64_3;
    return hash ^ hash >>> 32;
  }

  @Override
  public String toString() {
    return "xxh3_64";
  }
}
