package io.hashring.demo;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.demo.analysis.Analysis;
import io.hashring.demo.http.BlockingFutures;
import io.vertx.core.Vertx;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The experiments over HTTP, with fewer requests, and what is left of them. */
final class AnalyzeTest {

  private static final int REQUESTS = 300;
  private static final Analysis.Size SIZE =
      new Analysis.Size(REQUESTS, 100, Duration.ofMillis(2_100));

  /** A row of the first table: three counts and the peak. */
  private static final Pattern THREE_SERVERS = Pattern.compile(
      "^\\| ([a-zA-Z0-9 ]+) \\| ([0-9,]+) \\| ([0-9,]+) \\| ([0-9,]+) \\| ([0-9.]+) \\|$",
      Pattern.MULTILINE);

  /** A row of the outages: requests, answered, lost, sent elsewhere for nothing, back after. */
  private static final Pattern OUTAGE = Pattern.compile(
      "^\\| ([a-zA-Z0-9 ]+) \\| (\\d+) \\| (\\d+) \\| (\\d+) \\| (\\d+) \\| ([^|]+) \\|$",
      Pattern.MULTILINE);

  private final Vertx vertx = LoadBalancer.vertx();
  private final StringWriter terminal = new StringWriter();
  private final Analysis analysis =
      new Analysis(vertx, Analyze::start, SIZE, new PrintWriter(terminal));

  @TempDir
  private Path directory;

  @AfterEach
  void close() {
    BlockingFutures.awaitQuietly(vertx.close());
  }

  @Test
  void run_leavesAPage_whoseCountsAddUp_andItsCharts() throws Exception {
    Path target = directory.resolve("result");
    analysis.run(target);

    String page = Files.readString(target.resolve("analysis.md"));
    List<MatchResult> counts = THREE_SERVERS.matcher(page).results().toList();
    assertThat(counts).hasSize(3);
    for (MatchResult row : counts) {
      long most = 0;
      long sum = 0;
      for (int server = 1; server <= 3; server++) {
        long count = Long.parseLong(row.group(server + 1).replace(",", ""));
        sum += count;
        most = Math.max(most, count);
      }
      assertThat(sum).as(row.group()).isEqualTo(REQUESTS);
      assertThat(row.group(5)).isEqualTo(String.format(Locale.ROOT, "%.2f", 3.0 * most / REQUESTS));
    }
    assertThat(page).contains("| 1.91 |\n", "| 2.53 |\n", "| 3.28 |\n", "| 3.98 |\n", "| 4.73 |\n");
    List<MatchResult> outages = OUTAGE.matcher(page).results().toList();
    assertThat(outages).hasSize(3);
    for (MatchResult row : outages) {
      assertThat(row.group(2)).isEqualTo("210");
      assertThat(Long.parseLong(row.group(3)) + Long.parseLong(row.group(4))).isEqualTo(210);
      assertThat(row.group(5)).as("sent to another server for nothing").isEqualTo("0");
    }
    assertCharts(page, target);
    assertThat(terminal.toString()).contains("2 servers", "a server dies", "s left", "100 %");
    assertThat(files(directory)).containsExactly("result");
  }

  private static void assertCharts(String page, Path target) throws Exception {
    List<String> charts = Pattern.compile("]\\((analysis/[a-z0-9-]+)\\.svg\\)")
        .matcher(page)
        .results()
        .map(chart -> chart.group(1))
        .toList();
    assertThat(charts).hasSize(7).doesNotHaveDuplicates();
    for (String chart : charts) {
      Path svg = target.resolve(chart + ".svg");
      var root = DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(svg.toFile())
          .getDocumentElement();
      assertThat(root.getTagName()).isEqualTo("svg");
      assertThat(root.getElementsByTagName("text").getLength()).isPositive();
      String text = Files.readString(svg);
      for (MatchResult rule :
          Pattern.compile("\\[(fill=\"[^\"]+\")]").matcher(text).results().toList()) {
        assertThat(text.replace(rule.group(), ""))
            .as("what the rule for dark pages is about")
            .contains(rule.group(1));
      }
      BufferedImage png = ImageIO.read(target.resolve(chart + ".png").toFile());
      assertThat(png.getWidth()).isEqualTo(860);
    }
  }

  private static List<String> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void run_interrupted_leavesNothing() throws Exception {
    AtomicReference<Throwable> end = new AtomicReference<>();
    Thread worker = new Thread(() -> {
      try {
        analysis.run(directory.resolve("result"));
      } catch (Throwable e) {
        end.set(e);
      }
    });
    worker.start();
    eventually("requests are under way", () -> terminal.toString().contains("servers,"));
    assertThat(files(directory)).hasSize(1).first().asString().startsWith(".result-");
    worker.interrupt();
    worker.join(20_000);
    assertThat(end.get()).isInstanceOf(InterruptedException.class);
    assertThat(files(directory)).isEmpty();
    assertThat(terminal.toString().strip()).endsWith("stopped");
  }

  @Test
  void run_whereSomethingIs_isRefused_andLeavesIt() throws Exception {
    Path file = Files.writeString(directory.resolve("mine"), "mine");
    assertThatThrownBy(() -> analysis.run(directory))
        .hasMessage("DIR must be an empty folder, or not there yet: " + directory);
    assertThat(file).hasContent("mine");
    assertThat(terminal.toString()).isEmpty();
  }

  /** As a user stops it. */
  @Test
  void process_stopped_leavesNothing(@TempDir Path logs) throws Exception {
    Path log = logs.resolve("log");
    Process process =
        MainTest.java(log, "--analyze", directory.resolve("result").toString());
    try {
      MainTest.await(log, "(servers,)");
      assertThat(files(directory)).hasSize(1);
      process.destroy();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(128 + 15);
      assertThat(files(directory)).isEmpty();
      assertThat(Files.readString(log)).doesNotContain("Error", "Exception");
    } finally {
      process.destroyForcibly();
    }
  }
}
