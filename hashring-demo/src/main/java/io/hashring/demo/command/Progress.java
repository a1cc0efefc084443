package io.hashring.demo.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;

/** How many keys were read, on one line that is written over. */
final class Progress {

  /** The clock is asked so often only. */
  private static final int KEYS = 1 << 14;

  private static final long NANOS = 500_000_000;

  private final boolean isShown;
  private final PrintWriter err;
  private final long start = System.nanoTime();
  private long last = start;
  private long keys;

  Progress(boolean isShown, PrintWriter err) {
    this.isShown = isShown;
    this.err = err;
  }

  /**
   * Whether somebody sees the standard error. The JDK cannot tell where the standard input is a
   * file, so a program of the system is asked.
   */
  static boolean isTerminal() throws InterruptedException {
    try {
      return new ProcessBuilder("test", "-t", "2").inheritIO().start().waitFor() == 0;
    } catch (IOException e) {
      return false; // no such program, and nobody misses the progress
    }
  }

  /** Counts a key, and tells whether it is time to look up: every so many keys. */
  boolean count() {
    keys++;
    if (keys % KEYS != 0) {
      return false;
    }
    if (isShown && System.nanoTime() - last > NANOS) {
      last = System.nanoTime();
      show("");
    }
    return true;
  }

  void end() {
    if (isShown) {
      show("\n");
    }
  }

  private void show(String ending) {
    double seconds = Math.max(1e-9, (System.nanoTime() - start) / 1e9);
    err.print(
        String.format(Locale.ROOT, "\r%,d keys, %,.0f a second %s", keys, keys / seconds, ending));
    err.flush();
  }
}
