package io.hashring;

import static io.hashring.PageFormat.BUCKETS;
import static io.hashring.PageFormat.BUCKET_LIMIT;
import static io.hashring.PageFormat.FIRST;
import static io.hashring.PageFormat.OVERFLOW;
import static io.hashring.PageFormat.bucket;
import static io.hashring.PageFormat.entriesBefore;
import static io.hashring.PageFormat.offset;
import static io.hashring.PagedPoints.TABLE_BITS;
import static io.hashring.PagedPoints.TABLE_SIZE;

import java.util.Arrays;

/**
 * An index after a change. The pages in which claims come or go are made anew, and the tables of
 * these; all others are shared with the index before.
 */
final class PageMerge {
  private final PagedPoints before;
  private final Precedence precedence;
  private final int shift;
  private final int slotBits;

  private final int[][][] pages;
  private final long[][][] positions;
  private int collided;

  PageMerge(PagedPoints before, Precedence precedence) {
    this.before = before;
    this.precedence = precedence;
    this.shift = before.shift;
    this.slotBits = before.slotBits;
    this.pages = before.pages.clone();
    this.positions = before.positions.clone();
    this.collided = before.collided;
  }

  PagedPoints merge(Claims removed, Claims added) {
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
          ? nextA - a == 1 && insert(index, added.position(a), added.slots[a])
          : nextR - r == 1 && nextA == a && remove(index, removed.position(r), removed.slots[r]);
      if (!done) {
        rewrite(index, removed, r, nextR, added, a, nextA);
      }
      touched[touches++] = index;
      r = nextR;
      a = nextA;
    }
    for (int i = 0; i < touches; i++) {
      linkBack(touched[i]);
    }
    return new PagedPoints(
        pages,
        positions,
        before.pageCount,
        shift,
        slotBits,
        before.size - removed.size + added.size,
        collided);
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
    return i < claims.size ? claims.position(i) >>> shift : otherwise;
  }

  /** Puts one more claim into a page, unless that page has to be written anew. */
  private boolean insert(int index, long position, int slot) {
    int[] page = before.page(index);
    long[] here = before.positions(index);
    long offset = offset(position, shift);
    int bucket = bucket(offset);
    int i = entriesBefore(page, bucket);
    int end = bucket == BUCKETS - 1 ? here.length : entriesBefore(page, bucket + 1);
    if (i == OVERFLOW || end - i == BUCKET_LIMIT || here.length + 1 == OVERFLOW) {
      return false;
    }
    while (i < end && Long.compareUnsigned(here[i], position) < 0) {
      i++;
    }
    if (i < end && here[i] == position) {
      return false;
    }
    long[] after = Arrays.copyOf(here, here.length + 1);
    System.arraycopy(here, i, after, i + 1, here.length - i);
    after[i] = position;
    int entry = PageFormat.entry(offset, slotBits, slot);
    setPage(index, PageFormat.insert(page, FIRST + i, entry, bucket));
    setPositions(index, after);
    return true;
  }

  /** Takes a claim out of a page, unless that page has to be written anew. */
  private boolean remove(int index, long position, int slot) {
    int[] page = before.page(index);
    long[] here = before.positions(index);
    int bucket = bucket(offset(position, shift));
    int i = entriesBefore(page, bucket);
    if (i == OVERFLOW) {
      return false;
    }
    while (i < here.length && (here[i] != position || before.slot(page[FIRST + i]) != slot)) {
      i++;
    }
    if (i == here.length || isClaimed(here, i - 1, position) || isClaimed(here, i + 1, position)) {
      return false;
    }
    long[] after = Arrays.copyOf(here, here.length - 1);
    System.arraycopy(here, i + 1, after, i, here.length - i - 1);
    setPage(index, PageFormat.remove(page, FIRST + i, bucket));
    setPositions(index, after);
    return true;
  }

  private static boolean isClaimed(long[] here, int i, long position) {
    return i >= 0 && i < here.length && here[i] == position;
  }

  /** Writes a page anew, with the changes that fall on it. */
  private void rewrite(
      int index, Claims removed, int fromR, int toR, Claims added, int fromA, int toA) {
    int[] page = before.page(index);
    long[] here = before.positions(index);
    PageWriter writer = new PageWriter(here.length + toA - fromA, precedence);
    int left = toR - fromR;
    int r = fromR;
    int a = fromA;
    for (int i = 0; i < here.length; i++) {
      int slot = before.slot(page[FIRST + i]);
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
    int endSlot = PageFormat.endSlot(page, slotBits);
    setPage(index, writer.page(shift, slotBits, endSlot));
    setPositions(index, writer.positions());
    collided += writer.collided() - collided(here);
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

  private static int collided(long[] positions) {
    int collided = 0;
    for (int i = 1; i < positions.length; i++) {
      if (positions[i] == positions[i - 1]) {
        collided++;
      }
    }
    return collided;
  }

  /**
   * Makes the pages before one end with its first claim, as far back as the next one with claims.
   */
  private void linkBack(int index) {
    int slot = PageFormat.firstSlot(page(index), slotBits);
    int p = index;
    int[] page;
    do {
      p = p == 0 ? before.pageCount - 1 : p - 1;
      page = page(p);
      if (PageFormat.endSlot(page, slotBits) == slot) {
        return;
      }
      setPage(p, PageFormat.withEnd(page, slotBits, slot));
    } while (PageFormat.isEmpty(page));
  }

  private int[] page(int index) {
    return pages[index >>> TABLE_BITS][index & (TABLE_SIZE - 1)];
  }

  @SuppressWarnings("ReferenceEquality") // a table is copied once
  private void setPage(int index, int[] page) {
    int table = index >>> TABLE_BITS;
    if (pages[table] == before.pages[table]) {
      pages[table] = pages[table].clone();
    }
    pages[table][index & (TABLE_SIZE - 1)] = page;
  }

  @SuppressWarnings("ReferenceEquality") // a table is copied once
  private void setPositions(int index, long[] here) {
    int table = index >>> TABLE_BITS;
    if (positions[table] == before.positions[table]) {
      positions[table] = positions[table].clone();
    }
    positions[table][index & (TABLE_SIZE - 1)] = here;
  }
}
