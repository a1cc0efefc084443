package io.hashring;

import java.util.Arrays;
import java.util.List;

/**
 * The claims of some members, in the order of their positions and, where these are equal, of the
 * members as they were given. A position that a member claims twice counts once.
 */
final class Claims {

  final int[] slots;
  final int size;

  /** {@linkplain #flip Flipped}. */
  private final long[] positions;

  private Claims(long[] positions, int[] slots, int size) {
    this.positions = positions;
    this.slots = slots;
    this.size = size;
  }

  /** The claims of members. */
  static Claims of(List<? extends Member<?>> members) {
    long[][] points = new long[members.size()][];
    int size = 0;
    for (int m = 0; m < points.length; m++) {
      points[m] = members.get(m).points();
      size += points[m].length;
    }
    long[] positions = new long[size];
    int[] slots = new int[size];
    int at = 0;
    for (int m = 0; m < points.length; m++) {
      for (long point : points[m]) {
        positions[at] = flip(point);
        slots[at++] = members.get(m).slot;
      }
    }
    if (points.length == 1) {
      Arrays.sort(positions); // all slots are the same
    } else {
      sort(positions, slots, 0, size);
    }
    return new Claims(positions, slots, dropRepeated(positions, slots));
  }

  long position(int i) {
    return flip(positions[i]);
  }

  /** The largest slot of all, or 0 if there are no claims. */
  int maxSlot() {
    int max = 0;
    for (int i = 0; i < size; i++) {
      max = Math.max(max, slots[i]);
    }
    return max;
  }

  /**
   * A position in a form whose signed order is the unsigned order of positions; its own inverse.
   */
  static long flip(long position) {
    return position ^ Long.MIN_VALUE;
  }

  /**
   * Sorts a range of claims by their flipped positions; those at one position stay in their order.
   */
  static void sort(long[] positions, int[] slots, int from, int to) {
    long[] unsorted = Arrays.copyOfRange(positions, from, to);
    int[] unsortedSlots = Arrays.copyOfRange(slots, from, to);
    Arrays.sort(positions, from, to);
    int[] placed = new int[to - from];
    for (int i = 0; i < unsorted.length; i++) {
      int first = firstAtOrAfter(positions, from, to, unsorted[i]);
      slots[first + placed[first - from]++] = unsortedSlots[i];
    }
  }

  private static int firstAtOrAfter(long[] positions, int from, int to, long position) {
    int low = from;
    int high = to;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (positions[middle] < position) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Moves the different claims to the front, and returns how many they are. */
  private static int dropRepeated(long[] positions, int[] slots) {
    int kept = 0;
    for (int i = 0; i < positions.length; i++) {
      if (kept == 0 || positions[i] != positions[kept - 1] || slots[i] != slots[kept - 1]) {
        positions[kept] = positions[i];
        slots[kept++] = slots[i];
      }
    }
    return kept;
  }
}
