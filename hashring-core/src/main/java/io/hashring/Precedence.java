package io.hashring;

import static java.util.Objects.requireNonNull;

import io.hashring.placement.Placement.Ties;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** In which order claims to one position come: which member owns it, and who is next. */
final class Precedence {

  private static final Comparator<Member<?>> BY_ID = (a, b) -> Member.compareIds(a.id, b.id);
  private static final Comparator<Member<?>> BY_LENGTH = Comparator.comparingInt(Member::idLength);
  private static final Comparator<Member<?>> BY_RANK = Comparator.comparingLong(m -> m.rank);

  private final Ties ties;
  private final Iterable<? extends Member<?>> members;

  /** Made only when claims meet, which those of placement v1 hardly ever do. */
  private @Nullable Map<Integer, Member<?>> bySlot;

  /**
   * A precedence.
   *
   * @param members all members that may meet; those of one slot are the same but for the weight
   */
  Precedence(Ties ties, Iterable<? extends Member<?>> members) {
    this.ties = ties;
    this.members = members;
  }

  /** Sorts the slots of members that claim a position. */
  void sort(int[] slots, int from, int to, long position) {
    Member<?>[] meeting = new Member<?>[to - from];
    for (int i = from; i < to; i++) {
      meeting[i - from] = member(slots[i]);
    }
    Arrays.sort(meeting, order());
    int first = ties == Ties.BY_POSITION ? (int) ((position >>> Integer.SIZE) % meeting.length) : 0;
    for (int i = 0; i < meeting.length; i++) {
      slots[from + i] = meeting[(first + i) % meeting.length].slot;
    }
  }

  private Comparator<Member<?>> order() {
    return switch (ties) {
      case SMALLEST_ID, BY_POSITION -> BY_ID;
      case SHORTEST_ID -> BY_LENGTH.thenComparing(BY_ID);
      case FIRST_ADDED -> BY_RANK;
      case LAST_ADDED -> BY_RANK.reversed();
    };
  }

  private Member<?> member(int slot) {
    if (bySlot == null) {
      bySlot = new HashMap<>();
      for (Member<?> member : members) {
        bySlot.put(member.slot, member);
      }
    }
    return requireNonNull(bySlot.get(slot));
  }
}
