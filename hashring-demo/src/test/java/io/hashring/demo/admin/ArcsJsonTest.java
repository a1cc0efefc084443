package io.hashring.demo.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.HashRing;
import io.hashring.demo.cluster.Cluster;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Ejection;
import io.hashring.demo.membership.Health;
import io.hashring.demo.membership.Membership;
import io.hashring.demo.membership.MembershipRequest;
import io.hashring.demo.membership.PaperPool;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The arcs of the picture and the figures beside it, against questions to the ring. */
final class ArcsJsonTest {

  private static Membership membership(int points) {
    return new Membership(
        new PaperPool(),
        Cluster.ofOne(),
        points,
        name -> new Health(name, 2, 3, Health.State.UP, Ejection.never()),
        Duration.ofSeconds(1),
        Duration.ZERO);
  }

  private interface Check {
    void of(Membership membership) throws Exception;
  }

  private static void with(int points, int nodes, Check check) throws Exception {
    try (Membership membership = membership(points)) {
      membership.begin(nodes);
      check.of(membership);
    }
  }

  /** The owner of a place as a page finds it: of the first arc that ends there or behind. */
  private static String owner(JsonObject arcs, double at) {
    JsonArray ends = arcs.getJsonArray("ends");
    int arc = 0;
    while (arc < ends.size() && ends.getDouble(arc) < at) {
      arc++;
    }
    return arcs.getJsonArray("nodes")
        .getString(arcs.getJsonArray("owners").getInteger(arc == ends.size() ? 0 : arc));
  }

  @Test
  void arcs_areTheOwners_ofAnyPosition() throws Exception {
    Random random = new Random(152);
    for (int nodes : List.of(1, 2, 3, 7)) {
      with(20, nodes, membership -> {
        membership.reweigh("server1", 2.5);
        HashRing<Backend> ring = membership.current().ring();
        JsonObject arcs = ArcsJson.of(ring);
        assertThat(arcs.getString("checksum")).isEqualTo(RingJson.checksum(ring));
        assertThat(arcs.getBoolean("coarse")).isFalse();
        JsonArray ends = arcs.getJsonArray("ends");
        JsonArray owners = arcs.getJsonArray("owners");
        for (int i = 0; i < ends.size(); i++) {
          if (i > 0) {
            assertThat(ends.getDouble(i)).isGreaterThan(ends.getDouble(i - 1));
          }
          if (ends.size() > 1) {
            assertThat(owners.getInteger(i))
                .as("neighbours have different owners")
                .isNotEqualTo(owners.getInteger((i + 1) % owners.size()));
          }
        }
        for (int i = 0; i < 5_000; i++) {
          long position = random.nextLong();
          double at = ArcsJson.fraction(position);
          boolean isAtAnEdge = ends.contains(at); // where nine digits do not tell
          if (!isAtAnEdge) {
            assertThat(owner(arcs, at)).isEqualTo(ring.locateAt(position).name());
          }
        }
        ring.points().keySet().forEach(point -> {
          if (!ends.contains(ArcsJson.fraction(point))) {
            assertThat(ring.locateAt(point + 1)).isEqualTo(ring.locateAt(point));
          }
        });
      });
    }
  }

  @Test
  void arcs_ofAnEmptyRing_andOfOneWithoutWeight() throws Exception {
    with(20, 1, membership -> {
      membership.reweigh("server1", 0);
      assertThat(ArcsJson.of(membership.current().ring()).encode())
          .matches("\\{\"checksum\":\"[0-9a-f]{16}\",\"nodes\":\\[\"server1\"],\"coarse\":false,"
              + "\"ends\":\\[],\"owners\":\\[]}");
      membership.remove(new MembershipRequest(1, List.of()));
      JsonObject none = ArcsJson.of(membership.current().ring());
      assertThat(none.getJsonArray("nodes")).isEmpty();
      assertThat(none.getJsonArray("ends")).isEmpty();
    });
  }

  @Test
  void arcs_tooMany_areCells() throws Exception {
    with(40_000, 2, membership -> {
      HashRing<Backend> ring = membership.current().ring();
      JsonObject arcs = ArcsJson.of(ring);
      assertThat(arcs.getBoolean("coarse")).isTrue();
      assertThat(arcs.getJsonArray("ends").size()).isBetween(10_000, 65_536);
      Random random = new Random(153);
      for (int i = 0; i < 200; i++) {
        long cell = random.nextInt(1 << 16);
        long end = ((cell + 1) << 48) - 1;
        assertThat(owner(arcs, ArcsJson.fraction(end)))
            .isEqualTo(ring.locateAt(end).name());
      }
      assertThat(ArcsJson.of(ring).getJsonArray("ends")).last().isEqualTo(1.0);
    });
  }

  @Test
  void fraction_hasNineDigits_andIsUnsigned() {
    assertThat(ArcsJson.fraction(0)).isZero();
    assertThat(ArcsJson.fraction(1L << 62)).isEqualTo(0.25);
    assertThat(ArcsJson.fraction(1L << 63)).isEqualTo(0.5);
    assertThat(ArcsJson.fraction(-1)).isEqualTo(1);
    assertThat(String.valueOf(ArcsJson.fraction(0x123456789abcdef0L))).isEqualTo("0.071111111");
  }

  // Balance

  @Test
  void balance_isThatOfTheRing_andItsAdviceThatOfRings() throws Exception {
    with(40, 5, membership -> {
      membership.reweigh("server2", 3);
      HashRing<Backend> ring = membership.current().ring();
      JsonObject balance = BalanceJson.of(ring);
      double peak = ring.ownership().peakToMean();
      assertThat(balance.getDouble("peak")).isEqualTo(peak);
      assertThat(balance.getInteger("points")).isEqualTo(40);
      assertThat(balance.getInteger("probes")).isEqualTo(1);
      Backend busiest = ring.find(balance.getString("busiest")).orElseThrow();
      assertThat(ring.ownership().share(busiest) / ring.ownership().expectedShare(busiest))
          .isEqualTo(peak);
      JsonArray advice = balance.getJsonArray("advice");
      assertThat(advice).hasSize(9);
      assertThat(advice.getJsonObject(0).encode())
          .as("the ring as it is")
          .isEqualTo("{\"points\":40,\"probes\":1,\"peak\":" + peak + "}");
      each(advice, way -> {
        HashRing.Builder<String> other = HashRing.builder()
            .pointsPerNode(way.getInteger("points"))
            .probes(way.getInteger("probes"));
        ring.nodes().forEach(node -> other.add(node.name(), ring.weight(node)));
        assertThat(way.getDouble("peak")).isEqualTo(other.build().ownership().peakToMean());
      });
      assertThat(balance.getJsonArray("rounding")).isEmpty();
    });
  }

  @Test
  void balance_tellsWhatWholePointsDo_andNothingOfAnEmptyRing() throws Exception {
    with(4, 2, membership -> {
      membership.reweigh("server1", 0.3); // 1.2 points, which is one
      JsonObject balance = BalanceJson.of(membership.current().ring());
      JsonObject off = balance.getJsonArray("rounding").getJsonObject(0);
      assertThat(off.getString("node")).isEqualTo("server1");
      assertThat(off.getDouble("off")).isLessThan(-0.05);
      membership.reweigh("server1", 0);
      membership.reweigh("server2", 0);
      JsonObject none = BalanceJson.of(membership.current().ring());
      assertThat(none.getValue("peak")).isNull();
      assertThat(none.getValue("busiest")).isNull();
      assertThat(none.getJsonArray("advice")).isEmpty();
    });
  }

  private static void each(JsonArray array, Consumer<JsonObject> check) {
    array.stream().map(JsonObject.class::cast).forEach(check);
  }
}
