package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import io.hashring.hash.HashFunctions;
import io.hashring.placement.Placements;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Reads the tables of docs/placement.md and compares them with the library. */
final class PlacementDocTest {

  private final HashRing<String> ring = HashRing.builder()
      .pointsPerNode(4)
      .add("cache-a")
      .add("café", 2)
      .add("node-🚀", 0.5)
      .build();

  @Test
  void points_asInTheTable() throws Exception {
    List<List<String>> rows = table("| id | seed |");
    assertThat(rows).hasSize(4);
    for (List<String> row : rows) {
      String id = code(row.get(0));
      Stream<String> expected = Stream.concat(
          Stream.of(hex(HashFunctions.xxh3_64().hash(id))),
          Arrays.stream(Placements.v1(HashFunctions.xxh3_64(), 4).points(id, 1))
              .mapToObj(PlacementDocTest::hex));
      assertThat(row.subList(1, row.size())).containsExactlyElementsOf(expected.toList());
    }
  }

  @Test
  void ring_asInTheTable() throws Exception {
    assertThat(table("| position | owner |").stream().map(row -> row.get(0) + code(row.get(1))))
        .containsExactlyElementsOf(ring.points().entrySet().stream()
            .map(e -> hex(e.getKey()) + e.getValue())
            .toList());
  }

  @Test
  void preferenceLists_asInTheTable() throws Exception {
    List<List<String>> rows = table("| key | hash |");
    assertThat(rows).hasSize(5);
    for (List<String> row : rows) {
      String key = code(row.get(0));
      assertThat(row.get(1)).isEqualTo(hex(HashFunctions.xxh3_64().hash(key)));
      List<String> nodes = nodes(row.get(2));
      assertThat(ring.preferenceList(key).first(3)).isEqualTo(nodes);
      assertThat(ring.locate(key)).isEqualTo(nodes.get(0));
    }
  }

  @Test
  void checksums_asInTheTable() throws Exception {
    assertThat(table("| ring | checksum |").stream().map(row -> row.get(1)))
        .containsExactly(
            hex(HashRing.of().checksum()),
            hex(HashRing.of("cache-a", "cache-b", "cache-c").checksum()),
            hex(ring.checksum()),
            hex(ring.toBuilder().probes(2).build().checksum()));
  }

  @Test
  void probes_asInTheTable() throws Exception {
    List<List<String>> rows = table("| probes | key |");
    assertThat(rows).hasSize(10);
    for (List<String> row : rows) {
      HashRing<String> probing =
          ring.toBuilder().probes(Integer.parseInt(row.get(0))).build();
      assertThat(probing.preferenceList(code(row.get(1))).first(3)).isEqualTo(nodes(row.get(2)));
      assertThat(probing.locate(code(row.get(1)))).isEqualTo(nodes(row.get(2)).get(0));
    }
  }

  private static List<String> nodes(String cell) {
    return Splitter.on(", ").splitToStream(cell).map(PlacementDocTest::code).toList();
  }

  /** The cells below a header, which is given by its beginning. */
  private static List<List<String>> table(String header) throws Exception {
    return Files.readAllLines(Path.of("..", "docs", "placement.md")).stream()
        .dropWhile(line -> !line.startsWith(header))
        .skip(2)
        .takeWhile(line -> line.startsWith("|"))
        .map(line ->
            Splitter.on('|').trimResults().splitToList(line.substring(1, line.length() - 1)))
        .toList();
  }

  private static String code(String cell) {
    return cell.replace("`", "");
  }

  private static String hex(long value) {
    return "%016x".formatted(value);
  }
}
