package io.hashring.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The page, written from a small recorded run. */
final class DocsTest {

  @TempDir
  private Path docs;

  @BeforeEach
  void write() throws URISyntaxException {
    int exit = new CommandLine(new Docs())
        .execute("--jmh", file("jmh.json"), "--report", file("report.json"), "--out", "" + docs);
    assertThat(exit).isZero();
  }

  private static String file(String name) throws URISyntaxException {
    return Path.of(Objects.requireNonNull(DocsTest.class.getResource(name)).toURI())
        .toString();
  }

  @Test
  void page_holdsScoresRatiosAndBytes() throws Exception {
    assertThat(page())
        .contains("| peer | 100 | 1,000 | bytes |")
        .contains("| hashring | 20 | 40 ± 1.25 | 0 |")
        .contains("| TreeMap + Guava murmur3 | 400 | 800 ± 1.25 | 224 |")
        .contains("| hash4j JumpBackAnchor | 0.80 | 0.80 |")
        .contains("A processor, 2 cores")
        .contains("java Report");
  }

  @Test
  void page_whatWasNotMeasured_isSaidToBeMissing() throws Exception {
    assertThat(page()).doesNotContain("{{").contains("Not measured.").contains("costs – and 50 ns");
  }

  private String page() throws Exception {
    return Files.readString(docs.resolve("benchmarks.md"));
  }

  @Test
  void charts_areWellFormed() throws Exception {
    for (String chart : new String[] {"lookup", "remap", "memory", "balance"}) {
      Path file = docs.resolve("charts").resolve(chart + ".svg");
      var root = DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(file.toFile())
          .getDocumentElement();
      assertThat(root.getTagName()).isEqualTo("svg");
      assertThat(root.getElementsByTagName("text").getLength()).isPositive();
    }
  }
}
