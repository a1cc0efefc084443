package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.BoundedLoad.Lease;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stack that ends within a call, wherever that is, leaves neither a lock nor a count behind. */
final class BoundedLoadStackTest {

  private static final int RUNS = Depth.of(60);

  /** What is called. */
  private static final int READ = 0;

  private static final int CLOSE = 1;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-Xint",
        "-XX:TieredStopAtLevel=1",
        "-XX:-TieredCompilation",
        "-XX:+TieredCompilation"
      })
  void acquireAndClose_stackThatEnds_leavesNothingBehind(String compiler) throws Exception {
    assertThat(EndingStack.linesOf(BoundedLoadStackTest.class, RUNS, compiler))
        .containsExactly("nothing left behind");
  }

  /** Prints which run left something behind. */
  public static void main(String[] arguments) throws InterruptedException {
    int runs = Integer.parseInt(arguments[0]);
    for (int run = 0; run < runs; run++) {
      BoundedLoad<String> load = Loads.of(HashRing.of("a", "b", "c"), 1.25);
      for (int i = 0; i < 2000; i++) {
        load.acquire("user:" + i).close();
        load.tryAcquire("user:" + i, 2, node -> true).orElseThrow().close();
      }
      Descent descent = new Descent(load, run % 3);
      boolean ended = EndingStack.endsWithin(run, descent);
      // would wait for ever for a lock that is left behind
      boolean closed = EndingStack.comesBack(descent::close);
      if (!ended || !closed || descent.left != 0) {
        System.out.println("run " + run + " left something behind");
        System.exit(0);
      }
    }
    System.out.println("nothing left behind");
  }

  /**
   * Calls at each depth, until the stack ends within one of the calls: in turn such as take the
   * lock at once, and such as take a lease.
   */
  private static final class Descent implements Runnable {
    private final BoundedLoad<String> load;
    private final int kind;
    private final Lease<?>[] leases = new Lease<?>[20_000];
    private int taken;
    private int closed;
    private volatile long left = -1;

    Descent(BoundedLoad<String> load, int kind) {
      this.load = load;
      this.kind = kind;
      while (kind == CLOSE && taken < leases.length) {
        leases[taken++] = load.acquire("user:1", 1 + taken % 2);
      }
    }

    @Override
    public void run() {
      if (kind == READ) {
        load.totalLoad();
      } else if (kind == CLOSE) {
        leases[closed].close();
        closed++;
      } else {
        // no call of our own between a lease and its place in the array
        leases[taken] = load.acquire("user:1");
        taken++;
        leases[taken] = load.tryAcquire("user:1", 2, node -> true).orElseThrow();
        taken++;
        leases[taken - 2].close();
      }
      run();
    }

    void close() {
      for (int i = 0; i < taken; i++) {
        leases[i].close();
      }
      left = load.totalLoad();
    }
  }
}
