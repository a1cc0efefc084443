package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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

/** Preference lists over zones and racks, against the plainest code that does the same. */
final class FailureDomainsTest {

  /** A host in a rack in a zone; racks have the same names in every zone. */
  record Host(int number, String zone, String rack) {
    String id() {
      return "host-" + number;
    }
  }

  private static final List<Function<Host, String>> ZONE_AND_RACK = List.of(Host::zone, Host::rack);

  @Provide
  Arbitrary<HashRing<Host>> rings() {
    Arbitrary<String> zone = Arbitraries.of("a", "a", "b", "c", "d");
    Arbitrary<String> rack = Arbitraries.of("r1", "r2", "r3");
    Arbitrary<List<List<String>>> places =
        Combinators.combine(zone, rack).as(List::of).list().ofMaxSize(12);
    return Combinators.combine(places, Arbitraries.integers().between(1, 3)).as((hosts, probes) -> {
      HashRing.Builder<Host> builder =
          HashRing.<Host>builder(Host::id).pointsPerNode(5).probes(probes);
      for (int i = 0; i < hosts.size(); i++) {
        builder.add(new Host(i, hosts.get(i).get(0), hosts.get(i).get(1)), i % 4 == 3 ? 0.4 : 1);
      }
      return builder.build();
    });
  }

  @Property(seed = "901", tries = 1000)
  void preferenceList_perZone_takesTheFirstOfEachThenTheRest(
      @ForAll("rings") HashRing<Host> ring, @ForAll @IntRange(max = 1000) int key) {
    String text = "key-" + key;
    List<Host> walk = ring.successors(text).toList();
    List<Host> expected = new ArrayList<>();
    Set<String> zones = new HashSet<>();
    walk.stream().filter(host -> zones.add(host.zone)).forEach(expected::add);
    walk.stream().filter(host -> !expected.contains(host)).toList().forEach(expected::add);

    for (int n = 0; n <= walk.size() + 1; n++) {
      List<Host> first = expected.subList(0, Math.min(n, expected.size()));
      assertThat(ring.preferenceList(text, n, Host::zone)).isEqualTo(first);
      assertThat(ring.preferenceList(text.getBytes(UTF_8), n, Host::zone)).isEqualTo(first);
    }
    assertThat(ring.preferenceList(text, walk.size(), Host::number)).isEqualTo(walk);
  }

  @Property(seed = "902", tries = 1000)
  void preferenceList_perZoneAndRack_takesZonesThenRacksThenTheRest(
      @ForAll("rings") HashRing<Host> ring,
      @ForAll @IntRange(max = 1000) int key,
      @ForAll @IntRange(max = 4095) int mask) {
    String text = "key-" + key;
    Predicate<Host> eligible = host -> (mask >> host.number & 1) == 0;
    List<Host> walk = ring.successors(text).filter(eligible).toList();
    List<Host> expected = new ArrayList<>();
    for (int level = 0; level < 3; level++) {
      for (Host host : walk) {
        boolean zoneTaken = expected.stream().anyMatch(other -> other.zone.equals(host.zone));
        boolean rackTaken = expected.stream()
            .anyMatch(other -> other.zone.equals(host.zone) && other.rack.equals(host.rack));
        if (!expected.contains(host)
            && (level == 0 ? !zoneTaken : level == 1 ? !rackTaken : true)) {
          expected.add(host);
        }
      }
    }

    for (int n = 0; n <= walk.size() + 1; n++) {
      List<Host> first = expected.subList(0, Math.min(n, expected.size()));
      assertThat(ring.preferenceList(text, n, ZONE_AND_RACK, eligible)).isEqualTo(first);
      assertThat(ring.preferenceList(text.getBytes(UTF_8), n, ZONE_AND_RACK, eligible))
          .isEqualTo(first);
    }
  }

  @Property(seed = "903", tries = 1000)
  void preferenceList_withAPredicate_isThatOfARingOfTheEligible(
      @ForAll("rings") HashRing<Host> ring,
      @ForAll @IntRange(max = 1000) int key,
      @ForAll @IntRange(max = 4095) int mask,
      @ForAll @IntRange(max = 13) int n) {
    Predicate<Host> eligible = host -> (mask >> host.number & 1) == 0;
    HashRing<Host> others = ring.change(
        change -> ring.nodes().stream().filter(eligible.negate()).forEach(change::without));
    String text = "key-" + key;

    assertThat(ring.preferenceList(text, n, Host::zone, eligible))
        .isEqualTo(others.preferenceList(text, n, Host::zone));
    assertThat(ring.preferenceList(text.getBytes(UTF_8), n, Host::zone, eligible))
        .isEqualTo(others.preferenceList(text, n, Host::zone));
  }

  @Property(seed = "904", tries = 1000)
  void preferenceList_afterANodeLeft_losesItAndGainsOne(
      @ForAll("rings") HashRing<Host> ring, @ForAll @IntRange(max = 1000) int key) {
    String text = "key-" + key;
    for (Host leaver : ring.nodes()) {
      HashRing<Host> after = ring.without(leaver);
      long domains = after.nodes().stream().map(Host::zone).distinct().count();
      for (int n = 1; n <= domains; n++) {
        List<Host> before = new ArrayList<>(ring.preferenceList(text, n, Host::zone));
        List<Host> now = new ArrayList<>(after.preferenceList(text, n, Host::zone));
        before.remove(leaver);
        List<Host> gained = new ArrayList<>(now);
        gained.removeAll(before);
        now.retainAll(before);
        assertThat(now).as("those who stay, in order").isEqualTo(before);
        assertThat(gained).hasSizeLessThanOrEqualTo(1);
      }
    }
  }

  @Example
  void preferenceList_moreCopiesThanZones_goesOnAroundTheRing() {
    HashRing<Host> ring = HashRing.<Host>builder(Host::id)
        .add(new Host(1, "a", "r1"))
        .add(new Host(2, "a", "r2"))
        .add(new Host(3, "a", "r1"))
        .add(new Host(4, "b", "r1"))
        .build();

    for (int i = 0; i < 100; i++) {
      List<Host> all = ring.preferenceList("key-" + i, 9, Host::zone);
      assertThat(all).hasSize(4).doesNotHaveDuplicates();
      assertThat(all.subList(0, 2)).extracting(Host::zone).containsExactlyInAnyOrder("a", "b");
      List<Host> spread = ring.preferenceList("key-" + i, 3, ZONE_AND_RACK, host -> true);
      assertThat(spread.stream().map(host -> host.zone + host.rack).distinct()).hasSize(3);
    }
  }

  @Example
  void preferenceList_badArguments_saysWhichRule() {
    HashRing<Host> ring =
        HashRing.<Host>builder(Host::id).add(new Host(1, "a", "r")).build();
    Function<Host, String> none = host -> null;

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ring.preferenceList("k", -1, Host::zone))
        .withMessage("n must not be negative: -1");
    assertThatNullPointerException()
        .isThrownBy(() -> ring.preferenceList("k", 1, none))
        .withMessage(
            "failure domain must not be null: that of node Host[number=1, zone=a, rack=r]");
    assertThatNullPointerException()
        .isThrownBy(() -> ring.preferenceList("k", 1, (Function<Host, String>) null))
        .withMessage("failureDomain must not be null");
    assertThatNullPointerException()
        .isThrownBy(() -> ring.preferenceList("k", 1, Host::zone, null))
        .withMessage("eligible must not be null");
    assertThatNullPointerException()
        .isThrownBy(() -> ring.preferenceList((CharSequence) null, 1, Host::zone))
        .withMessage("key must not be null");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ring.preferenceList("k", 1, List.of(), host -> true))
        .withMessage("failureDomains must not be empty");
  }
}
