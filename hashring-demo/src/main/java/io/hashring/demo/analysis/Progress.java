package io.hashring.demo.analysis;

import java.io.PrintWriter;
import java.util.Locale;

/** How much is done and how long the rest will take, on one line that is written over. */
final class Progress {

  private static final long NANOS_BETWEEN = 500_000_000;

  private final PrintWriter out;
  private final long total;
  private final long start = System.nanoTime();
  private String task = "";
  private long done;
  private long shown;
  private int width;

  /** @param total all that is to be done, in requests */
  Progress(PrintWriter out, long total) {
    this.out = out;
    this.total = total;
  }

  synchronized void begin(String task) {
    this.task = task;
    show();
  }

  synchronized void did(long requests) {
    done += requests;
    if (System.nanoTime() - shown > NANOS_BETWEEN) {
      show();
    }
  }

  private void show() {
    shown = System.nanoTime();
    write(line(task, done, total, (shown - start) / 1e9));
  }

  /** Such as {@code 37 %, 25 s left: 3 servers}; no time at first, when none can be told. */
  static String line(String task, long done, long total, double seconds) {
    String left = done * 50 < total
        ? ""
        : String.format(Locale.ROOT, ", %.0f s left", seconds / done * (total - done));
    return String.format(Locale.ROOT, "%3d %%%s: %s", 100 * done / total, left, task);
  }

  private void write(String line) {
    out.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
    out.flush();
    width = line.length();
  }

  synchronized void end(String line) {
    write(line);
    out.println();
    out.flush();
  }
}
