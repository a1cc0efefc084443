package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.hash.HashFunctions;
import org.junit.jupiter.api.Test;

final class ChecksumTest {

  @Test
  void ofMember_anyInput_dependsOnIdWeightAndPoints() {
    long term = Checksum.ofMember("a", 1, new long[] {1, 2});

    assertThat(Checksum.ofMember("a", 1, new long[] {2, 1})).isEqualTo(term);
    assertThat(Checksum.ofMember("b", 1, new long[] {1, 2})).isNotEqualTo(term);
    assertThat(Checksum.ofMember("a", 2, new long[] {1, 2})).isNotEqualTo(term);
    assertThat(Checksum.ofMember("a", 1, new long[] {1, 3})).isNotEqualTo(term);
    assertThat(Checksum.ofMember("a", 1, new long[] {1})).isNotEqualTo(term);
    assertThat(Checksum.ofMember("a", 1, new long[] {1, 2, 0})).isNotEqualTo(term);
  }

  /** Points that change hands between two nodes change the sum. */
  @Test
  void ofMember_pointsExchanged_sumDiffers() {
    assertThat(
            Checksum.ofMember("a", 1, new long[] {1}) + Checksum.ofMember("b", 1, new long[] {2}))
        .isNotEqualTo(
            Checksum.ofMember("a", 1, new long[] {2}) + Checksum.ofMember("b", 1, new long[] {1}));
  }

  @Test
  void ofKeyFunction_differentFunctions_differs() {
    assertThat(Checksum.ofKeyFunction(HashFunctions.xxh3_64()))
        .isEqualTo(Checksum.ofKeyFunction(HashFunctions.xxh3_64()))
        .isNotEqualTo(Checksum.ofKeyFunction(HashFunctions.murmur3_128()));
  }
}
