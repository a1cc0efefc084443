package io.hashring.demo.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import io.hashring.demo.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What {@code base-image} makes has all of the JDK that the demo's own classes use, but for the
 * analysis, which says so where its charts cannot be drawn.
 */
final class BaseImageTest {

  @Test
  void modules_areThoseThatTheDemoUses() throws Exception {
    String script = Files.readString(Path.of("base-image"));
    String line =
        script.lines().filter(l -> l.startsWith("modules=")).findFirst().orElseThrow();
    Set<String> linked = Configuration.empty()
        .resolve(
            ModuleFinder.ofSystem(),
            ModuleFinder.of(),
            Splitter.on(',').splitToList(line.substring("modules=".length())))
        .modules()
        .stream()
        .map(module -> module.name())
        .collect(Collectors.toCollection(TreeSet::new));

    assertThat(linked).containsAll(used());
  }

  private static Set<String> used() throws Exception {
    Path classes = Path.of(
            Main.class.getProtectionDomain().getCodeSource().getLocation().toURI())
        .resolve("io/hashring/demo");
    List<String> arguments =
        new ArrayList<>(List.of("--multi-release", "17", "--ignore-missing-deps", "-s"));
    try (Stream<Path> parts = Files.list(classes)) {
      parts
          .filter(part -> !part.endsWith("analysis"))
          .forEach(part -> arguments.add(part.toString()));
    }
    StringWriter out = new StringWriter();
    int code = ToolProvider.findFirst("jdeps")
        .orElseThrow()
        .run(new PrintWriter(out), new PrintWriter(System.err), arguments.toArray(new String[0]));
    assertThat(code).isZero();
    Set<String> system = ModuleFinder.ofSystem().findAll().stream()
        .map(ModuleReference::descriptor)
        .map(descriptor -> descriptor.name())
        .collect(Collectors.toSet());
    Set<String> used = out.toString()
        .lines()
        .map(arrow -> arrow.substring(arrow.indexOf("-> ") + 3).strip())
        .filter(system::contains)
        .collect(Collectors.toCollection(TreeSet::new));
    assertThat(used).contains("java.base");
    return used;
  }
}
