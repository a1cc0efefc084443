package io.hashring.bench;

import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * A picture of circles, arcs and words as SVG, legible on light and on dark pages. Its text depends
 * on what is drawn alone, so that it can be compared.
 */
final class Drawing {

  /** Readable on white and on black. */
  static final List<String> COLORS = List.of("#e5484d", "#3b82f6", "#16a34a", "#a855f7");

  private static final String STYLE = """

      text { font: 14px system-ui, sans-serif; fill: #1f2328 }
      .title { font-size: 16px; font-weight: 600 }
      .small { font-size: 12px }
      .paper { fill: #ffffff }
      .ink { stroke: #1f2328; fill: none }
      .dot { fill: #1f2328 }
      .faint { stroke: #d1d9e0; fill: none }
      @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3 }
        .paper { fill: #0d1117 }
        .ink { stroke: #e6edf3 }
        .dot { fill: #e6edf3 }
        .faint { stroke: #30363d }
      }
      """;

  private final StringWriter text = new StringWriter();
  private final XMLStreamWriter xml;

  Drawing(int width, int height, String description) throws XMLStreamException {
    xml = XMLOutputFactory.newInstance().createXMLStreamWriter(text);
    xml.writeStartElement("svg");
    xml.writeDefaultNamespace("http://www.w3.org/2000/svg");
    attributes("viewBox", "0 0 " + width + " " + height, "width", width, "role", "img");
    element("title", description);
    element("style", STYLE);
    empty("rect", "class", "paper", "width", width, "height", height, "rx", 6);
  }

  /** A place on a circle: 0 of the circle is at the top, and it goes on clockwise. */
  record Circle(double x, double y, double radius) {

    double x(double part) {
      return x(part, 0);
    }

    double y(double part) {
      return y(part, 0);
    }

    /** @param out how far outside of the line */
    double x(double part, double out) {
      return x + (radius + out) * Math.sin(2 * Math.PI * part);
    }

    double y(double part, double out) {
      return y - (radius + out) * Math.cos(2 * Math.PI * part);
    }

    Circle wider(double out) {
      return new Circle(x, y, radius + out);
    }
  }

  /** A part of a circle, clockwise from one place to another. */
  void arc(Circle circle, double from, double to, String color, double width)
      throws XMLStreamException {
    double length = to > from ? to - from : to - from + 1;
    if (length > 0.999) {
      empty(
          "circle",
          "cx",
          circle.x,
          "cy",
          circle.y,
          "r",
          circle.radius,
          "fill",
          "none",
          "stroke",
          color,
          "stroke-width",
          width);
      return;
    }
    String path = String.format(
        Locale.ROOT,
        "M%.1f %.1fA%.1f %.1f 0 %d 1 %.1f %.1f",
        circle.x(from),
        circle.y(from),
        circle.radius,
        circle.radius,
        length > 0.5 ? 1 : 0,
        circle.x(to),
        circle.y(to));
    empty("path", "d", path, "fill", "none", "stroke", color, "stroke-width", width);
  }

  void ring(Circle circle, String style) throws XMLStreamException {
    empty("circle", "class", style, "cx", circle.x, "cy", circle.y, "r", circle.radius);
  }

  void dot(double x, double y, double radius, String color) throws XMLStreamException {
    empty("circle", "cx", x, "cy", y, "r", radius, "fill", color);
  }

  void inkDot(double x, double y, double radius) throws XMLStreamException {
    empty("circle", "class", "dot", "cx", x, "cy", y, "r", radius);
  }

  void line(double x1, double y1, double x2, double y2, String style) throws XMLStreamException {
    empty("line", "class", style, "x1", x1, "y1", y1, "x2", x2, "y2", y2);
  }

  void bar(double x, double y, double width, double height, String color)
      throws XMLStreamException {
    empty("rect", "x", x, "y", y, "width", width, "height", height, "fill", color);
  }

  /** @param anchor start, middle or end */
  void words(double x, double y, String anchor, String style, String words)
      throws XMLStreamException {
    xml.writeStartElement("text");
    attributes("class", style, "x", x, "y", y, "text-anchor", anchor);
    xml.writeCharacters(words);
    xml.writeEndElement();
    xml.writeCharacters("\n");
  }

  private void element(String name, String content) throws XMLStreamException {
    xml.writeStartElement(name);
    xml.writeCharacters(content);
    xml.writeEndElement();
    xml.writeCharacters("\n");
  }

  private void empty(String name, Object... attributes) throws XMLStreamException {
    xml.writeEmptyElement(name);
    attributes(attributes);
    xml.writeCharacters("\n");
  }

  private void attributes(Object... namesAndValues) throws XMLStreamException {
    for (int i = 0; i < namesAndValues.length; i += 2) {
      Object value = namesAndValues[i + 1];
      String shown = value instanceof Double number
          ? String.format(Locale.ROOT, "%.1f", number)
          : value.toString();
      if (!shown.isEmpty()) {
        xml.writeAttribute(namesAndValues[i].toString(), shown);
      }
    }
  }

  /** The whole text; the picture is done. */
  String svg() throws XMLStreamException {
    xml.writeEndElement();
    xml.writeEndDocument();
    xml.close();
    return text + "\n";
  }
}
