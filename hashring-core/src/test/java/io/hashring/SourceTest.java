package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the formatter leaves alone: it does not break strings, nor lines within comments. */
final class SourceTest {

  private static final int MAX_LINE_LENGTH = 100;

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

  private static List<Path> javaFiles(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }
}
