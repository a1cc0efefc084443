package io.hashring;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** The slots of the distinct members on a walk around the circle, in the order in which they are met. */
final class Successors {

  /** None left. */
  static final int NONE = PagedPoints.NO_SLOT;

  private final PagedPoints.Cursor cursor;
  private int unseen;

  /** The first slots seen; when they are more, all are in the set. */
  private final int[] few = new int[8];

  private int seen;
  private @Nullable BitSet many;

  /**
   * Starts a walk.
   *
   * @param members how many members hold points: the walk need not go on when it has met them all
   */
  Successors(PagedPoints points, long position, int members) {
    cursor = points.cursor();
    unseen = members;
    if (members > 0) {
      cursor.clockwise(position);
    }
  }

  /** The next slot, or {@link #NONE}. */
  int next() {
    while (unseen > 0) {
      int slot = cursor.slot();
      cursor.nextAround();
      if (see(slot)) {
        unseen--;
        return slot;
      }
    }
    return NONE;
  }

  /** Whether a slot is seen for the first time. */
  private boolean see(int slot) {
    if (many == null) {
      for (int i = 0; i < seen; i++) {
        if (few[i] == slot) {
          return false;
        }
      }
      if (seen < few.length) {
        few[seen++] = slot;
        return true;
      }
      many = new BitSet();
      for (int other : few) {
        many.set(other);
      }
    }
    boolean isNew = !many.get(slot);
    many.set(slot);
    return isNew;
  }
}
