package io.hashring.bench;

import java.util.Locale;

/** Numbers as a reader wants them: as many digits as they are worth, thousands apart. */
final class Numbers {

  private Numbers() {}

  /** Three digits, or all before the point. */
  static String plain(double number) {
    if (Double.isNaN(number)) {
      return "?";
    }
    double size = Math.abs(number);
    if (size == 0 || size >= 100 || size == Math.rint(size)) {
      return String.format(Locale.ROOT, "%,.0f", number);
    }
    return String.format(Locale.ROOT, size >= 10 ? "%.1f" : size >= 0.1 ? "%.2f" : "%.3f", number);
  }

  /** Always two digits behind the point. */
  static String precise(double number) {
    return String.format(Locale.ROOT, "%,.2f", number);
  }

  /** A share in percent. */
  static String percent(double share) {
    return share == 0 ? "0" : String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }
}
