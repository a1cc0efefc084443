package io.hashring.bench;

import io.hashring.BoundedLoad;
import io.hashring.BoundedLoad.Bound;
import io.hashring.ConcurrentHashRing;
import io.hashring.HashRange;
import io.hashring.HashRing;
import io.hashring.Ownership;
import io.hashring.RingDiff;
import io.hashring.bench.Drawing.Circle;
import io.hashring.internal.SplitMix64;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.xml.stream.XMLStreamException;

/**
 * Draws the pictures of {@code docs/learn.md}: all that they show is asked of rings of this
 * library, so they are what it does.
 *
 * <pre>java -cp hashring-bench/target/benchmarks.jar io.hashring.bench.Pictures docs/learn
 * </pre>
 */
final class Pictures {

  /** So few points that one sees them. */
  private static final HashRing<String> THREE = ring(6, "cache-a", "cache-b", "cache-c");

  private static final String KEY = "user:42";
  private static final double CIRCLE = 0x1p-64;
  private static final int PROBES = 3;

  /** Requests that are under way at once, half of them for one key. */
  private static final int LEASES = 60;

  private static final double FACTOR = 1.25;

  private Pictures() {}

  /**
   * Writes the pictures.
   *
   * @param args the folder to write to
   */
  public static void main(String[] args) throws IOException, XMLStreamException {
    if (args.length != 1) {
      System.err.println("Usage: java -cp benchmarks.jar io.hashring.bench.Pictures FOLDER");
      System.exit(2);
    }
    Path folder = Files.createDirectories(Path.of(args[0]));
    for (Map.Entry<String, String> picture : all().entrySet()) {
      Files.writeString(folder.resolve(picture.getKey() + ".svg"), picture.getValue());
    }
  }

  /** Their texts by name. */
  static Map<String, String> all() throws XMLStreamException {
    Map<String, String> pictures = new LinkedHashMap<>();
    pictures.put("points", points());
    pictures.put("lookup", lookup());
    pictures.put("more-points", morePoints());
    pictures.put("join", join());
    pictures.put("probes", probes());
    pictures.put("bounded-load", boundedLoad());
    return pictures;
  }

  private static HashRing<String> ring(int points, String... nodes) {
    HashRing.Builder<String> ring = HashRing.builder().pointsPerNode(points);
    for (String node : nodes) {
      ring.add(node);
    }
    return ring.build();
  }

  /** As a part of the circle, from 0 to 1. */
  private static double part(long position) {
    return (position >>> 11) * CIRCLE * (1 << 11);
  }

  private static String color(String node) {
    return Drawing.COLORS.get((node.charAt(node.length() - 1) - 'a') % Drawing.COLORS.size());
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f %%", 100 * share);
  }

  // What stands in several of them

  private static void shares(Drawing drawing, HashRing<String> ring, Circle circle)
      throws XMLStreamException {
    for (Ownership.Range<String> range : ring.ownership().ranges().toList()) {
      HashRange arc = range.range();
      drawing.arc(circle, part(arc.from()), part(arc.to()), color(range.nodes().get(0)), 12);
    }
  }

  private static void dots(Drawing drawing, HashRing<String> ring, Circle circle)
      throws XMLStreamException {
    for (long position : ring.points().keySet()) {
      drawing.inkDot(circle.x(part(position)), circle.y(part(position)), 4);
    }
  }

  /** The nodes, their colors and their shares, from there on downwards. */
  private static void legend(Drawing drawing, HashRing<String> ring, double x, double y)
      throws XMLStreamException {
    Ownership<String> ownership = ring.ownership();
    double at = y;
    for (String node : ring.nodes()) {
      drawing.bar(x, at - 11, 14, 14, color(node));
      drawing.words(x + 22, at, "start", "", node + ": " + percent(ownership.share(node)));
      at += 26;
    }
  }

  private static void label(Drawing drawing, Circle circle, double part, double out, String words)
      throws XMLStreamException {
    boolean right = part < 0.5;
    drawing.words(
        circle.x(part, out), circle.y(part, out) + 5, right ? "start" : "end", "small", words);
  }

  // The pictures

  private static String points() throws XMLStreamException {
    Drawing drawing = new Drawing(640, 380, "Three nodes of six points each on a circle");
    Circle circle = new Circle(200, 195, 130);
    shares(drawing, THREE, circle);
    dots(drawing, THREE, circle);
    for (Map.Entry<Long, String> point : THREE.points().entrySet()) {
      String node = point.getValue();
      label(drawing, circle, part(point.getKey()), 14, node.substring(node.length() - 1));
    }
    drawing.words(200, 30, "middle", "small", "0");
    drawing.line(200, 40, 200, 58, "ink");
    drawing.words(200, 190, "middle", "", "positions grow");
    drawing.words(200, 210, "middle", "", "clockwise");
    drawing.words(420, 130, "start", "title", "Three nodes, six points each");
    legend(drawing, THREE, 420, 165);
    drawing.words(420, 260, "start", "small", "A dot is a point. The arc that ends");
    drawing.words(420, 277, "start", "small", "in a point belongs to its node.");
    return drawing.svg();
  }

  private static String lookup() throws XMLStreamException {
    Drawing drawing = new Drawing(640, 380, "The owner of a key is met clockwise from it");
    Circle circle = new Circle(200, 195, 130);
    shares(drawing, THREE, circle);
    dots(drawing, THREE, circle);
    long key = THREE.position(KEY);
    List<String> list = THREE.preferenceList(KEY).stream().toList();
    int next = 0;
    double from = part(key);
    for (int i = 0; next < list.size(); i++) {
      long position = clockwise(key, i);
      String owner = THREE.locateAt(position);
      if (owner.equals(list.get(next))) {
        next++;
        drawing.arc(circle.wider(18), from, part(position), color(owner), 3);
        from = part(position);
        label(drawing, circle, part(position), 28, next + ". " + owner);
      }
    }
    drawing.line(
        circle.x(part(key), -30),
        circle.y(part(key), -30),
        circle.x(part(key), 22),
        circle.y(part(key), 22),
        "ink");
    drawing.words(circle.x(part(key), -40), circle.y(part(key), -40) + 5, "middle", "", KEY);
    drawing.words(420, 130, "start", "title", "Who has " + KEY + "?");
    drawing.words(420, 160, "start", "", "Owner: " + THREE.locate(KEY));
    drawing.words(420, 186, "start", "", "If it is down: " + list.get(1));
    drawing.words(420, 212, "start", "", "If that is down, too: " + list.get(2));
    return drawing.svg();
  }

  /** The position of the point that comes so many points after the first one at or after a key. */
  private static long clockwise(long key, int further) {
    Long at = THREE.points().ceilingKey(key);
    long position = at == null ? THREE.points().firstKey() : at;
    for (int i = 0; i < further; i++) {
      Long higher = THREE.points().higherKey(position);
      position = higher == null ? THREE.points().firstKey() : higher;
    }
    return position;
  }

  private static String morePoints() throws XMLStreamException {
    Drawing drawing = new Drawing(820, 400, "One, ten and 160 points per node");
    int column = 0;
    for (int points : new int[] {1, 10, 160}) {
      HashRing<String> ring = ring(points, "cache-a", "cache-b", "cache-c");
      double x = 150 + 260 * column++;
      drawing.words(x, 34, "middle", "title", points == 1 ? "1 point" : points + " points");
      shares(drawing, ring, new Circle(x, 160, 100));
      legend(drawing, ring, x - 60, 300);
      drawing.words(
          x,
          385,
          "middle",
          "small",
          String.format(Locale.ROOT, "peak to mean %.2f", ring.ownership().peakToMean()));
    }
    return drawing.svg();
  }

  private static String join() throws XMLStreamException {
    HashRing<String> grown = THREE.with("cache-d");
    RingDiff<String> diff = THREE.diff(grown);
    Drawing drawing = new Drawing(820, 400, "A node joins, and takes arcs from the others");
    Circle before = new Circle(180, 200, 120);
    Circle after = new Circle(500, 200, 120);
    shares(drawing, THREE, before);
    dots(drawing, THREE, before);
    shares(drawing, grown, after);
    dots(drawing, grown, after);
    for (RingDiff.Move<String> move : diff.moves()) {
      HashRange range = move.range();
      drawing.arc(before.wider(16), part(range.from()), part(range.to()), color("cache-d"), 4);
      drawing.arc(after.wider(16), part(range.from()), part(range.to()), color("cache-d"), 4);
    }
    drawing.words(180, 34, "middle", "title", "Before");
    drawing.words(500, 34, "middle", "title", "After");
    legend(drawing, grown, 660, 140);
    drawing.words(660, 270, "start", "small", percent(diff.movedFraction()) + " of the keys move,");
    drawing.words(660, 287, "start", "small", "all of them to cache-d.");
    return drawing.svg();
  }

  private static String probes() throws XMLStreamException {
    Drawing drawing = new Drawing(640, 380, "Of several probes the nearest to a point wins");
    Circle circle = new Circle(200, 195, 130);
    shares(drawing, THREE, circle);
    dots(drawing, THREE, circle);
    int best = winner();
    for (int i = 0; i < PROBES; i++) {
      long probe = probe(i);
      double from = part(probe);
      double to = part(clockwise(probe, 0));
      drawing.arc(circle.wider(18), from, to, i == best ? color(winningNode()) : "#78716c", 4);
      drawing.line(
          circle.x(from, -24), circle.y(from, -24), circle.x(from, 24), circle.y(from, 24), "ink");
      label(drawing, circle, from, 30, "probe " + (i + 1));
    }
    drawing.words(420, 130, "start", "title", PROBES + " probes of " + KEY);
    drawing.words(420, 160, "start", "", "Nearest to a point: probe " + (best + 1));
    drawing.words(420, 186, "start", "", "Owner: " + ownerByProbes());
    drawing.words(420, 225, "start", "small", "A long arc catches many probes, but they are");
    drawing.words(420, 242, "start", "small", "far from its point, and lose. So shares are");
    drawing.words(420, 259, "start", "small", "more even than the arcs are.");
    return drawing.svg();
  }

  /** Whom the ring says. */
  static String ownerByProbes() {
    return THREE.toBuilder().probes(PROBES).build().locate(KEY);
  }

  /** As docs/placement.md has it; the first is the key's position. */
  private static long probe(int i) {
    long hash = THREE.position(KEY);
    return i == 0 ? hash : SplitMix64.mix(hash + i * SplitMix64.GAMMA);
  }

  private static int winner() {
    int best = 0;
    for (int i = 1; i < PROBES; i++) {
      long distance = clockwise(probe(i), 0) - probe(i);
      if (Long.compareUnsigned(distance, clockwise(probe(best), 0) - probe(best)) < 0) {
        best = i;
      }
    }
    return best;
  }

  /** Whose point the nearest of the probes is next to. */
  static String winningNode() {
    return THREE.locateAt(clockwise(probe(winner()), 0));
  }

  private static String boundedLoad() throws XMLStreamException {
    HashRing<String> ring = ring(160, "cache-a", "cache-b", "cache-c", "cache-d");
    BoundedLoad<String> bounded = BoundedLoad.of(ConcurrentHashRing.of(ring), Bound.factor(FACTOR));
    Map<String, Long> owners = new LinkedHashMap<>();
    ring.nodes().forEach(node -> owners.put(node, 0L));
    for (int i = 0; i < LEASES; i++) {
      String key = i % 2 == 0 ? "hot" : "key-" + i;
      owners.merge(ring.locate(key), 1L, Long::sum);
      bounded.acquire(key); // and it stays under way
    }
    Drawing drawing = new Drawing(820, 330, "Requests of a hot key, without and with a bound");
    drawing.words(40, 36, "start", "title", "To the owners of their keys");
    bars(drawing, owners, 40);
    drawing.words(440, 36, "start", "title", "With a bound of " + FACTOR + " × the mean");
    bars(drawing, bounded.loads(), 440);
    double bound = Math.ceil(FACTOR * LEASES / ring.nodes().size());
    drawing.line(530 + bound * 6, 60, 530 + bound * 6, 250, "ink");
    drawing.words(
        530 + bound * 6, 272, "middle", "small", String.format(Locale.ROOT, "bound: %.0f", bound));
    drawing.words(
        40,
        310,
        "start",
        "small",
        LEASES
            + " requests under way, every other one for the same key. What its owner has no room"
            + " for goes to the next nodes of the key's list.");
    return drawing.svg();
  }

  private static void bars(Drawing drawing, Map<String, Long> loads, double x)
      throws XMLStreamException {
    double y = 70;
    for (Map.Entry<String, Long> load : loads.entrySet()) {
      drawing.words(x + 80, y + 20, "end", "", load.getKey());
      drawing.bar(x + 90, y, load.getValue() * 6.0, 28, color(load.getKey()));
      drawing.words(
          x + 98 + load.getValue() * 6.0, y + 20, "start", "", load.getValue().toString());
      y += 46;
    }
  }
}
