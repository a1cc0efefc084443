package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.BoundedLoad.Lease;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A stack that ends within a call, wherever that is, leaves neither a lock nor a count behind. Run
 * in JVMs of their own, since how much stack a call takes depends on who compiled it.
 */
final class BoundedLoadStackTest {

  private static final int RUNS = 60;
  /** What is called. */
  private static final int READ = 0;

  private static final int CLOSE = 1;

  private static final int STACK = 192 * 1024;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-Xint",
        "-XX:TieredStopAtLevel=1",
        "-XX:-TieredCompilation",
        "-XX:+TieredCompilation"
      })
  void acquireAndClose_stackThatEnds_leavesNothingBehind(String compiler) throws Exception {
    assertThat(run(compiler)).containsExactly("nothing left behind");
  }

  private static List<String> run(String compiler) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            compiler,
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            BoundedLoadStackTest.class.getName())
        .redirectError(ProcessBuilder.Redirect.DISCARD) // of warnings of the JVM
        .start();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return printed.lines().toList();
  }

  /** Prints which run left something behind. */
  public static void main(String[] arguments) throws InterruptedException {
    for (int run = 0; run < RUNS; run++) {
      BoundedLoad<String> load = BoundedLoad.of(HashRing.of("a", "b", "c"), 1.25);
      for (int i = 0; i < 2000; i++) {
        load.acquire("user:" + i).close();
        load.acquire("user:" + i, 2, node -> true).close();
      }
      Descent descent = new Descent(load, run % 3);
      int shift = run;
      boolean ended = inThread(STACK, () -> aside(shift % 40, descent));
      // would wait for ever for a lock that is left behind
      boolean closed = inThread(0, descent::close);
      if (!ended || !closed || descent.left != 0) {
        System.out.println("run " + run + " left something behind");
        System.exit(0);
      }
    }
    System.out.println("nothing left behind");
  }

  private static boolean inThread(int stack, Runnable action) throws InterruptedException {
    Thread thread = new Thread(
        null,
        () -> {
          try {
            action.run();
          } catch (StackOverflowError end) {
            // what this is about
          }
        },
        "stack",
        stack);
    thread.setDaemon(true);
    thread.start();
    thread.join(10_000);
    return !thread.isAlive();
  }

  /** Some frames first, so that in each run the stack ends at another place. */
  private static void aside(int frames, Runnable action) {
    if (frames == 0) {
      action.run();
    } else {
      aside(frames - 1, action);
    }
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
        leases[taken] = load.acquire("user:1", 2, node -> true);
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
