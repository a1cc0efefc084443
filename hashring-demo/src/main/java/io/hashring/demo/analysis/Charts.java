package io.hashring.demo.analysis;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Stroke;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.Axis;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.Plot;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.LineAndShapeRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.ui.Layer;
import org.jfree.data.category.DefaultCategoryDataset;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/** What the experiments look like. */
final class Charts {

  /** Readable on white and on black. */
  private static final List<Color> COLORS = List.of(
      new Color(0xe5484d),
      new Color(0x3b82f6),
      new Color(0x16a34a),
      new Color(0xa855f7),
      new Color(0xd97706));

  private static final Stroke LINE = new BasicStroke(2.5f);
  private static final Stroke DASHES = new BasicStroke(
      1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10, new float[] {6, 4}, 0);

  private Charts() {}

  /** Requests of each server, for each placement, beside the mean. */
  static JFreeChart counts(List<Spread> spreads, int servers) {
    DefaultCategoryDataset data = new DefaultCategoryDataset();
    for (Spread spread : spreads) {
      spread
          .counts(servers)
          .byServer()
          .forEach((server, count) -> data.addValue(count, spread.title(), server));
    }
    Counts any = spreads.get(0).counts(servers);
    JFreeChart chart = bars(
        "%,d requests on %d servers".formatted(any.total(), servers), "server", "requests", data);
    mark(chart.getCategoryPlot(), any.mean());
    return chart;
  }

  /** The busiest server's requests over the mean, by the number of servers. */
  static JFreeChart peaks(String title, List<Spread> spreads) {
    DefaultCategoryDataset data = new DefaultCategoryDataset();
    for (Spread spread : spreads) {
      spread
          .measured()
          .forEach(
              (servers, counts) -> data.addValue(counts.peakToMean(), spread.title(), servers));
    }
    JFreeChart chart = ChartFactory.createLineChart(title, "servers", "peak to mean", data);
    LineAndShapeRenderer renderer = new LineAndShapeRenderer();
    renderer.setAutoPopulateSeriesStroke(false);
    renderer.setDefaultStroke(LINE);
    chart.getCategoryPlot().setRenderer(renderer);
    style(chart);
    chart.getCategoryPlot().getRangeAxis().setLowerBound(0);
    mark(chart.getCategoryPlot(), 1);
    return chart;
  }

  /** The part of the requests that moves when a server joins, beside what has to. */
  static JFreeChart moved(List<Spread> spreads) {
    DefaultCategoryDataset data = new DefaultCategoryDataset();
    for (Spread spread : spreads) {
      spread
          .moved()
          .forEach(
              (servers, moved) -> data.addValue(100 * moved.all(), spread.title(), step(servers)));
    }
    spreads
        .get(0)
        .moved()
        .keySet()
        .forEach(servers -> data.addValue(100.0 / servers, "an even share", step(servers)));
    return bars("Requests that move when a server joins", "servers", "% of all", data);
  }

  private static String step(int servers) {
    return "from " + (servers - 1) + " to " + servers;
  }

  /** Requests a second of each server while one dies and comes back. */
  static JFreeChart outage(String title, Outage.Result result) {
    XYSeriesCollection data = new XYSeriesCollection();
    for (String server : result.bins().get(0).byServer().keySet()) {
      ToDoubleFunction<Counts> perSecond =
          bin -> bin.byServer().getOrDefault(server, 0L) / result.secondsPerBin();
      XYSeries series = new XYSeries(server);
      for (int bin = 0; bin < result.bins().size(); bin++) {
        series.add(
            (bin + 0.5) * result.secondsPerBin(),
            perSecond.applyAsDouble(result.bins().get(bin)));
      }
      data.addSeries(series);
    }
    JFreeChart chart = ChartFactory.createXYLineChart(title, "seconds", "requests a second", data);
    style(chart);
    XYPlot plot = chart.getXYPlot();
    double end = result.bins().size() * result.secondsPerBin();
    plot.addDomainMarker(marker(end / 3), Layer.FOREGROUND);
    plot.addDomainMarker(marker(2 * end / 3), Layer.FOREGROUND);
    plot.getRangeAxis().setLowerBound(0);
    plot.getDomainAxis().setRange(0, end);
    return chart;
  }

  private static JFreeChart bars(
      String title, String across, String up, DefaultCategoryDataset data) {
    JFreeChart chart = ChartFactory.createBarChart(title, across, up, data);
    BarRenderer renderer = (BarRenderer) chart.getCategoryPlot().getRenderer();
    renderer.setBarPainter(new StandardBarPainter());
    renderer.setShadowVisible(false);
    renderer.setItemMargin(0.05);
    style(chart);
    return chart;
  }

  private static void mark(CategoryPlot plot, double value) {
    plot.addRangeMarker(marker(value), Layer.FOREGROUND);
  }

  private static ValueMarker marker(double value) {
    return new ValueMarker(value, ChartFiles.INK, DASHES);
  }

  private static void style(JFreeChart chart) {
    chart.setBackgroundPaint(ChartFiles.PAPER);
    chart.getTitle().setPaint(ChartFiles.INK);
    chart.getTitle().setFont(ChartFiles.TITLE);
    chart.getLegend().setBackgroundPaint(ChartFiles.PAPER);
    chart.getLegend().setItemPaint(ChartFiles.INK);
    chart.getLegend().setItemFont(ChartFiles.FONT);
    Plot plot = chart.getPlot();
    plot.setBackgroundPaint(ChartFiles.PAPER);
    plot.setOutlinePaint(ChartFiles.GRID);
    if (plot instanceof CategoryPlot categories) {
      categories.setRangeGridlinePaint(ChartFiles.GRID);
      style(categories.getDomainAxis());
      style(categories.getRangeAxis());
      for (int i = 0; i < COLORS.size(); i++) {
        categories.getRenderer().setSeriesPaint(i, COLORS.get(i));
      }
    } else if (plot instanceof XYPlot lines) {
      lines.setRangeGridlinePaint(ChartFiles.GRID);
      lines.setDomainGridlinePaint(ChartFiles.GRID);
      style(lines.getRangeAxis());
      style(lines.getDomainAxis());
      for (int i = 0; i < COLORS.size(); i++) {
        lines.getRenderer().setSeriesPaint(i, COLORS.get(i));
        lines.getRenderer().setSeriesStroke(i, LINE);
      }
    }
  }

  private static void style(Axis axis) {
    axis.setLabelPaint(ChartFiles.INK);
    axis.setLabelFont(ChartFiles.FONT);
    axis.setAxisLinePaint(ChartFiles.GRID);
    axis.setTickMarkPaint(ChartFiles.GRID);
    axis.setTickLabelPaint(ChartFiles.INK);
    axis.setTickLabelFont(ChartFiles.FONT);
  }
}
