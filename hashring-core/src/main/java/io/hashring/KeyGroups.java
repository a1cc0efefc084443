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

/** Keys by their owners: all are looked up, counted, and then put where they belong. */
final class KeyGroups {

  /** As many members are looked at in the time that it takes to put an owner in its place. */
  private static final int MEMBERS_PER_STEP = 16;

  private KeyGroups() {}

  static <N, K> Map<N, List<K>> of(
      RingState<N> ring, Collection<K> keys, ToLongFunction<? super K> position) {
    requireNonNull(keys, "keys must not be null");
    Object[] inOrder = keys.toArray();
    long[] positions = new long[inOrder.length];
    for (int i = 0; i < positions.length; i++) {
      @SuppressWarnings("unchecked") // it came out of a collection of them
      K key = (K) requireNonNull(inOrder[i], "key must not be null");
      positions[i] = position.applyAsLong(key);
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
    sort(owners, counts, ring);
    Object[][] groups = new Object[counts.length][];
    for (Member<N> owner : owners) {
      groups[owner.slot] = new Object[counts[owner.slot]];
    }
    for (int i = slots.length - 1; i >= 0; i--) {
      int slot = slots[i];
      groups[slot][--counts[slot]] = inOrder[i];
    }
    return new NodeMap<>(ring.settings.idFunction, owners, owner -> immutable(groups[owner.slot]));
  }

  /**
   * In the order of the ids, in which the members of a ring stand already: so they are compared
   * only where there are few among many members.
   */
  private static <N> void sort(List<Member<N>> owners, int[] counts, RingState<N> ring) {
    if (owners.size() < ring.members.length / MEMBERS_PER_STEP) {
      owners.sort(Comparator.comparing(member -> member.id, Member::compareIds));
      return;
    }
    owners.clear();
    for (Member<N> member : ring.members) {
      if (counts[member.slot] > 0) {
        owners.add(member);
      }
    }
  }

  @SuppressWarnings("unchecked") // they came out of a collection of them
  private static <K> List<K> immutable(Object[] keys) {
    return (List<K>) Collections.unmodifiableList(Arrays.asList(keys));
  }
}
