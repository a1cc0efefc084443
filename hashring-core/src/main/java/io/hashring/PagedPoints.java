package io.hashring;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The claims of all members, in the order of their positions and, where these are equal, of the
 * members' ids: the first claimant of a position owns it, and the next one takes over when it leaves.
 * Immutable; successive indexes share the pages in which nothing changed.
 *
 * <p>The circle is cut into a power of two of equal arcs, one page each, so that a page holds some
 * forty claims. A page is one array:
 *
 * <pre>
 *   4 words    32 bytes, one for each equal part (bucket) of the arc: how many claims come before it
 *   2 words    a claim: its position, its slot
 *   …          more claims, in order
 *   2 words    the end: the largest position, and the slot of the first claim after this page
 * </pre>
 *
 * A lookup takes the top bits of a position to find the page, the next five to find the byte, and
 * looks on from that claim: a step or two, in one or two cache lines. The end stops every search and
 * carries the answer for what lies behind the last claim. Say positions have 8 bits, there are 2
 * pages, and page 1, for {@code [128, 256)}, holds claims at 140 and 201. A bucket is four positions
 * wide: 140 is in bucket 3 and 201 in bucket 18, so the bytes are 0 up to bucket 3, 1 from bucket 4
 * up to 18, then 2. The search for 200, in bucket 18, starts at claim 1 and ends there, at 201; the
 * search for 203 starts there too, steps once and meets the end.
 *
 * <p>A page whose claims crowd in a bucket, or are too many to count in a byte, has 255 in all bytes
 * and is searched by halves. So evenly spread claims cost O(1), and any others O(log n).
 *
 * <p>Positions are stored {@linkplain Claims#flip flipped}, because the comparison that processors
 * and compilers know best is the signed one. A slot is a member's place in an array and stays the same
 * as long as it is a member. Slots depend on the history of a ring, and nobody sees them.
 */
final class PagedPoints {

  static final int NO_SLOT = -1;

  private static final int BUCKET_BITS = 5;
  private static final int BUCKETS = 1 << BUCKET_BITS;

  /** Where the claims of a page begin: behind a byte for each bucket. */
  private static final int FIRST = BUCKETS / Long.BYTES;

  /** How many claims a bucket may have for its page to be searched one by one. */
  private static final int CROWD = 12;

  /** What the bytes of a page say that is to be searched by halves. */
  private static final int CROWDED = 0xff;

  /** The claims per page of a new index are at least this many, and less than twice as many. */
  private static final int NEW_CLAIMS_PER_PAGE = 32;

  private static final int MIN_CLAIMS_PER_PAGE = 12;
  private static final int MAX_CLAIMS_PER_PAGE = 96;

  private final long[][] pages;

  /** How many lower bits of a position do not take part in choosing the page: 1 to 63. */
  private final int shift;

  /** How many lower bits of a position do not take part in choosing the bucket. */
  private final int bucketShift;

  /** How many claims there are; a position counts once for each claimant. */
  private final int size;

  /** How many claims do not own their position. */
  private final int shadowed;

  private PagedPoints(long[][] pages, int shift, int size, int shadowed) {
    this.pages = pages;
    this.shift = shift;
    this.bucketShift = bucketShift(shift);
    this.size = size;
    this.shadowed = shadowed;
  }

  int size() {
    return size;
  }

  /** How many positions are claimed. */
  int positions() {
    return size - shadowed;
  }

  /** The slot of the owner of the first point at or after a position, or {@link #NO_SLOT}. */
  int owner(long position) {
    long index = position >>> shift;
    if (index >= pages.length) {
      return size == 0 ? NO_SLOT : endSlot(pages[pages.length - 1]);
    }
    long[] page = pages[(int) index];
    return (int) page[search(page, position) + 1];
  }

  /** Where in its page the first claim at or after a position stands, or the end if there is none. */
  private int search(long[] page, long position) {
    long flipped = Claims.flip(position);
    int bucket = bucketInPage(position, bucketShift);
    int before = (int) (page[bucket >>> 3] >>> (bucket << 3)) & 0xff;
    if (before == CROWDED) {
      return searchByHalves(page, flipped);
    }
    int at = FIRST + 2 * before;
    while (page[at] < flipped) {
      at += 2;
    }
    return at;
  }

  private static int searchByHalves(long[] page, long flipped) {
    int low = 0;
    int high = (page.length - FIRST) / 2 - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (page[FIRST + 2 * middle] < flipped) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return FIRST + 2 * low;
  }

  private static int end(long[] page) {
    return page.length - 2;
  }

  private static int endSlot(long[] page) {
    return (int) page[page.length - 1];
  }

  /** The slot of the first claim in a page, or after it if it is empty. */
  private static int firstSlot(long[] page) {
    return (int) page[FIRST + 1];
  }

  /** A place among the claims. */
  final class Cursor {
    private int index;
    private int at;

    /** Goes to the first claim at or after a position; false if there is none up to the last. */
    boolean ceiling(long position) {
      long page = position >>> shift;
      if (page >= pages.length) {
        return false;
      }
      index = (int) page;
      at = search(pages[index], position);
      return skipEnds();
    }

    /** Goes to the first claim at or after a position, around the circle. There must be one. */
    void clockwise(long position) {
      if (!ceiling(position)) {
        ceiling(0);
      }
    }

    /** Goes to the last claim at or before a position; false if there is none. */
    boolean floor(long position) {
      if (position == -1L || !ceiling(position + 1)) {
        index = pages.length;
        at = FIRST;
      }
      return previous();
    }

    /** Goes to the next claim; false if this is the last. */
    boolean next() {
      at += 2;
      return skipEnds();
    }

    /** Goes to the next claim, which after the last is the first. */
    void nextAround() {
      if (!next()) {
        ceiling(0);
      }
    }

    private boolean skipEnds() {
      while (at == end(pages[index])) {
        if (++index == pages.length) {
          return false;
        }
        at = FIRST;
      }
      return true;
    }

    private boolean previous() {
      while (at == FIRST) {
        if (--index < 0) {
          return false;
        }
        at = end(pages[index]);
      }
      at -= 2;
      return true;
    }

    long position() {
      return Claims.flip(pages[index][at]);
    }

    int slot() {
      return (int) pages[index][at + 1];
    }
  }

  Cursor cursor() {
    return new Cursor();
  }

  /**
   * Lays out the claims of members. Takes O(p) if the points are evenly spread, and O(p log p) at
   * worst.
   *
   * @param members in the order of their ids
   */
  static PagedPoints of(List<? extends Member<?>> members) {
    long[][] points = new long[members.size()][];
    int size = 0;
    long used = 0;
    for (int m = 0; m < points.length; m++) {
      points[m] = members.get(m).points();
      size += points[m].length;
      for (long point : points[m]) {
        used |= point;
      }
    }
    if (size == 0) {
      return new PagedPoints(new long[0][], Long.SIZE - 1, 0, 0);
    }
    int pageBits = Math.max(1, log2(size / NEW_CLAIMS_PER_PAGE));
    int circleBits = Math.max(pageBits + 1, Long.SIZE - Long.numberOfLeadingZeros(used));
    int shift = circleBits - pageBits;

    // A counting sort by bucket. Members come in order, so claims at one position are in order too.
    int[] ends = new int[(BUCKETS << pageBits) + 1];
    for (long[] some : points) {
      for (long point : some) {
        ends[bucket(point, shift) + 1]++;
      }
    }
    for (int b = 1; b < ends.length; b++) {
      ends[b] += ends[b - 1];
    }
    long[] claims = new long[2 * size];
    for (int m = 0; m < points.length; m++) {
      int slot = members.get(m).slot;
      for (long point : points[m]) {
        int at = 2 * ends[bucket(point, shift)]++;
        claims[at] = Claims.flip(point);
        claims[at + 1] = slot;
      }
    }
    return of(claims, ends, pageBits, shift);
  }

  /**
   * Lays out claims.
   *
   * @param claims position and slot in turn, sorted by bucket
   * @param ends how many claims there are up to and including each bucket
   */
  private static PagedPoints of(long[] claims, int[] ends, int pageBits, int shift) {
    PageWriter writer = new PageWriter(shift);
    long[][] pages = new long[1 << pageBits][];
    int from = 0;
    for (int p = 0; p < pages.length; p++) {
      for (int b = p << BUCKET_BITS; b < (p + 1) << BUCKET_BITS; b++) {
        sort(claims, from, ends[b]);
        for (; from < ends[b]; from++) {
          writer.add(claims[2 * from], claims[2 * from + 1]);
        }
      }
      pages[p] = writer.page(NO_SLOT);
    }
    link(pages);
    return new PagedPoints(pages, shift, writer.written, writer.shadowed);
  }

  /** Makes every page of a new index end with the first claim of the next one that has any. */
  private static void link(long[][] pages) {
    int first = 0;
    while (isEmpty(pages[first])) {
      first++;
    }
    int slot = firstSlot(pages[first]);
    for (int p = pages.length - 1; p >= 0; p--) {
      pages[p][pages[p].length - 1] = slot;
      slot = firstSlot(pages[p]);
    }
  }

  /** Sorts the claims of a bucket by position; equal ones stay in their order. */
  private static void sort(long[] claims, int from, int to) {
    if (to - from > CROWD) {
      sortCrowd(claims, from, to);
      return;
    }
    for (int i = 2 * (from + 1); i < 2 * to; i += 2) {
      long position = claims[i];
      long slot = claims[i + 1];
      int at = i;
      for (; at > 2 * from && claims[at - 2] > position; at -= 2) {
        claims[at] = claims[at - 2];
        claims[at + 1] = claims[at - 1];
      }
      claims[at] = position;
      claims[at + 1] = slot;
    }
  }

  private static void sortCrowd(long[] claims, int from, int to) {
    long[] positions = new long[to - from];
    int[] slots = new int[to - from];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = claims[2 * (from + i)];
      slots[i] = (int) claims[2 * (from + i) + 1];
    }
    Claims.sort(positions, slots);
    for (int i = 0; i < positions.length; i++) {
      claims[2 * (from + i)] = positions[i];
      claims[2 * (from + i) + 1] = slots[i];
    }
  }

  /**
   * These claims after a change. Takes O(k log k) for k changed claims, a copy of their pages, and a
   * copy of the table of pages; now and then, as an index grows or shrinks, a new layout of all.
   *
   * @param removed claims that are here
   * @param added claims that are not
   * @param ids the id of the member of a slot, before or after the change
   * @param after all members after the change, in the order of their ids
   */
  PagedPoints change(
      Claims removed, Claims added, IntFunction<String> ids, List<? extends Member<?>> after) {
    long sizeAfter = (long) size - removed.size + added.size;
    if (sizeAfter == 0
        || sizeAfter > (long) pages.length * MAX_CLAIMS_PER_PAGE
        || (sizeAfter < (long) pages.length * MIN_CLAIMS_PER_PAGE && pages.length > 2)
        || pageOf(added, added.size - 1, -1) >= pages.length) {
      return of(after);
    }
    return merge(removed, added, ids);
  }

  private PagedPoints merge(Claims removed, Claims added, IntFunction<String> ids) {
    PageWriter writer = new PageWriter(shift);
    long[][] merged = pages.clone();
    int[] touched = new int[removed.size + added.size];
    int touches = 0;
    int r = 0;
    int a = 0;
    while (r < removed.size || a < added.size) {
      int index =
          (int) Math.min(pageOf(removed, r, Long.MAX_VALUE), pageOf(added, a, Long.MAX_VALUE));
      long[] page = pages[index];
      for (int at = FIRST; at < end(page); at += 2) {
        long position = page[at];
        int slot = (int) page[at + 1];
        while (a < added.size && comesBefore(added, a, position, slot, ids)) {
          writer.add(added.positions[a], added.slots[a++]);
        }
        if (r < removed.size && removed.positions[r] == position && removed.slots[r] == slot) {
          r++;
        } else {
          writer.add(position, slot);
        }
      }
      for (; pageOf(added, a, -1) == index; a++) {
        writer.add(added.positions[a], added.slots[a]);
      }
      if (pageOf(removed, r, -1) == index) {
        throw new IllegalStateException(
            "placement must give a node the same points every time: node "
                + ids.apply(removed.slots[r]));
      }
      writer.shadowed -= shadowed(page);
      merged[index] = writer.page(endSlot(page));
      touched[touches++] = index;
    }
    for (int i = touches - 1; i >= 0; i--) {
      linkBack(merged, touched[i]);
    }
    return new PagedPoints(
        merged, shift, size - removed.size + added.size, shadowed + writer.shadowed);
  }

  /** The page of one of some claims, or another number if there are not that many. */
  private long pageOf(Claims claims, int i, long otherwise) {
    return i >= 0 && i < claims.size ? Claims.flip(claims.positions[i]) >>> shift : otherwise;
  }

  private static boolean comesBefore(
      Claims claims, int i, long position, int slot, IntFunction<String> ids) {
    return claims.positions[i] < position
        || (claims.positions[i] == position
            && Member.compareIds(ids.apply(claims.slots[i]), ids.apply(slot)) < 0);
  }

  private static int shadowed(long[] page) {
    int shadowed = 0;
    for (int at = FIRST + 2; at < end(page); at += 2) {
      if (page[at] == page[at - 2]) {
        shadowed++;
      }
    }
    return shadowed;
  }

  /** Makes the pages before one end with its first claim, as far back as the next one with claims. */
  private static void linkBack(long[][] pages, int index) {
    int slot = firstSlot(pages[index]);
    long[] empty = null;
    int p = index;
    while (true) {
      p = p == 0 ? pages.length - 1 : p - 1;
      if (endSlot(pages[p]) == slot) {
        return;
      }
      if (isEmpty(pages[p])) {
        empty = empty == null ? withEnd(pages[p], slot) : empty;
        pages[p] = empty;
      } else {
        pages[p] = withEnd(pages[p], slot);
        return;
      }
    }
  }

  private static long[] withEnd(long[] page, int slot) {
    long[] copy = page.clone();
    copy[copy.length - 1] = slot;
    return copy;
  }

  private static boolean isEmpty(long[] page) {
    return end(page) == FIRST;
  }

  private static int log2(int n) {
    return 31 - Integer.numberOfLeadingZeros(Math.max(n, 1));
  }

  private static int bucketShift(int shift) {
    return Math.max(shift - BUCKET_BITS, 0);
  }

  /** The number of a position's bucket, counted over all pages. */
  private static int bucket(long position, int shift) {
    return (int) (position >>> shift) << BUCKET_BITS | bucketInPage(position, bucketShift(shift));
  }

  private static int bucketInPage(long position, int bucketShift) {
    return (int) (position >>> bucketShift) & (BUCKETS - 1);
  }

  /** Writes pages, one after the other. */
  private static final class PageWriter {
    private final int bucketShift;
    private long[] page = new long[4 * NEW_CLAIMS_PER_PAGE];
    private int end = FIRST;

    /** The number of claims in the pages written. */
    private int written;

    /** The number of those that do not own their position. */
    private int shadowed;

    PageWriter(int shift) {
      bucketShift = bucketShift(shift);
    }

    /** Adds the next claim in order, unless it is there already. */
    void add(long position, long slot) {
      boolean samePosition = end > FIRST && page[end - 2] == position;
      if (samePosition && page[end - 1] == slot) {
        return;
      }
      if (samePosition) {
        shadowed++;
      }
      if (end + 4 > page.length) {
        page = Arrays.copyOf(page, 2 * page.length);
      }
      page[end++] = position;
      page[end++] = slot;
      written++;
    }

    /** The page of the claims added since the last one. */
    long[] page(int endSlot) {
      countBuckets();
      page[end] = Long.MAX_VALUE;
      page[end + 1] = endSlot;
      long[] finished = Arrays.copyOf(page, end + 2);
      end = FIRST;
      return finished;
    }

    private void countBuckets() {
      Arrays.fill(page, 0, FIRST, 0);
      int claims = (end - FIRST) / 2;
      int next = 0;
      int inBucket = 0;
      boolean crowded = claims >= CROWDED;
      for (int i = 0; i < claims && !crowded; i++) {
        int bucket = bucketInPage(Claims.flip(page[FIRST + 2 * i]), bucketShift);
        inBucket = bucket < next ? inBucket + 1 : 1;
        crowded = inBucket > CROWD;
        for (; next <= bucket; next++) {
          setCount(next, i);
        }
      }
      for (; next < BUCKETS && !crowded; next++) {
        setCount(next, claims);
      }
      if (crowded) {
        Arrays.fill(page, 0, FIRST, -1);
      }
    }

    private void setCount(int bucket, long claimsBefore) {
      page[bucket >>> 3] |= claimsBefore << (bucket << 3);
    }
  }
}
