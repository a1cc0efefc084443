package io.hashring;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/** Ranges that come in the order of their ends, and are joined where they meet. */
final class Ranges {

  static final Comparator<HashRange> BY_START =
      Comparator.comparing(HashRange::from, Long::compareUnsigned);
  static final Comparator<HashRange> BY_END =
      Comparator.comparing(HashRange::to, Long::compareUnsigned);

  private final List<HashRange> ranges = new ArrayList<>();

  void add(HashRange range) {
    int last = ranges.size() - 1;
    if (last >= 0 && ranges.get(last).to() == range.from()) {
      ranges.set(last, new HashRange(ranges.get(last).from(), range.to()));
    } else {
      ranges.add(range);
    }
  }

  /**
   * The index of what has a position among disjoint ranges in the order of their ends, or -1. One
   * that wraps ends first of all.
   */
  static <T> int indexOf(List<T> some, Function<? super T, HashRange> range, long position) {
    int low = 0;
    int high = some.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(range.apply(some.get(middle)).to(), position) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    int index = low == some.size() ? 0 : low;
    return !some.isEmpty() && range.apply(some.get(index)).contains(position) ? index : -1;
  }

  /** All of them, once no more come; joined around the end of the circle too. */
  List<HashRange> finish() {
    int last = ranges.size() - 1;
    if (last > 0 && ranges.get(last).to() == ranges.get(0).from()) {
      long from = ranges.remove(last).from();
      ranges.set(0, new HashRange(from, ranges.get(0).to()));
    }
    return ranges;
  }
}
