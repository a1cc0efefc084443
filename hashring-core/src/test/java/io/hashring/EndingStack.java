package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Calls whose stack ends within them, at many places. In JVMs of their own, since how much stack a
 * call takes depends on who compiled it.
 */
final class EndingStack {

  private static final int SIZE = 192 * 1024;

  private EndingStack() {}

  /** What a program prints that is told a number of runs, in a JVM with a given option. */
  static List<String> linesOf(Class<?> program, int runs, String option)
      throws IOException, InterruptedException {
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            option,
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            program.getName(),
            Integer.toString(runs))
        .redirectError(ProcessBuilder.Redirect.DISCARD) // of warnings of the JVM
        .start();
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return printed.lines().toList();
  }

  /**
   * Runs what calls itself until the stack ends, in each run at another place, and tells whether it
   * came back.
   */
  static boolean endsWithin(int run, Runnable descent) throws InterruptedException {
    return comesBack(SIZE, () -> aside(run % 40, descent));
  }

  /** Whether an action comes back, and does not wait for ever for what was left behind. */
  static boolean comesBack(Runnable action) throws InterruptedException {
    return comesBack(0, action);
  }

  private static boolean comesBack(int stack, Runnable action) throws InterruptedException {
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

  /** Some frames first. */
  private static void aside(int frames, Runnable action) {
    if (frames == 0) {
      action.run();
    } else {
      aside(frames - 1, action);
    }
  }
}
