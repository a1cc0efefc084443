package io.hashring.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    write(new String[0]);
  }

  private void write(String... more) throws URISyntaxException {
    List<String> arguments = new ArrayList<>(List.of("--jmh", file("jmh.json")));
    arguments.addAll(List.of("--report", file("report.json"), "--out", "" + docs));
    arguments.addAll(List.of(more));
    assertThat(new CommandLine(new Docs()).execute(arguments.toArray(String[]::new)))
        .isZero();
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

  @Test
  void page_withoutHttp_saysSo() throws Exception {
    assertThat(page()).containsPattern("## Behind HTTP[^#]*Not measured\\.[^#]*Not measured\\.");
  }

  @Test
  void page_withHttp_holdsRatiosAndRestarts() throws Exception {
    write("--http", file("http.json"));
    assertThat(page())
        .contains("A processor, 2 cores, each java with `-Xmx256m`. 32 connections, medians of 3")
        .contains("| nginx | 40,000 | 1.00 | 11.5 | 1.00 | 2.50 | 16 | 0 | – |")
        .contains("| hashring-demo, JDK 17 | 26,000 | 0.65 | 24.3 | 2.11 | 4 | 200 | 1 | 0.40 % |")
        .contains("hashring-demo, JDK 17: 12 kills in 30 s, 600,000 GETs, 0 of them failed.");
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
