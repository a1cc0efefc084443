package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Any text is a ring or is refused with line and reason; and a ring that was read has a text of its
 * own, which is read as an equal ring. To look for texts of which that is not so: {@code ./mvnw
 * -Pfuzz test -pl hashring-core -Dtest=RingTextFuzzTest -Dhashring.fuzz.seconds=600}.
 *
 * <p>A fuzzer does not guess a checksum. So a text is also read with the checksums put right, as
 * whoever writes a text by hand would do it.
 */
final class RingTextFuzzTest {

  /** Rings of more points than that take long, and show nothing else. */
  private static final Pattern TOO_LARGE =
      Pattern.compile("(?<![.0-9a-f])\\d{4,}(?![0-9a-f])|E\\+");

  private static final Pattern CHECKSUM =
      Pattern.compile("(?s)line \\d+: checksum must be that of the ring, ([0-9a-f]{16}): .*");

  @FuzzTest
  void anyText_isARingOrIsRefused(byte[] input) {
    String text = new String(input, UTF_8);
    if (TOO_LARGE.matcher(text).find()) {
      return;
    }
    read(text);
    String lines = "hashring 1\n" + text + "\n";
    String message = read(sealed(lines, "0".repeat(16)));
    Matcher checksum = CHECKSUM.matcher(message);
    if (checksum.matches()) {
      assertThat(read(sealed(lines, checksum.group(1)))).isEmpty();
    }
  }

  private static String sealed(String lines, String checksum) {
    String all = lines + "checksum " + checksum + "\n";
    return all + "end " + RingText.digest(all) + "\n";
  }

  /** The message if it is refused, else nothing. */
  private static String read(String text) {
    HashRing<String> ring;
    try {
      ring = RingText.read(text);
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageMatching("(?s)line [1-9]\\d*: .+");
      return e.getMessage();
    }
    String written = RingText.write(ring);
    HashRing<String> again = RingText.read(written);
    assertThat(again).isEqualTo(ring);
    assertThat(again.checksum()).isEqualTo(ring.checksum());
    assertThat(RingText.write(again)).isEqualTo(written);
    if (!ring.points().isEmpty()) {
      assertThat(again.locate("key")).isEqualTo(ring.locate("key"));
    }
    return "";
  }
}
