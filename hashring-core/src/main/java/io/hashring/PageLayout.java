package io.hashring;

import static io.hashring.PageFormat.BUCKETS;
import static io.hashring.PageFormat.BUCKET_LIMIT;
import static io.hashring.PagedPoints.TABLE_BITS;
import static io.hashring.PagedPoints.TABLE_SIZE;

import java.util.Arrays;
import java.util.List;

/**
 * A new index: how many pages it has, and what comes into which.
 *
 * <p>All pages are made first, then all positions, so that what lookups read lies together in
 * memory.
 */
final class PageLayout {

  /** The claims per page of a new index are at least this many, and less than twice as many. */
  private static final int NEW_CLAIMS_PER_PAGE = 32;

  private static final int MIN_CLAIMS_PER_PAGE = 12;
  private static final int MAX_CLAIMS_PER_PAGE = 96;

  /** Up to this many pages, a copy of a table of them all costs less than a change besides. */
  private static final int MAX_PAGES_IN_ONE_TABLE = 1 << 16;

  private final int pageCount;
  private final int shift;
  private final int slotBits;

  /** Those of the claims in order, from when they are sorted on; flipped until then. */
  private final long[] positions;

  private final int[] slots;

  /** Where the claims of each page begin; in the end, where those of the last one end. */
  private final int[] starts;

  private int size;
  private int collided;

  private PageLayout(int pageCount, int shift, int slotBits, int claims) {
    this.pageCount = pageCount;
    this.shift = shift;
    this.slotBits = slotBits;
    this.positions = new long[claims];
    this.slots = new int[claims];
    this.starts = new int[pageCount + 1];
  }

  /** Whether an index keeps its number of pages, and the format of these, after a change. */
  static boolean fits(PagedPoints before, Claims removed, Claims added) {
    int size = before.size - removed.size + added.size;
    return size > 0
        && size <= (long) before.pageCount * MAX_CLAIMS_PER_PAGE
        && (size >= (long) before.pageCount * MIN_CLAIMS_PER_PAGE || before.pageCount == 2)
        && (added.size == 0 || added.position(added.size - 1) >>> before.shift < before.pageCount)
        && added.maxSlot() >>> before.slotBits == 0;
  }

  static PagedPoints of(List<? extends Member<?>> members, Precedence precedence) {
    return of(members, precedence, MAX_PAGES_IN_ONE_TABLE);
  }

  /** The same with another number of pages up to which they are in one table. */
  static PagedPoints of(
      List<? extends Member<?>> members, Precedence precedence, int maxPagesInOneTable) {
    long[][] points = new long[members.size()][];
    int size = 0;
    int maxSlot = 0;
    long used = 0;
    for (int m = 0; m < points.length; m++) {
      points[m] = members.get(m).points();
      size += points[m].length;
      maxSlot = Math.max(maxSlot, members.get(m).slot);
      for (long point : points[m]) {
        used |= point;
      }
    }
    if (size == 0) {
      return new PagedPoints(new int[0][][], new long[0][][], Long.SIZE - 1, 1, 0, 0);
    }
    int pageBits = Math.max(1, bits(size / NEW_CLAIMS_PER_PAGE) - 1);
    int circleBits = Math.max(pageBits + 1, Long.SIZE - Long.numberOfLeadingZeros(used));
    int slotBits = bits(maxSlot) + 1; // so that as many can join before all has to be laid out anew
    PageLayout layout = new PageLayout(1 << pageBits, circleBits - pageBits, slotBits, size);
    layout.sort(members, points, precedence);
    return layout.write(maxPagesInOneTable);
  }

  private static int bits(int n) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(n);
  }

  /** Puts the claims in order: a counting sort by bucket, then within each bucket. */
  private void sort(List<? extends Member<?>> members, long[][] points, Precedence precedence) {
    int[] ends = new int[pageCount * BUCKETS + 1];
    for (long[] some : points) {
      for (long point : some) {
        ends[bucket(point) + 1]++;
      }
    }
    for (int b = 1; b < ends.length; b++) {
      ends[b] += ends[b - 1];
    }
    for (int m = 0; m < points.length; m++) {
      int slot = members.get(m).slot;
      for (long point : points[m]) {
        int at = ends[bucket(point)]++;
        positions[at] = Claims.flip(point);
        slots[at] = slot;
      }
    }
    int from = 0;
    for (int p = 0; p < pageCount; p++) {
      for (int b = p * BUCKETS; b < (p + 1) * BUCKETS; b++) {
        sortBucket(from, ends[b]);
        settleGroups(from, ends[b], precedence);
        from = ends[b];
      }
      starts[p + 1] = size;
    }
  }

  /** The number of a position's bucket, counted over all pages. */
  private int bucket(long position) {
    return (int) (position >>> shift) * BUCKETS
        + PageFormat.bucket(PageFormat.offset(position, shift));
  }

  /** Sorts the claims of a bucket by flipped position; equal ones stay in their order. */
  private void sortBucket(int from, int to) {
    if (to - from > BUCKET_LIMIT) {
      Claims.sort(positions, slots, from, to);
      return;
    }
    for (int i = from + 1; i < to; i++) {
      long position = positions[i];
      int slot = slots[i];
      int at = i;
      for (; at > from && positions[at - 1] > position; at--) {
        positions[at] = positions[at - 1];
        slots[at] = slots[at - 1];
      }
      positions[at] = position;
      slots[at] = slot;
    }
  }

  /**
   * Moves the claims of a sorted bucket to the front, where there are gaps since claims that a
   * member makes twice count once; and those to one position into the order that decides who owns
   * it.
   */
  private void settleGroups(int from, int to, Precedence precedence) {
    for (int i = from; i < to; ) {
      long flipped = positions[i];
      int first = size;
      for (; i < to && positions[i] == flipped; i++) {
        if (size == first || slots[size - 1] != slots[i]) {
          slots[size++] = slots[i];
        }
      }
      Arrays.fill(positions, first, size, Claims.flip(flipped));
      if (size - first > 1) {
        precedence.sort(slots, first, size, Claims.flip(flipped));
        collided += size - first - 1;
      }
    }
  }

  private PagedPoints write(int maxPagesInOneTable) {
    int smallTable = Math.min(pageCount, TABLE_SIZE);
    int pageTable = pageCount <= maxPagesInOneTable ? pageCount : smallTable;
    int[][][] pages = new int[pageCount / pageTable][pageTable][];
    for (int p = 0; p < pageCount; p++) {
      int end = starts[p + 1];
      int endSlot = slots[end == size ? 0 : end];
      pages[p / pageTable][p % pageTable] =
          PageFormat.page(positions, slots, starts[p], end, shift, slotBits, endSlot);
    }
    long[][][] tables = new long[pageCount / smallTable][smallTable][];
    for (int p = 0; p < pageCount; p++) {
      tables[p >>> TABLE_BITS][p & (TABLE_SIZE - 1)] =
          Arrays.copyOfRange(positions, starts[p], starts[p + 1]);
    }
    return new PagedPoints(pages, tables, shift, slotBits, size, collided);
  }
}
