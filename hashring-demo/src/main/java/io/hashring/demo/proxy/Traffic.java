package io.hashring.demo.proxy;

import io.hashring.demo.membership.Backend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What somebody who watches sees of the requests as they end: some of them, where on the circle
 * they fall, and the keys that come most often. A request counts half as much after each half-life.
 * While nobody watches, a request costs one look at a field, and nothing is kept. Any thread may
 * use it.
 *
 * <p>Instead of what was counted getting less, what comes counts more (forward decay: Cormode,
 * Shkapenyuk, Srivastava, Xu, ICDE 2009), and what is told is divided by what a request counts now.
 */
public final class Traffic {

  public static final Duration HALF_LIFE = Duration.ofSeconds(30);

  /** Parts of the circle of which the requests are counted. */
  public static final int CELLS = 256;

  /** Keys of which the requests are counted. */
  public static final int KEYS = 128;

  private static final int CELL_BITS = 8;
  private static final int MOST_SAMPLES = 20;
  private static final int MOST_KEYS = 20;

  /** Weights are made small again long before they are beyond what a double holds. */
  private static final double HEAVY = 1e100;

  private final LongSupplier clock;
  private volatile boolean watched;

  // Guarded by this.

  private final List<Sample> samples = new ArrayList<>();
  private double[] heat = new double[CELLS];
  private SpaceSaving keys = new SpaceSaving(KEYS);
  private double total;
  private double weight = 1;
  private long weighed;

  public Traffic() {
    this(System::nanoTime);
  }

  /** @param clock in nanoseconds */
  Traffic(LongSupplier clock) {
    this.clock = clock;
  }

  /** A request that ended. */
  public record Sample(String key, long position, @Nullable String node, int status) {}

  /**
   * A key that comes often.
   *
   * @param count at least its requests
   * @param error by how much they may be fewer
   */
  public record Key(String key, long position, double count, double error) {}

  /**
   * What was seen.
   *
   * @param samples of the requests since somebody asked last, the first of them
   * @param heat the requests of each part of the circle, from position 0 on
   * @param total the sum of these
   * @param keys those that come most often, these first
   */
  public record View(List<Sample> samples, List<Double> heat, double total, List<Key> keys) {}

  /** From now on somebody watches; counts from zero. */
  public synchronized void begin() {
    samples.clear();
    heat = new double[CELLS];
    keys = new SpaceSaving(KEYS);
    total = 0;
    weight = 1;
    weighed = clock.getAsLong();
    watched = true;
  }

  /** Nobody does any more. */
  public synchronized void end() {
    watched = false;
  }

  /** A request has ended. */
  public void record(Exchange exchange) {
    if (watched && exchange.isPlaced()) {
      String node = exchange.last().map(Backend::name).orElse(null);
      record(exchange.key().bytes(), exchange.position(), node, exchange.status());
    }
  }

  synchronized void record(byte[] key, long position, @Nullable String node, int status) {
    if (samples.size() < MOST_SAMPLES) {
      samples.add(new Sample(KeyText.of(key), position, node, status));
    }
    heat[(int) (position >>> (Long.SIZE - CELL_BITS))] += weight;
    keys.add(position, () -> KeyText.of(key), weight);
    total += weight;
  }

  /** What was seen; to be asked often, for this is when a request comes to count more. */
  public synchronized View take() {
    grow();
    double now = weight;
    View view = new View(
        List.copyOf(samples),
        Arrays.stream(heat).mapToObj(requests -> requests / now).toList(),
        total / now,
        keys.top(MOST_KEYS).stream()
            .map(key -> new Key(key.text(), key.id(), key.count() / now, key.error() / now))
            .toList());
    samples.clear();
    return view;
  }

  private void grow() {
    long now = clock.getAsLong();
    weight *= Math.pow(2, (now - weighed) / (double) HALF_LIFE.toNanos());
    weighed = now;
    if (weight > HEAVY) {
      double factor = 1 / weight;
      Arrays.setAll(heat, i -> heat[i] * factor);
      keys.scale(factor);
      total *= factor;
      weight = 1;
    }
  }
}
