package io.hashring;

import static io.hashring.PageFormat.FIRST;
import static io.hashring.PageFormat.end;

/** A place among the claims of an index. */
final class PointCursor {
  private final PagedPoints points;
  private int index;
  private int at;

  PointCursor(PagedPoints points) {
    this.points = points;
  }

  /** Goes to the first claim at or after a position; false if there is none up to the last. */
  boolean ceiling(long position) {
    long page = position >>> points.shift;
    if (page >= points.pageCount) {
      return false;
    }
    index = (int) page;
    at = points.search(points.page(index), index, position);
    return skipEnds();
  }

  /** Goes to the last claim at or before a position; false if there is none. */
  boolean floor(long position) {
    if (position == -1L || !ceiling(position + 1)) {
      index = points.pageCount;
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
    long location = points.nearestLocation(position);
    index = (int) (location >>> Integer.SIZE);
    at = (int) location;
  }

  private boolean skipEnds() {
    while (at == end(points.page(index))) {
      if (++index == points.pageCount) {
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
      at = end(points.page(index));
    }
    at--;
    return true;
  }

  long position() {
    return points.positions(index)[at - FIRST];
  }

  int slot() {
    return points.slot(points.page(index)[at]);
  }
}
