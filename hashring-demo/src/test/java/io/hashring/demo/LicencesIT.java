package io.hashring.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What lies in the image is what its bill of materials has, under licences that are allowed, and as
 * {@code docs/licences.md} says. {@code -Dhashring.update=true} writes the table there anew.
 */
final class LicencesIT {

  private static final Path PAGE = Path.of("..", "docs", "licences.md");
  private static final String HEADER = "| licence | libraries |\n|---|---|\n";

  /** Of each library one must be among these; the page says what they ask for. */
  private static final Set<String> ALLOWED =
      Set.of("Apache-2.0", "BSD-2-Clause", "Bouncy Castle Licence", "CC0-1.0", "EPL-2.0", "MIT");

  private static final List<PathMatcher> LEFT_OUT = leftOut();

  private final List<JsonObject> components;

  LicencesIT() throws IOException {
    JsonArray all =
        new JsonObject(Files.readString(Path.of("target", "bom.json"))).getJsonArray("components");
    this.components = all.stream()
        .map(JsonObject.class::cast)
        .filter(component -> !isLeftOut(jar(component)))
        .toList();
  }

  /** Whether the image goes without a jar that is packaged beside the others. */
  private static boolean isLeftOut(String jar) {
    Path path = Path.of("target", "lib", jar);
    return LEFT_OUT.stream().anyMatch(line -> line.matches(path));
  }

  private static List<PathMatcher> leftOut() {
    try {
      return Files.readAllLines(Path.of(".dockerignore")).stream()
          .filter(line -> line.startsWith("target/lib/"))
          .map(line -> FileSystems.getDefault().getPathMatcher("glob:" + line))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> licences(JsonObject component) {
    return component.getJsonArray("licenses", new JsonArray()).stream()
        .map(JsonObject.class::cast)
        .flatMap(choice -> choice.containsKey("expression")
            ? Stream.of(choice.getString("expression").split(" OR "))
            : Stream.of(choice.getJsonObject("license"))
                .map(licence -> licence.getString("id", licence.getString("name"))))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String jar(JsonObject component) {
    String purl = component.getString("purl");
    String classifier =
        purl.contains("classifier=") ? "-" + purl.replaceAll(".*classifier=([^&]+).*", "$1") : "";
    return component.getString("name") + "-" + component.getString("version") + classifier + ".jar";
  }

  @Test
  void bill_isOfTheJarsThatTheImageGets() throws IOException {
    try (Stream<Path> jars = Files.list(Path.of("target", "lib"))) {
      assertThat(jars.map(jar -> jar.getFileName().toString()).filter(jar -> !isLeftOut(jar)))
          .containsExactlyInAnyOrderElementsOf(
              components.stream().map(LicencesIT::jar).toList());
    }
  }

  @Test
  void everyLibrary_hasALicenceThatIsAllowed() {
    for (JsonObject component : components) {
      assertThat(licences(component)).as(jar(component)).containsAnyElementsOf(ALLOWED);
    }
  }

  @Test
  void page_saysWhatTheBillSays() throws IOException {
    String page = Files.readString(PAGE);
    int start = page.indexOf(HEADER) + HEADER.length();
    int end = page.indexOf("\n\n", start) + 1;
    if (Boolean.getBoolean("hashring.update")) {
      Files.writeString(PAGE, page.substring(0, start) + table() + page.substring(end));
    } else {
      assertThat(page.substring(start, end)).isEqualTo(table());
    }
    assertThat(page).contains(ALLOWED);
  }

  /** Without versions, which are in the bill. */
  private String table() {
    Map<String, List<String>> libraries = new TreeMap<>();
    for (JsonObject component : components) {
      libraries
          .computeIfAbsent(String.join(" or ", licences(component)), name -> new ArrayList<>())
          .add(component.getString("name"));
    }
    StringBuilder table = new StringBuilder();
    libraries.forEach((licence, names) -> table
        .append("| ")
        .append(licence)
        .append(" | ")
        .append(names.stream().distinct().sorted().collect(Collectors.joining(", ")))
        .append(" |\n"));
    return table.toString();
  }
}
