package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.interop.InteropFunctions;
import io.hashring.interop.ProxyPlacements;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Texts of rings. To see 10,000 random rings: {@code ./mvnw -pl hashring-core test
 * -Dtest=RingTextTest -Dhashring.rings=10000}.
 */
final class RingTextTest {

  /** Spread over all placements. */
  private static final int RINGS = Integer.getInteger("hashring.rings", 1000);

  private static final int KEYS = 1000;

  private static Stream<Method> factories() {
    return RandomPlacements.factories();
  }

  @ParameterizedTest
  @MethodSource("factories")
  void read_whatWasWritten_isAnEqualRing(Method factory) {
    Random random = new Random(factory.toString().hashCode());
    int rings = (int) ((RINGS - 1) / factories().count() + 1);
    int members = 0;
    for (int i = 0; i < rings; i++) {
      HashRing<String> ring = RandomPlacements.ring(factory, random);
      String text = RingText.write(ring);
      HashRing<String> read = RingText.read(text);
      assertThat(read).as(text).isEqualTo(ring);
      assertThat(read.checksum()).isEqualTo(ring.checksum());
      assertThat(RingText.write(read)).isEqualTo(text);
      assertSameOwners(ring, read, random);
      members += ring.nodes().size();
    }
    assertThat(members).as("members of all rings").isGreaterThan(2 * rings);
  }

  private static void assertSameOwners(
      HashRing<String> ring, HashRing<String> read, Random random) {
    if (ring.points().isEmpty()) {
      assertThat(read.points()).isEmpty();
      return;
    }
    for (int i = 0; i < KEYS; i++) {
      String key = "key:" + random.nextInt();
      assertThat(read.locate(key)).isEqualTo(ring.locate(key));
    }
  }

  /** Rings of one set of members, whatever their histories, have one text. */
  @ParameterizedTest
  @MethodSource("factories")
  void write_anEqualRing_isTheSameText(Method factory) {
    Random random = new Random(1 + factory.toString().hashCode());
    for (int i = 0; i < 5; i++) {
      HashRing<String> ring = RandomPlacements.ring(factory, random);
      List<String> order = new ArrayList<>(ring.nodesAsAdded());
      Collections.shuffle(order, random);
      HashRing.Builder<String> builder =
          HashRing.builder().placement(ring.placement()).probes(ring.probes());
      order.forEach(id -> builder.add(id, ring.weight(id)));
      HashRing<String> other = builder.build();
      boolean isSameText = RingText.write(other).equals(RingText.write(ring));
      assertThat(isSameText).as(RingText.write(ring)).isEqualTo(other.equals(ring));
    }
  }

  private static HashRing<String> small() {
    return HashRing.builder()
        .pointsPerNode(2)
        .add("b", 0.5)
        .add("é\n\"", 3)
        .add("a", 0)
        .build();
  }

  @Test
  void write_small_isTheTextOfThePage() throws Exception {
    String page = Files.readString(Path.of("..", "docs", "ring-text.md"));
    assertThat(page).contains("```\n" + RingText.write(small()) + "```\n");
    assertThat(RingText.write(small()).lines())
        .startsWith(
            "hashring 1",
            "placement v1(xxh3_64, 2)",
            "probes 1",
            "node \"a\" 0",
            "node \"b\" 0.5",
            "node \"é\\u000a\\\"\" 3");
  }

  @Test
  void write_whereTheOrderOfAddingCounts_keepsIt() {
    for (Ties ties : List.of(Ties.FIRST_ADDED, Ties.LAST_ADDED)) {
      var builder =
          HashRing.builder().placement(Placements.slots(InteropFunctions.crc32(), 4, 3, ties));
      HashRing<String> ring =
          builder.add("b").add("c").add("a").build().without("b").with("b");
      assertThat(nodeLines(RingText.write(ring))).containsExactly("c", "a", "b");
    }
    HashRing<String> envoy = HashRing.builder()
        .placement(ProxyPlacements.envoy(InteropFunctions.xxh64(), 1, 4))
        .add("b")
        .add("a", 2)
        .add("c", 3)
        .build();
    assertThat(nodeLines(RingText.write(envoy)))
        .as("fractions of points are carried in this order")
        .containsExactly("b", "a", "c");
    assertThat(nodeLines(RingText.write(HashRing.of("b", "a")))).containsExactly("a", "b");
  }

  private static Stream<String> nodeLines(String text) {
    return text.lines().filter(line -> line.startsWith("node ")).map(line -> line.split("\"")[1]);
  }

  /** Every byte changed to every other, removed, doubled; and every beginning of the text. */
  @Test
  void read_anyChangeOfOneByte_isRefusedOrEqual() {
    for (HashRing<String> ring : List.of(small(), HashRing.of())) {
      byte[] bytes = RingText.write(ring).getBytes(UTF_8);
      int refused = 0;
      for (int at = 0; at < bytes.length; at++) {
        for (int value = 0; value < 256; value++) {
          byte[] changed = bytes.clone();
          changed[at] = (byte) value;
          refused += isRefused(changed, ring) ? 1 : 0;
        }
        assertThat(isRefused(Arrays.copyOf(bytes, at), ring))
            .as("cut at %s", at)
            .isTrue();
        byte[] shorter = new byte[bytes.length - 1];
        System.arraycopy(bytes, 0, shorter, 0, at);
        System.arraycopy(bytes, at + 1, shorter, at, shorter.length - at);
        assertThat(isRefused(shorter, ring)).as("without byte %s", at).isTrue();
        byte[] longer = new byte[bytes.length + 1];
        System.arraycopy(bytes, 0, longer, 0, at);
        System.arraycopy(bytes, at, longer, at + 1, bytes.length - at);
        longer[at] = bytes[at];
        assertThat(isRefused(longer, ring)).as("byte %s doubled", at).isTrue();
      }
      assertThat(refused).as("all but the bytes as they are").isEqualTo(255 * bytes.length);
    }
  }

  private static boolean isRefused(byte[] bytes, HashRing<String> ring) {
    try {
      assertThat(RingText.read(new String(bytes, UTF_8))).isEqualTo(ring);
      return false;
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageMatching("(?s)line [1-9]\\d*: .+");
      return true;
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hashring 1     | hashring 2      | line 1: version must be 1, the only one that this "
            + "release reads: 2",
        "hashring 1     | ring 1          | line 1: line must begin with 'hashring ': ring 1",
        "xxh3_64        | xxh4_64         | line 2: placement must be one that this release "
            + "knows: v1(xxh4_64, 2): unknown to this release: xxh4_64",
        "v1(xxh3_64, 2) | v2              | line 2: placement must be one that this release "
            + "knows: v2: unknown to this release: v2",
        "v1(xxh3_64, 2) | v1(xxh3_64)     | line 2: placement must be one that this release "
            + "knows: v1(xxh3_64): v1 takes 2 arguments: 1",
        "v1(xxh3_64, 2) | v1(2, xxh3_64)  | line 2: placement must be one that this release "
            + "knows: v1(2, xxh3_64): v1 has no place for argument 1",
        "v1(xxh3_64, 2) | v1(xxh3_64, 0)  | line 2: placement must be one that this release "
            + "knows: v1(xxh3_64, 0): pointsPerNode must be at least 1: 0",
        "v1(xxh3_64, 2) | md5             | line 2: placement must be one that this release "
            + "knows: md5: expected a placement",
        "probes 1       | probes one      | line 3: probes must be a number: one",
        "probes 1       | probes 1025     | line 3: probes must be from 1 to 1024: 1025",
        "b\" 0.5        | b\" 0x1         | line 5: weight must be a decimal number: 0x1",
        "b\" 0.5        | b\" -1          | line 5: weight must be a decimal number: -1",
        "\"b\" 0.5      | \"a\" 0.5       | line 5: id must be unique among the nodes: a",
        "\"b\" 0.5      | \"\" 0.5        | line 5: id must not be empty",
        "\"b\" 0.5      | b 0.5           | line 5: expected '\"' before: b 0.5",
        "\"b\" 0.5      | \"b\" 0.5 #     | line 5: expected nothing more:  #",
        "node \"b\"     | Node \"b\"      | line 5: line must begin with 'checksum ': Node "
            + "\"b\" 0.5",
        "b\" 0.5        | b\" 1E+300      | line 8: end must have the hash of the lines before",
        "b\" 0.5        | b\" 0.6         | line 8: end must have the hash of the lines before",
      })
  void read_edited_tellsLineAndReason(String was, String is, String message) {
    String text = RingText.write(small());
    assertThat(text).contains(was.strip());
    String edited = text.replace(was.strip(), is.strip());
    assertThatThrownBy(() -> RingText.read(edited))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .startsWith(message);
  }

  /** Whoever computes the last line anew is told by the checksum, or by the ring. */
  @Test
  void read_forged_isRefusedByTheRing() {
    String text = RingText.write(small());
    String other = sealed(text.replace("b\" 0.5", "b\" 1"));
    assertThatThrownBy(() -> RingText.read(other))
        .message()
        .startsWith("line 7: checksum must be that of the ring, ");
    String large = sealed(text.replace("b\" 0.5", "b\" 1E+300"));
    assertThatThrownBy(() -> RingText.read(large))
        .message()
        .startsWith("line 7: points of all nodes together must not exceed 268435456: ");
  }

  private static String sealed(String text) {
    String lines = text.substring(0, text.lastIndexOf("end "));
    return lines + "end " + RingText.digest(lines) + "\n";
  }

  @Test
  void read_cutOffOrContinued_tellsSo() {
    String text = RingText.write(small());
    assertThatThrownBy(() -> RingText.read(""))
        .hasMessage("line 1: text must not be cut off: the line that begins with end is missing");
    assertThatThrownBy(() -> RingText.read(text.substring(0, text.indexOf("end"))))
        .hasMessage("line 8: text must not be cut off: the line that begins with end is missing");
    assertThatThrownBy(() -> RingText.read(text.substring(0, text.length() - 3)))
        .hasMessage("line 8: text must not be cut off: the line has no end");
    assertThatThrownBy(() -> RingText.read(text + "\n"))
        .hasMessage("line 8: line must be the last one");
    assertThatThrownBy(() -> RingText.read(text.replace("\n", "\r\n")))
        .hasMessageStartingWith("line 1: version must be 1, ");
    assertThatThrownBy(() -> RingText.read(text.replace("é", "\uD800")))
        .hasMessage("line 1: text must be well-formed Unicode");
  }

  @Test
  void placement_deepOrTorn_isRefused() {
    assertThatThrownBy(() -> RingText.placement("avalanche(".repeat(100_000)))
        .hasMessage("expected calls at most 16 deep");
    assertThatThrownBy(() -> RingText.placement("{\"a\": ".repeat(100_000)))
        .hasMessage("expected calls at most 16 deep");
    assertThatThrownBy(() -> RingText.placement("tokens(md5, {\"a\": [1, \"2\"]})"))
        .hasMessage("expected a list of tokens of a");
    assertThatThrownBy(() -> RingText.placement("tokens(md5, {\"a\": [1], \"a\": [2]})"))
        .hasMessage("expected each id once: a");
    assertThatThrownBy(() -> RingText.placement("v1(xxh3_64, 2147483648)"))
        .hasMessage("expected a number of 32 bits: 2147483648");
    assertThatThrownBy(() -> RingText.placement("tokens(md5, {\"a"))
        .hasMessage("expected a quote at the end");
  }

  @Test
  void weights_areWrittenInAsFewDigitsAsAreReadAgain() {
    Map<Double, String> decimals = new LinkedHashMap<>();
    decimals.put(0.0, "0");
    decimals.put(100.0, "100");
    decimals.put(0.1, "0.1");
    decimals.put(2.0E-3, "0.002");
    decimals.put(1.0 / 3, "0.3333333333333333");
    decimals.put(0x1p-44, "5.6843418860808015E-14"); // 5.684341886080802E-14 for JDK 17
    decimals.put(2e23, "2E+23");
    decimals.put(Double.MIN_VALUE, "5E-324");
    decimals.put(Double.MAX_VALUE, "1.7976931348623157E+308");
    decimals.forEach((weight, decimal) -> assertThat(RingText.decimal(weight)).isEqualTo(decimal));
    Random random = new Random(5);
    for (int i = 0; i < 10_000; i++) {
      double weight = Double.longBitsToDouble(random.nextLong() & Long.MAX_VALUE);
      if (Double.isFinite(weight)) {
        assertThat(Double.parseDouble(RingText.decimal(weight))).isEqualTo(weight);
      }
    }
  }

  private record Pair(String id, String address) {}

  @Test
  void nodes_ofAUser_areMadeByAFunction() {
    HashRing<Pair> ring = HashRing.builder(Pair::id)
        .add(new Pair("a", "x"), 2)
        .add(new Pair("b", "y"))
        .build();
    String text = RingText.write(ring);
    HashRing<Pair> read =
        RingText.read(text, id -> new Pair(id, id.equals("a") ? "x" : "y"), Pair::id);
    assertThat(read).isEqualTo(ring);
    assertThat(read.with(new Pair("c", "z"))).isEqualTo(ring.with(new Pair("c", "z")));
    assertThatThrownBy(() -> RingText.read(text, id -> new Pair(id + "!", ""), Pair::id))
        .hasMessage("node must have the id that it was made of, a: a!");
  }

  @Test
  void write_aPlacementThatNoDefinitionMakes_isRefused() {
    HashRing<String> ring = HashRing.builder()
        .placement(Placements.v1(TestHash.FOUR_BITS, 3))
        .add("a")
        .build();
    assertThatThrownBy(() -> RingText.write(ring))
        .hasMessage("placement must be one that its definition makes again: v1(FOUR_BITS, 3): "
            + "unknown to this release: FOUR_BITS");
  }
}
