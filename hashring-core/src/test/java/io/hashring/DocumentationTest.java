package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages hang together: links lead somewhere, every page can be found, and programs are run. */
final class DocumentationTest {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path DOCS = ROOT.resolve("docs");

  private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```$");
  private static final Pattern CODE = Pattern.compile("`[^`\n]*`");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?) *$");
  private static final Pattern NAMED_PAGE = Pattern.compile("\\bdocs/[\\w/.-]+\\.(md|yml|json)\\b");

  /** Where Java stands that a test compiles and runs, or writes; recipes have a runner. */
  private static final Set<String> JAVA_IS_RUN = Set.of(
      "README.md",
      "SECURITY.md",
      "docs/do/migrate.md", // and these by DocumentedProgramsTest
      "docs/programs.md",
      "docs/interop.md", // by NginxLiveTest
      "docs/api.md"); // by ApiPageTest

  private static final Pattern RECIPE = Pattern.compile("docs/recipes/[a-z-]+/README\\.md");

  private static List<Path> files(String suffix) {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().endsWith(suffix))
          .filter(file -> Stream.of("target", "node_modules", ".git", ".m2")
              .noneMatch(hidden -> ROOT.relativize(file).startsWith(hidden)
                  || file.toString().contains("/" + hidden + "/")))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String name(Path file) {
    return ROOT.relativize(file).toString();
  }

  /** Where the links of a page lead, without those to other hosts. */
  private static List<String> links(Path page) throws IOException {
    String text =
        CODE.matcher(FENCE.matcher(Files.readString(page)).replaceAll("")).replaceAll("");
    return LINK.matcher(text)
        .results()
        .map(link -> link.group(1))
        .filter(link -> !link.matches("[a-z]+:.*"))
        .toList();
  }

  /** The anchors that a forge makes of the headings. */
  private static Set<String> anchors(Path page) throws IOException {
    Map<String, Integer> seen = new HashMap<>();
    Set<String> anchors = new TreeSet<>();
    HEADING
        .matcher(FENCE.matcher(Files.readString(page)).replaceAll(""))
        .results()
        .map(heading -> heading
            .group(1)
            .replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^\\p{L}\\p{N} _-]", "")
            .replace(' ', '-'))
        .forEach(slug -> {
          int before = seen.merge(slug, 1, Integer::sum) - 1;
          anchors.add(before == 0 ? slug : slug + "-" + before);
        });
    return anchors;
  }

  @Test
  void links_leadToFilesAndHeadingsThatAreThere() throws IOException {
    List<Path> pages = files(".md").stream()
        .filter(page -> !name(page).contains("/resources/")) // templates, of pages elsewhere
        .toList();
    assertThat(pages).hasSizeGreaterThan(40);
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Path page : pages) {
      for (String link : links(page)) {
        links++;
        String path = link.replaceFirst("#.*", "");
        Path target = path.isEmpty() ? page : page.resolveSibling(path).normalize();
        if (!target.startsWith(ROOT) || !Files.exists(target)) {
          broken.add(name(page) + " -> " + link);
        } else if (link.contains("#")
            && target.toString().endsWith(".md")
            && !anchors(target).contains(link.substring(link.indexOf('#') + 1))) {
          broken.add(name(page) + " -> " + link + ", where there is no such heading");
        }
      }
    }
    assertThat(links).isGreaterThan(100);
    assertThat(broken).isEmpty();
  }

  @Test
  void map_leadsToEveryPageOfTheDocs() throws IOException {
    Path map = DOCS.resolve("README.md");
    List<Path> targets = links(map).stream()
        .map(link -> map.resolveSibling(link.replaceFirst("#.*", "")).normalize())
        .toList();
    List<Path> pages = files(".md").stream()
        .filter(page -> page.startsWith(DOCS) && !page.equals(map))
        .filter(page ->
            !page.startsWith(DOCS.resolve("adr")) && !page.startsWith(DOCS.resolve("recipes")))
        .toList();
    assertThat(targets).containsAll(pages);
  }

  @Test
  void decisions_areListed() throws IOException {
    Path list = DOCS.resolve("adr/README.md");
    try (Stream<Path> pages = Files.list(DOCS.resolve("adr"))) {
      assertThat(links(list))
          .containsAll(pages
              .map(page -> page.getFileName().toString())
              .filter(page -> page.matches("[0-9]{4}-.*"))
              .toList());
    }
  }

  @Test
  void sources_thatNameAPage_nameOneThatIsThere() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (Path source : files(".java")) {
      NAMED_PAGE
          .matcher(Files.readString(source))
          .results()
          .filter(page -> !Files.exists(ROOT.resolve(page.group())))
          .forEach(page -> wrong.add(name(source) + " names " + page.group()));
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void java_standsWhereItIsRun() throws IOException {
    for (Path page : files(".md")) {
      if (Files.readString(page).contains("\n```java")) {
        assertThat(
                JAVA_IS_RUN.contains(name(page)) || RECIPE.matcher(name(page)).matches())
            .as(name(page))
            .isTrue();
      }
    }
  }
}
