package io.hashring.interop;

import static com.google.common.base.Preconditions.checkArgument;
import static io.hashring.internal.Arguments.required;

import com.dynatrace.hash4j.hashing.Hasher32;
import com.google.common.primitives.Ints;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.internal.Call;
import io.hashring.internal.Digest;

/**
 * The hash functions of other systems, for agreement with them; for a ring of one's own there are
 * {@link HashFunctions}.
 *
 * <p>A function's name says which function it is for ever: no release changes a value. All of them
 * are immutable, stateless and safe for use by any number of threads, and take time linear in the
 * length of the input. Those whose name ends in {@code _c} are as a C program computes them where
 * {@code char} has a sign, as on x86; those in {@code _java} work on UTF-16 characters.
 */
public final class InteropFunctions {

  private InteropFunctions() {}

  /**
   * MD5 (RFC 1321), the digest read as a big-endian number of 128 bits: a position is its upper 64,
   * a {@linkplain HashFunction#slot slot} is the remainder of all 128. For agreement with other
   * systems, not for security.
   *
   * @return the function
   */
  public static HashFunction md5() {
    return BigEndianDigest.MD5;
  }

  /**
   * SHA-256 (FIPS 180-4), the digest read as a big-endian number of 256 bits: a position is its
   * upper 64, a {@linkplain HashFunction#slot slot} is the remainder of all 256. For keys chosen by
   * an adversary it is no defence by itself: it is not keyed.
   *
   * @return the function
   */
  public static HashFunction sha256() {
    return BigEndianDigest.SHA256;
  }

  /**
   * SHA-1 (FIPS 180-4), the digest read as a big-endian number of 160 bits: a position is its upper
   * 64, a {@linkplain HashFunction#slot slot} is the remainder of all 160. For agreement with other
   * systems, not for security.
   *
   * @return the function
   */
  public static HashFunction sha1() {
    return BigEndianDigest.SHA1;
  }

  /**
   * CRC-32 as in {@link java.util.zip.CRC32}: 32 bits, which a position holds in its upper half.
   * For agreement with other systems: short similar keys come out close together.
   *
   * @return the function
   */
  public static HashFunction crc32() {
    return Standard.CRC32;
  }

  /**
   * XXH64, seed 0: what Envoy, gRPC and Thanos hash with.
   *
   * @return the function
   * @see <a href="https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md">the specification
   *     of XXH64</a>
   */
  public static HashFunction xxh64() {
    return Standard.XXH64;
  }

  /**
   * XXH32: 32 bits, which a position holds in its upper half.
   *
   * @param seed the seed
   * @return the function
   */
  public static HashFunction xxh32(int seed) {
    return new Xxh32(seed, com.dynatrace.hash4j.hashing.Hashing.xxh32(seed));
  }

  /**
   * Ketama's function: the first four bytes of MD5 as a little-endian number of 32 bits, which a
   * position holds in its upper half. Equal to {@link #first32Bits first32Bits(md5())}.
   *
   * @return the function
   */
  public static HashFunction ketama() {
    return First32Bits.OF_MD5;
  }

  /**
   * The first four bytes of a digest, as a little-endian number of 32 bits, which a position holds
   * in its upper half.
   *
   * @param digest a function whose bytes are to be had: {@link #md5()}, {@link #sha1()},
   *     {@link #sha256()} or any of Guava, by
   *     {@link HashFunctions#of(com.google.common.hash.HashFunction)}
   * @return the function; equal to another one of an equal digest
   * @throws IllegalArgumentException if it is another function
   */
  public static HashFunction first32Bits(HashFunction digest) {
    return new First32Bits(required(digest, "digest"), Digests.of(digest));
  }

  /**
   * The 15 bits of CRC-32 above its lower 16, as a number of 32 bits: what libmemcached's
   * {@code crc}, twemproxy's {@code crc32}, spymemcached's {@code CRC_HASH} and xmemcached's
   * {@code CRC32_HASH} are. On a circle of 32 bits all keys lie in the first part of 2^17.
   *
   * @return the function
   */
  public static HashFunction crc32_15() {
    return Libhashkit.CRC32_15;
  }

  /**
   * FNV-1 of 32 bits over bytes, as its authors have it: what Grafana's dskit hashes with.
   *
   * @return the function
   */
  public static HashFunction fnv1_32() {
    return Fold.FNV1_32;
  }

  /**
   * FNV-1a of 32 bits over bytes, as its authors have it: {@code fnv.New32a} of Go, which
   * groupcache and stathat may be told to use.
   *
   * @return the function
   */
  public static HashFunction fnv1a_32() {
    return Fold.FNV1A_32;
  }

  /**
   * FNV-1 of 32 bits as libmemcached and twemproxy compute it where {@code char} has a sign, as on
   * x86: differs from {@link #fnv1_32()} for bytes from 0x80 on.
   *
   * @return the function
   */
  public static HashFunction fnv1_32_c() {
    return Fold.FNV1_32_C;
  }

  /**
   * FNV-1a of 32 bits as libmemcached and twemproxy compute it where {@code char} has a sign, as on
   * x86: differs from {@link #fnv1a_32()} for bytes from 0x80 on.
   *
   * @return the function
   */
  public static HashFunction fnv1a_32_c() {
    return Fold.FNV1A_32_C;
  }

  /**
   * The lower 32 bits of FNV-1 of 64 bits as libmemcached and twemproxy compute it where
   * {@code char} has a sign, as on x86.
   *
   * @return the function
   */
  public static HashFunction fnv1_64_c() {
    return Fold.FNV1_64_C;
  }

  /**
   * What libmemcached and twemproxy call FNV-1a of 64 bits, where {@code char} has a sign, as on
   * x86: a function of 32 bits.
   *
   * @return the function
   */
  public static HashFunction fnv1a_64_c() {
    return Fold.FNV1A_64_C;
  }

  /**
   * FNV-1 of 32 bits over the UTF-16 characters of text, as spymemcached and xmemcached compute it.
   * Bytes are decoded as UTF-8 first.
   *
   * @return the function
   */
  public static HashFunction fnv1_32_java() {
    return Fold.FNV1_32_JAVA;
  }

  /**
   * FNV-1a of 32 bits over the UTF-16 characters of text, as spymemcached and xmemcached compute
   * it. Bytes are decoded as UTF-8 first.
   *
   * @return the function
   */
  public static HashFunction fnv1a_32_java() {
    return Fold.FNV1A_32_JAVA;
  }

  /**
   * The lower 32 bits of FNV-1 of 64 bits over the UTF-16 characters of text, as spymemcached and
   * xmemcached compute it. Bytes are decoded as UTF-8 first.
   *
   * @return the function
   */
  public static HashFunction fnv1_64_java() {
    return Fold.FNV1_64_JAVA;
  }

  /**
   * The lower 32 bits of FNV-1a of 64 bits over the UTF-16 characters of text, as spymemcached and
   * xmemcached compute it. Bytes are decoded as UTF-8 first.
   *
   * @return the function
   */
  public static HashFunction fnv1a_64_java() {
    return Fold.FNV1A_64_JAVA;
  }

  /**
   * {@link String#hashCode}: 32 bits, spymemcached's and xmemcached's {@code NATIVE_HASH}. Bytes
   * are decoded as UTF-8 first. Similar texts come out side by side.
   *
   * @return the function
   */
  public static HashFunction stringHashCode() {
    return Fold.STRING_HASH_CODE;
  }

  /**
   * Bob Jenkins' one-at-a-time over bytes: 32 bits.
   *
   * @return the function
   */
  public static HashFunction oneAtATime() {
    return Fold.ONE_AT_A_TIME;
  }

  /**
   * One-at-a-time as libmemcached, where it is the default, and twemproxy compute it where
   * {@code char} has a sign, as on x86: differs from {@link #oneAtATime()} for bytes from 0x80 on.
   *
   * @return the function
   */
  public static HashFunction oneAtATime_c() {
    return Fold.ONE_AT_A_TIME_C;
  }

  /**
   * What twemproxy 0.5 calls {@code crc16}: CRC-16 of the polynomial 0x1021 from 0 in its lower 16
   * bits, and in its upper ones what the register held before the last two bytes, as nothing is cut
   * off.
   *
   * @return the function
   */
  public static HashFunction crc16_c() {
    return Libhashkit.CRC16_C;
  }

  /**
   * What libmemcached, where it was built with it, and twemproxy call {@code hsieh}: Paul Hsieh's
   * SuperFastHash as they compute it where {@code char} has a sign, as on x86; 32 bits.
   *
   * @return the function
   */
  public static HashFunction hsieh_c() {
    return Libhashkit.HSIEH_C;
  }

  /**
   * What libmemcached and twemproxy call {@code jenkins}: Bob Jenkins' lookup3 with the initial
   * value 13; 32 bits.
   *
   * @return the function
   */
  public static HashFunction jenkins_c() {
    return Libhashkit.JENKINS_C;
  }

  /**
   * What libmemcached and twemproxy call {@code murmur}: MurmurHash2 of 32 bits with a seed of
   * 0xdeadbeef times the length.
   *
   * @return the function
   */
  public static HashFunction murmur_c() {
    return Libhashkit.MURMUR_C;
  }

  /**
   * What libmemcached calls {@code murmur3}: MurmurHash3 of 32 bits with a seed of 0xdeadbeef times
   * the length.
   *
   * @return the function
   */
  public static HashFunction murmur3_c() {
    return Libhashkit.MURMUR3_C;
  }

  /**
   * MurmurHash2 for 64-bit machines, variant A. With the seed {@code 0xc70f6907} it is
   * {@code std::hash} of libstdc++ and Envoy's {@code MURMUR_HASH_2}.
   *
   * @param seed the seed
   * @return the function; equal to another one of an equal seed
   */
  public static HashFunction murmur2_64(long seed) {
    return new Murmur2Of64Bits(seed);
  }

  /**
   * The token of a partition key under Cassandra's Murmur3Partitioner, as an unsigned number with
   * the same bits: MurmurHash3 of 128 bits, of which the first 64 count, with signs on the bytes
   * behind the last whole 16, so that it differs from {@link HashFunctions#murmur3_128()} for some
   * keys that are not ASCII. The key is what Cassandra serializes: UTF-8 for a column of text.
   *
   * @return the function
   */
  public static HashFunction cassandraToken() {
    return CassandraToken.INSTANCE;
  }

  /**
   * HAProxy's {@code sdbm}: {@code h = 65599 h + byte} from 0, 32 bits.
   *
   * @return the function
   */
  public static HashFunction sdbm() {
    return Fold.SDBM;
  }

  /**
   * HAProxy's {@code djb2}: {@code h = 33 h + byte} from 5381, 32 bits.
   *
   * @return the function
   */
  public static HashFunction djb2() {
    return Fold.DJB2;
  }

  /**
   * HAProxy's {@code wt6}: 32 bits.
   *
   * @return the function
   */
  public static HashFunction wt6() {
    return Wt6.INSTANCE;
  }

  /**
   * HAProxy's {@code avalanche}: another function, its upper 32 bits mixed once more, one to one.
   *
   * @param function the function, of 32 bits; of a wider one the upper 32 count
   * @return the function; equal to another avalanche of an equal function
   */
  public static HashFunction avalanche(HashFunction function) {
    return new Avalanche(required(function, "function"));
  }

  /**
   * Another function of a key's tag: what stands between the first of one character and the next of
   * another, unless that is missing or empty; then of the whole key. This is the rule of
   * twemproxy's {@code hash_tag} and of Redis Cluster.
   *
   * @param function the function of the tag
   * @param open the character before the tag, ASCII
   * @param close the character behind the tag, ASCII
   * @return the function; equal to another one of equal arguments
   * @throws IllegalArgumentException if a character is not ASCII
   */
  public static HashFunction hashTag(HashFunction function, char open, char close) {
    required(function, "function");
    checkArgument(open < 0x80, "open must be an ASCII character: %s", open);
    checkArgument(close < 0x80, "close must be an ASCII character: %s", close);
    return new HashTag(function, open, close);
  }

  /**
   * Another function of a key's tag as Jedis has it with {@code DEFAULT_KEY_TAG_PATTERN}, <code>
   * \{(.+?)\}</code>; of the whole key if it has none. Other than under {@link #hashTag}, an empty
   * pair of braces does not end the search: the tag of <code>{}a}</code> is <code>}a</code>, and a
   * tag does not go over the end of a line. Keys are UTF-8; one that Jedis is given as bytes has no
   * tag.
   *
   * @param function the function of the tag
   * @return the function; equal to another one of an equal function
   */
  public static HashFunction jedisKeyTag(HashFunction function) {
    return new JedisKeyTag(required(function, "function"));
  }

  private record First32Bits(HashFunction function, Digest digest) implements HashFunction32 {
    static final HashFunction OF_MD5 = first32Bits(InteropFunctions.md5());

    @Override
    public int hash32(byte[] input) {
      byte[] bytes = digest.digest(input);
      return Ints.fromBytes(bytes[3], bytes[2], bytes[1], bytes[0]);
    }

    @Override
    public String toString() {
      return equals(OF_MD5) ? "ketama" : Call.of("first32Bits", function);
    }
  }

  private record Xxh32(int seed, Hasher32 hasher) implements HashFunction32 {
    @Override
    public int hash32(byte[] input) {
      return hasher.hashBytesToInt(input);
    }

    @Override
    public String toString() {
      return Call.of("xxh32", seed);
    }
  }

  private record Murmur2Of64Bits(long seed) implements HashFunction {
    @Override
    public long hash(byte[] input) {
      return Murmur2.hash64(input, seed);
    }

    @Override
    public String toString() {
      return Call.of("murmur2_64", seed);
    }
  }
}
