package io.hashring.interop;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import com.google.common.primitives.Longs;
import io.hashring.GoldenFile;
import io.hashring.HashRing;
import io.hashring.hash.HashFunction;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bouncycastle.crypto.digests.Blake2bDigest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Nodes that other systems chose themselves, in two dozen files of a column per configuration; the
 * nodes of a column stand in a second file, in the order in which that system was told them. Every
 * cell must be what a ring chooses, and what the plain model of the placement does. Columns that no
 * ring can agree with are counted and named.
 */
final class InteropGoldenTest {

  /** A node of a configuration, and what was noted about how it was told to the other system. */
  private record Told(String node, double weight, String note) {

    /** The value of {@code name=value} in the note. */
    String noted(String name) {
      return find(name).orElseThrow(() -> new AssertionError(name + " in " + note));
    }

    Optional<String> find(String name) {
      Matcher matcher = Pattern.compile("\\b" + name + "=(\\S+)").matcher(note);
      return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    int number(String name) {
      return Integer.parseInt(noted(name));
    }

    String libmemcached() {
      HostAndPort parts = HostAndPort.fromString(node);
      return NodeNames.libmemcached(parts.getHost(), parts.getPort());
    }

    String libmemcachedSpy() {
      HostAndPort parts = HostAndPort.fromString(node);
      return NodeNames.libmemcachedSpy(parts.getHost(), parts.getPort());
    }

    /** Of {@code host/ip:port} or {@code ip:port}, without DNS. */
    InetSocketAddress address() {
      int slash = node.indexOf('/');
      HostAndPort parts = HostAndPort.fromString(node.substring(slash + 1));
      byte[] ip = InetAddresses.forString(parts.getHost()).getAddress();
      try {
        return new InetSocketAddress(
            slash < 0
                ? InetAddress.getByAddress(ip)
                : InetAddress.getByAddress(node.substring(0, slash), ip),
            parts.getPort());
      } catch (UnknownHostException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** What a ring must be told to agree with a column, or why there is no such ring. */
  private record Profile(
      Placement placement,
      Function<Told, String> id,
      ToDoubleFunction<Told> weight,
      String inexpressible) {

    static Profile of(Placement placement) {
      return new Profile(placement, Told::node, Told::weight, "");
    }

    static Profile not(String reason) {
      return new Profile(ProxyPlacements.nginx(), Told::node, Told::weight, reason);
    }

    Profile ids(Function<Told, String> id) {
      return new Profile(placement, id, weight, inexpressible);
    }

    /** For systems that were not told the weights. */
    Profile unweighted() {
      return new Profile(placement, id, told -> 1, inexpressible);
    }

    /** In the order of adding. */
    Map<String, Double> weights(List<Told> nodes) {
      List<Told> order = new ArrayList<>(nodes);
      if (nodes.get(0).note().contains("added in reverse index order")) {
        Collections.reverse(order);
      }
      Map<String, Double> weights = new LinkedHashMap<>();
      order.forEach(told -> weights.put(id.apply(told), weight.applyAsDouble(told)));
      assertThat(weights).hasSameSizeAs(nodes);
      return weights;
    }
  }

  private interface Profiles extends BiFunction<String, List<Told>, Profile> {}

  private static final Map<String, HashFunction> C_FUNCTIONS = Map.ofEntries(
      entry("default", InteropFunctions.oneAtATime_c()),
      entry("one_at_a_time", InteropFunctions.oneAtATime_c()),
      entry("md5", InteropFunctions.ketama()),
      entry("fnv1_32", InteropFunctions.fnv1_32_c()),
      entry("fnv1a_32", InteropFunctions.fnv1a_32_c()),
      entry("fnv1_64", InteropFunctions.fnv1_64_c()),
      entry("fnv1a_64", InteropFunctions.fnv1a_64_c()),
      entry("murmur", InteropFunctions.murmur_c()),
      entry("murmur3", InteropFunctions.murmur3_c()),
      entry("crc", InteropFunctions.crc32_15()),
      entry("crc32", InteropFunctions.crc32_15()),
      entry("crc32a", InteropFunctions.crc32()));

  private static final Map<String, HashFunction> JAVA_FUNCTIONS = Map.of(
      "KETAMA_HASH", InteropFunctions.ketama(),
      "NATIVE_HASH", InteropFunctions.stringHashCode(),
      "CRC_HASH", InteropFunctions.crc32_15(),
      "FNV1_32_HASH", InteropFunctions.fnv1_32_java(),
      "FNV1A_32_HASH", InteropFunctions.fnv1a_32_java(),
      "FNV1_64_HASH", InteropFunctions.fnv1_64_java(),
      "FNV1A_64_HASH", InteropFunctions.fnv1a_64_java());

  private static final Map<String, HashFunction> GO_FUNCTIONS = Map.of(
      "crc32", InteropFunctions.crc32(),
      "fnv1a_32", InteropFunctions.fnv1a_32(),
      "crc32>>17", input -> InteropFunctions.crc32().hash(input) >>> 49 << 32);

  private static final Map<String, HashFunction> HAPROXY_FUNCTIONS = Map.of(
      "sdbm", InteropFunctions.sdbm(),
      "djb2", InteropFunctions.djb2(),
      "wt6", InteropFunctions.wt6(),
      "crc32", InteropFunctions.crc32());

  private static final HashFunction HAPROXY_DEFAULT =
      InteropFunctions.avalanche(InteropFunctions.sdbm());

  private static final HashFunction BLAKE2B = InteropGoldenTest::blake2b;

  /** The files, how many columns each has, and what to tell a ring for a column. */
  private static Stream<Arguments> files() {
    return Stream.of(
        file("libketama", 8, (column, nodes) -> Profile.of(MemcachedPlacements.libketama())),
        file("libmemcached_ketama", 27, (column, nodes) -> libmemcached(column)),
        file("pylibmc", 12, (column, nodes) -> pylibmc(column)),
        file("twemproxy_ketama", 16, (column, nodes) -> twemproxy(nodes.get(0))),
        file("spymemcached", 19, (column, nodes) -> spymemcached(nodes.get(0))),
        file("xmemcached", 13, (column, nodes) -> xmemcached(nodes.get(0))),
        file("ketama_equal_points", 14, (column, nodes) -> ketamaEqualPoints(column)),
        file("nginx_hash_consistent", 6, (column, nodes) -> Profile.of(ProxyPlacements.nginx())),
        file("perl_cache_memcached_fast", 7, (column, nodes) -> cacheMemcachedFast(nodes.get(0))),
        file(
            "crc32_chain_equal_points",
            4,
            (column, nodes) -> column.startsWith("nginx")
                ? Profile.of(ProxyPlacements.nginx())
                : cacheMemcachedFast(nodes.get(0))),
        file("haproxy_chash", 23, (column, nodes) -> haproxy(column)),
        file("haproxy_equal_points", 1, (column, nodes) -> haproxy(column)),
        file("haproxy_3_4_hash_key", 8, (column, nodes) -> haproxyHashKey(nodes.get(0), false)),
        file(
            "haproxy_hash_key_addresses",
            6,
            (column, nodes) -> haproxyServer(nodes.get(0).noted("hash-key"))),
        file("haproxy_3_0_regression", 3, (column, nodes) -> haproxyHashKey(nodes.get(0), true)),
        file(
            "grpc_go_ringhash",
            10,
            (column, nodes) -> Profile.of(
                ProxyPlacements.grpcGo(nodes.get(0).number("min"), nodes.get(0).number("max")))),
        file(
            "grpc_java_ringhash",
            10,
            (column, nodes) ->
                Profile.not("keys behind the last point go to the last node, not to the first")),
        file("npm_hashring", 12, InteropGoldenTest::npmHashring),
        file("npm_consistent_hashing", 8, (column, nodes) -> npmConsistentHashing(nodes.get(0))),
        file("python_uhashring", 16, (column, nodes) -> uhashring(nodes.get(0))),
        file("go_serialx_hashring", 6, (column, nodes) -> Profile.of(LibraryPlacements.serialx())),
        file(
            "go_serialx_hashring_pre2019",
            6,
            (column, nodes) -> Profile.of(LibraryPlacements.serialx2019())),
        file(
            "go_stathat_consistent",
            9,
            (column, nodes) -> Profile.of(LibraryPlacements.stathat(
                goFunction(nodes.get(0)), nodes.get(0).number("replicas")))),
        file(
            "go_groupcache",
            9,
            (column, nodes) -> Profile.of(LibraryPlacements.groupcache(
                goFunction(nodes.get(0)), nodes.get(0).number("replicas")))),
        file(
            "go_lafikl_consistent",
            6,
            (column, nodes) -> column.endsWith("GetLeast")
                ? Profile.not("GetLeast chooses by load")
                : Profile.of(LibraryPlacements.lafikl(BLAKE2B))),
        file("jedis_sharded", 29, InteropGoldenTest::jedisSharded),
        file("seed_md5mod512", 11, (column, nodes) -> Profile.of(seed(column))));
  }

  private static Arguments file(String name, int columns, Profiles profiles) {
    return Arguments.of(name, columns, profiles);
  }

  private static Profile libmemcached(String column) {
    if (column.startsWith("kw_")) {
      return Profile.of(MemcachedPlacements.libmemcachedWeighted()).ids(Told::libmemcached);
    }
    if (column.startsWith("spy_")) {
      return Profile.of(MemcachedPlacements.libmemcachedKetama(InteropFunctions.ketama()))
          .ids(Told::libmemcachedSpy);
    }
    if (column.endsWith("_latemd5")) {
      return Profile.of(MemcachedPlacements.libmemcachedKetama(
              InteropFunctions.oneAtATime_c(), InteropFunctions.ketama()))
          .ids(Told::libmemcached);
    }
    String hash = column.replaceFirst("k_[ew]?\\d*_?", "");
    return Profile.of(MemcachedPlacements.libmemcachedKetama(
            C_FUNCTIONS.getOrDefault(hash, InteropFunctions.oneAtATime_c())))
        .ids(Told::libmemcached);
  }

  private static Profile pylibmc(String column) {
    Placement placement = column.startsWith("ketamaweighted")
        ? MemcachedPlacements.libmemcachedWeighted()
        : MemcachedPlacements.libmemcachedKetama(
            column.contains("_md5_") ? InteropFunctions.ketama() : InteropFunctions.oneAtATime_c());
    return Profile.of(placement).ids(Told::libmemcached);
  }

  private static Profile twemproxy(Told told) {
    return Profile.of(MemcachedPlacements.twemproxy(C_FUNCTIONS.get(told.noted("hash"))))
        .ids(node -> node.find("label").orElseGet(node::libmemcached));
  }

  private static Profile spymemcached(Told told) {
    HashFunction hash = JAVA_FUNCTIONS.get(told.noted("hash"));
    String mode = told.noted("mode");
    Profile profile = mode.endsWith("w")
        ? Profile.of(MemcachedPlacements.spymemcachedWeighted(hash))
        : Profile.of(MemcachedPlacements.spymemcached(hash)).unweighted();
    return profile.ids(node -> {
      String name = mode.startsWith("spylib")
          ? NodeNames.spymemcachedLibmemcached(node.address())
          : NodeNames.spymemcached(node.address());
      assertThat(node == told ? name + "-0" : told.noted("label0")).isEqualTo(told.noted("label0"));
      return name;
    });
  }

  private static Profile xmemcached(Told told) {
    if (told.noted("mode").equals("xmemlib")) { // the same, but for equal points: it draws lots
      return Profile.of(MemcachedPlacements.libmemcachedKetama(InteropFunctions.oneAtATime()))
          .ids(node -> NodeNames.spymemcachedLibmemcached(node.address()));
    }
    return Profile.of(MemcachedPlacements.xmemcached(JAVA_FUNCTIONS.get(told.noted("hash"))))
        .ids(node -> switch (told.noted("mode")) {
          case "xmem" -> NodeNames.xmemcached(node.address());
          case "xmemcw" -> NodeNames.xmemcachedNginx(node.address());
          case "xmemgw" -> NodeNames.xmemcachedGwhalin(node.address());
          default -> throw new AssertionError(told);
        });
  }

  private static Profile ketamaEqualPoints(String column) {
    return Profile.of(
        switch (column.substring(0, column.lastIndexOf('_'))) {
          case "twemproxy" -> MemcachedPlacements.twemproxy(InteropFunctions.ketama());
          case "libmemcached" -> MemcachedPlacements.libmemcachedWeighted();
          case "libketama" -> MemcachedPlacements.libketama();
          case "spymemcached" -> MemcachedPlacements.spymemcached();
          case "xmemcached_cw" -> MemcachedPlacements.xmemcached(InteropFunctions.ketama());
          case "npm_hashring" -> LibraryPlacements.npmHashring();
          case "uhashring" -> LibraryPlacements.uhashringKetama(40, 4);
          default -> throw new AssertionError(column);
        });
  }

  private static Profile cacheMemcachedFast(Told told) {
    return Profile.of(MemcachedPlacements.cacheMemcachedFast(told.number("ketama_points")));
  }

  private static Profile haproxy(String column) {
    String[] parts = column.split("_");
    String name = parts.length == 1 ? "" : parts[1];
    HashFunction function = HAPROXY_FUNCTIONS.get(name.replace("A", ""));
    if (function != null) {
      function = name.endsWith("A") ? InteropFunctions.avalanche(function) : function;
      return Profile.of(ProxyPlacements.haproxy(function)).ids(node -> node.noted("id"));
    }
    assertThat(name).isIn("", "ids");
    return Profile.of(ProxyPlacements.haproxy()).ids(node -> node.noted("id"));
  }

  /** Servers that stand in the file as a ring has them. */
  private static Profile haproxyServer(String hashKey) {
    return Profile.of(
        switch (hashKey) {
          case "addr" -> ProxyPlacements.haproxyAddress(HAPROXY_DEFAULT);
          case "addr-port" -> ProxyPlacements.haproxyAddressAndPort(HAPROXY_DEFAULT);
          case "guid" -> ProxyPlacements.haproxyGuid(HAPROXY_DEFAULT);
          default -> throw new AssertionError(hashKey);
        });
  }

  private static Profile haproxyHashKey(Told told, boolean before2025) {
    HashFunction function = HAPROXY_DEFAULT;
    return switch (told.noted("hash-key")) {
      case "id(default)" ->
        Profile.of(
                before2025
                    ? ProxyPlacements.haproxy3_0(function)
                    : ProxyPlacements.haproxy(function))
            .ids(node -> node.noted("id"));
      case "id32" ->
        Profile.of(ProxyPlacements.haproxyId32(function)).ids(node -> node.noted("id"));
      case "addr" -> Profile.of(ProxyPlacements.haproxyAddress(function));
      case "addr-port" -> Profile.of(ProxyPlacements.haproxyAddressAndPort(function));
      case "guid" ->
        Profile.of(ProxyPlacements.haproxyGuid(function)).ids(node -> node.noted("guid"));
      default -> throw new AssertionError(told);
    };
  }

  private static Profile npmHashring(String column, List<Told> nodes) {
    Told told = nodes.get(0);
    Map<String, Integer> vnodes = nodes.stream()
        .filter(node -> node.find("vnodes").isPresent())
        .collect(Collectors.toMap(Told::node, node -> node.number("vnodes")));
    HashFunction digest =
        told.noted("alg").equals("md5") ? InteropFunctions.md5() : InteropFunctions.sha1();
    Profile profile = Profile.of(LibraryPlacements.npmHashring(
        digest, told.number("vnode"), told.number("replicas"), vnodes));
    return column.equals("defaultport")
        ? profile.ids(node -> {
          HostAndPort parts = HostAndPort.fromString(node.node());
          return NodeNames.npmHashring(parts.getHost(), parts.getPort(), 11211);
        })
        : profile;
  }

  private static Profile npmConsistentHashing(Told told) {
    return Profile.of(LibraryPlacements.npmConsistentHashing(
        told.noted("alg").equals("md5") ? InteropFunctions.md5() : InteropFunctions.sha1(),
        told.number("replicas")));
  }

  private static Profile uhashring(Told told) {
    return Profile.of(
        told.note().startsWith("meta")
            ? LibraryPlacements.uhashring(told.number("vnodes"))
            : LibraryPlacements.uhashringKetama(told.number("vnodes"), told.number("replicas")));
  }

  private static Profile jedisSharded(String column, List<Told> nodes) {
    boolean isTagged = nodes.get(0).find("tag").isPresent();
    HashFunction hash = nodes.get(0).noted("hash").equals("MD5")
        ? InteropFunctions.ketama()
        : InteropFunctions.murmur2_64(0x1234abcdL);
    return Profile.of(LibraryPlacements.jedisSharded(
            hash, isTagged ? InteropFunctions.jedisKeyTag(hash) : hash))
        .ids(told -> told.note().startsWith("named")
            ? told.node()
            : NodeNames.jedisSharded(nodes.indexOf(told)));
  }

  private static HashFunction goFunction(Told told) {
    HashFunction function = GO_FUNCTIONS.get(told.noted("hash"));
    assertThat(function).as(told.note()).isNotNull();
    return function;
  }

  private static Placement seed(String column) {
    Matcher settings = Pattern.compile(".*_s(\\d+)_r(\\d+)").matcher(column);
    return settings.matches()
        ? Placements.slots(
            InteropFunctions.md5(),
            Long.parseLong(settings.group(1)),
            Integer.parseInt(settings.group(2)),
            Ties.LAST_ADDED)
        : Placements.slots(InteropFunctions.md5(), 512, 9, Ties.LAST_ADDED);
  }

  private static long blake2b(byte[] input) {
    Blake2bDigest digest = new Blake2bDigest(512);
    digest.update(input, 0, input.length);
    byte[] output = new byte[digest.getDigestSize()];
    digest.doFinal(output, 0);
    return Long.reverseBytes(Longs.fromByteArray(output));
  }

  private static Map<String, List<Told>> nodes(String file) {
    Map<String, List<Told>> nodes = new LinkedHashMap<>();
    for (Map<String, String> row : GoldenFile.read(file + ".nodes.csv").rows()) {
      List<Told> ofColumn = nodes.computeIfAbsent(row.get("config"), column -> new ArrayList<>());
      assertThat(row).containsEntry("index", "" + ofColumn.size());
      ofColumn.add(
          new Told(row.get("node"), Double.parseDouble(row.get("weight")), row.get("note")));
    }
    return nodes;
  }

  private static HashRing<String> ring(Placement placement, Map<String, Double> weights) {
    HashRing.Builder<String> builder = HashRing.builder().placement(placement);
    weights.forEach(builder::add);
    return builder.build();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("files")
  void locate_everyRowAndColumn_isTheChoiceOfTheOtherSystem(
      String file, int columns, Profiles profiles) {
    GoldenFile golden = GoldenFile.read(file + ".csv");
    Map<String, List<Told>> nodes = nodes(file);
    assertThat(golden.columns().subList(1, golden.columns().size()))
        .hasSize(columns)
        .containsExactlyInAnyOrderElementsOf(nodes.keySet());
    int agreed = 0;
    Map<String, List<String>> inexpressible = new LinkedHashMap<>();
    for (var column : nodes.entrySet()) {
      Profile profile = profiles.apply(column.getKey(), column.getValue());
      if (!profile.inexpressible().isEmpty()) {
        inexpressible
            .computeIfAbsent(profile.inexpressible(), reason -> new ArrayList<>())
            .add(column.getKey());
        continue;
      }
      List<String> ids = column.getValue().stream().map(profile.id()).toList();
      Map<String, Double> weights = profile.weights(column.getValue());
      HashRing<String> ring = ring(profile.placement(), weights);
      PlacementModel model = new PlacementModel(profile.placement(), weights);
      for (Map<String, String> row : golden.rows()) {
        String key = row.get("key");
        String chosen = ids.get(Integer.parseInt(row.get(column.getKey())));
        assertThat(ring.locate(key)).as("%s in %s", key, column.getKey()).isEqualTo(chosen);
        assertThat(model.locate(key)).as("model of %s", column.getKey()).isEqualTo(chosen);
        agreed++;
      }
    }
    int left = inexpressible.values().stream().mapToInt(List::size).sum();
    assertThat(agreed).isEqualTo(golden.rows().size() * (columns - left));
    System.out.printf(
        "%s.csv: %d rows x %d columns: %d of %d choices agree%s%n",
        file,
        golden.rows().size(),
        columns - left,
        agreed,
        golden.rows().size() * (columns - left),
        left == 0 ? "" : "; left out, as no ring can say it: " + inexpressible);
  }

  @Test
  void preferenceList_everyRowAndColumn_isTheWalkOfTheOtherSystem() {
    Map<String, Profile> profiles = Map.of(
        "npm_hashring.range", Profile.of(LibraryPlacements.npmHashring()),
        "uhashring_ketama.range", Profile.of(LibraryPlacements.uhashringKetama(40, 4)),
        "uhashring_meta.range", Profile.of(LibraryPlacements.uhashring(160)),
        "stathat.GetN", Profile.of(LibraryPlacements.stathat(InteropFunctions.crc32(), 20)),
        "serialx.GetNodes", Profile.of(LibraryPlacements.serialx()));
    GoldenFile golden = GoldenFile.read("distinct_walk_3.csv");
    Map<String, List<Told>> nodes = nodes("distinct_walk_3");
    assertThat(golden.rows()).hasSize(2408);
    assertThat(nodes).containsOnlyKeys(profiles.keySet());
    nodes.forEach((column, told) -> {
      Profile profile = profiles.get(column);
      HashRing<String> ring = ring(profile.placement(), profile.weights(told));
      PlacementModel model = new PlacementModel(profile.placement(), profile.weights(told));
      for (Map<String, String> row : golden.rows()) {
        String key = row.get("key");
        List<String> walk = Arrays.stream(row.get(column).split("\\|"))
            .map(index -> told.get(Integer.parseInt(index)).node())
            .toList();
        assertThat(ring.preferenceList(key).first(3))
            .as("%s in %s", key, column)
            .isEqualTo(walk);
        assertThat(model.clockwise(key).subList(0, 3)).isEqualTo(walk);
      }
    });
    System.out.printf(
        "distinct_walk_3.csv: %d rows x %d columns: %d of %d lists agree%n",
        golden.rows().size(),
        nodes.size(),
        golden.rows().size() * nodes.size(),
        golden.rows().size() * nodes.size());
  }

  @Test
  void points_libketama_areAllThoseThatItPrints() {
    Map<String, List<Map<String, String>>> rows =
        GoldenFile.read("libketama_points.csv").rows().stream()
            .collect(Collectors.groupingBy(row -> row.get("config")));
    assertThat(rows).isNotEmpty();
    rows.forEach((config, points) -> {
      Profile profile = Profile.of(MemcachedPlacements.libketama());
      HashRing<String> ring =
          ring(profile.placement(), profile.weights(nodes("libketama").get(config)));
      Map<Long, String> printed = points.stream()
          .collect(Collectors.toMap(
              row -> Long.parseLong(row.get("point_u32")) << 32, row -> row.get("node")));
      assertThat(ring.points()).as(config).containsExactlyInAnyOrderEntriesOf(printed);
      System.out.printf("libketama_points.csv: %s: %d points agree%n", config, points.size());
    });
  }

  /** Envoy's own unit test: whole rings, choices, and how often a host is chosen. */
  @Test
  void envoy_everyNumberOfItsUnitTest_isThatOfTheRing() {
    GoldenFile golden = GoldenFile.read("envoy_ring_hash_unit_test.csv");
    assertThat(golden.rows()).hasSize(73);
    Map<HashRing<String>, Map<Long, String>> printed = new LinkedHashMap<>();
    for (Map<String, String> row : golden.rows()) {
      HashRing<String> ring = envoy(row);
      String expected = row.get("expected_host");
      long number = Long.parseUnsignedLong(row.get("point_or_request_hash"));
      switch (row.get("kind")) {
        case "ring" -> printed.computeIfAbsent(ring, r -> new TreeMap<>()).put(number, expected);
        case "choose" -> assertThat(ring.locateAt(number)).as("%s", row).isEqualTo(expected);
        case "histogram" -> assertThat(histogram(ring, number)).as("%s", row).isEqualTo(expected);
        default -> throw new AssertionError(row);
      }
    }
    printed.forEach(
        (ring, points) -> assertThat(ring.points()).containsExactlyInAnyOrderEntriesOf(points));
    System.out.printf(
        "envoy_ring_hash_unit_test.csv: %d of %d numbers agree, among them %d whole rings%n",
        golden.rows().size(), golden.rows().size(), printed.size());
  }

  private static HashRing<String> envoy(Map<String, String> row) {
    HashFunction function = row.get("hash_function").equals("XX_HASH")
        ? InteropFunctions.xxh64()
        : InteropFunctions.murmur2_64(0xc70f6907L);
    HashRing.Builder<String> builder = HashRing.builder()
        .placement(ProxyPlacements.envoy(
            function,
            Long.parseLong(row.get("min_ring_size")),
            Long.parseLong(row.get("max_ring_size"))));
    for (String host : row.get("hosts").split(";")) {
      builder.add(host.split("=")[0], Double.parseDouble(host.split("=")[1]));
    }
    return builder.build();
  }

  /** The hits of each host, in the order of their ids, by evenly spread hashes. */
  private static String histogram(HashRing<String> ring, long hashes) {
    Map<String, Long> hits = LongStream.range(0, hashes)
        .mapToObj(i -> ring.locateAt(i * Long.divideUnsigned(-1, hashes)))
        .collect(Collectors.groupingBy(host -> host, TreeMap::new, Collectors.counting()));
    return hits.values().stream().map(String::valueOf).collect(Collectors.joining(";"));
  }

  /**
   * What the Javadoc says of grpc-java: where shares are whole, it differs for keys behind the last
   * point alone, in signed order.
   */
  @ParameterizedTest
  @ValueSource(strings = {"e3", "w3", "e5", "w5", "e10", "w10", "e5_s1_9"})
  void grpcJava_differences_lieBehindTheLastPoint(String column) {
    List<Told> nodes = nodes("grpc_java_ringhash").get(column);
    HashRing.Builder<String> builder = HashRing.builder()
        .placement(ProxyPlacements.envoy(
            InteropFunctions.xxh64(), nodes.get(0).number("min"), nodes.get(0).number("max")));
    nodes.forEach(node -> builder.add("/" + node.node(), node.weight()));
    HashRing<String> ring = builder.build();
    long last = ring.points().headMap(Long.MIN_VALUE).lastKey();
    int differ = 0;
    int behind = 0;
    for (Map<String, String> row : GoldenFile.read("grpc_java_ringhash.csv").rows()) {
      long hash = InteropFunctions.xxh64().hash(row.get("key"));
      String chosen = "/" + nodes.get(Integer.parseInt(row.get(column))).node();
      boolean isBehind = hash > last;
      assertThat(chosen)
          .as("%s", row)
          .isEqualTo(isBehind ? ring.points().get(last) : ring.locateAt(hash));
      behind += isBehind ? 1 : 0;
      differ += chosen.equals(ring.locateAt(hash)) ? 0 : 1;
    }
    System.out.printf(
        "grpc_java_ringhash.csv: %s: %d keys behind the last point, %d differ%n",
        column, behind, differ);
  }
}
