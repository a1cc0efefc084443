package io.hashring;

import static io.hashring.TestHash.addressable;
import static io.hashring.hash.HashFunctions.murmur3_128;
import static io.hashring.hash.HashFunctions.xxh3_64;
import static io.hashring.interop.InteropFunctions.crc32;
import static io.hashring.interop.InteropFunctions.md5;
import static io.hashring.interop.InteropFunctions.sha256;

import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Search;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tuple;
import net.jqwik.api.domains.DomainContextBase;

/** Random placements, ids, weights and members, the awkward ones often. */
final class RingDomain extends DomainContextBase {

  static final List<Placement> PLACEMENTS = List.of(
      Placements.v1(xxh3_64(), 7),
      Placements.v1(addressable(xxh3_64()), 1),
      Placements.v1(addressable(xxh3_64()), 40),
      Placements.v1(murmur3_128(), 3),
      Placements.v1(crc32(), 5),
      Placements.v1(addressable(TestHash.FOUR_BITS), 5),
      Placements.v1(TestHash.FOUR_BITS, 3),
      Placements.v1(addressable(TestHash.CONSTANT), 5),
      Placements.v1(TestHash.CONSTANT, 2),
      new LabelPlacement(addressable(TestHash.FOUR_BITS), 3),
      new LabelPlacement(addressable(TestHash.CONSTANT), 2),
      new LabelPlacement(TestHash.ENDS, 1),
      new LabelPlacement(addressable(TestHash.ENDS), 2),
      new LabelPlacement(addressable(TestHash.CORNERS), 2),
      new LabelPlacement(addressable(TestHash.CROWDED), 9),
      new LabelPlacement(addressable(crc32()), 4),
      Placements.slots(md5(), 512, 9, Ties.SMALLEST_ID),
      Placements.slots(addressable(md5()), 512, 9, Ties.SMALLEST_ID),
      Placements.slots(md5(), 1, 2, Ties.SMALLEST_ID),
      Placements.slots(xxh3_64(), 2, 1, Ties.SMALLEST_ID),
      Placements.slots(sha256(), 7, 2, Ties.SMALLEST_ID),
      Placements.slots(crc32(), 7, 1, Ties.SMALLEST_ID));

  /** What a ring is a function of. */
  record Members(Placement placement, int probes, Map<String, Double> weights) {

    HashRing<String> empty() {
      return HashRing.builder().placement(placement).probes(probes).build();
    }

    HashRing<String> ring() {
      return ring(List.copyOf(weights.keySet()));
    }

    HashRing<String> ring(List<String> order) {
      var builder = empty().toBuilder();
      order.forEach(id -> builder.add(id, weights.get(id)));
      return builder.build();
    }

    List<String> shuffledIds(Random random) {
      List<String> ids = new ArrayList<>(weights.keySet());
      Collections.shuffle(ids, random);
      return ids;
    }

    List<String> holders() {
      return weights.keySet().stream().filter(id -> weights.get(id) > 0).toList();
    }
  }

  @Provide
  Arbitrary<Placement> placements() {
    return Arbitraries.of(PLACEMENTS);
  }

  /**
   * A placement of another search, other ties, or counts that depend on all members; asked by name.
   */
  Arbitrary<RuledPlacement> ruledPlacements() {
    Arbitrary<Ties> ties = Arbitraries.of(Ties.class);
    Arbitrary<Double> scales = Arbitraries.of(1.0, Double.NaN);
    Arbitrary<Placement> whole = placements().filter(placement -> placement.maxPosition() == -1L);
    return Arbitraries.oneOf(
        Combinators.combine(placements(), ties, scales)
            .as((base, t, scale) -> new RuledPlacement(base, Search.CLOCKWISE, t, scale)),
        Combinators.combine(whole, ties, scales)
            .as((base, t, scale) -> new RuledPlacement(base, Search.NEAREST, t, scale)));
  }

  /** Members under any rules; asked by name. */
  Arbitrary<Members> ruledMembers() {
    return Combinators.combine(members(), ruledPlacements())
        .as((members, placement) -> new Members(placement, 1, members.weights()));
  }

  @Provide
  Arbitrary<Double> weights() {
    return Arbitraries.frequencyOf(
        Tuple.of(3, Arbitraries.just(1.0)),
        Tuple.of(1, Arbitraries.just(0.0)),
        Tuple.of(1, Arbitraries.of(Double.MIN_VALUE, 1e-9, 0.5, 1.5, 2.0)),
        Tuple.of(2, Arbitraries.doubles().between(0, 3)),
        Tuple.of(1, Arbitraries.doubles().between(3, 12)));
  }

  @Provide
  Arbitrary<String> ids() {
    Arbitrary<Integer> letters = Arbitraries.of('a', 'b', '1', '-').map(c -> (int) c);
    Arbitrary<Integer> awkward = Arbitraries.of(
        0, 0x7F, 0x80, 0xE9, 0x301, 0x7FF, 0x800, 0x7BC0, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000,
        0x1D11E, 0x1F680, 0x10FFFF);
    Arbitrary<Integer> any = Arbitraries.integers()
        .between(0, Character.MAX_CODE_POINT)
        .filter(c -> !(Character.MIN_SURROGATE <= c && c <= Character.MAX_SURROGATE));
    return Arbitraries.frequencyOf(Tuple.of(4, letters), Tuple.of(3, awkward), Tuple.of(1, any))
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .map(points -> points.stream()
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString());
  }

  @Provide
  Arbitrary<Members> members() {
    Arbitrary<List<String>> someIds = ids()
        .list()
        .uniqueElements()
        .ofMaxSize(8)
        .withSizeDistribution(RandomDistribution.uniform());
    Arbitrary<List<Double>> eightWeights = weights().list().ofSize(8);
    Arbitrary<Integer> probes =
        Arbitraries.frequency(Tuple.of(3, 1), Tuple.of(1, 2), Tuple.of(1, 5));
    return Combinators.combine(placements(), probes, someIds, eightWeights)
        .as((placement, k, ids, weights) -> {
          Map<String, Double> byId = new LinkedHashMap<>();
          for (int i = 0; i < ids.size(); i++) {
            byId.put(ids.get(i), weights.get(i));
          }
          return new Members(
              placement, placement.maxPosition() == -1L ? k : 1, Collections.unmodifiableMap(byId));
        })
        .withoutEdgeCases(); // which are the empty ring and lone nodes, over and over
  }
}
