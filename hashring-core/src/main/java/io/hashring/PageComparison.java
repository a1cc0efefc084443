package io.hashring;

import static io.hashring.PageFormat.FIRST;
import static io.hashring.PagedPoints.TABLE_SIZE;
import static io.hashring.PagedPoints.endOfGroup;

import com.google.common.primitives.Ints;
import com.google.common.primitives.Longs;
import java.util.Arrays;
import java.util.stream.LongStream;

/** Where two indexes differ. What they share, they share as the same object. */
final class PageComparison {
  private final PagedPoints here;
  private final PagedPoints there;

  /** The slots there of the members that have the slots here. */
  private final int[] slots;

  private final LongStream.Builder differences = LongStream.builder();

  PageComparison(PagedPoints here, PagedPoints there, int[] slots) {
    this.here = here;
    this.there = there;
    this.slots = slots;
  }

  long[] differences() {
    if (here.shift == there.shift && here.pageCount == there.pageCount) {
      compareTables();
    } else {
      compare(allPositions(here), allSlots(here), allPositions(there), allSlots(there));
    }
    return differences.build().toArray();
  }

  @SuppressWarnings("ReferenceEquality") // on purpose
  private void compareTables() {
    for (int t = 0; t < here.positions.length; t++) {
      if (here.positions[t] != there.positions[t]) {
        int from = t * TABLE_SIZE;
        for (int p = from; p < from + here.positions[t].length; p++) {
          if (here.positions(p) != there.positions(p)) {
            compare(here.positions(p), slots(here, p), there.positions(p), slots(there, p));
          }
        }
      }
    }
  }

  private void compare(long[] here, int[] slotsHere, long[] there, int[] slotsThere) {
    int h = 0;
    int t = 0;
    while (h < here.length || t < there.length) {
      int order =
          h == here.length ? 1 : t == there.length ? -1 : Long.compareUnsigned(here[h], there[t]);
      int nextH = order <= 0 ? endOfGroup(here, h) : h;
      int nextT = order >= 0 ? endOfGroup(there, t) : t;
      if (!areSame(slotsHere, h, nextH, slotsThere, t, nextT)) {
        differences.add(order <= 0 ? here[h] : there[t]);
      }
      h = nextH;
      t = nextT;
    }
  }

  private boolean areSame(int[] here, int fromH, int toH, int[] there, int fromT, int toT) {
    if (toH - fromH != toT - fromT) {
      return false;
    }
    for (int i = 0; i < toH - fromH; i++) {
      if (slots[here[fromH + i]] != there[fromT + i]) {
        return false;
      }
    }
    return true;
  }

  private static int[] slots(PagedPoints points, int index) {
    int[] page = points.page(index);
    int[] slots = Arrays.copyOfRange(page, FIRST, PageFormat.end(page));
    Arrays.setAll(slots, i -> points.slot(slots[i]));
    return slots;
  }

  private static long[] allPositions(PagedPoints points) {
    long[][] all = new long[points.pageCount][];
    Arrays.setAll(all, points::positions);
    return Longs.concat(all);
  }

  private static int[] allSlots(PagedPoints points) {
    int[][] all = new int[points.pageCount][];
    Arrays.setAll(all, p -> slots(points, p));
    return Ints.concat(all);
  }
}
