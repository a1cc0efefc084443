package io.hashring.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import io.hashring.GoldenFile;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Values that other libraries computed: lz4-java, Guava, java.util.zip, cassandra-all 4.1.3 and
 * libhashkit 1.1.4 on x86-64.
 */
final class HashFunctionsGoldenTest {

  /** By column. Numbers of 32 bits stand there as they are, those of 64 bits signed or unsigned. */
  private static final Map<String, HashFunction> FUNCTIONS = new LinkedHashMap<>();

  static {
    FUNCTIONS.put("xxh64_u64", InteropFunctions.xxh64());
    FUNCTIONS.put(
        "xxh64_seed1_u64", HashFunctions.of(com.dynatrace.hash4j.hashing.Hashing.xxh64(1)));
    FUNCTIONS.put("murmur3_x64_128_h1_s64", HashFunctions.murmur3_128());
    FUNCTIONS.put("murmur3_x86_32_u32", HashFunctions.of(Hashing.murmur3_32_fixed()));
    FUNCTIONS.put("crc32_u32", InteropFunctions.crc32());
    FUNCTIONS.put("java_string_hashcode_u32", InteropFunctions.stringHashCode());
    FUNCTIONS.put("farmhash_fingerprint64_u64", HashFunctions.of(Hashing.farmHashFingerprint64()));
    FUNCTIONS.put("cassandra_murmur3_token_s64", InteropFunctions.cassandraToken());
    FUNCTIONS.put("libhashkit_default_oaat", InteropFunctions.oneAtATime_c());
    FUNCTIONS.put("libhashkit_md5", InteropFunctions.ketama());
    FUNCTIONS.put("libhashkit_crc", InteropFunctions.crc32_15());
    FUNCTIONS.put("libhashkit_fnv1_64", InteropFunctions.fnv1_64_c());
    FUNCTIONS.put("libhashkit_fnv1a_64", InteropFunctions.fnv1a_64_c());
    FUNCTIONS.put("libhashkit_fnv1_32", InteropFunctions.fnv1_32_c());
    FUNCTIONS.put("libhashkit_fnv1a_32", InteropFunctions.fnv1a_32_c());
    FUNCTIONS.put("libhashkit_murmur", InteropFunctions.murmur_c());
    FUNCTIONS.put("libhashkit_murmur3", InteropFunctions.murmur3_c());
  }

  /** By what {@code hash:} says in the configuration of twemproxy. */
  static final Map<String, HashFunction> TWEMPROXY = new LinkedHashMap<>();

  static {
    TWEMPROXY.put("one_at_a_time", InteropFunctions.oneAtATime_c());
    TWEMPROXY.put("md5", InteropFunctions.ketama());
    TWEMPROXY.put("crc16", InteropFunctions.crc16_c());
    TWEMPROXY.put("crc32", InteropFunctions.crc32_15());
    TWEMPROXY.put("crc32a", InteropFunctions.crc32());
    TWEMPROXY.put("fnv1_64", InteropFunctions.fnv1_64_c());
    TWEMPROXY.put("fnv1a_64", InteropFunctions.fnv1a_64_c());
    TWEMPROXY.put("fnv1_32", InteropFunctions.fnv1_32_c());
    TWEMPROXY.put("fnv1a_32", InteropFunctions.fnv1a_32_c());
    TWEMPROXY.put("hsieh", InteropFunctions.hsieh_c());
    TWEMPROXY.put("murmur", InteropFunctions.murmur_c());
    TWEMPROXY.put("jenkins", InteropFunctions.jenkins_c());
  }

  @Test
  void hash_everyRowAndColumn_isThatOfTheOtherLibrary() {
    assertThatAllAgree("hash_functions.csv", FUNCTIONS);
  }

  /**
   * All twelve of nutcracker 0.5.0, put together from its choices: with {@code distribution:
   * modula} it sends a key to the server at the remainder of the hash by the number of servers, and
   * remainders by 64, 63, 61, 59, 55 and 53 are those of one number of 32 bits.
   */
  @Test
  void hash_everyRowAndColumn_isThatOfARunningTwemproxy() {
    assertThatAllAgree("twemproxy_hashes.csv", TWEMPROXY);
  }

  private static void assertThatAllAgree(String file, Map<String, HashFunction> functions) {
    GoldenFile golden = GoldenFile.read(file);
    assertThat(golden.columns().subList(1, golden.columns().size()))
        .containsExactlyElementsOf(functions.keySet());
    assertThat(golden.rows()).hasSize(2408);
    for (Map<String, String> row : golden.rows()) {
      String key = row.get("key");
      functions.forEach((column, function) -> assertThat(function.hash(key))
          .as("%s of %s", column, key)
          .isEqualTo(position(column, row.get(column))));
    }
    System.out.printf(
        "%s: %d rows, %d columns agree%n", file, golden.rows().size(), functions.size());
  }

  private static long position(String column, String value) {
    if (column.endsWith("_u64")) {
      return Long.parseUnsignedLong(value);
    }
    long number = Long.parseLong(value);
    return column.endsWith("_s64") ? number : number << Integer.SIZE;
  }
}
