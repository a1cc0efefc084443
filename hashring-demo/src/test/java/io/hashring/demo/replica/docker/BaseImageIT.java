package io.hashring.demo.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What {@code base-image} puts beside the libraries of the demo is what the page of licences has.
 */
@ExtendWith(Engine.Extension.class)
final class BaseImageIT {

  /** A row of the page: | `libz.so.1` | what it is of | its licence |. */
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z0-9_.+-]+\\.so\\.\\d+)` \\|");

  private static List<String> files() throws Exception {
    String list = "id=$(docker create " + Engine.BASE_IMAGE + " nothing)\n"
        + "docker export \"$id\" | tar -t\n"
        + "docker rm \"$id\" > /dev/null\n";
    return Engine.run(Map.of(), "bash", "-c", list).lines().toList();
  }

  private static List<String> documented() throws IOException {
    return ROW.matcher(Files.readString(Path.of("..", "docs", "licences.md")))
        .results()
        .map(row -> row.group(1))
        .toList();
  }

  @Test
  void librariesOfTheSystem_areThoseOfThePage() throws Exception {
    List<String> files = files();
    assertThat(files.stream()
            .filter(file -> file.contains(".so") && !file.startsWith("opt/java/"))
            .map(file -> file.substring(file.lastIndexOf('/') + 1)))
        .containsExactlyInAnyOrderElementsOf(documented());
    assertThat(files)
        .as("the notices of the JDK")
        .contains("opt/java/openjdk/legal/java.base/LICENSE");
  }
}
