package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What all sources have in common, and neither the compiler nor the formatter holds them to. */
final class SourceTest {

  private static final List<String> MODULES =
      List.of("hashring-core", "hashring-bench", "hashring-demo");

  private static final int MAX_LINE_LENGTH = 100;

  private static final Pattern PAUSE = Pattern.compile("\\bsleep\\(|\\bpark(Nanos|Until)\\(");

  /** Where tests may pause, and why: nowhere in the hope that something is over by then. */
  private static final Map<String, String> PAUSES = Map.of(
      "LocalProgram.java", "between two looks at a condition, which has a deadline",
      "Eventually.java", "between two looks at a condition, which has a deadline",
      "WeightsTest.java", "between two looks at the ring, all states of which are collected",
      "TroubleTest.java", "clients and replicas that are slow, for which time-outs are",
      "ForwarderTest.java", "a client that is slow, for which time-outs are",
      "StreamsTest.java", "a replica that takes its time, so that requests meet",
      "SoakTest.java", "clients and replicas that are slow, and the length of the run",
      "UnderFireIT.java", "a steady rate of requests, and faults at random times",
      "TwoHostsIT.java", "a while of traffic before and after what is tested");

  @Test
  void lines_ofModulesAndRecipes_fitTheWidthOfEditorconfig() throws IOException {
    assertThat(Files.readString(Path.of("..", ".editorconfig")))
        .contains("max_line_length = " + MAX_LINE_LENGTH);
    List<String> tooLong = new ArrayList<>();
    int files = 0;
    for (Path root : List.of(
        Path.of("..", "hashring-core", "src"),
        Path.of("..", "hashring-bench", "src"),
        Path.of("..", "hashring-demo", "src"),
        Path.of("..", "docs", "recipes"))) {
      List<Path> ofRoot = javaFiles(root);
      assertThat(ofRoot).as("files of %s", root).isNotEmpty();
      for (Path file : ofRoot) {
        files++;
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
          if (lines.get(i).codePointCount(0, lines.get(i).length()) > MAX_LINE_LENGTH) {
            tooLong.add(file + ":" + (i + 1));
          }
        }
      }
    }
    assertThat(files).isGreaterThan(200);
    assertThat(tooLong).isEmpty();
  }

  @Test
  void tests_doNotSleep() throws IOException {
    Set<String> pausing = new TreeSet<>();
    for (String module : MODULES) {
      for (Path file : javaFiles(Path.of("..", module, "src", "test"))) {
        if (PAUSE.matcher(Files.readString(file)).find()) {
          pausing.add(file.getFileName().toString());
        }
      }
    }
    assertThat(pausing)
        .as("tests wait for conditions; where a pause is the point itself it is named here")
        .containsExactlyInAnyOrderElementsOf(PAUSES.keySet());
  }

  private static List<Path> javaFiles(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }
}
