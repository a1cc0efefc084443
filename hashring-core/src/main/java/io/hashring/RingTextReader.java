package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;

import io.hashring.internal.Call;
import io.hashring.placement.Placement;
import java.util.regex.Pattern;

/** Reads the text of a ring once, line by line. */
final class RingTextReader {

  private static final Pattern DECIMAL = Pattern.compile("\\d+(\\.\\d+)?(E[+-]\\d+)?");
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{16}");

  private final String text;

  /** The number of the line that was read last, its beginning, and that of the next one. */
  private int number;

  private int start;
  private int next;

  RingTextReader(String text) {
    this.text = text;
  }

  HashRing<String> read() {
    try {
      return ring();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("line " + number + ": " + e.getMessage(), e);
    }
  }

  private HashRing<String> ring() {
    String version = after("hashring", line());
    checkArgument(
        version.equals(RingText.VERSION),
        "version must be %s, the only one that this release reads: %s",
        RingText.VERSION,
        Call.brief(version));
    checkArgument(Member.isWellFormed(text), "text must be well-formed Unicode");
    HashRing.Builder<String> builder = HashRing.builder();
    builder.placement(placement(after("placement", line())));
    builder.probes(probes(after("probes", line())));
    String line = line();
    while (line.startsWith("node ")) {
      addNode(after("node", line), builder);
      line = line();
    }
    final String checksum = hex("checksum", line);
    final int checksumLine = number;
    checkEnd(line());
    number = checksumLine; // what is wrong with all members together, or their ring, is told here
    HashRing<String> ring = builder.build();
    checkArgument(
        checksum.equals(RingText.hex(ring.checksum())),
        "checksum must be that of the ring, %s: %s",
        RingText.hex(ring.checksum()),
        checksum);
    return ring;
  }

  private String line() {
    number++;
    start = next;
    checkArgument(
        start < text.length(),
        "text must not be cut off: the line that begins with end is missing");
    int end = text.indexOf('\n', start);
    checkArgument(end >= 0, "text must not be cut off: the line has no end");
    next = end + 1;
    return text.substring(start, end);
  }

  private static String after(String word, String line) {
    checkArgument(
        line.startsWith(word + " "), "line must begin with '%s ': %s", word, Call.brief(line));
    return line.substring(word.length() + 1);
  }

  private static String hex(String word, String line) {
    String hex = after(word, line);
    checkArgument(
        HEX.matcher(hex).matches(), "%s must be 16 hexadecimal digits: %s", word, Call.brief(hex));
    return hex;
  }

  private static Placement placement(String definition) {
    try {
      return RingText.placement(definition);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "placement must be one that this release knows: " + Call.brief(definition) + ": "
              + e.getMessage(),
          e);
    }
  }

  private static int probes(String probes) {
    checkArgument(
        probes.matches("[1-9]\\d{0,3}"), "probes must be a number: %s", Call.brief(probes));
    return Integer.parseInt(probes);
  }

  private static void addNode(String node, HashRing.Builder<String> builder) {
    TextCursor cursor = new TextCursor(node);
    String id = cursor.quoted('"');
    cursor.expect(' ');
    String weight = cursor.word();
    cursor.expectEnd();
    checkArgument(DECIMAL.matcher(weight).matches(), "weight must be a decimal number: %s", weight);
    builder.add(id, Double.parseDouble(weight));
  }

  private void checkEnd(String line) {
    String digest = hex("end", line);
    String expected = RingText.digest(text.substring(0, start));
    checkArgument(
        digest.equals(expected),
        "end must have the hash of the lines before, %s, so one of them was changed: %s",
        expected,
        digest);
    checkArgument(next == text.length(), "line must be the last one");
  }
}
