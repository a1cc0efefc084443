package io.hashring.hash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import com.google.common.hash.Hashing;
import com.google.common.primitives.Ints;
import com.google.common.primitives.Longs;
import io.hashring.internal.Digest;
import io.hashring.interop.InteropFunctions;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * Vectors of a text are the published ones where there are any, and were otherwise computed by the
 * reference implementations in C; so were the golden checksums.
 */
final class HashFunctionsTest {

  private static long hash(HashFunction function, String text) {
    return function.hash(text.getBytes(UTF_8));
  }

  private static byte[] digest(String algorithm, byte[] input) {
    try {
      return MessageDigest.getInstance(algorithm).digest(input);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Nested
  final class Xxh3 extends HashFunctionContract {
    @Override
    protected HashFunction function() {
      return HashFunctions.xxh3_64();
    }

    /** No second implementation is at hand here; the golden checksum is by the one in C. */
    @Override
    protected long reference(byte[] input) {
      return com.dynatrace.hash4j.hashing.Hashing.xxh3_64()
          .hashStream()
          .putBytes(input)
          .getAsLong();
    }

    @Override
    protected BigInteger referenceNumber(byte[] input) {
      return unsigned(reference(input));
    }

    @Override
    protected long goldenChecksum() {
      return 0xedfeb8a75539c9b2L;
    }

    @Test
    void hash_knownTexts_hasTheirVectors() {
      assertThat(hash(function(), "")).isEqualTo(0x2D06800538D394C2L);
      assertThat(hash(function(), "abc")).isEqualTo(0x78af5f94892f3950L);
      assertThat(hash(function(), "123456789")).isEqualTo(0x72dcb18b67a17dffL);
      assertThat(hash(function(), "£ € 𝄞")).isEqualTo(0x25d69f324b52b4baL);
    }
  }

  @Nested
  final class Murmur3 extends HashFunctionContract {
    @Override
    protected HashFunction function() {
      return HashFunctions.murmur3_128();
    }

    @Override
    protected long reference(byte[] input) {
      return Hashing.murmur3_128().hashBytes(input).asLong();
    }

    @Override
    protected BigInteger referenceNumber(byte[] input) {
      return unsigned(reference(input));
    }

    @Override
    protected long goldenChecksum() {
      return 0x690cbf3096a791a4L;
    }

    @Test
    void hash_knownTexts_hasTheirVectors() {
      assertThat(hash(function(), "")).isZero();
      assertThat(hash(function(), "abc")).isEqualTo(0xb4963f3f3fad7867L);
      assertThat(hash(function(), "£ € 𝄞")).isEqualTo(0xdc8a54b14a8dc0ebL);
    }
  }

  @Nested
  final class Md5 extends HashFunctionContract {
    @Override
    protected HashFunction function() {
      return InteropFunctions.md5();
    }

    @Override
    protected long reference(byte[] input) {
      return Longs.fromByteArray(digest("MD5", input));
    }

    @Override
    protected BigInteger referenceNumber(byte[] input) {
      return new BigInteger(1, digest("MD5", input));
    }

    @Override
    protected long goldenChecksum() {
      return 0x94558570d19fc434L;
    }

    /** RFC 1321, A.5. */
    @Test
    void hash_knownTexts_hasTheirVectors() {
      assertThat(hash(function(), "")).isEqualTo(0xd41d8cd98f00b204L);
      assertThat(hash(function(), "abc")).isEqualTo(0x900150983cd24fb0L);
      assertThat(hash(function(), "message digest")).isEqualTo(0xf96b697d7cb7938dL);
    }
  }

  @Nested
  final class Sha256 extends HashFunctionContract {
    @Override
    protected HashFunction function() {
      return InteropFunctions.sha256();
    }

    @Override
    protected long reference(byte[] input) {
      return Longs.fromByteArray(digest("SHA-256", input));
    }

    @Override
    protected BigInteger referenceNumber(byte[] input) {
      return new BigInteger(1, digest("SHA-256", input));
    }

    @Override
    protected long goldenChecksum() {
      return 0xabd2d99b8abb43c4L;
    }

    /** FIPS 180-4, example of one block. */
    @Test
    void hash_knownTexts_hasTheirVectors() {
      assertThat(hash(function(), "abc")).isEqualTo(0xba7816bf8f01cfeaL);
      assertThat(hash(function(), "")).isEqualTo(0xe3b0c44298fc1c14L);
    }
  }

  @Nested
  final class Crc32 extends HashFunctionContract {
    @Override
    protected HashFunction function() {
      return InteropFunctions.crc32();
    }

    @Override
    protected long reference(byte[] input) {
      return bitwise(input) << 32;
    }

    @Override
    protected BigInteger referenceNumber(byte[] input) {
      return BigInteger.valueOf(bitwise(input));
    }

    /** The polynomial division, bit by bit. */
    private static long bitwise(byte[] input) {
      int crc = -1;
      for (byte b : input) {
        crc ^= b & 0xFF;
        for (int bit = 0; bit < 8; bit++) {
          crc = (crc >>> 1) ^ ((crc & 1) * 0xEDB88320);
        }
      }
      return Integer.toUnsignedLong(~crc);
    }

    @Override
    protected long goldenChecksum() {
      return 0x41869a9600000000L;
    }

    @Test
    void hash_knownTexts_hasTheirVectors() {
      assertThat(hash(function(), "")).isZero();
      assertThat(hash(function(), "123456789")).isEqualTo(0xCBF4392600000000L);
    }
  }

  @Nested
  final class GuavaOf32Bits extends HashFunctionContract {
    @Override
    protected HashFunction function() {
      return HashFunctions.of(Hashing.crc32());
    }

    @Override
    protected long reference(byte[] input) {
      return Crc32.bitwise(input) << 32;
    }

    @Override
    protected BigInteger referenceNumber(byte[] input) {
      return BigInteger.valueOf(Crc32.bitwise(input));
    }

    @Override
    protected long goldenChecksum() {
      return 0x41869a9600000000L;
    }

    @Test
    void itself_isNamedAfterTheFunction_andAsWide() {
      assertThat(function()).hasToString("of(Hashing.crc32())");
      assertThat(((Digest) function()).bits()).isEqualTo(32);
    }
  }

  @Nested
  final class GuavaOf128Bits extends HashFunctionContract {
    @Override
    protected HashFunction function() {
      return HashFunctions.of(Hashing.murmur3_128());
    }

    @Override
    protected long reference(byte[] input) {
      return com.dynatrace.hash4j.hashing.Hashing.murmur3_128().hashBytesToLong(input);
    }

    /** All bytes in the order in which the position takes the first eight. */
    @Override
    protected BigInteger referenceNumber(byte[] input) {
      var hasher = com.dynatrace.hash4j.hashing.Hashing.murmur3_128();
      var words = hasher.hashBytesTo128Bits(input);
      return unsigned(words.getMostSignificantBits())
          .shiftLeft(Long.SIZE)
          .or(unsigned(words.getLeastSignificantBits()));
    }

    @Override
    protected long goldenChecksum() {
      return 0x690cbf3096a791a4L;
    }
  }

  @Nested
  final class Hash4j extends HashFunctionContract {
    @Override
    protected HashFunction function() {
      return HashFunctions.of(com.dynatrace.hash4j.hashing.Hashing.murmur3_128());
    }

    @Override
    protected long reference(byte[] input) {
      return Hashing.murmur3_128().hashBytes(input).asLong();
    }

    @Override
    protected BigInteger referenceNumber(byte[] input) {
      return unsigned(reference(input));
    }

    @Override
    protected long goldenChecksum() {
      return 0x690cbf3096a791a4L;
    }
  }

  /** The default methods of the interface, as whoever plugs in a lambda gets them. */
  @Nested
  final class OfAUser extends HashFunctionContract {
    private static final HashFunction LAMBDA =
        input -> Hashing.murmur3_128().hashBytes(input).asLong();

    @Override
    protected HashFunction function() {
      return LAMBDA;
    }

    @Override
    protected long reference(byte[] input) {
      return com.dynatrace.hash4j.hashing.Hashing.murmur3_128().hashBytesToLong(input);
    }

    @Override
    protected BigInteger referenceNumber(byte[] input) {
      return unsigned(reference(input));
    }

    @Override
    protected long goldenChecksum() {
      return 0x690cbf3096a791a4L;
    }
  }

  @Test
  void of_guavaFunctionsOf32Bits_fillTheUpperHalf() {
    for (var guava : List.of(Hashing.murmur3_32_fixed(), Hashing.crc32c(), Hashing.adler32())) {
      HashFunction function = HashFunctions.of(guava);
      for (int length = 0; length < 50; length++) {
        byte[] input = HashFunctionContract.input(length);
        int code = guava.hashBytes(input).asInt();

        assertThat(function.hash(input)).isEqualTo((long) code << 32);
        assertThat(function.slot(input, 1000)).isEqualTo(Integer.toUnsignedLong(code) % 1000);
      }
    }
  }

  @Test
  void of_guavaFunctionOf64Bits_isItsCodeAsALong() {
    HashFunction function = HashFunctions.of(Hashing.sipHash24());

    assertThat(hash(function, "abc"))
        .isEqualTo(Hashing.sipHash24().hashString("abc", UTF_8).asLong());
  }

  @Test
  void of_guavaDigest_isLittleEndianWhereMd5IsBigEndian() {
    HashFunction function = HashFunctions.of(Hashing.sha256());

    assertThat(hash(function, "abc"))
        .isEqualTo(Long.reverseBytes(hash(InteropFunctions.sha256(), "abc")));
  }

  @Test
  void of_equalFunctions_areEqual() {
    assertThat(HashFunctions.of(Hashing.murmur3_32_fixed(7)))
        .isEqualTo(HashFunctions.of(Hashing.murmur3_32_fixed(7)))
        .isNotEqualTo(HashFunctions.of(Hashing.murmur3_32_fixed(8)));
    assertThat(HashFunctions.of(com.dynatrace.hash4j.hashing.Hashing.xxh3_64(7)))
        .isEqualTo(HashFunctions.of(com.dynatrace.hash4j.hashing.Hashing.xxh3_64(7)))
        .isNotEqualTo(HashFunctions.of(com.dynatrace.hash4j.hashing.Hashing.xxh3_64(8)));
  }

  @Test
  void builtIn_functions_differAndTellTheirNames() {
    assertThat(List.of(
            HashFunctions.xxh3_64(),
            HashFunctions.murmur3_128(),
            InteropFunctions.md5(),
            InteropFunctions.sha256(),
            InteropFunctions.crc32()))
        .doesNotHaveDuplicates()
        .extracting(Object::toString)
        .containsExactly("xxh3_64", "murmur3_128", "md5", "sha256", "crc32");
  }

  @Test
  @SuppressWarnings("NullAway")
  void of_null_isRefusedByName() {
    assertThatNullPointerException()
        .isThrownBy(() -> HashFunctions.of((com.google.common.hash.HashFunction) null))
        .withMessageStartingWith("function");
    assertThatNullPointerException()
        .isThrownBy(() -> HashFunctions.of((com.dynatrace.hash4j.hashing.Hasher64) null))
        .withMessageStartingWith("hasher");
  }

  @Test
  void slot_positionAboveTheSignBit_isUnsigned() {
    HashFunction allOnes = input -> -1;

    assertThat(allOnes.slot(new byte[0], 10)).isEqualTo(5); // 2^64 − 1 ends in 5
    assertThatIllegalArgumentException().isThrownBy(() -> allOnes.slot(new byte[0], 0));
  }

  @Test
  void crc32_anyText_hasNothingInTheLowerHalf() {
    assertThat((int) hash(InteropFunctions.crc32(), "abc")).isZero();
    assertThat(Ints.checkedCast(InteropFunctions.crc32().slot("abc".getBytes(UTF_8), 1 << 30)))
        .isEqualTo(0x352441C2 & ((1 << 30) - 1));
  }
}
