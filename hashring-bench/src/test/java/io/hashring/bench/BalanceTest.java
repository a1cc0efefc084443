package io.hashring.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

final class BalanceTest {

  /** One row of the page, made anew: the page is what the command writes. */
  @Test
  void page_aRow_isWhatTheCommandFinds() throws Exception {
    String row = String.format(
        Locale.ROOT,
        "| 40 | %.3f | %.3f | %.3f | %.3f |",
        Balance.peakToMean(10, 40, 1),
        Balance.peakToMean(10, 40, 2),
        Balance.peakToMean(10, 40, 5),
        Balance.peakToMean(10, 40, 21));

    assertThat(Files.readString(Path.of("..", "docs", "balance.md"))).contains(row);
  }
}
