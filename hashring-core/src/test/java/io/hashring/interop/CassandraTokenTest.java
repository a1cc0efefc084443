package io.hashring.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctionContract;
import io.hashring.hash.HashFunctions;
import org.junit.jupiter.api.Test;

/** {@code HashFunctionsGoldenTest} has tokens that Cassandra computed. */
final class CassandraTokenTest {

  private final HashFunction function = InteropFunctions.cassandraToken();

  @Test
  void hash_ascii_isMurmur3() {
    for (int length = 1; length <= 300; length++) {
      byte[] text = "k".repeat(length).getBytes(UTF_8);
      assertThat(function.hash(text)).isEqualTo(HashFunctions.murmur3_128().hash(text));
    }
  }

  @Test
  void hash_nothing_isTheLeastToken() {
    assertThat(function.hash("")).isEqualTo(Long.MIN_VALUE);
  }

  /** Computed in another language, signs in the tail included. */
  @Test
  void hash_lengthsToThreeHundred_hasTheGoldenChecksum() {
    long checksum = 0;
    for (int length = 0; length <= 300; length++) {
      checksum = checksum * 31 + function.hash(HashFunctionContract.input(length));
    }
    assertThat(checksum).isEqualTo(0x8cb0d557d40cd0c0L);
  }
}
