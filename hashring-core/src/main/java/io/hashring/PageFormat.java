package io.hashring;

import java.util.Arrays;

/**
 * The layout of a page, which {@link PagedPoints} describes.
 *
 * <p>{@code shift} is the number of bits of a position that do not take part in choosing its page,
 * 1 to 63, and {@code slotBits} the number of bits of an entry that are its slot; both are the same
 * in all pages of an index. An <em>offset</em> is where in the arc of its page a position lies, as
 * the upper bits of a number, whatever the shift.
 */
final class PageFormat {

  private static final int BUCKET_BITS = 5;

  /** The equal parts of a page's arc for each of which it counts the entries before. */
  static final int BUCKETS = 1 << BUCKET_BITS;

  /** Where the entries of a page begin: behind a byte for each bucket. */
  static final int FIRST = BUCKETS / Integer.BYTES;

  /** How many times the end stands behind the entries: as many as a search compares at once. */
  static final int ENDS = 3;

  /** How many entries a bucket may have for its page to be searched by buckets. */
  static final int BUCKET_LIMIT = 12;

  /** What all bucket bytes of a page say that is to be searched by halves. */
  static final int OVERFLOW = 0xff;

  private PageFormat() {}

  static long offset(long position, int shift) {
    return position << -shift;
  }

  /** The bucket of an offset. */
  static int bucket(long offset) {
    return (int) (offset >>> (Long.SIZE - BUCKET_BITS));
  }

  /** How many entries come before a bucket, or {@link #OVERFLOW}. */
  static int entriesBefore(int[] page, int bucket) {
    return (page[bucket >>> 2] >>> (bucket << 3)) & 0xff;
  }

  /** The upper bits of an offset, less the sign, then a slot. */
  static int entry(long offset, int slotBits, int slot) {
    return (int) (offset >>> (33 + slotBits)) << slotBits | slot;
  }

  static int slot(int entry, int slotBits) {
    return entry & ((1 << slotBits) - 1);
  }

  /** The index of the first end. */
  static int end(int[] page) {
    return page.length - ENDS;
  }

  static boolean isEmpty(int[] page) {
    return page.length == FIRST + ENDS;
  }

  /** The slot of the first claim in a page, or after it if it is empty. */
  static int firstSlot(int[] page, int slotBits) {
    return slot(page[FIRST], slotBits);
  }

  /** The slot of the first claim after a page. */
  static int endSlot(int[] page, int slotBits) {
    return slot(page[page.length - 1], slotBits);
  }

  /** The page of some claims, which come in order. */
  static int[] page(
      long[] positions, int[] slots, int from, int to, int shift, int slotBits, int endSlot) {
    int[] page = new int[FIRST + to - from + ENDS];
    int next = 0;
    int inBucket = 0;
    boolean overflows = to - from >= OVERFLOW;
    for (int i = from; i < to; i++) {
      long offset = offset(positions[i], shift);
      page[FIRST + i - from] = entry(offset, slotBits, slots[i]);
      int bucket = bucket(offset);
      inBucket = bucket < next ? inBucket + 1 : 1;
      overflows |= inBucket > BUCKET_LIMIT;
      for (; next <= bucket; next++) {
        page[next >>> 2] |= (i - from) << (next << 3);
      }
    }
    for (; next < BUCKETS; next++) {
      page[next >>> 2] |= (to - from) << (next << 3);
    }
    if (overflows) {
      Arrays.fill(page, 0, FIRST, -1);
    }
    Arrays.fill(page, end(page), page.length, entry(-1L, slotBits, endSlot));
    return page;
  }

  /** Counts one entry more or less in a bucket. */
  static void count(int[] page, int bucket, int change) {
    int word = bucket >>> 2;
    page[word] += (change * 0x01010100) << (bucket << 3); // those behind it in its word
    while (++word < FIRST) {
      page[word] += change * 0x01010101;
    }
  }

  /** A page with another slot in its ends. */
  static int[] withEnd(int[] page, int slotBits, int slot) {
    int[] after = page.clone();
    Arrays.fill(after, end(after), after.length, entry(-1L, slotBits, slot));
    return after;
  }
}
