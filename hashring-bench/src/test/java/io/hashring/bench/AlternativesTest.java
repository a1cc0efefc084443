package io.hashring.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class AlternativesTest {

  /** The smaller table, made anew: the page is what the command finds. */
  @Test
  void page_tableOfTenNodes_isWhatTheCommandFinds() throws Exception {
    assertThat(Files.readString(Path.of("..", "docs", "decide.md")))
        .contains(Alternatives.spread(10));
  }
}
