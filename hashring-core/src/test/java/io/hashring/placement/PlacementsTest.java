package io.hashring.placement;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.interop.InteropFunctions;
import io.hashring.placement.Placement.Ties;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PlacementsTest {

  private static final List<String> IDS = List.of("a", "node-1", "é", "節点", "\uE000", "𐀀");

  @Nested
  class V1 {

    private final Placement placement = Placements.v1(HashFunctions.xxh3_64(), 160);

    @Test
    void points_anyId_areTheSplitMix64SequenceFromItsHash() {
      for (HashFunction hash :
          List.of(HashFunctions.xxh3_64(), InteropFunctions.md5(), InteropFunctions.crc32())) {
        for (String id : IDS) {
          SplittableRandom splitMix64 = new SplittableRandom(hash.hash(id.getBytes(UTF_8)));
          long[] expected = splitMix64.longs(160).toArray();

          assertThat(Placements.v1(hash, 160).points(id, 1)).isEqualTo(expected);
        }
      }
    }

    /** The vector of the generator that Java's documentation and many ports share: seed 0. */
    @Test
    void points_hashZero_startWithTheKnownVector() {
      assertThat(Placements.v1(input -> 0, 3).points("any", 1))
          .containsExactly(0xE220A8397B1DCDAFL, 0x6E789E6AA1B965F4L, 0x06C45D188009454FL);
    }

    @Test
    void points_lowerWeight_areThePrefixOfThoseOfAHigherOne() {
      for (String id : IDS) {
        long[] most = placement.points(id, 3);
        for (double weight : new double[] {1e-9, 0.01, 0.5, 1, 1.7, 2.999, 3}) {
          long[] points = placement.points(id, weight);

          assertThat(points).isEqualTo(Arrays.copyOf(most, points.length));
        }
      }
    }

    @Test
    void points_called_givesAnArrayOfItsOwn() {
      Arrays.fill(placement.points("a", 1), 7);

      assertThat(placement.points("a", 1)).doesNotContain(7);
    }

    @Test
    void points_differentIds_areDifferent() {
      assertThat(placement.points("node1", 1)).doesNotContain(placement.points("node11", 1));
    }

    @Test
    void keyFunction_isTheHash() {
      assertThat(placement.keyFunction()).isEqualTo(HashFunctions.xxh3_64());
    }

    @Test
    void equals_equalArguments_isTrue() {
      assertThat(placement)
          .isEqualTo(Placements.v1(HashFunctions.xxh3_64(), 160))
          .hasSameHashCodeAs(Placements.v1(HashFunctions.xxh3_64(), 160))
          .isNotEqualTo(Placements.v1(HashFunctions.xxh3_64(), 161))
          .isNotEqualTo(Placements.v1(InteropFunctions.md5(), 160))
          .hasToString("v1(xxh3_64, 160)");
    }
  }

  /** max(1, round(w · points per node)), halves up. */
  @ParameterizedTest
  @CsvSource({
    "1, 160, 160",
    "0.5, 160, 80",
    "2.25, 40, 90",
    "1.0125, 40, 41", // 40.5
    "0.5, 1, 1",
    "1.5, 1, 2",
    "2.5, 1, 3", // not to even
    "1.4999, 1, 1",
    "4.9E-324, 160, 1",
    "0.001, 160, 1",
    "0.0093749, 160, 1",
    "0.009375, 160, 2", // 1.5
    "1E6, 160, 160000000"
  })
  void pointCount_weight_isRoundedAndAtLeastOne(double weight, int pointsPerNode, long count) {
    for (Placement placement : List.of(
        Placements.v1(InteropFunctions.crc32(), pointsPerNode),
        Placements.slots(InteropFunctions.crc32(), 512, pointsPerNode, Ties.SMALLEST_ID))) {
      assertThat(placement.pointCount("id", weight)).isEqualTo(count);
      if (count < 1000) {
        assertThat(placement.points("a", weight)).hasSize((int) count);
      }
    }
  }

  @Test
  void pointCount_hugeWeight_saturates() {
    assertThat(Placements.v1(InteropFunctions.crc32(), 160).pointCount("id", Double.MAX_VALUE))
        .isEqualTo(Long.MAX_VALUE);
  }

  @Nested
  class Slots {

    private static long slot(String text, long slots) throws Exception {
      byte[] digest = MessageDigest.getInstance("MD5").digest(text.getBytes(UTF_8));
      return new BigInteger(1, digest).mod(BigInteger.valueOf(slots)).longValueExact();
    }

    @Test
    void points_md5_areTheSlotsOfTheLabels() throws Exception {
      for (long slots : new long[] {1, 2, 7, 512, 1000, Long.MAX_VALUE}) {
        Placement placement = Placements.slots(InteropFunctions.md5(), slots, 9, Ties.SMALLEST_ID);
        for (String id : IDS) {
          long[] points = placement.points(id, 1);
          assertThat(points).hasSize(9);
          for (int i = 0; i < points.length; i++) {
            assertThat(points[i]).isEqualTo(slot(id + "-" + i, slots));
          }
          assertThat(placement.keyFunction().hash(id)).isEqualTo(slot(id, slots));
          assertThat(placement.keyFunction().hash(id.getBytes(UTF_8))).isEqualTo(slot(id, slots));
        }
      }
    }

    @Test
    void points_lowerWeight_areThePrefixOfThoseOfAHigherOne() {
      Placement placement =
          Placements.slots(InteropFunctions.sha256(), 1 << 20, 10, Ties.SMALLEST_ID);
      long[] most = placement.points("a", 2);

      assertThat(placement.points("a", 0.31)).isEqualTo(Arrays.copyOf(most, 3));
    }

    @Test
    void points_crc32_areReducedAs32Bits() {
      Placement placement = Placements.slots(InteropFunctions.crc32(), 1000, 1, Ties.SMALLEST_ID);

      assertThat(placement.keyFunction().hash("123456789")).isEqualTo(0xCBF43926L % 1000);
    }

    @Test
    void equals_equalArguments_isTrue() {
      Placement placement = Placements.slots(InteropFunctions.md5(), 512, 9, Ties.SMALLEST_ID);

      assertThat(placement)
          .isEqualTo(Placements.slots(InteropFunctions.md5(), 512, 9, Ties.SMALLEST_ID))
          .hasSameHashCodeAs(Placements.slots(InteropFunctions.md5(), 512, 9, Ties.SMALLEST_ID))
          .isNotEqualTo(Placements.slots(InteropFunctions.md5(), 513, 9, Ties.SMALLEST_ID))
          .isNotEqualTo(Placements.slots(InteropFunctions.md5(), 512, 8, Ties.SMALLEST_ID))
          .isNotEqualTo(Placements.slots(InteropFunctions.sha256(), 512, 9, Ties.SMALLEST_ID))
          .hasToString("slots(md5, 512, 9, SMALLEST_ID)");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void pointsPerNode_lessThanOne_isRefused(int points) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Placements.v1(InteropFunctions.md5(), points))
        .withMessage("pointsPerNode must be at least 1: " + points);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Placements.slots(InteropFunctions.md5(), 512, points, Ties.SMALLEST_ID))
        .withMessage("pointsPerNode must be at least 1: " + points);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void slots_lessThanOne_isRefused(long slots) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Placements.slots(InteropFunctions.md5(), slots, 9, Ties.SMALLEST_ID))
        .withMessage("slots must be at least 1: " + slots);
  }

  @Test
  @SuppressWarnings("NullAway")
  void hashFunction_null_isRefusedByName() {
    assertThatNullPointerException()
        .isThrownBy(() -> Placements.v1(null, 160))
        .withMessageStartingWith("hashFunction");
    assertThatNullPointerException()
        .isThrownBy(() -> Placements.slots(null, 512, 9, Ties.SMALLEST_ID))
        .withMessageStartingWith("hashFunction");
  }
}
