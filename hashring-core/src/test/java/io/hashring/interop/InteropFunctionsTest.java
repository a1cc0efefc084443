package io.hashring.interop;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.dynatrace.hash4j.hashing.Hashing;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctionContract;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The functions that other systems hash with; {@code HashFunctionsGoldenTest} has the values of
 * those systems themselves. References are in numbers without a width, cut at the end.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("functions")
final class InteropFunctionsTest extends HashFunctionContract {

  /** A function, the number that it is of a text, of how many bits, and its golden checksum. */
  private record Case(
      Supplier<HashFunction> made, Function<byte[], BigInteger> number, int bits, long checksum) {
    @Override
    public String toString() {
      return made.get().toString();
    }
  }

  @Parameter
  private Case function;

  @Override
  protected HashFunction function() {
    return function.made().get();
  }

  @Override
  protected long reference(byte[] input) {
    BigInteger number = referenceNumber(input);
    return number.shiftLeft(Long.SIZE).shiftRight(function.bits()).longValue();
  }

  @Override
  protected BigInteger referenceNumber(byte[] input) {
    return function.number().apply(input);
  }

  @Override
  protected long goldenChecksum() {
    return function.checksum();
  }

  private static Stream<Case> functions() {
    return Stream.of(
        new Case(
            InteropFunctions::sha1,
            input -> new BigInteger(1, digest("SHA-1", input)),
            160,
            0xe0c2c583cd3be5b6L),
        new Case(
            InteropFunctions::xxh64,
            input -> unsigned(Hashing.xxh64().hashStream().putBytes(input).getAsLong()),
            64,
            0x363d6b556dc3d637L),
        of32(
            () -> InteropFunctions.xxh32(7),
            input -> Hashing.xxh32(7).hashStream().putBytes(input).getAsInt(),
            0x9a5b513f00000000L),
        of32(
            InteropFunctions::ketama,
            input -> firstWord(digest("MD5", input)),
            0x9a9296aa00000000L),
        of32(
            InteropFunctionsTest::first32BitsOfSha1,
            input -> firstWord(digest("SHA-1", input)),
            0x21b583f400000000L),
        of32(
            InteropFunctions::crc32_15,
            input -> Integer.parseInt(bits(crc32(input)).substring(1, 16), 2),
            0x582d478c00000000L),
        fnv(InteropFunctions::fnv1_32, 32, false, bytes(), 0x9b180ba300000000L),
        fnv(InteropFunctions::fnv1a_32, 32, true, bytes(), 0x70aa627300000000L),
        fnv(InteropFunctions::fnv1_32_c, 32, false, signed(), 0x1924a7a300000000L),
        fnv(InteropFunctions::fnv1a_32_c, 32, true, signed(), 0xc42caa7300000000L),
        fnv(InteropFunctions::fnv1_64_c, 64, false, signed(), 0xbf6d920300000000L),
        fnv(InteropFunctions::fnv1a_64_c, 64, true, signed(), 0x919ed69300000000L),
        fnv(InteropFunctions::fnv1_32_java, 32, false, chars(), 0x7e77c3f400000000L),
        fnv(InteropFunctions::fnv1a_32_java, 32, true, chars(), 0x9ce4c30e00000000L),
        fnv(InteropFunctions::fnv1_64_java, 64, false, chars(), 0xa01a21f400000000L),
        fnv(InteropFunctions::fnv1a_64_java, 64, true, chars(), 0x37e8bf2e00000000L),
        of32(
            InteropFunctions::oneAtATime,
            input -> oneAtATime(bytes().apply(input)),
            0x2225e5bd00000000L),
        of32(
            InteropFunctions::oneAtATime_c,
            input -> oneAtATime(signed().apply(input)),
            0x33377c1800000000L),
        of32(
            InteropFunctions::stringHashCode,
            input -> new String(input, UTF_8).hashCode(),
            0xd44ebfbd00000000L),
        of32(InteropFunctions::sdbm, input -> sdbm(input), 0x72cf589a00000000L),
        of32(InteropFunctions::djb2, input -> polynomial(5381, 33, input), 0x4278366f00000000L),
        of32(InteropFunctions::wt6, InteropFunctionsTest::wt6, 0x893c462400000000L),
        of32(
            () -> InteropFunctions.avalanche(InteropFunctions.sdbm()),
            input -> avalanche(sdbm(input)),
            0xd2eb6d8900000000L),
        of32(
            () -> InteropFunctions.avalanche(InteropFunctions.crc32()),
            input -> avalanche(crc32(input)),
            0x453cd9df00000000L),
        of32(InteropFunctions::crc16_c, InteropFunctionsTest::crc16, 0x1b46a33f00000000L),
        of32(InteropFunctions::hsieh_c, InteropFunctionsTest::hsieh, 0xade1512900000000L),
        of32(InteropFunctions::jenkins_c, InteropFunctionsTest::lookup3, 0x9bf4d5db00000000L),
        of32(InteropFunctions::murmur_c, InteropFunctionsTest::murmur2, 0x57ae2d1600000000L),
        of32(
            InteropFunctions::murmur3_c,
            input -> com.google.common.hash.Hashing.murmur3_32_fixed(0xdeadbeef * input.length)
                .hashBytes(input)
                .asInt(),
            0xd6c113e700000000L),
        new Case(
            () -> InteropFunctions.murmur2_64(0xc70f6907L),
            input -> unsigned(murmur2Of64Bits(input, 0xc70f6907L)),
            64,
            0xc6a6bb0e65670b56L));
  }

  private static Case of32(
      Supplier<HashFunction> made, Function<byte[], Integer> number, long checksum) {
    return new Case(
        made,
        input -> BigInteger.valueOf(Integer.toUnsignedLong(number.apply(input))),
        32,
        checksum);
  }

  private static HashFunction first32BitsOfSha1() {
    return InteropFunctions.first32Bits(InteropFunctions.sha1());
  }

  private static byte[] digest(String algorithm, byte[] input) {
    try {
      return MessageDigest.getInstance(algorithm).digest(input);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static int firstWord(byte[] digest) {
    return ByteBuffer.wrap(digest).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  private static int crc32(byte[] input) {
    return com.google.common.hash.Hashing.crc32().hashBytes(input).asInt();
  }

  private static String bits(int number) {
    return String.format("%32s", Integer.toBinaryString(number)).replace(' ', '0');
  }

  private static Function<byte[], IntStream> bytes() {
    return input -> IntStream.range(0, input.length).map(i -> Byte.toUnsignedInt(input[i]));
  }

  private static Function<byte[], IntStream> signed() {
    return input -> IntStream.range(0, input.length).map(i -> input[i]);
  }

  private static Function<byte[], IntStream> chars() {
    return input -> new String(input, UTF_8).chars();
  }

  /** In all of its bits, of which the lower 32 are returned. */
  private static Case fnv(
      Supplier<HashFunction> made,
      int bits,
      boolean xorFirst,
      Function<byte[], IntStream> units,
      long checksum) {
    BigInteger mask = BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE);
    BigInteger prime = new BigInteger(bits == 32 ? "16777619" : "1099511628211");
    BigInteger init = new BigInteger(bits == 32 ? "2166136261" : "14695981039346656037");
    return of32(
        made,
        input -> {
          BigInteger h = init;
          for (int unit : units.apply(input).toArray()) {
            BigInteger u = BigInteger.valueOf(unit).and(mask);
            h = xorFirst
                ? h.xor(u).multiply(prime)
                : h.multiply(prime).and(mask).xor(u);
            h = h.and(mask);
          }
          return h.intValue();
        },
        checksum);
  }

  private static int oneAtATime(IntStream units) {
    long h = 0;
    for (int unit : units.toArray()) {
      h = cut(h + unit);
      h = cut(h * 1025);
      h ^= h / 64;
    }
    h = cut(h * 9);
    h ^= h / 2048;
    return (int) (h * 32769);
  }

  private static long cut(long number) {
    return number & 0xFFFF_FFFFL;
  }

  private static int sdbm(byte[] input) {
    return polynomial(0, 65599, input);
  }

  private static int polynomial(long init, long factor, byte[] input) {
    BigInteger h = BigInteger.valueOf(init);
    for (int unit : bytes().apply(input).toArray()) {
      h = h.multiply(BigInteger.valueOf(factor)).add(BigInteger.valueOf(unit));
    }
    return h.intValue();
  }

  private static int wt6(byte[] input) {
    int[] h = {0xA53C965A, 0x5CA6953A};
    int[] turns = {6, 18};
    for (byte b : input) {
      int inverted = ~(h[0] ^ (b & 0xFF));
      int added = ~(h[1] + (b & 0xFF));
      h = new int[] {
        added << turns[0] | added >>> -turns[0], inverted << turns[1] | inverted >>> -turns[1]
      };
      int bits = (h[0] >>> 16 ^ h[1]) & 0xFFFF;
      turns = new int[] {bits % 32, bits / 2048};
    }
    return h[0] ^ h[1];
  }

  /** Step by step, by name of what each does. */
  private static int avalanche(int number) {
    List<IntUnaryOperator> steps = List.of(
        a -> a * 4097 + 0x7ED55D16,
        a -> a ^ 0xC761C23C ^ a >>> 19,
        a -> a * 33 + 0x165667B1,
        a -> a + 0xD3A2646C ^ a << 9,
        a -> a * 9 + 0xFD7046C5,
        a -> a ^ 0xB55A4F09 ^ a >>> 16,
        a -> a * -1073741823);
    for (IntUnaryOperator step : steps) {
      number = step.applyAsInt(number);
    }
    return number;
  }

  /** A register without a width; the table is a division of polynomials. */
  private static int crc16(byte[] input) {
    BigInteger register = BigInteger.ZERO;
    BigInteger polynomial = BigInteger.valueOf(0x11021);
    for (byte b : input) {
      int unit = (register.shiftRight(8).intValue() ^ b) & 0xFF;
      BigInteger remainder = BigInteger.valueOf(unit).shiftLeft(16);
      while (remainder.bitLength() > 16) {
        remainder = remainder.xor(polynomial.shiftLeft(remainder.bitLength() - 17));
      }
      register = register.shiftLeft(8).xor(remainder);
    }
    return register.intValue();
  }

  private static int hsieh(byte[] input) {
    ByteBuffer bytes = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
    long h = 0;
    while (bytes.remaining() >= 4) {
      h = cut(h + bytes.getChar());
      h = cut(h * 65536) ^ h ^ bytes.getChar() * 2048L;
      h = cut(h + h / 2048);
    }
    if (bytes.remaining() == 3) {
      h = cut(h + bytes.getChar());
      h = h ^ cut(h * 65536) ^ cut(bytes.get() * 262144L);
      h = cut(h + h / 2048);
    } else if (bytes.remaining() == 2) {
      h = cut(h + bytes.getChar());
      h ^= cut(h * 2048);
      h = cut(h + h / 131072);
    } else if (bytes.remaining() == 1) {
      h = cut(h + Byte.toUnsignedInt(bytes.get()));
      h ^= cut(h * 1024);
      h = cut(h + h / 2);
    }
    h ^= cut(h * 8);
    h = cut(h + h / 32);
    h ^= cut(h * 16);
    h = cut(h + h / 131072);
    h ^= cut(h << 25);
    return (int) (h + h / 64);
  }

  /** Three words, of which each step changes one by its neighbour and adds to the other. */
  private static int lookup3(byte[] input) {
    int blocks = Math.max(0, (input.length - 1) / 12);
    ByteBuffer bytes =
        ByteBuffer.wrap(Arrays.copyOf(input, 12 * (blocks + 1))).order(ByteOrder.LITTLE_ENDIAN);
    int[] w = new int[3];
    Arrays.fill(w, 0xdeadbeef + input.length + 13);
    for (int block = 0; block < blocks; block++) {
      for (int i = 0; i < 3; i++) {
        w[i] += bytes.getInt();
      }
      int[] turns = {4, 6, 8, 16, 19, 4};
      for (int step = 0; step < turns.length; step++) {
        int before = (step + 2) % 3;
        w[step % 3] = w[step % 3] - w[before] ^ Integer.rotateRight(w[before], 32 - turns[step]);
        w[before] += w[(step + 1) % 3];
      }
    }
    if (input.length > 0) {
      for (int i = 0; i < 3; i++) {
        w[i] += bytes.getInt();
      }
      int[] turns = {14, 11, 25, 16, 4, 14, 24};
      for (int step = 0; step < turns.length; step++) {
        int before = (step + 1) % 3;
        int at = (step + 2) % 3;
        w[at] = (w[at] ^ w[before]) - Integer.rotateRight(w[before], 32 - turns[step]);
      }
    }
    return w[2];
  }

  private static int murmur2(byte[] input) {
    ByteBuffer bytes = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
    int h = 0xdeadbeef * input.length ^ input.length;
    while (bytes.remaining() >= 4) {
      int k = bytes.getInt() * 0x5bd1e995;
      h = h * 0x5bd1e995 ^ (k ^ k >>> 24) * 0x5bd1e995;
    }
    if (bytes.hasRemaining()) {
      h = (h ^ (int) rest(bytes)) * 0x5bd1e995;
    }
    h = (h ^ h >>> 13) * 0x5bd1e995;
    return h ^ h >>> 15;
  }

  private static long murmur2Of64Bits(byte[] input, long seed) {
    ByteBuffer bytes = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
    long h = seed ^ input.length * 0xc6a4a7935bd1e995L;
    while (bytes.remaining() >= 8) {
      long k = bytes.getLong() * 0xc6a4a7935bd1e995L;
      h = (h ^ (k ^ k >>> 47) * 0xc6a4a7935bd1e995L) * 0xc6a4a7935bd1e995L;
    }
    if (bytes.hasRemaining()) {
      h = (h ^ rest(bytes)) * 0xc6a4a7935bd1e995L;
    }
    h = (h ^ h >>> 47) * 0xc6a4a7935bd1e995L;
    return h ^ h >>> 47;
  }

  private static long rest(ByteBuffer bytes) {
    byte[] padded = new byte[8];
    bytes.get(padded, 0, bytes.remaining());
    return ByteBuffer.wrap(padded).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }
}
