package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.hashring.RingDomain.Members;
import io.hashring.interop.InteropFunctions;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;

/** Groups against a lookup for each key. */
@Domain(RingDomain.class)
@Domain(DomainContext.Global.class)
final class KeyGroupsTest {

  @Property(seed = "1301", tries = 500)
  void group_anyRing_isThatOfSingleLookups(
      @ForAll Members members, @ForAll @Size(max = 40) List<Integer> numbers) {
    HashRing<String> ring = members.ring();
    if (members.holders().isEmpty()) {
      return;
    }
    List<String> keys = numbers.stream().map(number -> "key-" + number % 30).toList();

    Map<String, List<String>> groups = ring.group(keys);

    assertThat(groups).isEqualTo(keys.stream().collect(groupingBy(ring::locate)));
    assertThat(ring.group(keys, key -> ring.position(key.getBytes(UTF_8)))).isEqualTo(groups);
    assertThat(List.copyOf(groups.keySet()))
        .isSortedAccordingTo(
            (a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8)));
    String[] owners = new String[keys.size() + 1];
    ring.locateAll(keys.toArray(String[]::new), owners);
    assertThat(Arrays.asList(owners).subList(0, keys.size()))
        .isEqualTo(keys.stream().map(ring::locate).toList());
    assertThat(owners[keys.size()]).isNull();
    List<Long> positions = keys.stream().map(ring::position).toList();
    assertThat(ring.group(positions, position -> position).keySet()).isEqualTo(groups.keySet());
  }

  @Example
  void group_fewKeysOrManyOnAHundredNodes_ownersAreInTheOrderOfTheirIds() {
    HashRing<String> ring = HashRing.of(
        IntStream.rangeClosed(1, 100).mapToObj(i -> "n" + i * 7 % 101).toArray(String[]::new));
    for (int count : new int[] {1, 3, 5, 6, 7, 200}) {
      List<String> keys = IntStream.range(0, count).mapToObj(i -> "key" + i).toList();
      Map<String, List<String>> groups = ring.group(keys);
      assertThat(groups).isEqualTo(keys.stream().collect(groupingBy(ring::locate)));
      assertThat(List.copyOf(groups.keySet()))
          .isEqualTo(groups.keySet().stream().sorted().toList());
    }
  }

  @Example
  void group_nothingOrBadKeys_saysWhichRule() {
    HashRing<String> ring = HashRing.of("a", "b");

    assertThat(HashRing.of().group(List.<String>of())).isEmpty();
    assertThat(ring.group(List.<String>of())).isEmpty();
    assertThatExceptionOfType(EmptyRingException.class)
        .isThrownBy(() -> HashRing.of().group(List.of("k")));
    assertThatNullPointerException()
        .isThrownBy(() -> ring.group(Collections.<String>singletonList(null)))
        .withMessage("key must not be null");
    assertThatNullPointerException()
        .isThrownBy(() -> ring.group((List<String>) null))
        .withMessage("keys must not be null");
    assertThatNullPointerException()
        .isThrownBy(() -> ring.group(List.of("k"), null))
        .withMessage("position must not be null");
    ring.locateAll(new String[0], new String[0]);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ring.locateAll(new String[2], new String[1]))
        .withMessage("owners must have a place for each of 2 keys: 1");
    assertThatNullPointerException()
        .isThrownBy(() -> ring.locateAll(new String[1], new String[1]))
        .withMessage("key must not be null");
    assertThatExceptionOfType(EmptyRingException.class)
        .isThrownBy(() -> HashRing.of().locateAll(new String[] {"k"}, new String[1]));
    HashRing<String> slots = HashRing.builder()
        .placement(Placements.slots(InteropFunctions.md5(), 512, 9, Ties.SMALLEST_ID))
        .add("a")
        .build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> slots.group(List.of("k"), key -> 512))
        .withMessage("position must not exceed 511, the last one of the placement: 512");
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(() -> ring.group(List.of("k")).values().iterator().next().add("l"));
  }
}
