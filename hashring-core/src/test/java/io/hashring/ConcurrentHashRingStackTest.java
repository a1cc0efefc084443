package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A stack that ends within a call, wherever that is, leaves neither a lock nor a count behind. Run
 * in JVMs of their own, since how much stack a call takes depends on who compiled it.
 */
final class ConcurrentHashRingStackTest {

  private static final int RUNS = 60;
  private static final int STACK = 192 * 1024;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-Xint",
        "-XX:TieredStopAtLevel=1",
        "-XX:-TieredCompilation",
        "-XX:+TieredCompilation"
      })
  void set_stackThatEnds_leavesNothingBehind(String compiler) throws Exception {
    assertThat(run(compiler)).containsExactly("0 of " + RUNS + " left something behind");
  }

  private static List<String> run(String compiler) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            compiler,
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            ConcurrentHashRingStackTest.class.getName())
        .redirectError(ProcessBuilder.Redirect.DISCARD) // of warnings of the JVM
        .start();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return printed.lines().toList();
  }

  /** Prints in how many runs something was left behind. */
  public static void main(String[] arguments) throws InterruptedException {
    int bad = 0;
    for (int run = 0; run < RUNS; run++) {
      ConcurrentHashRing<String> ring =
          ConcurrentHashRing.of(HashRing.builder().pointsPerNode(4).add("a").build());
      AtomicInteger told = new AtomicInteger();
      ring.onChange((before, after) -> told.incrementAndGet());
      for (int i = 0; i < 500; i++) {
        ring.set("a", 1 + i % 2);
      }
      long version = ring.snapshot().version();
      Descent descent = new Descent(ring);
      int shift = run;
      boolean ended = inThread(STACK, () -> aside(shift % 40, descent));
      boolean asMany = ring.snapshot().version() - version == descent.made;
      // would wait for ever for a lock that is left behind, or for listeners that nobody tells
      boolean changed = inThread(0, () -> ring.set("b", 7));
      boolean allTold = told.get() == ring.snapshot().version();
      bad += ended && asMany && changed && allTold ? 0 : 1;
    }
    System.out.println(bad + " of " + RUNS + " left something behind");
    System.exit(0);
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
