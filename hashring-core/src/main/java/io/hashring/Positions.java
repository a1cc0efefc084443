package io.hashring;

import com.google.common.collect.AbstractSequentialIterator;
import com.google.common.collect.ForwardingNavigableSet;
import java.util.AbstractSet;
import java.util.Comparator;
import java.util.Iterator;
import java.util.NavigableSet;
import java.util.NoSuchElementException;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** The claimed positions between two bounds, both inclusive, in unsigned order. */
final class Positions extends AbstractSet<Long> implements NavigableSet<Long> {

  private static final Comparator<Long> UNSIGNED = Long::compareUnsigned;

  private final PagedPoints points;

  /** If this is larger than the upper bound, there is nothing between them. */
  private final long low;

  private final long high;

  /** What may bound a part of this set that does not contain its bound: the bounds as given. */
  private final long lowest;

  private final long highest;

  private Positions(PagedPoints points, long low, long high, long lowest, long highest) {
    this.points = points;
    this.low = low;
    this.high = high;
    this.lowest = lowest;
    this.highest = highest;
  }

  static Positions all(PagedPoints points) {
    return new Positions(points, 0, -1, 0, -1);
  }

  private boolean isFull() {
    return low == 0 && high == -1;
  }

  private static int compare(long a, long b) {
    return Long.compareUnsigned(a, b);
  }

  @Override
  public int size() {
    return isFull() ? points.positions() : count(iterator());
  }

  private static int count(Iterator<Long> positions) {
    int count = 0;
    for (; positions.hasNext(); positions.next()) {
      count++;
    }
    return count;
  }

  @Override
  public boolean isEmpty() {
    return atOrAfter(low) == null;
  }

  @Override
  public boolean contains(@Nullable Object object) {
    return object instanceof Long position && position.equals(ceiling(position));
  }

  @Override
  public Comparator<? super Long> comparator() {
    return UNSIGNED;
  }

  @Override
  public Long first() {
    return present(atOrAfter(low));
  }

  @Override
  public Long last() {
    return present(atOrBefore(high));
  }

  private static Long present(@Nullable Long position) {
    if (position == null) {
      throw new NoSuchElementException("no node holds a point here");
    }
    return position;
  }

  @Override
  public @Nullable Long ceiling(Long position) {
    return atOrAfter(position);
  }

  @Override
  public @Nullable Long higher(Long position) {
    return position == -1L ? null : atOrAfter(position + 1);
  }

  @Override
  public @Nullable Long floor(Long position) {
    return atOrBefore(position);
  }

  @Override
  public @Nullable Long lower(Long position) {
    return position == 0L ? null : atOrBefore(position - 1);
  }

  private @Nullable Long atOrAfter(long position) {
    PointCursor cursor = points.cursor();
    return cursor.ceiling(compare(position, low) < 0 ? low : position)
            && compare(cursor.position(), high) <= 0
        ? cursor.position()
        : null;
  }

  private @Nullable Long atOrBefore(long position) {
    PointCursor cursor = points.cursor();
    return cursor.floor(compare(position, high) > 0 ? high : position)
            && compare(cursor.position(), low) >= 0
        ? cursor.position()
        : null;
  }

  @Override
  public Iterator<Long> iterator() {
    return new AbstractSequentialIterator<>(atOrAfter(low)) {
      @Override
      protected @Nullable Long computeNext(Long previous) {
        return higher(previous);
      }
    };
  }

  @Override
  public Iterator<Long> descendingIterator() {
    return new AbstractSequentialIterator<>(atOrBefore(high)) {
      @Override
      protected @Nullable Long computeNext(Long previous) {
        return lower(previous);
      }
    };
  }

  @Override
  public NavigableSet<Long> descendingSet() {
    return new Backwards(this).descending();
  }

  @Override
  public NavigableSet<Long> subSet(Long from, boolean fromInclusive, Long to, boolean toInclusive) {
    if (compare(from, to) > 0) {
      throw new IllegalArgumentException("from must not be larger than to, as an unsigned number: "
          + Long.toUnsignedString(from)
          + " and "
          + Long.toUnsignedString(to));
    }
    checkBound("from", from, fromInclusive);
    checkBound("to", to, toInclusive);
    return between(from, fromInclusive, to, toInclusive, from, to);
  }

  @Override
  public NavigableSet<Long> headSet(Long to, boolean inclusive) {
    checkBound("to", to, inclusive);
    return between(low, true, to, inclusive, lowest, to);
  }

  @Override
  public NavigableSet<Long> tailSet(Long from, boolean inclusive) {
    checkBound("from", from, inclusive);
    return between(from, inclusive, high, true, from, highest);
  }

  /** As {@code NavigableSet} asks of a set that is a part of another. */
  private void checkBound(String name, long bound, boolean inclusive) {
    boolean inside = inclusive
        ? compare(low, bound) <= 0 && compare(bound, high) <= 0
        : compare(lowest, bound) <= 0 && compare(bound, highest) <= 0;
    if (!inside) {
      throw new IllegalArgumentException(name
          + " must lie within the part of the ring that this is, from "
          + Long.toUnsignedString(lowest)
          + " to "
          + Long.toUnsignedString(highest)
          + ": "
          + Long.toUnsignedString(bound));
    }
  }

  private Positions between(
      long from, boolean fromInclusive, long to, boolean toInclusive, long lowest, long highest) {
    boolean isEmpty = (from == -1 && !fromInclusive) || (to == 0 && !toInclusive);
    return isEmpty
        ? new Positions(points, 1, 0, lowest, highest)
        : new Positions(
            points, fromInclusive ? from : from + 1, toInclusive ? to : to - 1, lowest, highest);
  }

  @Override
  public SortedSet<Long> subSet(Long from, Long to) {
    return subSet(from, true, to, false);
  }

  @Override
  public SortedSet<Long> headSet(Long to) {
    return headSet(to, false);
  }

  @Override
  public SortedSet<Long> tailSet(Long from) {
    return tailSet(from, true);
  }

  @Override
  public Long pollFirst() {
    throw new UnsupportedOperationException("a ring never changes");
  }

  @Override
  public Long pollLast() {
    throw new UnsupportedOperationException("a ring never changes");
  }

  /** Guava's view in the other order, which it makes for sets that forward. */
  private static final class Backwards extends ForwardingNavigableSet<Long> {
    private final NavigableSet<Long> positions;

    Backwards(NavigableSet<Long> positions) {
      this.positions = positions;
    }

    @Override
    protected NavigableSet<Long> delegate() {
      return positions;
    }

    NavigableSet<Long> descending() {
      return new StandardDescendingSet();
    }
  }
}
