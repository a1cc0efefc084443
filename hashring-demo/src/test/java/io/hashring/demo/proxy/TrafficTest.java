package io.hashring.demo.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

final class TrafficTest {

  private static final Offset<Double> EXACT = within(1e-9);

  private final AtomicLong now = new AtomicLong();
  private final Traffic traffic = new Traffic(now::get);

  private void record(String key, long position) {
    traffic.record(key.getBytes(StandardCharsets.UTF_8), position, "server1", 200);
  }

  private void pass(int seconds) {
    now.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
  }

  @Test
  void requests_countHalf_afterAHalfLife() {
    traffic.begin();
    for (int i = 0; i < 64; i++) {
      record("a", 0);
    }
    pass(30);
    Traffic.View view = traffic.take();
    assertThat(view.total()).isCloseTo(32, EXACT);
    for (int i = 0; i < 8; i++) {
      record("b", -1); // the last position
    }
    view = traffic.take();
    assertThat(view.total()).isCloseTo(40, EXACT);
    assertThat(view.heat()).hasSize(256);
    assertThat(view.heat().get(0)).isCloseTo(32, EXACT);
    assertThat(view.heat().get(255)).isCloseTo(8, EXACT);
    assertThat(view.heat().stream().mapToDouble(part -> part).sum()).isCloseTo(view.total(), EXACT);
    assertThat(view.keys()).extracting(Traffic.Key::key).containsExactly("a", "b");
    pass(60);
    view = traffic.take();
    assertThat(view.keys().get(0).count()).isCloseTo(8, EXACT);
    assertThat(view.keys().get(1).count()).isCloseTo(2, EXACT);
  }

  /** Weights are made small again now and then, and nobody sees it. */
  @Test
  void requests_countTheSame_howeverLongSomebodyWatches() {
    traffic.begin();
    for (int minute = 0; minute < 1_000; minute++) {
      record("a", 7L << 56);
      pass(30);
      Traffic.View view = traffic.take();
      double expected = 1 - Math.pow(2, -minute - 1);
      assertThat(view.total()).isCloseTo(expected, EXACT);
      assertThat(view.heat().get(7)).isCloseTo(expected, EXACT);
      assertThat(view.keys().get(0).count()).isCloseTo(expected, EXACT);
    }
    pass(7 * 24 * 60 * 60); // asleep
    assertThat(traffic.take().total()).isZero();
    record("b", 0);
    assertThat(traffic.take().total()).isEqualTo(1);
  }

  @Test
  void samples_areTheFirstTwenty_sinceTheLastLook() {
    traffic.begin();
    for (int i = 0; i < 50; i++) {
      record("k" + i, i);
    }
    Traffic.View view = traffic.take();
    assertThat(view.samples()).hasSize(20);
    assertThat(view.samples().get(3)).isEqualTo(new Traffic.Sample("k3", 3, "server1", 200));
    assertThat(view.keys()).hasSize(20);
    assertThat(view.total()).isEqualTo(50);
    assertThat(traffic.take().samples()).isEmpty();
  }

  @Test
  void begin_startsFromZero() {
    traffic.begin();
    record("a", 0);
    traffic.end();
    traffic.begin();
    Traffic.View view = traffic.take();
    assertThat(view.total()).isZero();
    assertThat(view.samples()).isEmpty();
    assertThat(view.keys()).isEmpty();
  }
}
