package io.hashring.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.GoldenFile;
import io.hashring.JavaProgram;
import io.hashring.Required;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page about other systems: its tables are complete, its figures are so, its example works. */
final class InteropDocTest {

  private static final List<Class<?>> FAMILIES = List.of(
      MemcachedPlacements.class,
      ProxyPlacements.class,
      StorePlacements.class,
      LibraryPlacements.class);

  private static final Pattern FILE = Pattern.compile("`(\\w+)\\.csv` (\\d+) × (\\d+)");
  private static final Pattern NGINX = Pattern.compile("```nginx\n(.*?)```", Pattern.DOTALL);

  @TempDir
  private Path directory;

  private static String page() throws Exception {
    return Files.readString(Path.of("..", "docs", "interop.md"));
  }

  @Test
  void tables_nameEveryPlacementAndNodeName() throws Exception {
    String page = page();
    for (Class<?> family : FAMILIES) {
      String section = page.split("### `" + family.getSimpleName() + "`", 2)[1].split("\n##", 2)[0];
      assertThat(factories(family))
          .allSatisfy(name -> assertThat(section).contains("`" + name + "("));
    }
    assertThat(factories(NodeNames.class))
        .allSatisfy(name -> assertThat(page).contains("`NodeNames." + name + "`"));
  }

  private static Stream<String> factories(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()))
        .map(Method::getName)
        .distinct();
  }

  @Test
  void tables_figures_areThoseOfTheFiles() throws Exception {
    List<MatchResult> figures = FILE.matcher(page()).results().toList();
    for (MatchResult figure : figures) {
      GoldenFile golden = GoldenFile.read(figure.group(1) + ".csv");
      long leftOut = golden.columns().stream()
          .filter(column -> column.endsWith("_GetLeast"))
          .count();
      assertThat(golden.rows()).as(figure.group(1)).hasSize(Integer.parseInt(figure.group(2)));
      assertThat(golden.columns().size() - 1 - leftOut)
          .as(figure.group(1))
          .isEqualTo(Integer.parseInt(figure.group(3)));
    }
    Set<String> named =
        figures.stream().map(figure -> figure.group(1) + ".csv").collect(Collectors.toSet());
    try (Stream<Path> files = Files.list(Path.of("src", "test", "resources", "golden"))) {
      assertThat(files
              .map(file -> file.getFileName().toString())
              .filter(name -> !name.endsWith(".nodes.csv") && !name.startsWith("placement-v1")))
          .filteredOn(name -> !named.contains(name))
          .containsExactlyInAnyOrder(
              "envoy_ring_hash_unit_test.csv",
              "grpc_java_ringhash.csv",
              "haproxy_bounded_load.csv",
              "libketama_points.csv");
    }
  }

  /** The block and the program of the page, with addresses that are there. */
  @Test
  @Timeout(60)
  @SuppressWarnings("try") // a program runs for as long as its resource is open
  void example_besideARunningNginx_choosesAlike() throws Exception {
    Path nginx = Required.program("nginx", "nginx");
    List<Integer> ports = LocalProgram.freePorts(4);
    int front = ports.get(3);
    String page = page();
    StringBuilder http = new StringBuilder();
    for (int i = 0; i < 3; i++) {
      String server = "127.0.0.1:" + ports.get(i);
      page = page.replace("10.0.0." + (i + 1) + ":8080", server);
      http.append("server { listen %s; return 200 %s; }\n".formatted(server, server));
    }
    http.append(NGINX.matcher(page).results().findFirst().orElseThrow().group(1));
    http.append("server { listen 127.0.0.1:%d; location / { proxy_pass http://caches; } }\n"
        .formatted(front));
    String configuration = NginxLiveTest.nginxConfiguration(http.toString());
    Files.writeString(directory.resolve("nginx.conf"), configuration);
    String[] keys = RandomMembers.asciiKeys(new Random(11)).toArray(String[]::new);
    List<JavaProgram> programs = JavaProgram.in(page);
    assertThat(programs).hasSize(1);
    List<String> owners = programs.get(0).run(directory, keys);

    assertThat(owners).hasSize(keys.length);
    assertThat(Set.copyOf(owners)).hasSize(3);
    try (var program = NginxLiveTest.start(nginx, directory, front)) {
      for (int i = 0; i < keys.length; i++) {
        assertThat(HttpBalancer.choice(front, "/", keys[i])).as(keys[i]).isEqualTo(owners.get(i));
      }
    }
    System.out.printf("docs/interop.md: %d keys, 0 differences from nginx%n", keys.length);
  }
}
