package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.hash.HashFunctions;
import io.hashring.placement.Placements;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Placement v1 is frozen. The files were computed by an implementation in another language, on top
 * of the reference implementation of XXH3 in C; a change that needs them changed breaks every ring
 * that is in use.
 */
final class PlacementV1GoldenTest {

  private static Map<String, HashRing<String>> rings() {
    Map<String, HashRing.Builder<String>> builders = new HashMap<>();
    for (Map<String, String> row : GoldenFile.read("placement-v1.rings.csv").rows()) {
      builders
          .computeIfAbsent(row.get("ring"), name -> HashRing.builder())
          .pointsPerNode(Integer.parseInt(row.get("pointsPerNode")))
          .add(row.get("id"), Double.parseDouble(row.get("weight")));
    }
    Map<String, HashRing<String>> rings = new HashMap<>();
    builders.forEach((name, builder) -> rings.put(name, builder.build()));
    return rings;
  }

  @Test
  void points_goldenIds_areTheGoldenOnes() {
    var rows = GoldenFile.read("placement-v1.points.csv").rows();
    assertThat(rows).hasSize(17);
    for (Map<String, String> row : rows) {
      long[] points = Placements.v1(HashFunctions.xxh3_64(), 160).points(row.get("id"), 1);
      for (int i = 0; i < 4; i++) {
        assertThat("%016x".formatted(points[i])).isEqualTo(row.get("p" + i));
      }
    }
  }

  @Test
  void points_goldenWeights_areAsMany() {
    Map<String, HashRing<String>> rings = rings();
    for (Map<String, String> row : GoldenFile.read("placement-v1.rings.csv").rows()) {
      assertThat(rings.get(row.get("ring")).points().values())
          .filteredOn(row.get("id")::equals)
          .hasSize(Integer.parseInt(row.get("points")));
    }
  }

  @Test
  void locate_goldenKeys_haveTheGoldenOwners() {
    Map<String, HashRing<String>> rings = rings();
    var rows = GoldenFile.read("placement-v1.owners.csv").rows();
    assertThat(rows).hasSize(200);
    for (Map<String, String> row : rows) {
      for (String name : new String[] {"plain", "weighted"}) {
        assertThat(rings.get(name).locate(row.get("key")))
            .as("owner of %s in %s", row.get("key"), name)
            .isEqualTo(row.get(name));
      }
    }
  }

  @Test
  void checksum_goldenRings_isTheGoldenOne() {
    Map<String, HashRing<String>> rings = rings();
    var rows = GoldenFile.read("placement-v1.checksums.csv").rows();
    assertThat(rows).hasSameSizeAs(rings.keySet());
    for (Map<String, String> row : rows) {
      assertThat("%016x".formatted(rings.get(row.get("ring")).checksum()))
          .as(row.get("ring"))
          .isEqualTo(row.get("checksum"));
    }
  }
}
