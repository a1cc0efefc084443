package io.hashring.bench;

import com.google.common.collect.Lists;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;

/** A chart as SVG, legible on light and on dark pages. */
final class Chart {

  private static final int WIDTH = 860;
  private static final int LEFT = 90;
  private static final int TOP = 56;
  private static final int PLOT_WIDTH = 520;
  private static final int PLOT_HEIGHT = 340;
  private static final int BAR = 28;

  /** Readable on white and on black; the first is for the series that the page is about. */
  private static final List<String> COLORS = List.of(
      "#e5484d", "#3b82f6", "#16a34a", "#a855f7", "#d97706", "#0891b2", "#db2777", "#65a30d",
      "#78716c", "#6366f1", "#0d9488");

  private static final String STYLE = """
      <style>
        text { font: 13px system-ui, sans-serif; fill: #1f2328 }
        .title { font-size: 16px; font-weight: 600 }
        .paper { fill: #ffffff }
        .grid { stroke: #d1d9e0; stroke-width: 1 }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6edf3 }
          .paper { fill: #0d1117 }
          .grid { stroke: #30363d }
        }
      </style>
      """;

  private final StringBuilder body = new StringBuilder();

  private Chart() {}

  /**
   * Lines over two logarithmic axes.
   *
   * @param lines the one of the first color first
   */
  static String lines(String title, String x, String y, List<Line> lines) {
    Chart chart = new Chart();
    Axis across =
        Axis.over(lines.stream().flatMap(l -> l.points.keySet().stream()).toList());
    Axis up = Axis.over(lines.stream().flatMap(l -> l.points.values().stream()).toList());
    chart.text(LEFT, 28, "start", "title", title + ": " + y);
    chart.text(LEFT + PLOT_WIDTH / 2, TOP + PLOT_HEIGHT + 44, "middle", "", x);
    for (double tick : across.decades()) {
      double at = LEFT + across.at(tick) * PLOT_WIDTH;
      chart.grid(at, TOP, at, TOP + PLOT_HEIGHT);
      chart.text(at, TOP + PLOT_HEIGHT + 20, "middle", "", tick(tick));
    }
    for (double tick : up.decades()) {
      double at = TOP + (1 - up.at(tick)) * PLOT_HEIGHT;
      chart.grid(LEFT, at, LEFT + PLOT_WIDTH, at);
      chart.text(LEFT - 8, at + 4, "end", "", tick(tick));
    }
    chart.draw(lines, across, up);
    return chart.svg(TOP + PLOT_HEIGHT + 60);
  }

  private static String tick(double decade) {
    return decade < 1
        ? BigDecimal.valueOf(decade).stripTrailingZeros().toPlainString()
        : Numbers.plain(decade);
  }

  private void draw(List<Line> lines, Axis across, Axis up) {
    List<Line> byLast = new ArrayList<>(lines);
    byLast.sort(Comparator.comparingDouble(Line::last).reversed());
    for (Line line : Lists.reverse(lines)) { // so that the first lies on top
      String color = COLORS.get(lines.indexOf(line) % COLORS.size());
      int width = lines.indexOf(line) == 0 ? 4 : 2;
      int legend = TOP + 12 + byLast.indexOf(line) * 26;
      String points = line.points.entrySet().stream()
          .map(point -> point(across.at(point.getKey()), up.at(point.getValue())))
          .collect(Collectors.joining(" "));
      line(points, color, width);
      line(format("%d,%d %d,%d", 630, legend, 656, legend), color, width);
      text(664, legend + 4, "start", "", line.name);
    }
  }

  private static String point(double across, double up) {
    return format("%.1f,%.1f", LEFT + across * PLOT_WIDTH, TOP + (1 - up) * PLOT_HEIGHT);
  }

  /** Horizontal bars from zero, the first one in the first color. */
  static String bars(String title, Map<String, Double> values) {
    Chart chart = new Chart();
    double most =
        values.values().stream().mapToDouble(Double::doubleValue).max().orElse(1);
    chart.text(24, 28, "start", "title", title);
    int y = TOP;
    for (Map.Entry<String, Double> bar : values.entrySet()) {
      double length = bar.getValue() / most * 480;
      chart.text(214, y + 15, "end", "", bar.getKey());
      chart.body.append(format(
          "<rect x=\"224\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
          y, length, BAR - 8, COLORS.get(y == TOP ? 0 : 1)));
      chart.text(232 + length, y + 15, "start", "", Numbers.precise(bar.getValue()));
      y += BAR;
    }
    return chart.svg(y + 16);
  }

  private void grid(double x1, double y1, double x2, double y2) {
    body.append(format(
        "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n",
        x1, y1, x2, y2));
  }

  private void line(String points, String color, int width) {
    body.append(format(
        "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%d\" points=\"%s\"/>%n",
        color, width, points));
  }

  private void text(double x, double y, String anchor, String style, String text) {
    body.append(format(
        "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
        style, x, y, anchor, text.replace("&", "&amp;").replace("<", "&lt;")));
  }

  private String svg(int height) {
    return format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\">%n",
            WIDTH, height, WIDTH)
        + STYLE
        + format("<rect class=\"paper\" width=\"%d\" height=\"%d\" rx=\"6\"/>%n", WIDTH, height)
        + body
        + "</svg>\n";
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format.replace("%n", "\n"), arguments);
  }

  /**
   * A line of a chart.
   *
   * @param points y by x, at least one, both positive
   */
  record Line(String name, SortedMap<Integer, Double> points) {

    private double last() {
      return points.values().stream().reduce((first, second) -> second).orElseThrow();
    }
  }

  /** A logarithmic axis from one power of ten to another. */
  private record Axis(int low, int high) {

    static Axis over(List<? extends Number> values) {
      double least = values.stream().mapToDouble(Number::doubleValue).min().orElse(1);
      double most = values.stream().mapToDouble(Number::doubleValue).max().orElse(10);
      int low = (int) Math.floor(Math.log10(least));
      return new Axis(low, Math.max(low + 1, (int) Math.ceil(Math.log10(most))));
    }

    /** 0 at the low end, 1 at the high one. */
    double at(double value) {
      return (Math.log10(value) - low) / (high - low);
    }

    List<Double> decades() {
      List<Double> decades = new ArrayList<>();
      for (int exponent = low; exponent <= high; exponent++) {
        decades.add(Math.pow(10, exponent));
      }
      return decades;
    }
  }
}
