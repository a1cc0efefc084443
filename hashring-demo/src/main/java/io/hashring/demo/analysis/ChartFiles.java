package io.hashring.demo.analysis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.awt.Color;
import java.awt.Dimension;
import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.apache.batik.svggen.SVGGraphics2D;
import org.jfree.chart.ChartUtils;
import org.jfree.chart.JFreeChart;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/**
 * Charts as files: SVG, of which the paper, the ink and the grid follow the reader's theme, and PNG
 * on white paper.
 */
final class ChartFiles {

  static final Color PAPER = Color.WHITE;
  static final Color INK = new Color(0x1f2328);
  static final Color GRID = new Color(0xd1d9e0);
  static final Font FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
  static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 16);

  /** What these colors are on a dark page. */
  private static final Map<Color, String> DARK =
      Map.of(PAPER, "#0d1117", INK, "#e6edf3", GRID, "#30363d");

  private static final int WIDTH = 860;
  private static final int HEIGHT = 400;
  private static final String SVG = "http://www.w3.org/2000/svg";

  private ChartFiles() {}

  /** @throws IllegalStateException if this machine cannot draw letters */
  static void checkFonts() {
    try {
      var unused = new Font(Font.SANS_SERIF, Font.PLAIN, 13)
          .getStringBounds("a", new FontRenderContext(null, true, true));
    } catch (RuntimeException | Error e) { // which of them depends on what is missing
      throw new IllegalStateException(
          "charts need a font, and this machine has none: install fontconfig and a font, such as"
              + " fonts-dejavu-core",
          e);
    }
  }

  /** Writes {@code NAME.svg} and {@code NAME.png}. */
  static void write(JFreeChart chart, Path folder, String name) throws IOException {
    try (Writer out = Files.newBufferedWriter(folder.resolve(name + ".svg"), UTF_8)) {
      svg(chart, out);
    }
    try (OutputStream out = Files.newOutputStream(folder.resolve(name + ".png"))) {
      ChartUtils.writeChartAsPNG(out, chart, WIDTH, HEIGHT);
    }
  }

  private static void svg(JFreeChart chart, Writer out) throws IOException {
    Document document = document();
    SVGGraphics2D graphics = new SVGGraphics2D(document);
    graphics.setSVGCanvasSize(new Dimension(WIDTH, HEIGHT));
    chart.draw(graphics, new Rectangle2D.Double(0, 0, WIDTH, HEIGHT));
    Element root = graphics.getRoot();
    root.setAttribute("viewBox", "0 0 " + WIDTH + " " + HEIGHT);
    Element style = document.createElementNS(SVG, "style");
    style.setTextContent(darkStyle());
    root.insertBefore(style, root.getFirstChild());
    // not graphics.stream, which names a DTD on another host for readers to fetch
    write(root, out);
  }

  private static void write(Element root, Writer out) throws IOException {
    try {
      Transformer identity = TransformerFactory.newInstance().newTransformer();
      identity.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
      identity.transform(new DOMSource(root), new StreamResult(out));
    } catch (TransformerException e) {
      throw new IOException("cannot write a chart: " + e.getMessage(), e);
    }
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

  /** Colors stand in attributes, over which any rule of a style sheet goes. */
  private static String darkStyle() {
    StringBuilder rules = new StringBuilder("\n@media (prefers-color-scheme: dark) {\n");
    DARK.forEach((light, dark) -> {
      for (String property : new String[] {"fill", "stroke"}) {
        rules.append(String.format(
            "  [%s=\"%s\"] { %s: %s }\n", property, attribute(light), property, dark));
      }
    });
    return rules.append("}\n").toString();
  }

  /** How Batik writes a color. */
  private static String attribute(Color color) {
    return color.equals(Color.WHITE)
        ? "white"
        : "rgb(" + color.getRed() + "," + color.getGreen() + "," + color.getBlue() + ")";
  }
}
