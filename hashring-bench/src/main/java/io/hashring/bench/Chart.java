package io.hashring.bench;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Dimension;
import java.awt.Font;
import java.awt.geom.Rectangle2D;
import java.io.StringWriter;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.apache.batik.svggen.SVGGraphics2D;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.LegendItemCollection;
import org.jfree.chart.axis.Axis;
import org.jfree.chart.axis.CategoryLabelPositions;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.labels.StandardCategoryItemLabelGenerator;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.Plot;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.data.category.CategoryDataset;
import org.jfree.data.category.DefaultCategoryDataset;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** A chart as SVG, legible on light and on dark pages. */
final class Chart {

  private static final int WIDTH = 860;
  private static final int HEIGHT_OF_LINES = 456;
  private static final int BAR = 28;
  private static final String SVG = "http://www.w3.org/2000/svg";

  private static final Color PAPER = Color.WHITE;
  private static final Color INK = new Color(0x1f2328);
  private static final Color GRID = new Color(0xd1d9e0);
  private static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
  private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 16);

  /** Readable on white and on black; the first is for the series that the page is about. */
  private static final List<Color> COLORS = IntStream.of(
          0xe5484d, 0x3b82f6, 0x16a34a, 0xa855f7, 0xd97706, 0x0891b2, 0xdb2777, 0x65a30d, 0x78716c,
          0x6366f1, 0x0d9488)
      .mapToObj(Color::new)
      .toList();

  /** Colors stand in attributes, over which any rule of a style sheet goes. */
  private static final String DARK = """

      @media (prefers-color-scheme: dark) {
        [fill="white"] { fill: #0d1117 }
        [fill="rgb(31,35,40)"] { fill: #e6edf3 }
        [stroke="rgb(31,35,40)"] { stroke: #e6edf3 }
        [stroke="rgb(209,217,224)"] { stroke: #30363d }
      }
      """;

  private Chart() {}

  /**
   * Lines over two logarithmic axes.
   *
   * @param lines the one of the first color first
   */
  static String lines(String title, String x, String y, List<Line> lines) {
    XYSeriesCollection data = new XYSeriesCollection();
    for (Line line : lines) {
      XYSeries series = new XYSeries(line.name);
      line.points.forEach(series::add);
      data.addSeries(series);
    }
    JFreeChart chart = ChartFactory.createXYLineChart(title + ": " + y, x, "", data);
    style(chart, chart.getXYPlot().getDomainAxis(), chart.getXYPlot().getRangeAxis());
    XYPlot plot = chart.getXYPlot();
    plot.setDomainAxis(logarithmic(x));
    plot.setRangeAxis(logarithmic(""));
    plot.setDomainGridlinePaint(GRID);
    plot.setRangeGridlinePaint(GRID);
    for (int i = 0; i < lines.size(); i++) {
      plot.getRenderer().setSeriesPaint(i, COLORS.get(i % COLORS.size()));
      plot.getRenderer().setSeriesStroke(i, new BasicStroke(i == 0 ? 4 : 2));
    }
    plot.setFixedLegendItems(byLast(plot.getLegendItems(), lines));
    chart.getLegend().setPosition(RectangleEdge.RIGHT);
    return svg(chart, HEIGHT_OF_LINES);
  }

  private static LogAxis logarithmic(String label) {
    LogAxis axis = new LogAxis(label);
    axis.setNumberFormatOverride(
        new DecimalFormat("#,##0.######", DecimalFormatSymbols.getInstance(Locale.ROOT)));
    axis.setMinorTickMarksVisible(false);
    axis.setSmallestValue(1e-6);
    style(axis);
    return axis;
  }

  /** The legend in the order in which the lines end, from the top. */
  private static LegendItemCollection byLast(LegendItemCollection items, List<Line> lines) {
    LegendItemCollection sorted = new LegendItemCollection();
    lines.stream()
        .sorted(Comparator.comparingDouble(Line::last).reversed())
        .map(line -> items.get(lines.indexOf(line)))
        .forEach(sorted::add);
    return sorted;
  }

  /** Horizontal bars from zero, the first one in the first color. */
  static String bars(String title, Map<String, Double> values) {
    DefaultCategoryDataset data = new DefaultCategoryDataset();
    values.forEach((name, value) -> data.addValue(value, "", name));
    JFreeChart chart = ChartFactory.createBarChart(
        title, "", "", data, PlotOrientation.HORIZONTAL, false, false, false);
    CategoryPlot plot = chart.getCategoryPlot();
    style(chart, plot.getDomainAxis(), plot.getRangeAxis());
    plot.getDomainAxis().setCategoryLabelPositions(CategoryLabelPositions.STANDARD);
    plot.setRangeGridlinePaint(GRID);
    plot.setRenderer(new Bars());
    return svg(chart, 96 + BAR * values.size());
  }

  private static void style(JFreeChart chart, Axis... axes) {
    chart.setBackgroundPaint(PAPER);
    chart.getTitle().setPaint(INK);
    chart.getTitle().setFont(TITLE);
    if (chart.getLegend() != null) {
      chart.getLegend().setBackgroundPaint(PAPER);
      chart.getLegend().setItemPaint(INK);
      chart.getLegend().setItemFont(FONT);
    }
    Plot plot = chart.getPlot();
    plot.setBackgroundPaint(PAPER);
    plot.setOutlinePaint(GRID);
    for (Axis axis : axes) {
      style(axis);
    }
  }

  private static void style(Axis axis) {
    axis.setLabelPaint(INK);
    axis.setLabelFont(FONT);
    axis.setTickLabelPaint(INK);
    axis.setTickLabelFont(FONT);
    axis.setAxisLinePaint(GRID);
    axis.setTickMarkPaint(GRID);
  }

  private static String svg(JFreeChart chart, int height) {
    Document document = document();
    SVGGraphics2D graphics = new SVGGraphics2D(document);
    graphics.setSVGCanvasSize(new Dimension(WIDTH, height));
    chart.draw(graphics, new Rectangle2D.Double(0, 0, WIDTH, height));
    Element root = graphics.getRoot();
    root.setAttribute("viewBox", "0 0 " + WIDTH + " " + height);
    Element style = document.createElementNS(SVG, "style");
    style.setTextContent(DARK);
    root.insertBefore(style, root.getFirstChild());
    return text(root);
  }

  /** Not by Batik, which names a DTD on another host for readers to fetch. */
  private static String text(Element root) {
    StringWriter text = new StringWriter();
    try {
      Transformer identity = TransformerFactory.newInstance().newTransformer();
      identity.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
      identity.transform(new DOMSource(root), new StreamResult(text));
    } catch (TransformerException e) {
      throw new IllegalStateException(e);
    }
    return text + "\n";
  }

  private static Document document() {
    try {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .getDOMImplementation()
          .createDocument(SVG, "svg", null);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException(e);
    }
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

  /** Bars with their values behind them. */
  private static final class Bars extends BarRenderer {

    private static final long serialVersionUID = 1;

    Bars() {
      setBarPainter(new StandardBarPainter());
      setShadowVisible(false);
      setDefaultItemLabelsVisible(true);
      setDefaultItemLabelPaint(INK);
      setDefaultItemLabelFont(FONT);
      setDefaultItemLabelGenerator(new StandardCategoryItemLabelGenerator() {
        private static final long serialVersionUID = 1;

        @Override
        public String generateLabel(CategoryDataset data, int row, int column) {
          return Numbers.precise(data.getValue(row, column).doubleValue());
        }
      });
    }

    @Override
    public Color getItemPaint(int row, int column) {
      return COLORS.get(column == 0 ? 0 : 1);
    }
  }
}
