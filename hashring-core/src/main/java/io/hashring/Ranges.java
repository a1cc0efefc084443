package io.hashring;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

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

  /** All of them, once no more come; joined around the end of the circle too. */
  List<HashRange> joined() {
    int last = ranges.size() - 1;
    if (last > 0 && ranges.get(last).to() == ranges.get(0).from()) {
      long from = ranges.remove(last).from();
      ranges.set(0, new HashRange(from, ranges.get(0).to()));
    }
    return ranges;
  }
}
