package io.hashring.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.Maps;
import io.hashring.Depth;
import io.hashring.HashRing;
import io.hashring.RingModel;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Search;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.AbstractMap;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What every placement of another system does beyond agreeing with it, and what it refuses. */
final class InteropPlacementsTest {

  /** Few values, so that points meet. */
  private static final HashFunction CROWDED =
      input -> InteropFunctions.crc32().hash(input) & 0x3FL << 58;

  /** A placement, what its ids look like, its largest weight, and whether its counts are local. */
  private record Profile(
      Supplier<Placement> made, IntFunction<String> id, int maxWeight, boolean isLocal) {
    Placement placement() {
      return made.get();
    }

    @Override
    public String toString() {
      return placement().toString();
    }
  }

  private static final IntFunction<String> ADDRESS = i -> "10.0.0." + i + ":" + (8000 + i);
  private static final IntFunction<String> NUMBER = i -> "" + (1 + i % 4 + (i / 4 << 20));
  private static final int NODES = 12;

  private static final Map<String, List<Long>> TOKENS = IntStream.range(0, NODES)
      .boxed()
      .collect(Collectors.toMap(
          ADDRESS::apply, i -> List.of(i * 1_000_003L, i * 77L + 5, 0xFFFF_0000L + i)));

  static final List<Profile> PROFILES = List.of(
      global(MemcachedPlacements::libketama, 9),
      global(MemcachedPlacements::libmemcachedWeighted, 9),
      local(
          () -> MemcachedPlacements.libmemcachedKetama(InteropFunctions.oneAtATime_c()), 1, false),
      global(() -> MemcachedPlacements.libmemcachedKetama(CROWDED), 2),
      global(() -> MemcachedPlacements.twemproxy(InteropFunctions.fnv1a_64_c()), 9),
      local(MemcachedPlacements::spymemcached, 1, true),
      local(() -> MemcachedPlacements.spymemcached(CROWDED), 1, true),
      global(() -> MemcachedPlacements.spymemcachedWeighted(InteropFunctions.ketama()), 9),
      local(() -> MemcachedPlacements.xmemcached(InteropFunctions.ketama()), 4, true),
      local(() -> MemcachedPlacements.xmemcached(CROWDED), 4, true),
      local(ProxyPlacements::nginx, 5, true),
      local(() -> MemcachedPlacements.cacheMemcachedFast(150), 5, true),
      haproxy(ProxyPlacements::haproxy, NUMBER),
      haproxy(() -> ProxyPlacements.haproxy(InteropFunctions.wt6()), NUMBER),
      haproxy(() -> ProxyPlacements.haproxy3_0(InteropFunctions.djb2()), NUMBER),
      haproxy(() -> ProxyPlacements.haproxyId32(InteropFunctions.sdbm()), NUMBER),
      haproxy(() -> ProxyPlacements.haproxyAddress(InteropFunctions.crc32()), ADDRESS),
      haproxy(
          () -> ProxyPlacements.haproxyAddress(InteropFunctions.crc32()),
          i -> "10.0.0.7:" + (80 + i)),
      haproxy(() -> ProxyPlacements.haproxyAddressAndPort(InteropFunctions.crc32()), ADDRESS),
      haproxy(
          () -> ProxyPlacements.haproxyAddressAndPort(InteropFunctions.crc32()),
          i -> "[2001:db8::" + i + "]:80"),
      haproxy(() -> ProxyPlacements.haproxyGuid(InteropFunctions.crc32()), ADDRESS),
      global(ProxyPlacements::envoy, 9),
      global(() -> ProxyPlacements.envoy(InteropFunctions.murmur2_64(0xc70f6907L), 10, 20), 9),
      global(ProxyPlacements::grpcGo, 9),
      global(() -> ProxyPlacements.grpcGo(7, 8), 9),
      local(StorePlacements::thanosReceive, 1, true),
      local(() -> LibraryPlacements.groupcache(InteropFunctions.crc32(), 50), 1, true),
      local(() -> LibraryPlacements.groupcache(CROWDED, 50), 1, true),
      local(() -> LibraryPlacements.stathat(InteropFunctions.fnv1a_32(), 20), 1, true),
      local(() -> LibraryPlacements.lafikl(InteropFunctions.xxh64()), 1, true),
      local(LibraryPlacements::serialx, 20, true),
      global(LibraryPlacements::serialx2019, 9),
      global(() -> LibraryPlacements.uhashringKetama(40, 4), 9),
      local(() -> LibraryPlacements.uhashring(160), 3, true),
      global(LibraryPlacements::npmHashring, 9),
      local(() -> LibraryPlacements.npmConsistentHashing(InteropFunctions.md5(), 160), 1, true),
      local(LibraryPlacements::jedisSharded, 3, true),
      local(() -> LibraryPlacements.jedisSharded(CROWDED, CROWDED), 3, true),
      local(() -> Placements.tokens(HashFunctions.xxh3_64(), TOKENS), 1, true),
      local(() -> StorePlacements.cassandra(TOKENS), 1, true),
      local(() -> StorePlacements.dskit(TOKENS), 1, true),
      local(() -> Placements.slots(InteropFunctions.md5(), 512, 9, Ties.LAST_ADDED), 3, true));

  private static Profile local(Supplier<Placement> made, int maxWeight, boolean isLocal) {
    return new Profile(made, ADDRESS, maxWeight, isLocal);
  }

  private static Profile global(Supplier<Placement> made, int maxWeight) {
    return new Profile(made, ADDRESS, maxWeight, false);
  }

  private static Profile haproxy(Supplier<Placement> made, IntFunction<String> id) {
    return new Profile(made, id, 256, true);
  }

  private static double weight(Profile profile, Random random) {
    return random.nextInt(5) == 0 ? 0 : 1 + random.nextInt(profile.maxWeight());
  }

  private static Map<String, Double> weights(Profile profile, int nodes, Random random) {
    List<Integer> order = IntStream.range(0, NODES).boxed().collect(Collectors.toList());
    Collections.shuffle(order, random);
    Map<String, Double> weights = new LinkedHashMap<>();
    order
        .subList(0, nodes)
        .forEach(i -> weights.put(profile.id().apply(i), weight(profile, random)));
    return weights;
  }

  private static HashRing<String> ring(Profile profile, Map<String, Double> weights) {
    return RandomMembers.ring(profile.placement(), weights);
  }

  private static Map<String, Double> positive(Map<String, Double> weights) {
    return Maps.filterValues(weights, weight -> weight > 0);
  }

  /** Owners, lists and predicates at all points and about them, after random changes. */
  @ParameterizedTest
  @FieldSource("PROFILES")
  void ring_randomHistory_isThatBuiltAnewAndTheModel(Profile profile) {
    Random random = new Random(3);
    Map<String, Double> weights = weights(profile, 5, random);
    HashRing<String> ring = ring(profile, weights);
    for (int step = 0; step < Depth.of(15); step++) {
      String id = profile.id().apply(random.nextInt(NODES));
      if (random.nextInt(3) == 0 && weights.remove(id) != null) {
        ring = ring.without(id);
      } else {
        double weight = weight(profile, random);
        weights.put(id, weight); // keeps the place of a member in the order
        ring = ring.with(id, weight);
      }
      HashRing<String> anew = ring(profile, weights);
      assertThat(ring).isEqualTo(anew).hasSameHashCodeAs(anew);
      assertThat(ring.checksum()).isEqualTo(anew.checksum());
      assertThatRingIsTheModel(ring, new PlacementModel(profile.placement(), weights), random);
    }
  }

  private static void assertThatRingIsTheModel(
      HashRing<String> ring, PlacementModel model, Random random) {
    assertThat(ring.points()).isEqualTo(Maps.transformValues(model.claims(), ids -> ids.get(0)));
    if (ring.points().isEmpty()) {
      return;
    }
    for (long probe : RingModel.probes(ring.points().keySet(), ring.placement().maxPosition())) {
      String owner = model.locateAt(probe);
      if (!ring.locateAt(probe).equals(owner)) { // an assertion of each takes longer than all else
        assertThat(ring.locateAt(probe)).as("owner of %016x", probe).isEqualTo(owner);
      }
    }
    Set<String> holders =
        Set.copyOf(model.claims().values().stream().flatMap(List::stream).toList());
    for (String key : RandomMembers.keys(random).subList(0, 20)) {
      List<String> list = ring.preferenceList(key).first(NODES);
      assertThat(list).startsWith(ring.locate(key)).containsExactlyInAnyOrderElementsOf(holders);
      assertThat(ring.preferenceList(key)
              .where(id -> id.equals(list.get(list.size() - 1)))
              .first())
          .contains(list.get(list.size() - 1));
      if (model.search() == Search.CLOCKWISE) {
        assertThat(list).isEqualTo(model.clockwise(key));
      }
    }
  }

  private static Stream<Profile> monotoneProfiles() {
    return PROFILES.stream()
        .filter(Profile::isLocal)
        .filter(profile -> profile.placement().ties() != Ties.BY_POSITION);
  }

  /**
   * Law 2, where counts are local and a newcomer at a position does not stir its other claimants.
   */
  @ParameterizedTest
  @MethodSource("monotoneProfiles")
  void with_localCounts_movesKeysToTheNewNodeOnly(Profile profile) {
    Random random = new Random(4);
    for (int i = 0; i < 5; i++) {
      Map<String, Double> weights = weights(profile, NODES, random);
      String last = profile.id().apply(random.nextInt(NODES));
      weights.put(last, (double) profile.maxWeight());
      HashRing<String> with = ring(profile, weights);
      HashRing<String> without = with.without(last);
      if (without.points().isEmpty()) {
        continue;
      }
      for (long probe :
          RingModel.probes(with.points().keySet(), with.placement().maxPosition())) {
        String owner = with.locateAt(probe);
        if (!owner.equals(last) && !owner.equals(without.locateAt(probe))) {
          assertThat(owner).isIn(last, without.locateAt(probe));
        }
      }
    }
  }

  /** Law 3, and what takes its place where it does not hold. */
  @ParameterizedTest
  @FieldSource("PROFILES")
  void forMembers_equalCounts_areEqualPoints(Profile profile) {
    Random random = new Random(5);
    Placement placement = profile.placement();
    Map<List<Object>, long[]> points = new HashMap<>();
    for (int i = 0; i < 40; i++) {
      Map<String, Double> weights = positive(weights(profile, 1 + random.nextInt(NODES), random));
      Placement ofMembers = placement.forMembers(weights);
      if (profile.isLocal()) {
        assertThat(ofMembers).isSameAs(placement);
      }
      assertThat(ofMembers).isEqualTo(profile.placement().forMembers(weights));
      weights.forEach((id, weight) -> {
        long[] claimed = ofMembers.points(id, weight);
        assertThat(claimed.length).isEqualTo((int) ofMembers.pointCount(id, weight));
        long[] before = points.putIfAbsent(List.of(id, claimed.length), claimed);
        assertThat(claimed).isEqualTo(before == null ? claimed : before);
        assertThat(placement.points(id, weight)).hasSize((int) placement.pointCount(id, weight));
      });
    }
  }

  @ParameterizedTest
  @FieldSource("PROFILES")
  void equals_equalArguments_isTrue(Profile profile) {
    assertThat(profile.placement())
        .isEqualTo(profile.placement())
        .hasSameHashCodeAs(profile.placement())
        .doesNotHaveToString("")
        .isNotEqualTo(Placements.v1(InteropFunctions.md5(), 3));
    assertThat(PROFILES.stream().filter(other -> other.placement().equals(profile.placement())))
        .allMatch(other -> other.toString().equals(profile.toString()));
  }

  @Test
  void probes_otherTies_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            HashRing.builder().placement(ProxyPlacements.nginx()).probes(2).build())
        .withMessageStartingWith("probes must be 1");
    assertThat(HashRing.builder()
            .placement(ProxyPlacements.envoy())
            .probes(2)
            .add("a")
            .build()
            .locate("k"))
        .isEqualTo("a");
  }

  /** Numbers of equal nodes that hold less than 160 points each, because systems round. */
  @ParameterizedTest
  @CsvSource({
    "libmemcached, 25;47;50;55;61;71;94;100;107;109;110;115;122",
    "libketama, 61;122",
    "npm, 7;14;28;49;56;98;103;112"
  })
  void pointCount_equalWeights_isRoundedAsTheSystemDoes(String system, String fewer) {
    Placement placement = switch (system) {
      case "libmemcached" -> MemcachedPlacements.libmemcachedWeighted();
      case "libketama" -> MemcachedPlacements.libketama();
      default -> LibraryPlacements.npmHashring();
    };
    List<Integer> less = IntStream.rangeClosed(1, 122)
        .filter(n -> {
          Map<String, Double> equal =
              IntStream.range(0, n).boxed().collect(Collectors.toMap(i -> "n" + i, i -> 1.0));
          return placement.forMembers(equal).pointCount("n0", 1) == 156;
        })
        .boxed()
        .toList();
    assertThat(less)
        .containsExactlyElementsOf(
            Arrays.stream(fewer.split(";")).map(Integer::valueOf).toList());
  }

  /**
   * Where weights are far apart these systems leave nodes without a point, as no other ring would.
   */
  @Test
  void pointCount_smallShare_isNone() {
    HashRing<String> ring = HashRing.builder()
        .placement(MemcachedPlacements.libmemcachedWeighted())
        .add("a", 1)
        .add("b", 1000)
        .build();

    assertThat(ring.points().values()).containsOnly("b");
    assertThat(ring.preferenceList("key").first(2)).containsExactly("b");
    assertThat(ring.without("b").locate("key")).isEqualTo("a");
  }

  /** A change of weight that switches libmemcached to other points moves to as many of them. */
  @Test
  void libmemcachedKetama_asManyPointsOfTheOtherKind_areTaken() {
    Placement placement = MemcachedPlacements.libmemcachedKetama(InteropFunctions.ketama());
    // 4 · floor(40 · 2 · 5 / 16) = 100, the number of points where weights are equal
    HashRing<String> ring =
        HashRing.builder().placement(placement).add("a", 1).add("b", 1).build();
    HashRing<String> weighted = ring.with("a", 5).with("b", 11);

    assertThat(weighted.points().values()).filteredOn("a"::equals).hasSize(100);
    assertThat(weighted)
        .isEqualTo(
            HashRing.builder().placement(placement).add("a", 5).add("b", 11).build());
    assertThat(weighted.points())
        .isEqualTo(HashRing.builder()
            .placement(MemcachedPlacements.libmemcachedWeighted())
            .add("a", 5)
            .add("b", 11)
            .build()
            .points());
    assertThat(ring.points().values()).filteredOn("a"::equals).hasSize(100);
  }

  /** Each has 1.5 points due; what is missing to a whole goes to the first. */
  @Test
  void ringHash_fractions_goOverInTheOrderOfEachSystem() {
    Map<String, Double> weights = new LinkedHashMap<>();
    weights.put("b", 1.0);
    weights.put("a", 1.0);
    Placement envoy = ProxyPlacements.envoy(InteropFunctions.xxh64(), 3, 3).forMembers(weights);
    Placement grpc = ProxyPlacements.grpcGo(3, 3).forMembers(weights);

    assertThat(envoy.pointCount("b", 1)).isEqualTo(2);
    assertThat(envoy.pointCount("a", 1)).isEqualTo(1);
    assertThat(grpc.pointCount("b", 1)).isEqualTo(1);
    assertThat(grpc.pointCount("a", 1)).isEqualTo(2);
  }

  @Test
  void thanosReceive_points_areCountedFromOne() {
    long[] points = StorePlacements.thanosReceive().points("a:80", 1);

    assertThat(points).hasSize(1000).startsWith(InteropFunctions.xxh64().hash("a:80:1"));
    assertThat(points).endsWith(InteropFunctions.xxh64().hash("a:80:1000"));
  }

  @Test
  void tokens_given_areThePoints() {
    HashRing<String> ring = HashRing.builder()
        .placement(StorePlacements.cassandra(Map.of("a", List.of(-5L, 7L), "b", List.of(0L))))
        .add("a")
        .add("b")
        .build();

    assertThat(ring.locateAt(-5)).isEqualTo("a");
    assertThat(ring.locateAt(-4)).isEqualTo("b");
    assertThat(ring.locateAt(8)).isEqualTo("a");
    assertThat(ring.points()).containsOnlyKeys(-5L, 7L, 0L);
  }

  /** A key on a token belongs to the next one. */
  @Test
  void dskit_keyOnAToken_belongsToTheNext() {
    long token = InteropFunctions.fnv1_32().hash("key") >>> 32;
    HashRing<String> ring = HashRing.builder()
        .placement(StorePlacements.dskit(Map.of("a", List.of(token), "b", List.of(token + 1))))
        .add("a")
        .add("b")
        .build();

    assertThat(ring.locate("key")).isEqualTo("b");
  }

  private static Arguments refused(String message, ThrowingCallable call) {
    return Arguments.of(message, call);
  }

  private static ThrowingCallable ring(Placement placement, String id, double weight) {
    return () -> HashRing.builder().placement(placement).add(id, weight).build();
  }

  private static Stream<Arguments> refused() {
    Map<String, Double> crowd = new AbstractMap<>() {
      @Override
      public Set<Entry<String, Double>> entrySet() {
        throw new AssertionError("not to be walked");
      }

      @Override
      public int size() {
        return (1 << 20) + 1;
      }
    };
    String whole = "weight must be a whole number from 1 to ";
    return Stream.of(
        refused(whole + "256 for this placement: 257.0", ring(ProxyPlacements.haproxy(), "1", 257)),
        refused(whole + "256 for this placement: 1.5", ring(ProxyPlacements.haproxy(), "1", 1.5)),
        refused(
            whole + "2147483647 for this placement: 0.5", ring(ProxyPlacements.nginx(), "a", 0.5)),
        refused(
            whole + "2147483647 for this placement: 1.0E10",
            ring(ProxyPlacements.nginx(), "a", 1e10)),
        refused(
            whole + "2147483647 for this placement: 2.5",
            ring(MemcachedPlacements.libmemcachedWeighted(), "a", 2.5)),
        refused(
            whole + "2147483647 for this placement: 2.5", ring(ProxyPlacements.envoy(), "a", 2.5)),
        refused(
            "weight must be 1, as this placement knows no others: 2.0",
            ring(MemcachedPlacements.spymemcached(), "a", 2)),
        refused(
            "weight must be 1, as this placement knows no others: 2.0",
            ring(StorePlacements.cassandra(TOKENS), ADDRESS.apply(0), 2)),
        refused(
            "id must be the number of a server, from 1 to 2147483647, in decimal: s1",
            ring(ProxyPlacements.haproxy(), "s1", 1)),
        refused(
            "id must be the number of a server, from 1 to 2147483647, in decimal: 01",
            ring(ProxyPlacements.haproxy(), "01", 1)),
        refused(
            "id must be the number of a server, from 1 to 2147483647, in decimal: 0",
            ring(ProxyPlacements.haproxyId32(InteropFunctions.sdbm()), "0", 1)),
        refused(
            "id must be the number of a server, from 1 to 2147483647, in decimal: 2147483648",
            ring(ProxyPlacements.haproxy3_0(InteropFunctions.sdbm()), "2147483648", 1)),
        refused(
            "id must be the IP address of a server: example.com",
            ring(ProxyPlacements.haproxyAddress(InteropFunctions.sdbm()), "example.com", 1)),
        refused(
            "id must be the IP address of a server: [::1",
            ring(ProxyPlacements.haproxyAddress(InteropFunctions.sdbm()), "[::1", 1)),
        refused(
            "id must be the IP address and the port of a server: 10.0.0.1",
            ring(ProxyPlacements.haproxyAddressAndPort(InteropFunctions.sdbm()), "10.0.0.1", 1)),
        refused(
            "id must be unique among the nodes: 1",
            () ->
                HashRing.builder().placement(ProxyPlacements.haproxy()).add("1").add("1")),
        refused(
            "servers must not exceed 1048576, the number of distinct keys: 1048577",
            () -> ProxyPlacements.haproxy().forMembers(crowd)),
        refused(
            "id must not be longer than 21 bytes for this placement: 22 in cache-1.example.com:80",
            ring(MemcachedPlacements.libketama(), "cache-1.example.com:80", 1)),
        refused(
            "id must not be longer than 21 bytes for this placement: 22 in " + "é".repeat(11),
            ring(MemcachedPlacements.libketama(), "é".repeat(11), 1)),
        refused(
            "id must not be longer than 261 bytes for this placement: 262 in " + "x".repeat(262),
            ring(MemcachedPlacements.twemproxy(InteropFunctions.ketama()), "x".repeat(262), 1)),
        refused(
            "token must be given once: 5, of a and of a",
            () -> StorePlacements.cassandra(Map.of("a", List.of(5L, 5L)))),
        refused(
            "token must be given once: 5, of a and of b",
            () -> StorePlacements.cassandra(
                new TreeMap<>(Map.of("a", List.of(5L), "b", List.of(5L))))),
        refused(
            "token must be given once: 7, of a and of b",
            () -> StorePlacements.dskit(new TreeMap<>(Map.of("a", List.of(7L), "b", List.of(7L))))),
        refused(
            "digest must be md5, sha1, sha256 or a function of Guava: xxh3_64",
            () -> LibraryPlacements.npmHashring(HashFunctions.xxh3_64(), 40, 4, Map.of())),
        refused(
            "digest must be md5, sha1, sha256 or a function of Guava: crc32",
            () -> InteropFunctions.first32Bits(InteropFunctions.crc32())),
        refused("host must not be empty", () -> NodeNames.libmemcached("", 11211)),
        refused(
            "port must be from 0 to 65535: 65536", () -> NodeNames.libmemcachedSpy("a", 65_536)),
        refused("port must be from 0 to 65535: -1", () -> NodeNames.libmemcached("a", -1)),
        refused(
            "defaultPort must be from 0 to 65535: -2", () -> NodeNames.npmHashring("a", 80, -2)),
        refused(
            "address must be resolved: example.com/<unresolved>:80",
            () -> NodeNames.hostAndPort(InetSocketAddress.createUnresolved("example.com", 80))),
        refused(
            "address must be resolved: example.com/<unresolved>:80",
            () -> NodeNames.xmemcachedNginx(InetSocketAddress.createUnresolved("example.com", 80))),
        refused(
            "id must be the guid of a server, 1 to 127 of the characters A-Z a-z 0-9 . : - _: a b",
            ring(ProxyPlacements.haproxyGuid(InteropFunctions.sdbm()), "a b", 1)),
        refused(
            "tokens must not be empty: those of a",
            () -> Placements.tokens(InteropFunctions.md5(), Map.of("a", List.of()))),
        refused(
            "token must be from 0 to 4294967295: 4294967296",
            () -> StorePlacements.dskit(Map.of("a", List.of(1L << 32)))),
        refused(
            "token must be from 0 to 4294967295: -1",
            () -> StorePlacements.dskit(Map.of("a", List.of(-1L)))),
        refused(
            "id must be one that tokens are given for: b",
            ring(StorePlacements.cassandra(Map.of("a", List.of(5L))), "b", 1)),
        refused(
            "minRingSize must not exceed maxRingSize: 11 and 10",
            () -> ProxyPlacements.grpcGo(11, 10)),
        refused(
            "minRingSize must be at least 1: 0",
            () -> ProxyPlacements.envoy(InteropFunctions.xxh64(), 0, 10)),
        refused(
            "maxRingSize must not exceed 8388608: 8388609",
            () -> ProxyPlacements.grpcGo(1, 8_388_609)),
        refused(
            "weight must be a whole number from 1 to 2147483647 for this placement: 1.5",
            () -> LibraryPlacements.jedisSharded().points("a", 1.5)),
        refused("index must not be negative: -1", () -> NodeNames.jedisSharded(-1)),
        refused(
            "numberOfReplicas must be at least 1: 0",
            () -> LibraryPlacements.stathat(InteropFunctions.crc32(), 0)),
        refused(
            "replicas must be from 1 to 4, the words of md5: 5",
            () -> LibraryPlacements.npmHashring(InteropFunctions.md5(), 40, 5, Map.of())),
        refused(
            "replicas must be from 1 to 4, the words of md5: 0",
            () -> LibraryPlacements.uhashringKetama(40, 0)),
        refused("vnodes must be at least 1: 0", () -> LibraryPlacements.uhashring(0)),
        refused(
            "vnodes of a must be at least 1: -1",
            () -> LibraryPlacements.npmHashring(InteropFunctions.md5(), 40, 4, Map.of("a", -1))),
        refused(
            "ketamaPoints must be at least 1: 0", () -> MemcachedPlacements.cacheMemcachedFast(0)),
        refused(
            "ties must not be BY_POSITION for slots",
            () -> Placements.slots(InteropFunctions.md5(), 512, 9, Ties.BY_POSITION)),
        refused(
            "points of all nodes together must not exceed 268435456: 343597383520 with node a"
                + " (weight 2.147483647E9)",
            ring(ProxyPlacements.nginx(), "a", Integer.MAX_VALUE)),
        refused(
            "points of a node must not exceed 2147483639: 343597383520",
            () -> ProxyPlacements.nginx().points("a", Integer.MAX_VALUE)),
        refused(
            "open must be an ASCII character: é",
            () -> InteropFunctions.hashTag(InteropFunctions.md5(), 'é', '}')),
        refused(
            "close must be an ASCII character: é",
            () -> InteropFunctions.hashTag(InteropFunctions.md5(), '{', 'é')));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void badInput_anywhere_isRefused(String message, ThrowingCallable call) {
    assertThatIllegalArgumentException().isThrownBy(call).withMessage(message);
  }

  /** A change that cannot be leaves the ring as it was. */
  @Test
  void with_refused_leavesNoTrace() {
    HashRing<String> ring =
        HashRing.builder().placement(ProxyPlacements.haproxy()).add("1", 10).build();
    long checksum = ring.checksum();

    assertThatIllegalArgumentException().isThrownBy(() -> ring.with("2", 300));
    assertThatIllegalArgumentException().isThrownBy(() -> ring.with("two", 1));
    assertThat(ring.checksum()).isEqualTo(checksum);
    assertThat(ring.nodes()).containsExactly("1");
  }

  @Test
  void nodeNames_hostAndPort_areThoseOfTheSystems() throws Exception {
    InetAddress ip = InetAddress.getByAddress(new byte[] {10, 0, 0, 1});
    InetAddress named = InetAddress.getByAddress("cache", ip.getAddress());
    InetAddress six = InetAddress.getByName("2001:db8::1");

    assertThat(NodeNames.libmemcached("cache", 11211)).isEqualTo("cache");
    assertThat(NodeNames.libmemcached("cache", 11212)).isEqualTo("cache:11212");
    assertThat(NodeNames.libmemcachedSpy("cache", 11211)).isEqualTo("/cache:11211");
    assertThat(NodeNames.spymemcached(new InetSocketAddress(ip, 11211)))
        .isEqualTo("10.0.0.1:11211");
    assertThat(NodeNames.spymemcached(new InetSocketAddress(named, 11211)))
        .isEqualTo("cache/10.0.0.1:11211");
    assertThat(NodeNames.spymemcached(InetSocketAddress.createUnresolved("cache", 80)))
        .isEqualTo("cache/<unresolved>:80");
    assertThat(NodeNames.spymemcachedLibmemcached(new InetSocketAddress(named, 11211)))
        .isEqualTo("cache");
    assertThat(NodeNames.xmemcached(new InetSocketAddress(ip, 80))).isEqualTo("/10.0.0.1:80");
    assertThat(NodeNames.xmemcachedNginx(new InetSocketAddress(named, 80)))
        .isEqualTo("10.0.0.1:80");
    assertThat(NodeNames.xmemcachedNginx(new InetSocketAddress(named, 11211)))
        .isEqualTo("10.0.0.1");
    assertThat(NodeNames.xmemcachedGwhalin(new InetSocketAddress(named, 11211)))
        .isEqualTo("cache:11211");
    assertThat(NodeNames.jedisSharded(10)).isEqualTo("SHARD-10");
    assertThat(NodeNames.npmHashring("cache", 80, 80)).isEqualTo("cache");
    assertThat(NodeNames.npmHashring("cache", 81, 80)).isEqualTo("cache:81");
    assertThat(NodeNames.hostAndPort(new InetSocketAddress(named, 80))).isEqualTo("10.0.0.1:80");
    assertThat(NodeNames.hostAndPort(new InetSocketAddress(six, 80))).isEqualTo("[2001:db8::1]:80");
  }

  /**
   * The forms of a server's text, by where their points start: CRC-32 of host, 0, port, 0, 0, 0, 0.
   */
  @ParameterizedTest
  @CsvSource({
    "10.0.0.1:80, 10.0.0.1|80",
    "10.0.0.1, 10.0.0.1|",
    "[::1]:80, [::1]|80",
    "cache, cache|",
    "cache:, cache|",
    "cache:8a, cache:8a|",
    "80, 80|",
    "unix:/tmp/a:80, /tmp/a:80|",
    "UNIX:/tmp/a, /tmp/a|"
  })
  void nginx_serverText_isSplitAsNginxDoes(String server, String parts) {
    byte[] start = (parts.replace('|', '\0') + "\0\0\0\0").getBytes(UTF_8);
    assertThat(ProxyPlacements.nginx().points(server, 1)[0])
        .isEqualTo(InteropFunctions.crc32().hash(start));
  }
}
