package io.hashring.hash;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import io.hashring.internal.Ascii;

/**
 * XXH3, 64 bits, seed 0.
 *
 * <p>Bytes are hash4j's business. What is here is the way from text to the hash of its UTF-8 bytes
 * without making these bytes: the characters of ASCII text are its bytes, and are put together to
 * the words that XXH3 reads. That the text is ASCII shows while its characters are read; if it is
 * not, the result is thrown away and the text encoded.
 *
 * <p>Words are read from a {@code String} only, so that the compiler sees through {@code charAt},
 * and up to 240 characters, where XXH3 goes over to stripes. Other and longer text takes the way
 * through hash4j's access to single bytes: slower, and without allocation too.
 */
enum Xxh3 implements HashFunction {
  INSTANCE;

  private static final Hasher64 HASHER = Hashing.xxh3_64();

  private static final int MAX_WORDS_LENGTH = 240;

  private static final long PRIME64_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME64_2 = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME64_3 = 0x165667B19E3779F9L;
  private static final long PRIME_MX1 = 0x165667919E3779F9L;
  private static final long PRIME_MX2 = 0x9FB21C651E98DF25L;

  private static final long SECRET_0 = 0xBE4BA423396CFEB8L;
  private static final long SECRET_1 = 0x1CAD21F72C81017CL;
  private static final long SECRET_2 = 0xDB979083E96DD4DEL;
  private static final long SECRET_3 = 0x1F67B3B7A4A44072L;

  /** The first 136 bytes of the constant that the specification calls the default secret. */
  private static final long[] SECRET = {
    SECRET_0,
    SECRET_1,
    SECRET_2,
    SECRET_3,
    0x78E5C0CC4EE679CBL,
    0x2172FFCC7DD05A82L,
    0x8E2443F7744608B8L,
    0x4C263A81E69035E0L,
    0xCB00C391BB52283CL,
    0xA32E531B8B65D088L,
    0x4EF90DA297486471L,
    0xD8ACDEA946EF1938L,
    0x3F349CE33F76FAA8L,
    0x1D4F0BC7C7BBDCF9L,
    0x3159B4CD4BE0518AL,
    0x647378D9C97E9FC8L,
    0xC3EBD33483ACC5EAL
  };

  @Override
  public long hash(byte[] input) {
    return HASHER.hashBytesToLong(input);
  }

  @Override
  public long hash(CharSequence input) {
    if (input instanceof String text && text.length() <= MAX_WORDS_LENGTH) {
      return hash(text);
    }
    return Ascii.isAll(input)
        ? HASHER.hashBytesToLong(input, 0, input.length(), Ascii.ACCESS)
        : hash(input.toString().getBytes(UTF_8));
  }

  private long hash(String text) {
    int length = text.length();
    if (length > 24) {
      return length > 128 ? hash129To240(text) : hash25To128(text);
    }
    if (length > 8) {
      return length > 16 ? hash17To24(text) : hash9To16(text);
    }
    return hash0To8(text);
  }

  private long hash0To8(String text) {
    int length = text.length();
    if (length == 0) {
      return avalanche64(SECRET[7] ^ SECRET[8]);
    }
    if (length > 3) {
      long first = lanes(text, 0);
      long last = lanes(text, length - 4);
      long hash = (squeeze(first) << 32 | squeeze(last)) ^ SECRET[1] ^ SECRET[2];
      hash ^= Long.rotateLeft(hash, 49) ^ Long.rotateLeft(hash, 24);
      hash *= PRIME_MX2;
      hash ^= (hash >>> 35) + length;
      hash *= PRIME_MX2;
      return isAscii(first | last) ? hash ^ (hash >>> 28) : hashEncoded(text);
    }
    long first = text.charAt(0);
    long middle = text.charAt(length >>> 1);
    long last = text.charAt(length - 1);
    long mixed = first << 16 | middle << 24 | last | length << 8;
    return isAscii(first | middle | last)
        ? avalanche64(mixed ^ ((SECRET[0] ^ SECRET[0] >>> 32) & 0xFFFFFFFFL))
        : hashEncoded(text);
  }

  private long hash9To16(String text) {
    int last = text.length() - 8;
    long low = word(text, 0) ^ SECRET[3] ^ SECRET[4];
    long high = word(text, last) ^ SECRET[5] ^ SECRET[6];
    long sum = text.length() + Long.reverseBytes(low) + high + fold(low, high);
    return isAscii(all8(text, 0) | all8(text, last)) ? avalanche(sum) : hashEncoded(text);
  }

  /**
   * The usual length of a key: hardly a character is read twice, and overlaps are made by shifts.
   */
  private long hash17To24(String text) {
    int length = text.length();
    long lanes0 = lanes(text, 0);
    long lanes1 = lanes(text, 4);
    long lanes2 = lanes(text, 8);
    long lanes3 = lanes(text, 12);
    long lanes4 = length > 20 ? lanes(text, length - 8) : 0;
    long lanes5 = lanes(text, length - 4);
    if (!isAscii(lanes0 | lanes1 | lanes2 | lanes3 | lanes4 | lanes5)) {
      return hashEncoded(text);
    }
    int beyond = 8 * (length - 16);
    long word0 = squeeze(lanes0) | squeeze(lanes1) << 32;
    long word1 = squeeze(lanes2) | squeeze(lanes3) << 32;
    long word2 = (word0 >>> 1 >>> (beyond - 1)) | (word1 << (64 - beyond));
    long low3 = length > 20 ? squeeze(lanes4) : (word1 >>> beyond) & 0xFFFFFFFFL;
    long word3 = low3 | squeeze(lanes5) << 32;
    return avalanche(length * PRIME64_1
        + fold(word0 ^ SECRET_0, word1 ^ SECRET_1)
        + fold(word2 ^ SECRET_2, word3 ^ SECRET_3));
  }

  private long hash25To128(String text) {
    int length = text.length();
    long sum = length * PRIME64_1;
    long all = 0;
    for (int i = (length - 1) >>> 5; i >= 0; i--) {
      int front = 16 * i;
      int back = length - 16 * (i + 1);
      sum += mix(text, front, SECRET[4 * i], SECRET[4 * i + 1]);
      sum += mix(text, back, SECRET[4 * i + 2], SECRET[4 * i + 3]);
      all |= all16(text, front) | all16(text, back);
    }
    return isAscii(all) ? avalanche(sum) : hashEncoded(text);
  }

  private long hash129To240(String text) {
    int length = text.length();
    long sum = length * PRIME64_1;
    long all = 0;
    for (int i = 0; i < 8; i++) {
      sum += mix(text, 16 * i, SECRET[2 * i], SECRET[2 * i + 1]);
      all |= all16(text, 16 * i);
    }
    sum = avalanche(sum);
    for (int i = 8; i < length >>> 4; i++) {
      int word = 2 * (i - 8);
      sum += mix(text, 16 * i, secret(word, 3), secret(word + 1, 3));
      all |= all16(text, 16 * i);
    }
    int last = length - 16;
    sum += mix(text, last, secret(14, 7), secret(15, 7));
    all |= all16(text, last);
    return isAscii(all) ? avalanche(sum) : hashEncoded(text);
  }

  private long hashEncoded(String text) {
    return hash(text.getBytes(UTF_8));
  }

  /** The eight bytes of the secret that begin some bytes after the start of a word. */
  private static long secret(int word, int bytes) {
    return SECRET[word] >>> (8 * bytes) | SECRET[word + 1] << (64 - 8 * bytes);
  }

  private static long mix(String text, int at, long secret0, long secret1) {
    return fold(word(text, at) ^ secret0, word(text, at + 8) ^ secret1);
  }

  /** Eight characters as the little-endian word of their bytes, if they are ASCII. */
  private static long word(String text, int at) {
    return squeeze(lanes(text, at)) | squeeze(lanes(text, at + 4)) << 32;
  }

  /** Four characters side by side. */
  private static long lanes(String text, int at) {
    return text.charAt(at)
        | (long) text.charAt(at + 1) << 16
        | (long) text.charAt(at + 2) << 32
        | (long) text.charAt(at + 3) << 48;
  }

  /** The lower bytes of four lanes as a number of 32 bits. */
  private static long squeeze(long lanes) {
    long pairs = lanes | lanes >>> 8;
    return (pairs & 0xFFFFL) | ((pairs >>> 16) & 0xFFFF0000L);
  }

  /** The bits of eight characters, one upon the other in four lanes. */
  private static long all8(String text, int at) {
    return lanes(text, at) | lanes(text, at + 4);
  }

  private static long all16(String text, int at) {
    return all8(text, at) | all8(text, at + 8);
  }

  private static boolean isAscii(long lanes) {
    return (lanes & 0xFF80_FF80_FF80_FF80L) == 0;
  }

  /** Both halves of the unsigned product, one upon the other. */
  private static long fold(long a, long b) {
    long high = Math.multiplyHigh(a, b) + ((a >> 63) & b) + ((b >> 63) & a);
    return a * b ^ high;
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
