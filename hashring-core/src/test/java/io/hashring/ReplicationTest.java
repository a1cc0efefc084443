package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Copies over zones, racks and shelves, against the plainest code that does the same. */
final class ReplicationTest {

  /** A host on a shelf in a rack in a zone; racks have the same names in every zone. */
  record Host(int number, String zone, String rack, String shelf) {
    Host(int number, String zone, String rack) {
      this(number, zone, rack, "s");
    }

    String id() {
      return "host-" + number;
    }
  }

  /** Levels of domains that the properties take in turn. */
  private static final List<List<Function<Host, String>>> LEVELS = List.of(
      List.of(),
      List.of(Host::zone),
      List.of(Host::zone, Host::rack),
      List.of(Host::zone, Host::rack, Host::shelf));

  private static Replication<Host> replication(int copies, int levels) {
    Replication<Host> replication = Replication.of(copies);
    for (Function<Host, String> level : LEVELS.get(levels)) {
      replication = replication.across(level);
    }
    return replication;
  }

  /**
   * The nodes of a walk in the order in which the rounds deal them: those of each domain in the
   * order within it, then a round after the other over all domains.
   */
  static List<Host> deal(List<Host> walk, List<? extends Function<Host, String>> levels) {
    return deal(walk, levels, 0).stream().map(Dealt::host).toList();
  }

  /** A host, and the rounds in which the domains further in dealt it, and then its place. */
  private record Dealt(Host host, List<Integer> key) {}

  private static final Comparator<Dealt> BY_KEY = (a, b) -> {
    for (int i = 0; i < a.key.size(); i++) {
      int order = a.key.get(i).compareTo(b.key.get(i));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  };

  private static List<Dealt> deal(
      List<Host> walk, List<? extends Function<Host, String>> levels, int level) {
    if (level == levels.size()) {
      List<Dealt> all = new ArrayList<>();
      walk.forEach(host -> all.add(new Dealt(host, List.of(host.number))));
      return all;
    }
    Map<String, List<Host>> domains = new LinkedHashMap<>();
    for (Host host : walk) {
      domains
          .computeIfAbsent(levels.get(level).apply(host), d -> new ArrayList<>())
          .add(host);
    }
    List<Dealt> all = new ArrayList<>();
    for (List<Host> domain : domains.values()) {
      List<Dealt> inner = deal(domain, levels, level + 1);
      for (int round = 0; round < inner.size(); round++) {
        List<Integer> key = new ArrayList<>(List.of(round));
        key.addAll(inner.get(round).key);
        all.add(new Dealt(inner.get(round).host, key));
      }
    }
    all.sort(BY_KEY);
    return all;
  }

  /** A walk whose hosts are numbered as they are met, and what it takes to get the real ones. */
  private static List<Host> expected(List<Host> walk, List<Function<Host, String>> levels) {
    List<Host> numbered = new ArrayList<>();
    for (Host host : walk) {
      numbered.add(new Host(numbered.size(), host.zone, host.rack, host.shelf));
    }
    return deal(numbered, levels).stream().map(host -> walk.get(host.number)).toList();
  }

  @Provide
  Arbitrary<HashRing<Host>> rings() {
    Arbitrary<String> zone = Arbitraries.of("a", "a", "b", "c", "d");
    Arbitrary<String> rack = Arbitraries.of("r1", "r1", "r2", "r3");
    Arbitrary<String> shelf = Arbitraries.of("s1", "s2");
    Arbitrary<List<List<String>>> places =
        Combinators.combine(zone, rack, shelf).as(List::of).list().ofMaxSize(14);
    Arbitrary<Integer> probes = Arbitraries.of(1, 1, 3);
    return Combinators.combine(places, probes).as((hosts, k) -> {
      HashRing.Builder<Host> builder =
          HashRing.<Host>builder(Host::id).pointsPerNode(5).probes(k);
      for (int i = 0; i < hosts.size(); i++) {
        List<String> at = hosts.get(i);
        double weight = i % 7 == 5 ? 0 : i % 4 == 3 ? 0.4 : 1;
        builder.add(new Host(i, at.get(0), at.get(1), at.get(2)), weight);
      }
      return builder.build();
    });
  }

  @Property(seed = "901", tries = 2000)
  void first_ofAReplication_isDealtInRounds(
      @ForAll("rings") HashRing<Host> ring,
      @ForAll @IntRange(max = 1000) int key,
      @ForAll @IntRange(max = 3) int levels) {
    String text = "key-" + key;
    List<Host> walk = ring.preferenceList(text).stream().toList();
    List<Host> expected = expected(walk, LEVELS.get(levels));

    for (int n = 1; n <= walk.size() + 1; n++) {
      Replication<Host> replication = replication(n, levels);
      List<Host> first = expected.subList(0, Math.min(n, expected.size()));
      assertThat(ring.preferenceList(text).first(replication)).isEqualTo(first);
      assertThat(ring.preferenceListAt(ring.position(text.getBytes(UTF_8))).first(replication))
          .isEqualTo(first);
      assertThat(ring.preferenceListAt(ring.position(text)).first(replication)).isEqualTo(first);
    }
  }

  @Property(seed = "903", tries = 2000)
  void first_ofAReplicationWithAPredicate_isThatOfARingOfTheEligible(
      @ForAll("rings") HashRing<Host> ring,
      @ForAll @IntRange(max = 1000) int key,
      @ForAll @IntRange(max = 16383) int mask,
      @ForAll @IntRange(max = 3) int levels,
      @ForAll @IntRange(min = 1, max = 15) int n) {
    Map<Host, Integer> asked = new HashMap<>();
    Predicate<Host> eligible = host -> {
      asked.merge(host, 1, Integer::sum);
      return (mask >> host.number & 1) == 0;
    };
    HashRing<Host> others = ring.change(
        change -> ring.nodes().stream().filter(eligible.negate()).forEach(change::remove));
    String text = "key-" + key;
    asked.clear();

    assertThat(ring.preferenceList(text).where(eligible).first(replication(n, levels)))
        .isEqualTo(others.preferenceList(text).first(replication(n, levels)));
    assertThat(asked.values()).allMatch(times -> times == 1);
  }

  @Property(seed = "904", tries = 2000)
  void first_afterANodeLeft_losesAtMostOneAndGainsAtMostOne(
      @ForAll("rings") HashRing<Host> ring,
      @ForAll @IntRange(max = 1000) int key,
      @ForAll @IntRange(max = 3) int levels) {
    String text = "key-" + key;
    for (Host leaver : ring.nodes()) {
      HashRing<Host> after = ring.without(leaver);
      for (int n = 1; n <= ring.nodes().size(); n++) {
        Set<Host> before = new HashSet<>(ring.preferenceList(text).first(replication(n, levels)));
        Set<Host> now = new HashSet<>(after.preferenceList(text).first(replication(n, levels)));
        Set<Host> lost = new HashSet<>(before);
        lost.removeAll(now);
        Set<Host> gained = new HashSet<>(now);
        gained.removeAll(before);
        assertThat(lost).hasSizeLessThanOrEqualTo(1);
        assertThat(gained).hasSizeLessThanOrEqualTo(1);
        assertThat(lost.isEmpty() || before.contains(leaver)).isTrue();
      }
    }
  }

  /** On every level: no domain has more than one above another that still has a node to give. */
  @Property(seed = "905", tries = 2000)
  void first_ofAReplication_isEvenOnEveryLevel(
      @ForAll("rings") HashRing<Host> ring,
      @ForAll @IntRange(max = 1000) int key,
      @ForAll @IntRange(min = 1, max = 14) int n) {
    List<Host> holders = ring.preferenceList("k").stream().toList();
    List<Host> chosen = ring.preferenceList("key-" + key).first(replication(n, 3));

    assertEven(holders, chosen, LEVELS.get(3), 0);
  }

  private static void assertEven(
      List<Host> all, List<Host> chosen, List<Function<Host, String>> levels, int level) {
    if (level == levels.size()) {
      return;
    }
    Function<Host, String> domain = levels.get(level);
    Set<String> domains = new HashSet<>(all.stream().map(domain).toList());
    for (String a : domains) {
      List<Host> allOfA =
          all.stream().filter(host -> domain.apply(host).equals(a)).toList();
      List<Host> ofA =
          chosen.stream().filter(host -> domain.apply(host).equals(a)).toList();
      if (ofA.size() < allOfA.size()) {
        assertThat(domains)
            .allSatisfy(b -> assertThat(
                    chosen.stream().filter(host -> domain.apply(host).equals(b)).count())
                .isLessThanOrEqualTo(ofA.size() + 1L));
      }
      assertEven(allOfA, ofA, levels, level + 1);
    }
  }

  /** 3 zones of 3, 10 and uneven numbers of nodes, as users of others reported them. */
  @Example
  void first_moreCopiesThanZones_areEvenForEveryKey() {
    for (List<Integer> sizes :
        List.of(List.of(3, 3, 3), List.of(10, 10, 10), List.of(5, 2, 2), List.of(4, 4, 1))) {
      HashRing.Builder<Host> builder = HashRing.builder(Host::id);
      for (int zone = 0; zone < 3; zone++) {
        for (int i = 0; i < sizes.get(zone); i++) {
          builder.add(new Host(10 * zone + i, "abc".substring(zone, zone + 1), "r"));
        }
      }
      HashRing<Host> ring = builder.build();
      for (int copies = 3; copies <= 6; copies++) {
        Replication<Host> replication = Replication.<Host>of(copies).across(Host::zone);
        for (int i = 0; i < 2000; i++) {
          List<Host> hosts = ring.preferenceList("key-" + i).first(replication);
          assertThat(hosts).hasSize(copies).doesNotHaveDuplicates();
          assertEven(List.copyOf(ring.nodes()), hosts, LEVELS.get(1), 0);
        }
      }
    }
  }

  /** A zone that is down costs a question to each of its nodes, and no walk around the circle. */
  @Example
  void first_aZoneIsDown_asksEachOfItsNodesOnce() {
    HashRing.Builder<Host> builder = HashRing.builder(Host::id);
    for (int i = 0; i < 300; i++) {
      builder.add(new Host(i, "abc".substring(i % 3, i % 3 + 1), "r"));
    }
    HashRing<Host> ring = builder.build();
    AtomicInteger asked = new AtomicInteger();
    Replication<Host> replication = Replication.<Host>of(3).across(Host::zone);

    for (int i = 0; i < 100; i++) {
      asked.set(0);
      List<Host> hosts = ring.preferenceList("key-" + i)
          .where(host -> {
            asked.incrementAndGet();
            return !host.zone.equals("b");
          })
          .first(replication);
      assertThat(hosts).hasSize(3);
      assertThat(hosts).extracting(Host::zone).doesNotContain("b").contains("a", "c");
      assertThat(asked.get()).isLessThan(130);
    }
  }

  @Example
  void first_ofAReplication_asksForTheDomainsOfARingOnce() {
    AtomicInteger asked = new AtomicInteger();
    Function<Host, String> counting = host -> {
      asked.incrementAndGet();
      return host.zone;
    };
    HashRing<Host> ring = HashRing.<Host>builder(Host::id)
        .add(new Host(1, "a", "r1"))
        .add(new Host(2, "b", "r1"))
        .build();

    for (int copies = 1; copies < 4; copies++) {
      for (int i = 0; i < 10; i++) {
        ring.preferenceList("key-" + i).first(Replication.<Host>of(copies).across(counting));
      }
    }

    assertThat(asked).hasValue(2);
  }

  @Example
  void across_levels_areInferredFromMethodReferences() {
    Replication<Host> copies = Replication.of(3).across(Host::zone).across(Host::rack);
    Replication<Object> anywhere = Replication.of(2);
    HashRing<Host> ring =
        HashRing.<Host>builder(Host::id).add(new Host(1, "a", "r")).build();

    assertThat(ring.preferenceList("k").first(copies)).hasSize(1);
    assertThat(ring.preferenceList("k").first(anywhere)).hasSize(1);
    assertThat(copies.copies()).isEqualTo(3);
    assertThat(copies).hasToString("Replication[3 copies, 2 levels of domains]");
  }

  @Example
  void badArguments_sayWhichRule() {
    HashRing<Host> ring =
        HashRing.<Host>builder(Host::id).add(new Host(1, "a", "r")).build();
    PreferenceList<Host> list = ring.preferenceList("k");
    Replication<Host> nowhere = Replication.<Host>of(1).across(host -> null);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Replication.of(0))
        .withMessage("copies must be at least 1: 0");
    assertThatNullPointerException()
        .isThrownBy(() -> Replication.of(1).across(null))
        .withMessage("domain must not be null");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> list.first(-1))
        .withMessage("n must not be negative: -1");
    assertThatNullPointerException()
        .isThrownBy(() -> list.first(nowhere))
        .withMessage("failure domain must not be null: that of node host-1");
    assertThatNullPointerException()
        .isThrownBy(() -> list.first((Replication<Host>) null))
        .withMessage("replication must not be null");
    assertThatNullPointerException()
        .isThrownBy(() -> list.where(null))
        .withMessage("eligible must not be null");
    assertThatNullPointerException()
        .isThrownBy(() -> ring.preferenceList((CharSequence) null))
        .withMessage("key must not be null");
  }
}
