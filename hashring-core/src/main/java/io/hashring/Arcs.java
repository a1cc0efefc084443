package io.hashring;

import io.hashring.placement.Placement.Search;
import java.util.Arrays;

/**
 * Who owns which part of the circle: arc {@code i} lies between the end of the one before it and
 * its own, which belongs to it. The first begins where the last one ends.
 */
final class Arcs {

  /** In unsigned order, all different. */
  final long[] ends;

  /** The slots of the owners. */
  final int[] slots;

  private Arcs(long[] ends, int[] slots) {
    this.ends = ends;
    this.slots = slots;
  }

  static Arcs of(PagedPoints points, Search search) {
    return search == Search.CLOCKWISE ? clockwise(points) : nearest(points);
  }

  int size() {
    return ends.length;
  }

  /** The end of the arc before one. */
  long from(int i) {
    return ends[i == 0 ? ends.length - 1 : i - 1];
  }

  private static Arcs clockwise(PagedPoints points) {
    Writer writer = new Writer(points.positions());
    points.forEachPosition((position, first, last) -> writer.add(position, first));
    return writer.arcs();
  }

  /**
   * Between two points, the first claimant of the latter has the half at it, and the last one of
   * the former the other.
   */
  private static Arcs nearest(PagedPoints points) {
    Writer writer = new Writer(2 * points.positions());
    if (points.positions() == 1) {
      points.forEachPosition((position, first, last) -> {
        writer.add(position - 1, first);
        writer.add(position + Long.MIN_VALUE, last);
      });
      return writer.arcs();
    }
    points.forEachPosition((position, first, last) -> {
      long next = points.after(position);
      long middle = position + ((next - position) >>> 1);
      writer.add(position, first);
      if (middle != position) {
        writer.add(middle, last);
      }
    });
    return writer.arcs();
  }

  /** Writes arcs that come in order, but for the last one, which may belong to the front. */
  private static final class Writer {
    private final long[] ends;
    private final int[] slots;
    private int size;

    Writer(int capacity) {
      ends = new long[capacity];
      slots = new int[capacity];
    }

    void add(long end, int slot) {
      ends[size] = end;
      slots[size++] = slot;
    }

    Arcs arcs() {
      long[] ends = Arrays.copyOf(this.ends, size);
      int[] slots = Arrays.copyOf(this.slots, size);
      int last = size - 1;
      if (size > 1 && Long.compareUnsigned(ends[last], ends[last - 1]) < 0) {
        long end = ends[last];
        int slot = slots[last];
        System.arraycopy(ends, 0, ends, 1, last);
        System.arraycopy(slots, 0, slots, 1, last);
        ends[0] = end;
        slots[0] = slot;
      }
      return new Arcs(ends, slots);
    }
  }
}
