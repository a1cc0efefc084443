package io.hashring;

import static io.hashring.PageFormat.FIRST;
import static io.hashring.PageFormat.OVERFLOW;
import static io.hashring.PageFormat.bucket;
import static io.hashring.PageFormat.end;
import static io.hashring.PageFormat.entriesBefore;
import static io.hashring.PageFormat.entry;
import static io.hashring.PageFormat.offset;

import java.util.List;

/**
 * The index of a ring: the claims of all members, in the order of their positions and, where these
 * are equal, of their {@link Precedence}. The first claimant of a position owns it, and the next
 * one takes over when it leaves. Immutable; successive indexes share the pages in which nothing
 * changed.
 *
 * <p>The circle is cut into a power of two of equal arcs, one page each, so that a page holds some
 * forty claims:
 *
 * <pre>
 *   8    32 bytes, one for each equal part (bucket) of the arc: how many entries come before it
 *   n    an entry of 32 bits for each claim, in order: a prefix of its offset in the arc, then the
 *        slot of its member
 *   3    the end, three times: the largest prefix, then the slot of the first claim after this page
 * </pre>
 *
 * <p>A lookup takes the top bits of a position to find the page and the next five to find the byte,
 * and counts how many of the three entries from there on are below the position. Comparing three,
 * whatever the first says, costs less than a branch that is mispredicted. A bucket has one entry or
 * two, so that hardly ever more steps follow; and two or three cache lines have been read, at the
 * same time, for it is guessed where the entries are. Only where the prefix of an entry equals that
 * of the position does the lookup ask for the positions themselves, which lie elsewhere and leave
 * the caches to the pages. The end stops every search, and holds the answer for what lies behind
 * the last claim.
 *
 * <p>Say positions have 8 bits, there are 2 pages, and page 1, for {@code [128, 256)}, holds claims
 * at 140 and 201. A bucket is four positions wide: 140 is in bucket 3 and 201 in bucket 18, so the
 * bytes are 0 up to bucket 3, 1 from bucket 4 up to 18, then 2. The search for 200, in bucket 18,
 * starts at entry 1, which is 201; none of (201, end, end) is below 200, so it ends there. The
 * search for 203 starts there too, counts one, and is at the end.
 *
 * <p>A page with more entries than a byte counts, or more in a bucket than one would step over, has
 * 255 in all bytes and is searched by halves. So evenly spread claims cost O(1), and any others
 * O(log n).
 *
 * <p>A slot is a member's place in an array and stays the same as long as it is a member. Slots
 * depend on the history of a ring, and nobody sees them.
 *
 * <p>Positions are found through tables of {@value #TABLE_SIZE}, of which a change copies those
 * that it touches; and what two indexes share shows at the tables. So are the pages of a large
 * index. A smaller one has all its pages in one table, which every change copies, since another
 * step to a page costs each lookup a nanosecond.
 */
final class PagedPoints {

  static final int NO_SLOT = -1;

  static final int TABLE_BITS = 6;
  static final int TABLE_SIZE = 1 << TABLE_BITS;

  /** How many positions of a batch are looked up side by side. */
  private static final int GROUP = 16;

  /** Tables of pages, all of one size, a power of two. */
  final int[][][] tables;

  /** The table of pages if there is one only, else empty. */
  private final int[][] pages;

  final int pageCount;

  private final int meanPerPage;
  private final int tableBits;

  /** Tables of the positions of the claims in each page. */
  final long[][][] positions;

  /** How many lower bits of a position do not take part in choosing the page: 1 to 63. */
  final int shift;

  /**
   * How many lower bits of an entry are its slot; the bits above, less the sign, the prefix of its
   * offset.
   */
  final int slotBits;

  /** How many claims there are; a position counts once for each claimant. */
  final int size;

  /** How many claims do not own their position. */
  final int collided;

  PagedPoints(
      int[][][] tables, long[][][] positions, int shift, int slotBits, int size, int collided) {
    this.tables = tables;
    this.pages = tables.length == 1 ? tables[0] : new int[0][];
    this.tableBits = tables.length == 0 ? 0 : Integer.numberOfTrailingZeros(tables[0].length);
    this.pageCount = tables.length << tableBits;
    this.meanPerPage = pageCount == 0 ? 0 : size / pageCount;
    this.positions = positions;
    this.shift = shift;
    this.slotBits = slotBits;
    this.size = size;
    this.collided = collided;
  }

  /**
   * Lays out the claims of members. Takes O(p) if the points are evenly spread, and O(p log p) at
   * worst.
   *
   * @param members in any order
   */
  static PagedPoints of(List<? extends Member<?>> members, Precedence precedence) {
    return PageLayout.of(members, precedence);
  }

  /**
   * These claims after a change. Takes O(k log k) for k changed claims, and a copy of their pages
   * and of the tables of these; now and then, as an index grows or shrinks, a new layout of all.
   *
   * @param removed claims that are here
   * @param added claims that are not
   * @param precedence among the members before and after the change
   * @param after all members after the change
   */
  PagedPoints change(
      Claims removed, Claims added, Precedence precedence, List<? extends Member<?>> after) {
    return PageLayout.fits(this, removed, added)
        ? new PageMerge(this, precedence).merge(removed, added)
        : PageLayout.of(after, precedence);
  }

  int size() {
    return size;
  }

  /** How many positions are claimed. */
  int positions() {
    return size - collided;
  }

  long[] positions(int index) {
    return positions[index >>> TABLE_BITS][index & (TABLE_SIZE - 1)];
  }

  int[] page(int index) {
    return index < pages.length
        ? pages[index]
        : tables[index >>> tableBits][index & ((1 << tableBits) - 1)];
  }

  /** The slot of the owner of the first point at or after a position, or {@link #NO_SLOT}. */
  int owner(long position) {
    long index = position >>> shift;
    if (index >= pages.length) {
      return ownerInTables(position);
    }
    int[] page = pages[(int) index];
    return isFetched(page, position)
        ? slot(page[search(page, (int) index, position)])
        : slotAt(location(position));
  }

  private int ownerInTables(long position) {
    long index = position >>> shift;
    if (index < pageCount) {
      int[] page = page((int) index);
      if (isFetched(page, position)) {
        return slot(page[search(page, (int) index, position)]);
      }
    }
    return size == 0 ? NO_SLOT : slotAt(location(position));
  }

  /**
   * True, for no entry is negative; but to find that out the processor fetches the entry that would
   * be the answer if claims were evenly spread, and the true one is mostly in its cache line. So
   * the line is on its way together with that of the bucket's byte, and not after it.
   */
  private boolean isFetched(int[] page, long position) {
    long fraction = offset(position, shift) >>> Integer.SIZE;
    int expected = FIRST + (int) ((fraction * meanPerPage) >>> Integer.SIZE);
    return expected >= page.length || page[expected] >= 0;
  }

  /**
   * The slots of the owners of many positions, as {@link #owner} finds them one by one; but what
   * sixteen of them read from memory is on its way at the same time.
   *
   * @param positions of which those from {@code from} to {@code to} are asked for
   * @param slots takes the slots, at the indexes of the positions
   */
  void owners(long[] positions, int from, int to, int[] slots) {
    for (int start = from; start < to; start += GROUP) {
      int end = Math.min(start + GROUP, to);
      for (int i = start; i < end; i++) {
        long index = positions[i] >>> shift;
        slots[i] = index < pageCount
            ? entriesBefore(page((int) index), bucket(offset(positions[i], shift)))
            : OVERFLOW;
      }
      for (int i = start; i < end; i++) {
        long position = positions[i];
        int before = slots[i];
        if (before == OVERFLOW) {
          slots[i] = owner(position);
        } else {
          int index = (int) (position >>> shift);
          int[] page = page(index);
          slots[i] = slot(page[searchFrom(before, page, index, position)]);
        }
      }
    }
  }

  /** The slot of the claim nearest to a position. There must be one. */
  int nearest(long position) {
    long index = position >>> shift;
    if (index < pageCount) {
      int[] page = page((int) index);
      int at = search(page, (int) index, position);
      if (at > FIRST && at < end(page)) {
        int here = entry(offset(position, shift), slotBits, 0) >>> slotBits;
        int toAhead = (page[at] >>> slotBits) - here;
        int toBehind = here - (page[at - 1] >>> slotBits);
        int nearer = toBehind - toAhead;
        // a prefix is less than one unit too low, and so is a distance
        if (Math.abs(nearer) >= 2) {
          return slot(page[at + (nearer >> 31)]); // no branch, for the outcome is a toss-up
        }
      }
    }
    return slotAt(nearestLocation(position));
  }

  /** The location of the claim nearest to a position, of the one behind it if two are. */
  long nearestLocation(long position) {
    long ahead = ahead(location(position));
    long behind = behind(location(position));
    return Long.compareUnsigned(position - positionAt(behind), positionAt(ahead) - position) <= 0
        ? behind
        : ahead;
  }

  /**
   * The slot of the claim that is nearest clockwise to any probe of a hash, around a circle of
   * 2^64, or {@link #NO_SLOT} if prefixes do not tell which one it is. There must be a claim.
   */
  int ownerOfProbes(long hash, int probes) {
    // positions by their prefixes, but for the last claim before the end of a page, are too low by
    // less than this
    long unit = 1L << Math.max(0, shift - (Integer.SIZE - 1 - slotBits));
    int owner = NO_SLOT;
    long least = -1;
    long close = 0;
    for (int i = 0; i < probes; i++) {
      long probe = Probes.probe(hash, i);
      long index = probe >>> shift;
      if (index >= pageCount) {
        return NO_SLOT;
      }
      int[] page = page((int) index);
      int at = search(page, (int) index, probe);
      int entry = page[at];
      long claimed = at == end(page)
          ? positionAt(ahead(location((int) index, at)))
          : index << shift | (long) (entry >>> slotBits) << (33 + slotBits) >>> -shift;
      long distance = claimed - (probe & -unit);
      // which probe is the nearest is a toss-up, so masks take the place of branches
      long nearer = ifBelow(distance, least);
      long gap = (distance - least ^ nearer) - nearer;
      close = ifBelow(gap, 2 * unit) | (close & ~nearer);
      owner += (slot(entry) - owner) & (int) nearer;
      least += (distance - least) & nearer;
    }
    return close == 0 ? owner : NO_SLOT;
  }

  /** All bits if an unsigned number is below another, else none. */
  private static long ifBelow(long number, long other) {
    return ((~number & other) | ((~number | other) & (number - other))) >> (Long.SIZE - 1);
  }

  // A location packs the index of a page, in the upper half, and the index of an entry in it, in
  // the lower, so walking allocates nothing.

  private static long location(int index, int at) {
    return (long) index << Integer.SIZE | at;
  }

  /**
   * The first claim at or after a position in its page, or the end of that page or the last one.
   */
  private long location(long position) {
    long index = position >>> shift;
    return index < pageCount
        ? location((int) index, search(page((int) index), (int) index, position))
        : location(pageCount - 1, end(page(pageCount - 1)));
  }

  /** A location, or if it is an end, the first claim after it, around the circle. */
  private long ahead(long location) {
    int index = (int) (location >>> Integer.SIZE);
    int at = (int) location;
    while (at == end(page(index))) {
      index = index == pageCount - 1 ? 0 : index + 1;
      at = FIRST;
    }
    return location(index, at);
  }

  /** The claim before a location, around the circle. */
  private long behind(long location) {
    int index = (int) (location >>> Integer.SIZE);
    int at = (int) location;
    while (at == FIRST) {
      index = index == 0 ? pageCount - 1 : index - 1;
      at = end(page(index));
    }
    return location(index, at - 1);
  }

  private long positionAt(long location) {
    return positions((int) (location >>> Integer.SIZE))[(int) location - FIRST];
  }

  private int slotAt(long location) {
    return slot(page((int) (location >>> Integer.SIZE))[(int) location]);
  }

  /**
   * Where the first claim at or after a position stands in its page, or the end if there is none.
   */
  int search(int[] page, int index, long position) {
    int before = entriesBefore(page, bucket(offset(position, shift)));
    return before == OVERFLOW
        ? binarySearch(positions(index), position)
        : searchFrom(before, page, index, position);
  }

  private int searchFrom(int before, int[] page, int index, long position) {
    int entry = entry(offset(position, shift), slotBits, 0);
    int at = FIRST + before;
    at += ((page[at] - entry) >>> 31)
        + ((page[at + 1] - entry) >>> 31)
        + ((page[at + 2] - entry) >>> 31);
    while (page[at] < entry) {
      at++;
    }
    return (page[at] ^ entry) >>> slotBits == 0 ? linearSearch(positions(index), at, position) : at;
  }

  private static int linearSearch(long[] positions, int at, long position) {
    int i = at - FIRST;
    // within a page, positions are less than 2^63 apart
    while (i < positions.length && positions[i] - position < 0) {
      i++;
    }
    return FIRST + i;
  }

  private static int binarySearch(long[] positions, long position) {
    int low = 0;
    int high = positions.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (positions[middle] - position < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return FIRST + low;
  }

  int slot(int entry) {
    return PageFormat.slot(entry, slotBits);
  }

  /** The last claimed position before one, around the circle. There must be one. */
  long before(long position) {
    return positionAt(behind(location(position)));
  }

  /** The first claimed position after one, around the circle. There must be one. */
  long after(long position) {
    return positionAt(ahead(location(position + 1)));
  }

  /** Shown a claimed position, and the slots of the first and the last of those that claim it. */
  @FunctionalInterface
  interface PositionVisitor {
    void visit(long position, int firstSlot, int lastSlot);
  }

  /** Shows all claimed positions in order. */
  void forEachPosition(PositionVisitor visitor) {
    for (int p = 0; p < pageCount; p++) {
      int[] page = page(p);
      long[] here = positions(p);
      for (int from = 0, to; from < here.length; from = to) {
        to = endOfGroup(here, from);
        visitor.visit(here[from], slot(page[FIRST + from]), slot(page[FIRST + to - 1]));
      }
    }
  }

  /** Where the claims to the position of one end. */
  static int endOfGroup(long[] positions, int from) {
    int to = from + 1;
    while (to < positions.length && positions[to] == positions[from]) {
      to++;
    }
    return to;
  }

  /**
   * The positions, in order, that other members claim here than in another index, or in another
   * order. Where one of the two comes from the other by changes, takes a look at the tables and at
   * the pages that have changed; O(p) otherwise.
   *
   * @param slots the slots there of the members that have the slots here, or {@link #NO_SLOT}
   */
  long[] differences(PagedPoints other, int[] slots) {
    return new PageComparison(this, other, slots).differences();
  }

  PointCursor cursor() {
    return new PointCursor(this);
  }
}
