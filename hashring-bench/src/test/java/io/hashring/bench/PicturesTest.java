package io.hashring.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The pictures of the docs are what the code draws; to draw them: {@code -Dhashring.update=true}.
 */
final class PicturesTest {

  private static final Path FOLDER = Path.of("..", "docs", "learn");

  @Test
  void files_areWhatIsDrawn_andAllOfThem() throws Exception {
    if (Boolean.getBoolean("hashring.update")) {
      Pictures.main(new String[] {FOLDER.toString()});
    }
    Map<String, String> pictures = Pictures.all();
    assertThat(pictures).hasSize(6);
    for (Map.Entry<String, String> picture : pictures.entrySet()) {
      assertThat(FOLDER.resolve(picture.getKey() + ".svg")).hasContent(picture.getValue());
    }
    try (Stream<Path> files = Files.list(FOLDER)) {
      List<String> names =
          files.map(file -> file.getFileName().toString().replace(".svg", "")).toList();
      assertThat(names).containsExactlyInAnyOrderElementsOf(pictures.keySet());
    }
  }

  @Test
  void page_showsAllOfThem() throws Exception {
    String page = Files.readString(Path.of("..", "docs", "learn.md"));
    for (String name : Pictures.all().keySet()) {
      assertThat(page).contains("](learn/" + name + ".svg)");
    }
  }

  /** The picture computes probes by itself, as the docs have them: the ring must agree. */
  @Test
  void probes_nearestIsTheOwner() throws Exception {
    assertThat(Pictures.winningNode()).isEqualTo(Pictures.ownerByProbes());
  }
}
