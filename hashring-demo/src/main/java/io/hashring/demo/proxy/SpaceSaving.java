package io.hashring.demo.proxy;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * The keys that come most often, in bounded memory: Space-Saving (Metwally, Agrawal, El Abbadi:
 * Efficient Computation of Frequent and Top-k Elements in Data Streams, ICDT 2005), for keys that
 * may count by any weight.
 *
 * <p>Of {@code k} counters each is one key's. A key without a counter takes the smallest, goes on
 * from its count, and notes that as its error. So for the weight {@code n} of all and a key of
 * weight {@code f}:
 *
 * <pre>
 * a counter:      count − error ≤ f ≤ count, and error ≤ n / k
 * no counter:     f ≤ n / k
 * </pre>
 *
 * <p>Adding takes O(k) at worst. Not safe for use by several threads.
 */
final class SpaceSaving {

  private final long[] ids;
  private final double[] counts;
  private final double[] errors;
  private final String[] texts;
  private final Map<Long, Integer> slots = new HashMap<>();

  /** @param k how many keys are counted; positive */
  SpaceSaving(int k) {
    this.ids = new long[k];
    this.counts = new double[k];
    this.errors = new double[k];
    this.texts = new String[k];
  }

  /**
   * A key that is counted.
   *
   * @param count at least its weight
   * @param error by how much its weight may be less
   */
  record Entry(long id, String text, double count, double error) {}

  /**
   * Counts a key.
   *
   * @param id stands for the key
   * @param text what is shown of it; asked where it comes to have a counter
   * @param weight positive
   */
  void add(long id, Supplier<String> text, double weight) {
    Integer known = slots.get(id);
    if (known != null) {
      counts[known] += weight;
      return;
    }
    int slot = slots.size() < ids.length ? slots.size() : smallest();
    if (slot < slots.size()) {
      slots.remove(ids[slot]);
    }
    errors[slot] = counts[slot];
    counts[slot] += weight;
    ids[slot] = id;
    texts[slot] = text.get();
    slots.put(id, slot);
  }

  private int smallest() {
    int smallest = 0;
    for (int i = 1; i < counts.length; i++) {
      if (counts[i] < counts[smallest]) {
        smallest = i;
      }
    }
    return smallest;
  }

  /** Those with the largest counts, these first. */
  List<Entry> top(int most) {
    return IntStream.range(0, slots.size())
        .mapToObj(i -> new Entry(ids[i], texts[i], counts[i], errors[i]))
        .sorted(Comparator.comparingDouble(Entry::count).reversed())
        .limit(most)
        .toList();
  }

  /** All weights so far count by this factor. */
  void scale(double factor) {
    Arrays.setAll(counts, i -> counts[i] * factor);
    Arrays.setAll(errors, i -> errors[i] * factor);
  }
}
