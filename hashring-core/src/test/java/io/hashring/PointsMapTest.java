package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ListMultimap;
import com.google.common.collect.Maps;
import com.google.common.collect.testing.NavigableMapTestSuiteBuilder;
import com.google.common.collect.testing.SampleElements;
import com.google.common.collect.testing.TestSortedMapGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.MapFeature;
import com.google.common.primitives.Longs;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.placement.Placement;
import java.util.Comparator;
import java.util.List;
import java.util.Map.Entry;
import java.util.SortedMap;
import junit.framework.TestResult;
import junit.framework.TestSuite;
import org.junit.jupiter.api.Test;

/**
 * {@code HashRing.points()} is a {@code NavigableMap}, says the suite that Guava tests its own
 * with.
 */
final class PointsMapTest {

  @Test
  void points_isAnImmutableNavigableMapInUnsignedOrder() {
    TestSuite suite = NavigableMapTestSuiteBuilder.using(new Points())
        .named("points")
        .withFeatures(
            Depth.IS_DEEP ? CollectionSize.ANY : CollectionSize.SEVERAL,
            CollectionFeature.KNOWN_ORDER,
            MapFeature.ALLOWS_NULL_KEY_QUERIES,
            MapFeature.ALLOWS_NULL_VALUE_QUERIES)
        .createTestSuite();
    TestResult result = new TestResult();
    suite.run(result);

    assertThat(result.runCount()).isGreaterThan(1_000);
    assertThat(result.failures().asIterator()).toIterable().isEmpty();
    assertThat(result.errors().asIterator()).toIterable().isEmpty();
  }

  /** Puts nodes where it is told to. */
  private record Given(ListMultimap<String, Long> positions) implements Placement {
    @Override
    public HashFunction keyFunction() {
      return HashFunctions.xxh3_64();
    }

    @Override
    public long pointCount(String id, double weight) {
      return positions.get(id).size();
    }

    @Override
    public long[] points(String id, double weight) {
      return Longs.toArray(positions.get(id));
    }
  }

  private static final class Points implements TestSortedMapGenerator<Long, String> {

    private static final Comparator<Long> UNSIGNED = Long::compareUnsigned;

    @Override
    public SampleElements<Entry<Long, String>> samples() {
      return new SampleElements<>(
          Maps.immutableEntry(Long.MAX_VALUE, "max"),
          Maps.immutableEntry(1L << 33, "33"),
          Maps.immutableEntry(Long.MIN_VALUE, "min"),
          Maps.immutableEntry(Long.MIN_VALUE + 1, "min + 1"),
          Maps.immutableEntry(-3L, "-3"));
    }

    @Override
    public SortedMap<Long, String> create(Object... entries) {
      ListMultimap<String, Long> positions = ArrayListMultimap.create();
      for (Object entry : entries) {
        Entry<?, ?> point = (Entry<?, ?>) entry;
        positions.put((String) point.getValue(), (Long) point.getKey());
      }
      return HashRing.builder()
          .placement(new Given(positions))
          .addAll(positions.keySet())
          .build()
          .points();
    }

    @Override
    public Iterable<Entry<Long, String>> order(List<Entry<Long, String>> insertionOrder) {
      insertionOrder.sort(Entry.comparingByKey(UNSIGNED));
      return insertionOrder;
    }

    @Override
    public Entry<Long, String> belowSamplesLesser() {
      return Maps.immutableEntry(0L, "0");
    }

    @Override
    public Entry<Long, String> belowSamplesGreater() {
      return Maps.immutableEntry(7L, "7");
    }

    @Override
    public Entry<Long, String> aboveSamplesLesser() {
      return Maps.immutableEntry(-2L, "-2");
    }

    @Override
    public Entry<Long, String> aboveSamplesGreater() {
      return Maps.immutableEntry(-1L, "-1");
    }

    @Override
    @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of a generic type
    public Entry<Long, String>[] createArray(int length) {
      return new Entry[length];
    }

    @Override
    public Long[] createKeyArray(int length) {
      return new Long[length];
    }

    @Override
    public String[] createValueArray(int length) {
      return new String[length];
    }
  }
}
