package io.hashring;

import com.google.common.collect.ForwardingNavigableMap;
import com.google.common.collect.Maps;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.function.LongFunction;

/**
 * Positions and their owners as a map, and the parts of it. Guava makes the map of a set and a
 * function, and this refuses what would change it; Guava's own view that does so claims to be
 * serializable too, which a ring is not.
 */
@SuppressWarnings("NullAway") // Guava says K for keys that may not be null here
final class PointsMap<N> extends ForwardingNavigableMap<Long, N> {

  private final NavigableMap<Long, N> map;

  private PointsMap(NavigableMap<Long, N> map) {
    this.map = map;
  }

  static <N> PointsMap<N> of(NavigableSet<Long> positions, LongFunction<N> owner) {
    return new PointsMap<>(Maps.asMap(positions, owner::apply));
  }

  @Override
  protected NavigableMap<Long, N> delegate() {
    return map;
  }

  private static UnsupportedOperationException unchanging() {
    return new UnsupportedOperationException("a ring never changes");
  }

  @Override
  public Map.Entry<Long, N> pollFirstEntry() {
    throw unchanging();
  }

  @Override
  public Map.Entry<Long, N> pollLastEntry() {
    throw unchanging();
  }

  @Override
  public N remove(Object position) {
    throw unchanging();
  }

  @Override
  public void clear() {
    throw unchanging();
  }

  @Override
  public NavigableMap<Long, N> descendingMap() {
    return new PointsMap<>(map.descendingMap());
  }

  @Override
  public NavigableMap<Long, N> subMap(
      Long from, boolean fromInclusive, Long to, boolean toInclusive) {
    return new PointsMap<>(map.subMap(from, fromInclusive, to, toInclusive));
  }

  @Override
  public NavigableMap<Long, N> headMap(Long to, boolean inclusive) {
    return new PointsMap<>(map.headMap(to, inclusive));
  }

  @Override
  public NavigableMap<Long, N> tailMap(Long from, boolean inclusive) {
    return new PointsMap<>(map.tailMap(from, inclusive));
  }

  @Override
  public SortedMap<Long, N> subMap(Long from, Long to) {
    return subMap(from, true, to, false);
  }

  @Override
  public SortedMap<Long, N> headMap(Long to) {
    return headMap(to, false);
  }

  @Override
  public SortedMap<Long, N> tailMap(Long from) {
    return tailMap(from, true);
  }
}
