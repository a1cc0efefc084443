package io.hashring;

import com.google.common.primitives.Ints;
import com.google.common.primitives.Longs;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The claims of all members, in the order of their positions and, where these are equal, of their
 * {@link Precedence}: the first claimant of a position owns it, and the next one takes over when it
 * leaves. Immutable; successive indexes share the pages in which nothing changed.
 *
 * <p>The circle is cut into a power of two of equal arcs, one page each, so that a page holds some
 * forty claims:
 *
 * <pre>
 *   8    32 bytes, one for each equal part (bucket) of the arc: how many claims come before it
 *   n    the claims in order, each in brief: the upper bits of its offset in the arc, then the slot of
 *        its member
 *   1    the end: the largest offset, then the slot of the first claim after this page
 * </pre>
 *
 * A lookup takes the top bits of a position to find the page and the next five to find the byte,
 * and looks on from that claim: a step or two, in two or three cache lines. Only where the offset
 * of a claim equals that of the position in brief does it ask for the positions themselves, which
 * lie elsewhere and leave the caches to the pages. The end stops every search, and carries the
 * answer for what lies behind the last claim.
 *
 * <p>Say positions have 8 bits, there are 2 pages, and page 1, for {@code [128, 256)}, holds claims
 * at 140 and 201. A bucket is four positions wide: 140 is in bucket 3 and 201 in bucket 18, so the
 * bytes are 0 up to bucket 3, 1 from bucket 4 up to 18, then 2. The search for 200, in bucket 18,
 * starts at claim 1 and ends there, at 201; the search for 203 starts there too, steps once and
 * meets the end.
 *
 * <p>A page whose claims crowd in a bucket, or are too many to count in a byte, has 255 in all
 * bytes and is searched by halves. So evenly spread claims cost O(1), and any others O(log n).
 *
 * <p>A slot is a member's place in an array and stays the same as long as it is a member. Slots
 * depend on the history of a ring, and nobody sees them.
 */
final class PagedPoints {

  static final int NO_SLOT = -1;

  private static final int BUCKET_BITS = 5;
  private static final int BUCKETS = 1 << BUCKET_BITS;

  /** Where the claims of a page begin: behind a byte for each bucket. */
  private static final int FIRST = BUCKETS / Integer.BYTES;

  /** How many claims a bucket may have for its page to be searched one by one. */
  private static final int CROWD = 12;

  /** What the bytes of a page say that is to be searched by halves. */
  private static final int CROWDED = 0xff;

  /** The claims per page of a new index are at least this many, and less than twice as many. */
  private static final int NEW_CLAIMS_PER_PAGE = 32;

  private static final int MIN_CLAIMS_PER_PAGE = 12;
  private static final int MAX_CLAIMS_PER_PAGE = 96;

  private final int[][] pages;

  /** The positions of the claims of each page. */
  private final long[][] positions;

  /** How many lower bits of a position do not take part in choosing the page: 1 to 63. */
  private final int shift;

  /**
   * How many lower bits of a claim in brief are its slot; the bits above, less the sign, its
   * offset.
   */
  private final int slotBits;

  /** How many claims there are; a position counts once for each claimant. */
  private final int size;

  /** How many claims do not own their position. */
  private final int shadowed;

  private PagedPoints(
      int[][] pages, long[][] positions, int shift, int slotBits, int size, int shadowed) {
    this.pages = pages;
    this.positions = positions;
    this.shift = shift;
    this.slotBits = slotBits;
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
    int[] page = pages[(int) index];
    return slot(page[search(page, (int) index, position)]);
  }

  /** The slot of the claim nearest to a position. There must be one. */
  int nearest(long position) {
    return slotAt(nearestPlace(position));
  }

  private long nearestPlace(long position) {
    long place = place(position);
    int[] page = pages[(int) (place >>> Integer.SIZE)];
    int at = (int) place;
    if (at > FIRST && at < end(page)) {
      // Claims in brief tell how far they are to less than one of their units.
      int here = brief(position << -shift, slotBits, 0) >>> slotBits;
      int toAhead = (page[at] >>> slotBits) - here;
      int toBehind = here - (page[at - 1] >>> slotBits);
      if (Math.abs(toAhead - toBehind) >= 2) {
        return toBehind < toAhead ? place - 1 : place;
      }
    }
    long ahead = ahead(place);
    long behind = behind(place);
    return Long.compareUnsigned(position - positionAt(behind), positionAt(ahead) - position) <= 0
        ? behind
        : ahead;
  }

  /**
   * The slot of the claim that is nearest clockwise to any probe of a hash, around a circle of
   * 2^64, or {@link #NO_SLOT} if claims in brief do not tell which one it is. There must be a
   * claim.
   */
  int ownerOfProbes(long hash, int probes) {
    // positions in brief, but for the last claim before the end of a page, are too low by less than
    // this
    long blur = 1L << Math.max(0, shift - (Integer.SIZE - 1 - slotBits));
    int owner = NO_SLOT;
    long least = -1;
    long close = 0;
    for (int i = 0; i < probes; i++) {
      long probe = Probes.probe(hash, i);
      long place = place(probe);
      int[] page = pages[(int) (place >>> Integer.SIZE)];
      long claimed;
      if ((int) place == end(page)) {
        place = ahead(place);
        page = pages[(int) (place >>> Integer.SIZE)];
        claimed = positionAt(place);
      } else {
        long offset = (long) (page[(int) place] >>> slotBits) << (33 + slotBits);
        claimed = (place >>> Integer.SIZE) << shift | offset >>> -shift;
      }
      long distance = claimed - (probe & -blur);
      // which probe is the nearest is a toss-up, so masks take the place of branches
      long nearer = ifBelow(distance, least);
      long gap = (distance - least ^ nearer) - nearer;
      close = ifBelow(gap, 2 * blur) | (close & ~nearer);
      owner += (slot(page[(int) place]) - owner) & (int) nearer;
      least += (distance - least) & nearer;
    }
    return close == 0 ? owner : NO_SLOT;
  }

  /** All bits if an unsigned number is below another, else none. */
  private static long ifBelow(long number, long other) {
    return ((~number & other) | ((~number | other) & (number - other))) >> (Long.SIZE - 1);
  }

  // A place is a page, in the upper half, and where in it, in the lower: a cursor that needs no
  // object.

  private static long place(int index, int at) {
    return (long) index << Integer.SIZE | at;
  }

  /**
   * The first claim at or after a position in its page, or the end of that page or the last one.
   */
  private long place(long position) {
    long index = position >>> shift;
    return index < pages.length
        ? place((int) index, search(pages[(int) index], (int) index, position))
        : place(pages.length - 1, end(pages[pages.length - 1]));
  }

  /** A place, or if it is an end, the first claim after it, around the circle. */
  private long ahead(long place) {
    int index = (int) (place >>> Integer.SIZE);
    int at = (int) place;
    while (at == end(pages[index])) {
      index = index == pages.length - 1 ? 0 : index + 1;
      at = FIRST;
    }
    return place(index, at);
  }

  /** The claim before a place, around the circle. */
  private long behind(long place) {
    int index = (int) (place >>> Integer.SIZE);
    int at = (int) place;
    while (at == FIRST) {
      index = index == 0 ? pages.length - 1 : index - 1;
      at = end(pages[index]);
    }
    return place(index, at - 1);
  }

  private long positionAt(long place) {
    return positions[(int) (place >>> Integer.SIZE)][(int) place - FIRST];
  }

  private int slotAt(long place) {
    return slot(pages[(int) (place >>> Integer.SIZE)][(int) place]);
  }

  /**
   * Where the first claim at or after a position stands in its page, or the end if there is none.
   */
  private int search(int[] page, int index, long position) {
    long offset = position << -shift;
    int bucket = bucket(offset);
    int before = before(page, bucket);
    if (before == CROWDED) {
      return searchByHalves(positions[index], position);
    }
    int brief = brief(offset, slotBits, 0);
    int at = FIRST + before;
    // the outcome of these two is a toss-up, which costs more to predict than to compute
    at += (page[at] - brief) >>> 31;
    at += (page[at] - brief) >>> 31;
    while (page[at] < brief) {
      at++;
    }
    return (page[at] ^ brief) >>> slotBits == 0
        ? searchOneByOne(positions[index], at, position)
        : at;
  }

  private static int searchOneByOne(long[] positions, int at, long position) {
    int i = at - FIRST;
    // within a page, positions are less than 2^63 apart
    while (i < positions.length && positions[i] - position < 0) {
      i++;
    }
    return FIRST + i;
  }

  private static int searchByHalves(long[] positions, long position) {
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

  /** The bucket of a position in its page, given its offset there in the upper bits. */
  private static int bucket(long offset) {
    return (int) (offset >>> (Long.SIZE - BUCKET_BITS));
  }

  /** How many claims come before a bucket. */
  private static int before(int[] page, int bucket) {
    return (page[bucket >>> 2] >>> (bucket << 3)) & 0xff;
  }

  /** A claim in brief. */
  private static int brief(long offset, int slotBits, int slot) {
    return (int) (offset >>> (33 + slotBits)) << slotBits | slot;
  }

  private int slot(int brief) {
    return brief & ((1 << slotBits) - 1);
  }

  private static int end(int[] page) {
    return page.length - 1;
  }

  private int endSlot(int[] page) {
    return slot(page[end(page)]);
  }

  /** The slot of the first claim in a page, or after it if it is empty. */
  private int firstSlot(int[] page) {
    return slot(page[FIRST]);
  }

  private static boolean isEmpty(int[] page) {
    return page.length == FIRST + 1;
  }

  /** The last claimed position before one, around the circle. There must be one. */
  long before(long position) {
    return positionAt(behind(place(position)));
  }

  /** The first claimed position after one, around the circle. There must be one. */
  long after(long position) {
    return positionAt(ahead(place(position + 1)));
  }

  /** Shown a claimed position, and the slots of the first and the last of those that claim it. */
  @FunctionalInterface
  interface PositionVisitor {
    void visit(long position, int firstSlot, int lastSlot);
  }

  /** Shows all claimed positions in order. */
  void forEachPosition(PositionVisitor visitor) {
    for (int p = 0; p < pages.length; p++) {
      long[] here = positions[p];
      for (int from = 0, to; from < here.length; from = to) {
        to = endOfMeeting(here, from);
        visitor.visit(here[from], slot(pages[p][FIRST + from]), slot(pages[p][FIRST + to - 1]));
      }
    }
  }

  /** Where the claims to the position of one end. */
  private static int endOfMeeting(long[] positions, int from) {
    int to = from + 1;
    while (to < positions.length && positions[to] == positions[from]) {
      to++;
    }
    return to;
  }

  /**
   * The positions, in order, that other members claim here than in another index, or in another
   * order. Takes a look at each page, and at the claims of those that the two do not share.
   *
   * @param slots the slots there of the members that have the slots here, or {@link #NO_SLOT}
   */
  @SuppressWarnings("ReferenceEquality") // a page that both have is the same object
  long[] differences(PagedPoints other, int[] slots) {
    LongStream.Builder differences = LongStream.builder();
    if (shift == other.shift && pages.length == other.pages.length) {
      for (int p = 0; p < pages.length; p++) {
        if (pages[p] != other.pages[p]) {
          addDifferences(
              positions[p], slots(p), other.positions[p], other.slots(p), slots, differences);
        }
      }
    } else {
      addDifferences(
          allPositions(), allSlots(), other.allPositions(), other.allSlots(), slots, differences);
    }
    return differences.build().toArray();
  }

  private static void addDifferences(
      long[] here,
      int[] slotsHere,
      long[] there,
      int[] slotsThere,
      int[] slots,
      LongStream.Builder to) {
    int h = 0;
    int t = 0;
    while (h < here.length || t < there.length) {
      int order =
          h == here.length ? 1 : t == there.length ? -1 : Long.compareUnsigned(here[h], there[t]);
      int nextH = order <= 0 ? endOfMeeting(here, h) : h;
      int nextT = order >= 0 ? endOfMeeting(there, t) : t;
      if (!areSame(slotsHere, h, nextH, slotsThere, t, nextT, slots)) {
        to.add(order <= 0 ? here[h] : there[t]);
      }
      h = nextH;
      t = nextT;
    }
  }

  private static boolean areSame(
      int[] here, int fromH, int toH, int[] there, int fromT, int toT, int[] slots) {
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

  private int[] slots(int page) {
    int[] slots = Arrays.copyOfRange(pages[page], FIRST, end(pages[page]));
    Arrays.setAll(slots, i -> slot(slots[i]));
    return slots;
  }

  private long[] allPositions() {
    return Longs.concat(positions);
  }

  private int[] allSlots() {
    int[][] all = new int[pages.length][];
    Arrays.setAll(all, this::slots);
    return Ints.concat(all);
  }

  Cursor cursor() {
    return new Cursor();
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
      at = search(pages[index], index, position);
      return skipEnds();
    }

    /** Goes to the last claim at or before a position; false if there is none. */
    boolean floor(long position) {
      if (position == -1L || !ceiling(position + 1)) {
        index = pages.length;
        at = FIRST;
      }
      return previous();
    }

    /** Goes to the first claim at or after a position, around the circle. There must be one. */
    void clockwise(long position) {
      if (!ceiling(position)) {
        ceiling(0);
      }
    }

    /** Goes to the next claim, which after the last is the first. */
    void nextAround() {
      at++;
      if (!skipEnds()) {
        ceiling(0);
      }
    }

    /** Goes to the claim nearest to a position, the one behind it if two are. There must be one. */
    void nearest(long position) {
      goTo(nearestPlace(position));
    }

    private void goTo(long place) {
      index = (int) (place >>> Integer.SIZE);
      at = (int) place;
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
      at--;
      return true;
    }

    long position() {
      return positions[index][at - FIRST];
    }

    int slot() {
      return PagedPoints.this.slot(pages[index][at]);
    }
  }

  /**
   * Lays out the claims of members. Takes O(p) if the points are evenly spread, and O(p log p) at
   * worst.
   *
   * @param members in any order
   */
  static PagedPoints of(List<? extends Member<?>> members, Precedence precedence) {
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
      return new PagedPoints(new int[0][], new long[0][], Long.SIZE - 1, 1, 0, 0);
    }
    int pageBits = Math.max(1, bits(size / NEW_CLAIMS_PER_PAGE) - 1);
    int circleBits = Math.max(pageBits + 1, Long.SIZE - Long.numberOfLeadingZeros(used));
    int slotBits = bits(maxSlot) + 1; // so that as many can join before all has to be laid out anew
    return layOut(
        members, precedence, points, size, 1 << pageBits, circleBits - pageBits, slotBits);
  }

  private static PagedPoints layOut(
      List<? extends Member<?>> members,
      Precedence precedence,
      long[][] points,
      int size,
      int pages,
      int shift,
      int slotBits) {
    // A counting sort by bucket.
    int[] ends = new int[pages * BUCKETS + 1];
    for (long[] some : points) {
      for (long point : some) {
        ends[bucket(point, shift) + 1]++;
      }
    }
    for (int b = 1; b < ends.length; b++) {
      ends[b] += ends[b - 1];
    }
    long[] flipped = new long[size];
    int[] slots = new int[size];
    for (int m = 0; m < points.length; m++) {
      int slot = members.get(m).slot;
      for (long point : points[m]) {
        int at = ends[bucket(point, shift)]++;
        flipped[at] = Claims.flip(point);
        slots[at] = slot;
      }
    }
    PageWriter writer =
        new PageWriter(new int[pages][], new long[pages][], shift, slotBits, precedence);
    int from = 0;
    for (int p = 0; p < pages; p++) {
      for (int b = p * BUCKETS; b < (p + 1) * BUCKETS; b++) {
        sort(flipped, slots, from, ends[b]);
        for (; from < ends[b]; from++) {
          writer.add(Claims.flip(flipped[from]), slots[from]);
        }
      }
      writer.writePage(p, 0);
    }
    PagedPoints laidOut = new PagedPoints(
        writer.pages, writer.positions, shift, slotBits, writer.written, writer.shadowed);
    laidOut.link();
    return laidOut;
  }

  private static int bits(int n) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(n);
  }

  /** The number of a position's bucket, counted over all pages. */
  private static int bucket(long position, int shift) {
    return (int) (position >>> shift) * BUCKETS + bucket(position << -shift);
  }

  /** Sorts the claims of a bucket by flipped position; equal ones stay in their order. */
  private static void sort(long[] positions, int[] slots, int from, int to) {
    if (to - from > CROWD) {
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

  /** Makes every page of a new index end with the first claim of the next one that has any. */
  private void link() {
    int first = 0;
    while (isEmpty(pages[first])) {
      first++;
    }
    int slot = firstSlot(pages[first]);
    for (int p = pages.length - 1; p >= 0; p--) {
      pages[p][end(pages[p])] |= slot;
      slot = firstSlot(pages[p]);
    }
  }

  /**
   * These claims after a change. Takes O(k log k) for k changed claims, a copy of their pages, and
   * a copy of the table of pages; now and then, as an index grows or shrinks, a new layout of all.
   *
   * @param removed claims that are here
   * @param added claims that are not
   * @param precedence among the members before and after the change
   * @param after all members after the change
   */
  PagedPoints change(
      Claims removed, Claims added, Precedence precedence, List<? extends Member<?>> after) {
    int sizeAfter = size - removed.size + added.size;
    boolean fits = sizeAfter > 0
        && sizeAfter <= (long) pages.length * MAX_CLAIMS_PER_PAGE
        && (sizeAfter >= (long) pages.length * MIN_CLAIMS_PER_PAGE || pages.length == 2)
        && pageOf(added, added.size - 1, -1) < pages.length
        && added.maxSlot() >>> slotBits == 0;
    return fits ? merge(removed, added, precedence) : of(after, precedence);
  }

  private PagedPoints merge(Claims removed, Claims added, Precedence precedence) {
    PageWriter writer =
        new PageWriter(pages.clone(), positions.clone(), shift, slotBits, precedence);
    int[] touched = new int[removed.size + added.size];
    int touches = 0;
    int r = 0;
    int a = 0;
    while (r < removed.size || a < added.size) {
      int index =
          (int) Math.min(pageOf(removed, r, Long.MAX_VALUE), pageOf(added, a, Long.MAX_VALUE));
      int nextR = firstBeyond(removed, r, index);
      int nextA = firstBeyond(added, a, index);
      boolean done = nextR == r
          ? nextA - a == 1 && writer.insert(index, added.position(a), added.slots[a])
          : nextR - r == 1
              && nextA == a
              && writer.remove(index, removed.position(r), removed.slots[r]);
      if (!done) {
        rewrite(writer, index, removed, r, nextR, added, a, nextA);
      }
      touched[touches++] = index;
      r = nextR;
      a = nextA;
    }
    PagedPoints after = new PagedPoints(
        writer.pages,
        writer.positions,
        shift,
        slotBits,
        size - removed.size + added.size,
        shadowed + writer.shadowed);
    for (int i = 0; i < touches; i++) {
      after.linkBack(touched[i]);
    }
    return after;
  }

  /** Writes a page anew, with the changes that fall on it. */
  private void rewrite(
      PageWriter writer,
      int index,
      Claims removed,
      int fromR,
      int toR,
      Claims added,
      int fromA,
      int toA) {
    int[] page = pages[index];
    long[] here = positions[index];
    int left = toR - fromR;
    int r = fromR;
    int a = fromA;
    for (int i = 0; i < here.length; i++) {
      int slot = slot(page[FIRST + i]);
      while (a < toA && Long.compareUnsigned(added.position(a), here[i]) <= 0) {
        writer.add(added.position(a), added.slots[a++]);
      }
      while (r < toR && Long.compareUnsigned(removed.position(r), here[i]) < 0) {
        r++;
      }
      if (isAmong(removed, r, toR, here[i], slot)) {
        left--;
      } else {
        writer.add(here[i], slot);
      }
    }
    for (; a < toA; a++) {
      writer.add(added.position(a), added.slots[a]);
    }
    if (left > 0) {
      throw new IllegalStateException("placement must give a node the same points every time");
    }
    writer.shadowed -= shadowed(here);
    writer.writePage(index, endSlot(page));
  }

  /** Whether a claim is among those to its position, of which the first is given. */
  private static boolean isAmong(Claims claims, int from, int to, long position, int slot) {
    for (int i = from; i < to && claims.position(i) == position; i++) {
      if (claims.slots[i] == slot) {
        return true;
      }
    }
    return false;
  }

  private int firstBeyond(Claims claims, int from, int index) {
    int i = from;
    while (pageOf(claims, i, -1) == index) {
      i++;
    }
    return i;
  }

  /** The page of one of some claims, or another number if there are not that many. */
  private long pageOf(Claims claims, int i, long otherwise) {
    return i >= 0 && i < claims.size ? claims.position(i) >>> shift : otherwise;
  }

  private static int shadowed(long[] positions) {
    int shadowed = 0;
    for (int i = 1; i < positions.length; i++) {
      if (positions[i] == positions[i - 1]) {
        shadowed++;
      }
    }
    return shadowed;
  }

  /**
   * Makes the pages before one end with its first claim, as far back as the next one with claims.
   */
  private void linkBack(int index) {
    int slot = firstSlot(pages[index]);
    int p = index;
    do {
      p = p == 0 ? pages.length - 1 : p - 1;
      if (endSlot(pages[p]) == slot) {
        return;
      }
      int[] copy = pages[p].clone();
      int end = end(copy);
      copy[end] += slot - slot(copy[end]);
      pages[p] = copy;
    } while (isEmpty(pages[p]));
  }

  /** Writes pages into tables of pages and positions. */
  private static final class PageWriter {
    final int[][] pages;
    final long[][] positions;
    private final int shift;
    private final int slotBits;
    private final Precedence precedence;
    private long[] claimed = new long[4 * NEW_CLAIMS_PER_PAGE];
    private int[] slots = new int[claimed.length];
    private int claims;

    /** Where the claims to the position of the last one begin. */
    private int meeting;

    /** The number of claims in the pages written. */
    int written;

    /** The number of those that do not own their position. */
    int shadowed;

    PageWriter(int[][] pages, long[][] positions, int shift, int slotBits, Precedence precedence) {
      this.pages = pages;
      this.positions = positions;
      this.shift = shift;
      this.slotBits = slotBits;
      this.precedence = precedence;
    }

    /** Adds the next claim in the order of positions, unless it was the last one already. */
    void add(long position, int slot) {
      if (claims > 0 && claimed[claims - 1] == position) {
        if (slots[claims - 1] == slot) {
          return;
        }
        shadowed++;
      } else {
        settle();
      }
      if (claims == claimed.length) {
        claimed = Arrays.copyOf(claimed, 2 * claims);
        slots = Arrays.copyOf(slots, 2 * claims);
      }
      claimed[claims] = position;
      slots[claims++] = slot;
    }

    /** Puts the claims to the last position in order. */
    private void settle() {
      if (claims - meeting > 1) {
        precedence.sort(slots, meeting, claims, claimed[meeting]);
      }
      meeting = claims;
    }

    /** Puts one more claim into a page, unless that page has to be written anew. */
    boolean insert(int index, long position, int slot) {
      int[] page = pages[index];
      long[] here = positions[index];
      long offset = position << -shift;
      int bucket = bucket(offset);
      int i = before(page, bucket);
      int end = bucket == BUCKETS - 1 ? here.length : before(page, bucket + 1);
      if (i == CROWDED || end - i == CROWD || here.length + 1 == CROWDED) {
        return false;
      }
      while (i < end && Long.compareUnsigned(here[i], position) < 0) {
        i++;
      }
      if (i < end && here[i] == position) {
        return false;
      }
      long[] positionsAfter = Arrays.copyOf(here, here.length + 1);
      System.arraycopy(here, i, positionsAfter, i + 1, here.length - i);
      positionsAfter[i] = position;
      int[] pageAfter = Arrays.copyOf(page, page.length + 1);
      System.arraycopy(page, FIRST + i, pageAfter, FIRST + i + 1, page.length - FIRST - i);
      pageAfter[FIRST + i] = brief(offset, slotBits, slot);
      replace(index, pageAfter, positionsAfter, bucket, 1);
      return true;
    }

    /** Takes a claim out of a page, unless that page has to be written anew. */
    boolean remove(int index, long position, int slot) {
      int[] page = pages[index];
      long[] here = positions[index];
      int bucket = bucket(position << -shift);
      int i = before(page, bucket);
      if (i == CROWDED) {
        return false;
      }
      while (i < here.length && (here[i] != position || slot(page, i) != slot)) {
        i++;
      }
      if (i == here.length) {
        return false;
      }
      if (meets(here, i - 1, i + 1, position)) {
        return false;
      }
      long[] positionsAfter = Arrays.copyOf(here, here.length - 1);
      System.arraycopy(here, i + 1, positionsAfter, i, here.length - i - 1);
      int[] pageAfter = Arrays.copyOf(page, page.length - 1);
      System.arraycopy(page, FIRST + i + 1, pageAfter, FIRST + i, page.length - FIRST - i - 1);
      replace(index, pageAfter, positionsAfter, bucket, -1);
      return true;
    }

    /** Whether one of two neighbours is a claim to a position. */
    private static boolean meets(long[] here, int left, int right, long position) {
      return (left >= 0 && here[left] == position)
          || (right < here.length && here[right] == position);
    }

    private int slot(int[] page, int i) {
      return page[FIRST + i] & ((1 << slotBits) - 1);
    }

    private void replace(int index, int[] page, long[] here, int bucket, int change) {
      for (int b = bucket + 1; b < BUCKETS; b++) {
        page[b >>> 2] += change << (b << 3);
      }
      pages[index] = page;
      positions[index] = here;
    }

    /** Writes the page of the claims added since the last one. */
    void writePage(int index, int endSlot) {
      settle();
      int[] page = new int[FIRST + claims + 1];
      int next = 0;
      int inBucket = 0;
      boolean crowded = claims >= CROWDED;
      for (int i = 0; i < claims; i++) {
        long offset = claimed[i] << -shift;
        page[FIRST + i] = brief(offset, slotBits, slots[i]);
        int bucket = bucket(offset);
        inBucket = bucket < next ? inBucket + 1 : 1;
        crowded |= inBucket > CROWD;
        for (; next <= bucket; next++) {
          page[next >>> 2] |= i << (next << 3);
        }
      }
      for (; next < BUCKETS; next++) {
        page[next >>> 2] |= claims << (next << 3);
      }
      if (crowded) {
        Arrays.fill(page, 0, FIRST, -1);
      }
      page[FIRST + claims] = Integer.MAX_VALUE >>> slotBits << slotBits | endSlot;
      pages[index] = page;
      positions[index] = Arrays.copyOf(claimed, claims);
      written += claims;
      claims = 0;
      meeting = 0;
    }
  }
}
