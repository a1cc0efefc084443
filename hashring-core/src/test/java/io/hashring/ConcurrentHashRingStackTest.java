package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stack that ends within a call, wherever that is, leaves neither a lock nor a count behind. */
final class ConcurrentHashRingStackTest {

  private static final int RUNS = Depth.of(60);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-Xint",
        "-XX:TieredStopAtLevel=1",
        "-XX:-TieredCompilation",
        "-XX:+TieredCompilation"
      })
  void set_stackThatEnds_leavesNothingBehind(String compiler) throws Exception {
    assertThat(EndingStack.linesOf(ConcurrentHashRingStackTest.class, RUNS, compiler))
        .containsExactly("0 of " + RUNS + " left something behind");
  }

  /** Prints in how many runs something was left behind. */
  public static void main(String[] arguments) throws InterruptedException {
    int runs = Integer.parseInt(arguments[0]);
    int bad = 0;
    for (int run = 0; run < runs; run++) {
      ConcurrentHashRing<String> ring =
          ConcurrentHashRing.of(HashRing.builder().pointsPerNode(4).add("a").build());
      AtomicInteger told = new AtomicInteger();
      ring.onChange((before, after) -> told.incrementAndGet());
      for (int i = 0; i < 500; i++) {
        ring.set("a", 1 + i % 2);
      }
      long version = ring.snapshot().version();
      Descent descent = new Descent(ring);
      boolean ended = EndingStack.endsWithin(run, descent);
      boolean asMany = ring.snapshot().version() - version == descent.made;
      // would wait for ever for a lock that is left behind, or for listeners that nobody tells
      boolean changed = EndingStack.comesBack(() -> ring.set("b", 7));
      boolean allTold = told.get() == ring.snapshot().version();
      bad += ended && asMany && changed && allTold ? 0 : 1;
    }
    System.out.println(bad + " of " + runs + " left something behind");
    System.exit(0);
  }

  /** Makes a change at each depth, until the stack ends within one of the calls. */
  private static final class Descent implements Runnable {
    private final ConcurrentHashRing<String> ring;
    private int made;

    Descent(ConcurrentHashRing<String> ring) {
      this.ring = ring;
    }

    @Override
    public void run() {
      ring.set("a", 3 + made % 2);
      made++;
      run();
    }
  }
}
