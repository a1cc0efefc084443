package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/evidence.md} names tests and commands that there are. */
final class EvidenceTest {

  private static final Path ROOT = Path.of("..");
  private static final Pattern TEST = Pattern.compile("`([A-Z]\\w+)(?:\\.(\\w+))?(…)?`");
  private static final Pattern COMMAND = Pattern.compile("`((?:\\./|\\.ci/|hashring-)\\S+)[^`]*`");

  @Test
  void page_everyClaim_hasATestACommandAndAFigure() throws IOException {
    List<List<String>> rows = rows();
    Map<String, String> sources = sources();

    assertThat(rows).hasSizeGreaterThan(20);
    for (List<String> row : rows) {
      assertThat(row).as("claim, test, command, last figure").hasSize(4).doesNotContain("");
      List<MatchResult> tests = TEST.matcher(row.get(1)).results().toList();
      for (MatchResult test : tests) {
        assertThat(sources).containsKey(test.group(1));
        if (test.group(2) != null) {
          assertThat(sources.get(test.group(1)))
              .containsPattern(
                  "(void|class) " + test.group(2) + (test.group(3) == null ? "\\b" : ""));
        }
      }
      List<MatchResult> commands = COMMAND.matcher(row.get(2)).results().toList();
      assertThat(commands).as(row.get(2)).isNotEmpty();
      commands.forEach(command -> assertThat(ROOT.resolve(command.group(1))).exists());
    }
  }

  private static List<List<String>> rows() throws IOException {
    String claims = Files.readString(ROOT.resolve("docs/evidence.md")).split("## Planted bugs")[0];
    return claims
        .lines()
        .filter(line -> line.startsWith("| ") && !line.startsWith("| claim |"))
        .map(line -> Splitter.on('|').trimResults().splitToList(line))
        .map(cells -> cells.subList(1, cells.size() - 1))
        .toList();
  }

  /** The sources of all tests by the name of the class. */
  private static Map<String, String> sources() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().matches(".*/src/(test|jcstress)/.*\\.java"))
          .collect(Collectors.toMap(
              file -> file.getFileName().toString().replace(".java", ""),
              EvidenceTest::read,
              (a, b) -> a + b));
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
