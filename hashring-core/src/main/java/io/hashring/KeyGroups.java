package io.hashring;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Keys by their owners: all are looked up, counted, and then put where they belong. */
final class KeyGroups {

  private KeyGroups() {}

  static <N, K> Map<N, List<K>> of(
      RingState<N> ring, Collection<K> keys, ToLongFunction<? super K> position) {
    requireNonNull(keys, "keys must not be null");
    List<K> inOrder = new ArrayList<>(keys);
    long[] positions = new long[inOrder.size()];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = position.applyAsLong(requireNonNull(inOrder.get(i), "key must not be null"));
    }
    if (positions.length > 0 && ring.holders == 0) {
      throw new EmptyRingException(ring.members.length);
    }
    int[] slots = new int[positions.length];
    ring.owners(positions, positions.length, slots);
    int[] counts = new int[ring.slotCount()];
    List<Member<N>> owners = new ArrayList<>();
    for (int slot : slots) {
      if (counts[slot]++ == 0) {
        owners.add(ring.member(slot));
      }
    }
    owners.sort(Comparator.comparing(member -> member.id, Member::compareIds));
    @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of a generic type
    @Nullable
    List<K>[] groups = new List[counts.length];
    for (Member<N> owner : owners) {
      groups[owner.slot] = new ArrayList<>(counts[owner.slot]);
    }
    for (int i = 0; i < slots.length; i++) {
      requireNonNull(groups[slots[i]]).add(inOrder.get(i));
    }
    Arrays.setAll(groups, i -> groups[i] == null ? null : Collections.unmodifiableList(groups[i]));
    return new NodeMap<>(
        ring.settings.idFunction, owners, owner -> requireNonNull(groups[owner.slot]));
  }
}
