package io.hashring.demo;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The packages of the demo, of which each uses those below it, as docs/architecture.md says. */
final class ArchitectureTest {

  private static final String ROOT = "io.hashring.demo";

  /** From the top down. */
  private static final List<String> ORDER = List.of(
      "demo",
      "command",
      "analysis",
      "admin",
      "proxy",
      "membership",
      "cluster",
      "replica.swarm",
      "replica.docker",
      "replica",
      "http");

  /** A row of the map: | `package` | what it has | `used`, `used` |. */
  private static final Pattern ROW =
      Pattern.compile("^\\| `([a-z.]+)` \\|[^|]+\\|([^|]*)\\|$", Pattern.MULTILINE);

  private static final JavaClasses MAIN = new ClassFileImporter()
      .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
      .importPackages(ROOT);

  private static String name(JavaClass type) {
    String below = type.getPackageName().substring(ROOT.length());
    return below.isEmpty() ? "demo" : below.substring(1);
  }

  /** Which packages each package uses. */
  private static Map<String, Set<String>> arrows() {
    Map<String, Set<String>> arrows = new TreeMap<>();
    for (JavaClass type : MAIN) {
      Set<String> used = arrows.computeIfAbsent(name(type), name -> new TreeSet<>());
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass();
        if (target.getPackageName().startsWith(ROOT) && !name(target).equals(name(type))) {
          used.add(name(target));
        }
      }
    }
    return arrows;
  }

  @Test
  void packages_areFreeOfCycles() {
    slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(MAIN);
  }

  @Test
  void packages_useThoseBelowThemOnly() {
    arrows()
        .forEach((from, used) -> assertThat(used)
            .as(from)
            .isSubsetOf(ORDER.subList(ORDER.indexOf(from) + 1, ORDER.size())));
  }

  @Test
  void map_ofTheDocs_isThatOfTheCode() throws IOException {
    String document = Files.readString(Path.of("../docs/architecture.md"));
    Map<String, Set<String>> documented = ROW.matcher(document)
        .results()
        .collect(Collectors.toMap(
            row -> row.group(1),
            row -> Pattern.compile("`([a-z.]+)`")
                .matcher(row.group(2))
                .results()
                .map(use -> use.group(1))
                .collect(Collectors.toCollection(TreeSet::new))));
    assertThat(documented).isEqualTo(arrows());
  }
}
