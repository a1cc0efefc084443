package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.hash.HashFunctions;
import io.hashring.placement.Placements;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/placement-v1.json} is what this library says of placement v1, for those who write it
 * in another language. It never changes; to make one for a new question: {@code ./mvnw -pl
 * hashring-core test -Dtest=ConformanceKitTest -Dhashring.update=true}.
 */
final class ConformanceKitTest {

  private static final Path KIT = Path.of("..", "docs", "placement-v1.json");

  private static final List<String> KEYS = Stream.concat(
          Stream.of("", "user:42", "naïve", "鍵", "🔑", "a\u0000b", "\"\\/"),
          IntStream.range(0, 33).mapToObj(i -> "key-" + i))
      .toList();

  /** A node with a zone and a rack. */
  private record Host(String id, String zone, String rack) {}

  private final Map<String, HashRing<Host>> rings = new LinkedHashMap<>();

  ConformanceKitTest() {
    rings.put("empty", ring(160, 1));
    rings.put("default", ring(160, 1, "cache-a", 1, "cache-b", 1, "cache-c", 1));
    rings.put("page", ring(4, 1, "cache-a", 1, "café", 2, "node-🚀", 0.5));
    rings.put("page, 2 probes", ring(4, 2, "cache-a", 1, "café", 2, "node-🚀", 0.5));
    rings.put("page, 5 probes", ring(4, 5, "cache-a", 1, "café", 2, "node-🚀", 0.5));
    // halves are rounded up, and a positive weight has a point at least
    rings.put(
        "weights",
        ring(10, 1, "half", 0.25, "little", 0.05, "least", 5e-324, "third", 1.0 / 3, "none", 0));
    // ids in another order as UTF-16 than as UTF-8
    rings.put("ids", ring(3, 1, "￿", 1, "𐀀", 1, "é", 1, "z", 1, "\u0001\"\\", 1));
    // three ids whose sequences of points are parts of one: they meet at nearly all positions
    rings.put("collisions", ring(160, 1, "mS~YJ~4d", 1, "cache-30", 1, "kdTo&6dX", 1));
    rings.put("collisions, one left", ring(160, 1, "mS~YJ~4d", 1, "kdTo&6dX", 1));
    rings.put("collisions, 3 probes", ring(160, 3, "mS~YJ~4d", 1, "cache-30", 1, "kdTo&6dX", 1));
    rings.put("hosts", hosts(9));
    rings.put("hosts, one more", hosts(10));
    rings.put(
        "hosts, two less",
        hosts(10)
            .change(change -> change
                .remove(new Host("host-0", "", ""))
                .set(new Host("host-3", "zone-b", "rack-0"), 0.5)
                .remove(new Host("host-4", "", ""))));
    rings.put("host alone", hosts(1));
  }

  private static HashRing<Host> ring(int pointsPerNode, int probes, Object... idsAndWeights) {
    var builder = HashRing.builder(Host::id).pointsPerNode(pointsPerNode).probes(probes);
    for (int i = 0; i < idsAndWeights.length; i += 2) {
      builder.add(
          new Host((String) idsAndWeights[i], "zone-a", "rack-0"),
          ((Number) idsAndWeights[i + 1]).doubleValue());
    }
    return builder.build();
  }

  /** Four in each zone but the last, two in a rack; the racks of all zones have the same names. */
  private static HashRing<Host> hosts(int count) {
    var builder = HashRing.builder(Host::id).pointsPerNode(3);
    for (int i = 0; i < count; i++) {
      builder.add(new Host("host-" + i, "zone-" + "abc".charAt(i / 4), "rack-" + i / 2 % 2));
    }
    return builder.build();
  }

  private static Replication<Host> replication(int copies, int levels) {
    Replication<Host> replication = Replication.of(copies);
    replication = levels > 0 ? replication.across(Host::zone) : replication;
    return levels > 1 ? replication.across(Host::rack) : replication;
  }

  @Test
  void kit_isWhatTheLibrarySays() throws Exception {
    String kit = object(
            "\n",
            "kit",
            text("hashring placement v1"),
            "hashes",
            array("\n", hashes()),
            "points",
            array("\n", points()),
            "rings",
            array("\n", rings.keySet().stream().map(this::ring).toList()),
            "diffs",
            array("\n", diffs()))
        + "\n";
    if (Boolean.getBoolean("hashring.update")) {
      Files.writeString(KIT, kit);
    }
    assertThat(Files.readString(KIT, UTF_8)).isEqualTo(kit);
  }

  private static List<String> hashes() {
    List<String> hashes = new ArrayList<>();
    KEYS.forEach(key -> hashes.add(hash(key, 1)));
    // lengths at which XXH3 goes other ways
    for (int times : new int[] {2, 3, 4, 8, 9, 16, 17, 32, 33, 128, 129, 240, 241, 1024, 1025}) {
      hashes.add(hash("x", times));
    }
    hashes.add(hash("鍵🔑", 300));
    return hashes;
  }

  private static String hash(String text, int times) {
    long hash = HashFunctions.xxh3_64().hash(text.repeat(times));
    return object("", "text", text(text), "times", "" + times, "hash", hex(hash));
  }

  private static List<String> points() {
    List<String> points = new ArrayList<>();
    for (String id : List.of("cache-a", "café", "節点-1", "node-🚀", "a", "0123456789abcdefg")) {
      points.add(points(id, 1, 4));
    }
    for (double weight : new double[] {0, 5e-324, 0.05, 0.15, 0.25, 0.35, 0.45, 1.0 / 3, 2}) {
      points.add(points("node-1", weight, 10));
    }
    return points;
  }

  private static String points(String id, double weight, int pointsPerNode) {
    long[] points = weight == 0
        ? new long[0]
        : Placements.v1(HashFunctions.xxh3_64(), pointsPerNode).points(id, weight);
    return object(
        "",
        "id",
        text(id),
        "weight",
        RingText.decimal(weight),
        "pointsPerNode",
        "" + pointsPerNode,
        "points",
        array("", Arrays.stream(points).mapToObj(ConformanceKitTest::hex).toList()));
  }

  private String ring(String name) {
    HashRing<Host> ring = rings.get(name);
    List<String> members = new ArrayList<>();
    for (Host host : ring.nodes()) {
      members.add(object(
          "",
          "id",
          text(host.id),
          "weight",
          RingText.decimal(ring.weight(host)),
          "domains",
          array("", List.of(text(host.zone), text(host.rack)))));
    }
    List<String> owners = new ArrayList<>();
    if (ring.points().size() < 100) {
      ring.points()
          .forEach((point, host) -> owners.add(array("", List.of(hex(point), text(host.id)))));
    }
    long pointsPerNode = ring.placement().pointCount("any", 1);
    return object(
        "\n ",
        "name",
        text(name),
        "pointsPerNode",
        "" + pointsPerNode,
        "probes",
        "" + ring.probes(),
        "checksum",
        hex(ring.checksum()),
        "positions",
        "" + ring.points().size(),
        "members",
        array("\n  ", members),
        "owners",
        array("\n  ", owners),
        "lists",
        array("\n  ", KEYS.stream().map(key -> list(ring, key)).toList()));
  }

  /** All nodes for a key; without domains, over zones, and over racks within zones. */
  private static String list(HashRing<Host> ring, String key) {
    List<String> lists = new ArrayList<>();
    for (int levels = 0; levels <= (ring.contains("host-0") ? 2 : 0); levels++) {
      lists.add(ids(ring.preferenceList(key).first(replication(99, levels))));
    }
    return object("", "key", text(key), "byLevels", array("", lists));
  }

  private static String ids(Collection<Host> hosts) {
    return array("", hosts.stream().map(host -> text(host.id)).toList());
  }

  private List<String> diffs() {
    List<String> diffs = new ArrayList<>();
    diffs.add(diff("empty", "default", 1, 0));
    diffs.add(diff("page", "page", 1, 0));
    diffs.add(diff("collisions", "collisions, one left", 1, 0));
    for (int copies = 1; copies <= 3; copies++) {
      for (int levels = 0; levels <= 2; levels++) {
        diffs.add(diff("hosts", "hosts, one more", copies, levels));
      }
    }
    diffs.add(diff("hosts, one more", "hosts, two less", 3, 1));
    diffs.add(diff("hosts, two less", "hosts", 2, 2));
    diffs.add(diff("hosts", "host alone", 3, 0));
    diffs.add(diff("host alone", "hosts", 3, 1));
    return diffs;
  }

  private String diff(String before, String after, int copies, int levels) {
    List<String> moves = new ArrayList<>();
    for (var move :
        rings.get(before).diff(rings.get(after), replication(copies, levels)).moves()) {
      moves.add(array(
          "",
          List.of(
              hex(move.range().from()),
              hex(move.range().to()),
              move.from() == null ? "null" : text(move.from().id),
              move.to() == null ? "null" : text(move.to().id))));
    }
    moves.sort(null);
    return object(
        "\n ",
        "before",
        text(before),
        "after",
        text(after),
        "copies",
        "" + copies,
        "levels",
        "" + levels,
        "moves",
        array("\n  ", moves));
  }

  private static String object(String lineBreak, String... namesAndValues) {
    return IntStream.range(0, namesAndValues.length / 2)
        .mapToObj(i -> text(namesAndValues[2 * i]) + ": " + namesAndValues[2 * i + 1])
        .collect(joining(separator(lineBreak), "{" + lineBreak, "}"));
  }

  private static String array(String lineBreak, List<String> values) {
    return values.stream().collect(joining(separator(lineBreak), "[" + lineBreak, "]"));
  }

  private static String separator(String lineBreak) {
    return lineBreak.isEmpty() ? ", " : "," + lineBreak;
  }

  private static String text(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.chars().forEach(c -> {
      if (c < ' ') {
        quoted.append("\\u%04x".formatted(c));
      } else {
        quoted.append(c == '"' || c == '\\' ? "\\" : "").append((char) c);
      }
    });
    return quoted.append('"').toString();
  }

  private static String hex(long value) {
    return "\"%016x\"".formatted(value);
  }
}
