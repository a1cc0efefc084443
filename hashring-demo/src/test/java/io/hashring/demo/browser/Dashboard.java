package io.hashring.demo.browser;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.HashRing;
import io.hashring.demo.Balancer;
import io.hashring.demo.membership.Backend;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.openqa.selenium.Keys;

/** The page of a balancer, as a person with a browser has it. */
final class Dashboard {

  /** Where on the canvas the ranges are, and the band of what moves; as parts of its width. */
  static final double RING = 0.37;

  static final double BAND = 0.4385;

  /** A range has to be so wide to be seen at its middle, in parts of the circle. */
  static final double SEEN = 1.0 / 250;

  private static final double CIRCLE = 0x1p64;

  private final Chromium chromium;
  private final int port;

  private Dashboard(Chromium chromium, int port) {
    this.chromium = chromium;
    this.port = port;
  }

  /** Opens it; it may ask for a token first. */
  static Dashboard open(Chromium chromium, int port) {
    chromium.look(1600, 1000, false);
    Dashboard page = new Dashboard(chromium, port);
    chromium.open(page.url());
    return page;
  }

  /** Opens it and waits for the nodes and for its events. */
  static Dashboard open(Chromium chromium, Balancer balancer) throws Exception {
    Dashboard page = open(chromium, balancer.port());
    page.awaitLive(balancer.members().size());
    return page;
  }

  String url() {
    return "http://127.0.0.1:" + port + "/_lb/";
  }

  void awaitLive(int nodes) throws Exception {
    eventually(
        () -> nodes + " nodes are on the page: " + chromium.text("body"),
        () -> nodes().size() == nodes && chromium.text("#connection").equals("● live"));
  }

  /** The names in the table. */
  List<String> nodes() {
    Object names = chromium.run(
        "return [...document.querySelectorAll('#node-table tbody tr')].map(r => r.dataset.node)");
    return ((List<?>) names).stream().map(String::valueOf).toList();
  }

  String state(String node) {
    return chromium.text(row(node) + " .state");
  }

  static String row(String node) {
    return "tr[data-node='" + node + "']";
  }

  void lookUp(String key) {
    chromium.type("#key-input", key, Keys.ENTER);
  }

  // Plans

  void add(String name, String weight) throws Exception {
    choose("add");
    chromium.type("#plan-name", name);
    chromium.type("#plan-weight", weight);
    put();
  }

  void weigh(String name, String weight) throws Exception {
    chromium.click(row(name) + " [data-action=weights]");
    chromium.type("#plan-weight", weight);
    put();
  }

  void drain(String name) throws Exception {
    chromium.click(row(name) + " [data-action=drain]");
  }

  void remove(String name) throws Exception {
    chromium.click(row(name) + " [data-action=remove]");
  }

  private void choose(String action) throws Exception {
    chromium.click("#plan-action option[value=" + action + "]");
  }

  private void put() throws Exception {
    chromium.click("#plan-form button");
  }

  void awaitPlan() throws Exception {
    chromium.awaitText("#outcome", "would move");
    chromium.awaitShown("#do-it");
  }

  void doIt() throws Exception {
    chromium.click("#do-it");
    chromium.awaitText("#outcome", "has moved");
  }

  // The circle

  /** The colours on the canvas at places of the circle, as [red, green, blue]. */
  List<List<Long>> colours(List<Double> places, double radius) {
    Object found = chromium.run("""
        const canvas = document.getElementById('ring');
        const copy = new OffscreenCanvas(canvas.width, canvas.height);
        const brush = copy.getContext('2d', {willReadFrequently: true});
        brush.drawImage(canvas, 0, 0);
        return arguments[0].map(place => {
          const angle = 2 * Math.PI * (place - 0.25);
          const reach = arguments[1] * canvas.width;
          const x = Math.floor(canvas.width / 2 + reach * Math.cos(angle));
          const y = Math.floor(canvas.width / 2 + reach * Math.sin(angle));
          return [...brush.getImageData(x, y, 1, 1).data].slice(0, 3);
        });
        """, places, radius);
    List<List<Long>> colours = new ArrayList<>();
    for (Object colour : (List<?>) found) {
      colours.add(((List<?>) colour).stream().map(c -> ((Number) c).longValue()).toList());
    }
    return colours;
  }

  /** The colour that stands beside the name of a node. */
  List<Long> colour(String node) {
    Object found = chromium.run("""
        const chip = document.querySelector(arguments[0]);
        return getComputedStyle(chip).backgroundColor.match(/\\d+/g).map(Number);
        """, row(node) + " .chip");
    return ((List<?>) found).stream().map(c -> ((Number) c).longValue()).toList();
  }

  /** A range of the circle, as parts of it: {@code to} may be beyond 1, for it may wrap. */
  record Arc(double from, double to, String owner) {
    double middle() {
      return (from + to) / 2 % 1;
    }
  }

  static double fraction(long position) {
    double unsigned = position < 0 ? position + CIRCLE : position;
    return unsigned / CIRCLE;
  }

  /** The ranges of a ring that are wide enough to be seen, by the points of the ring itself. */
  static List<Arc> visible(HashRing<Backend> ring) {
    List<Arc> arcs = new ArrayList<>();
    double before = fraction(ring.points().lastKey()) - 1;
    for (Map.Entry<Long, Backend> point : ring.points().entrySet()) {
      double end = fraction(point.getKey());
      if (end - before > SEEN) {
        arcs.add(new Arc(before + 1, end + 1, point.getValue().name()));
      }
      before = end;
    }
    return arcs;
  }

  /** The circle has the colours of the owners. */
  void awaitPainted(HashRing<Backend> ring) throws Exception {
    List<Arc> arcs = visible(ring);
    assertThat(arcs).hasSizeGreaterThan(20);
    List<Double> middles = arcs.stream().map(Arc::middle).toList();
    Map<String, List<Long>> colours = new HashMap<>();
    eventually(() -> "painted: " + chromium.text("#summary"), () -> {
      List<List<Long>> painted = colours(middles, RING);
      List<List<Long>> owners = arcs.stream()
          .map(arc -> colours.computeIfAbsent(arc.owner(), this::colour))
          .toList();
      return painted.equals(owners);
    });
  }

  /** What the slider says of the range that is pointed at. */
  String pointedAt() {
    return Objects.requireNonNullElse(chromium.attribute("#marks", "aria-valuetext"), "");
  }
}
