package io.hashring.demo;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The circle cut at every point of two rings, so that each arc has one owner in the first and one
 * in the second.
 *
 * <p>A point owns the positions after its predecessor up to itself, {@code (prev, p]}, and
 * predecessors wrap around; the length of that arc is {@code p - prev} modulo 2^64. Lengths add up
 * modulo 2^64 too, and that is exact: all arcs together are 2^64 long and none is empty, so the
 * only sum that does not fit is the whole circle, which reads 0.
 */
final class Arcs {

  /** Who owns an arc in the one ring and in the other; null where that ring has no points. */
  record Owners(@Nullable String before, @Nullable String after) {
    boolean areSame() {
      return Objects.equals(before, after);
    }
  }

  private static final double CIRCLE = 0x1p64;

  private final Map<Owners, Long> lengths;

  private Arcs(Map<Owners, Long> lengths) {
    this.lengths = lengths;
  }

  /** Cuts the circle, given the owners of the points of both rings in unsigned order. */
  static Arcs of(NavigableMap<Long, String> before, NavigableMap<Long, String> after) {
    Cursor first = new Cursor(before);
    Cursor second = new Cursor(after);
    Map<Owners, Long> lengths = new HashMap<>();
    if (first.isEmpty() && second.isEmpty()) {
      return new Arcs(lengths);
    }
    long previous = last(first, second);
    while (first.hasNext() || second.hasNext()) {
      long end = next(first, second);
      Owners owners = new Owners(first.owner(), second.owner());
      lengths.merge(owners, end - previous, Long::sum);
      first.pass(end);
      second.pass(end);
      previous = end;
    }
    return new Arcs(lengths);
  }

  private static long last(Cursor first, Cursor second) {
    if (first.isEmpty() || second.isEmpty()) {
      return first.isEmpty() ? second.last() : first.last();
    }
    return Long.compareUnsigned(first.last(), second.last()) >= 0 ? first.last() : second.last();
  }

  private static long next(Cursor first, Cursor second) {
    if (!first.hasNext() || !second.hasNext()) {
      return first.hasNext() ? first.position() : second.position();
    }
    return Long.compareUnsigned(first.position(), second.position()) <= 0
        ? first.position()
        : second.position();
  }

  /** A place among the points of a ring; behind the last comes the first again. */
  private static final class Cursor {

    private final List<Map.Entry<Long, String>> points;
    private int index;

    Cursor(NavigableMap<Long, String> points) {
      this.points = new ArrayList<>(points.entrySet());
    }

    boolean isEmpty() {
      return points.isEmpty();
    }

    boolean hasNext() {
      return index < points.size();
    }

    long position() {
      return points.get(index).getKey();
    }

    long last() {
      return points.get(points.size() - 1).getKey();
    }

    @Nullable
    String owner() {
      return isEmpty() ? null : points.get(hasNext() ? index : 0).getValue();
    }

    void pass(long end) {
      if (hasNext() && position() == end) {
        index++;
      }
    }
  }

  /** The part of the circle that each pair owns, in (0, 1]; the parts add up to 1. */
  Map<Owners, Double> shares() {
    Map<Owners, Double> shares = new HashMap<>();
    lengths.forEach((owners, length) -> shares.put(owners, share(length)));
    return shares;
  }

  /** The part of the circle whose owner is not the same in both rings, in [0, 1]. */
  double moved() {
    boolean any = false;
    long sum = 0;
    for (Map.Entry<Owners, Long> pair : lengths.entrySet()) {
      if (!pair.getKey().areSame()) {
        any = true;
        sum += pair.getValue();
      }
    }
    return any ? share(sum) : 0;
  }

  private static double share(long length) {
    if (length == 0) {
      return 1;
    }
    return (length > 0 ? length : length + CIRCLE) / CIRCLE;
  }
}
