package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.interop.InteropFunctions;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Owners that the Python balancer, from which the project grew, chose itself: class
 * {@code ConsistentHashing} of Kalium-99/customizable_load_balancer at 604bf2d under CPython
 * 3.11.7.
 *
 * <p>A column {@code …_sN_rM} has N slots and M points per node, the others 512 and 9; a cell is
 * the index of the chosen node. Where slots are shared, the reference lets the node added last
 * overwrite the others and so depends on the order, which a ring must not; there the smallest id
 * owns the slot, and nothing but keys of shared slots may differ.
 */
final class SeedGoldenTest {

  private static final Pattern SETTINGS = Pattern.compile(".*_s(\\d+)_r(\\d+)");

  /** What a configuration's columns say, in plain BigInteger arithmetic. */
  private record Configuration(List<String> nodes, long slots, int pointsPerNode) {

    static Configuration of(String name, List<String> nodes) {
      Matcher settings = SETTINGS.matcher(name);
      return settings.matches()
          ? new Configuration(
              nodes, Long.parseLong(settings.group(1)), Integer.parseInt(settings.group(2)))
          : new Configuration(nodes, 512, 9);
    }

    HashRing<String> ring() {
      return HashRing.builder()
          .placement(
              Placements.slots(InteropFunctions.md5(), slots, pointsPerNode, Ties.SMALLEST_ID))
          .addAll(nodes)
          .build();
    }

    /** From every slot in use to its claimants, the smallest id first. */
    TreeMap<Long, TreeSet<String>> claims() {
      TreeMap<Long, TreeSet<String>> claims = new TreeMap<>();
      for (String node : nodes) {
        for (int i = 0; i < pointsPerNode; i++) {
          claims
              .computeIfAbsent(slot(node + "-" + i), slot -> new TreeSet<>(RingModel.BY_UTF8))
              .add(node);
        }
      }
      return claims;
    }

    long slot(String text) {
      try {
        byte[] digest = MessageDigest.getInstance("MD5").digest(text.getBytes(UTF_8));
        return new BigInteger(1, digest).mod(BigInteger.valueOf(slots)).longValueExact();
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void locate_everyRowAndColumn_agreesWithTheReferenceButInSharedSlots() {
    GoldenFile golden = GoldenFile.read("seed_md5mod512.csv");
    Map<String, List<String>> nodes = new LinkedHashMap<>();
    for (Map<String, String> row : GoldenFile.read("seed_md5mod512.nodes.csv").rows()) {
      List<String> ofConfiguration =
          nodes.computeIfAbsent(row.get("config"), config -> new ArrayList<>());
      assertThat(row)
          .containsEntry("index", "" + ofConfiguration.size())
          .containsEntry("weight", "1");
      ofConfiguration.add(row.get("node"));
    }
    List<String> configurations = golden.columns().subList(1, golden.columns().size());
    assertThat(configurations).hasSize(11).containsExactlyInAnyOrderElementsOf(nodes.keySet());
    assertThat(golden.rows()).hasSize(2408);

    int withoutCollision = 0;
    for (String name : configurations) {
      Configuration configuration = Configuration.of(name, nodes.get(name));
      var claims = configuration.claims();
      HashRing<String> ring = configuration.ring();
      boolean collides = claims.values().stream().anyMatch(claimants -> claimants.size() > 1);
      int agreed = 0;
      int inSharedSlots = 0;
      for (Map<String, String> row : golden.rows()) {
        String key = row.get("key");
        String reference = configuration.nodes().get(Integer.parseInt(row.get(name)));
        String owner = ring.locate(key);
        var claim = claims.ceilingEntry(configuration.slot(key));
        TreeSet<String> claimants = (claim == null ? claims.firstEntry() : claim).getValue();

        assertThat(owner).as("owner of %s in %s", key, name).isEqualTo(claimants.first());
        assertThat(reference).as("reference for %s in %s", key, name).isIn(claimants);
        inSharedSlots += claimants.size() > 1 ? 1 : 0;
        agreed += owner.equals(reference) ? 1 : 0;
        if (!owner.equals(reference)) {
          assertThat(claimants)
              .as("claimants of the slot of %s in %s", key, name)
              .hasSizeGreaterThan(1);
        }
      }
      if (!collides) {
        withoutCollision++;
        assertThat(agreed).as(name).isEqualTo(golden.rows().size());
      }
      System.out.printf(
          "%s: %d rows, %d agree with the reference, %d lie in arcs that end in a shared slot%n",
          name, golden.rows().size(), agreed, inSharedSlots);
    }
    assertThat(withoutCollision)
        .as("configurations without a shared slot")
        .isGreaterThanOrEqualTo(4);
    System.out.printf(
        "seed_md5mod512.csv: %d rows, %d columns, of which %d without a shared slot%n",
        golden.rows().size(), configurations.size(), withoutCollision);
  }
}
