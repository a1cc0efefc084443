package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the programs of the README and the docs; each prints what its comments say. */
final class DocumentedProgramsTest {

  private static final Pattern PROGRAM = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern CLASS = Pattern.compile("^class (\\w+)", Pattern.MULTILINE);
  private static final Pattern PRINTED = Pattern.compile("println\\(.*\\); // (.*)");

  @TempDir
  private Path directory;

  @TestFactory
  Stream<DynamicTest> programs_printWhatTheirCommentsSay() throws Exception {
    List<String> programs = new ArrayList<>();
    for (Path page : List.of(Path.of("README.md"), Path.of("docs", "operations.md"))) {
      List<String> found = groups(PROGRAM, Files.readString(Path.of("..").resolve(page)));
      assertThat(found).as("programs of %s", page).isNotEmpty();
      programs.addAll(found);
    }
    return programs.stream()
        .map(program -> DynamicTest.dynamicTest(
            groups(CLASS, program).get(0),
            () -> assertThat(run(program))
                .isNotEmpty()
                .containsExactlyElementsOf(groups(PRINTED, program))));
  }

  private static List<String> groups(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map((MatchResult match) -> match.group(1))
        .toList();
  }

  private List<String> run(String program) throws Exception {
    String name = groups(CLASS, program).get(0);
    Path source = Files.writeString(directory.resolve(name + ".java"), program);
    int status = ToolProvider.getSystemJavaCompiler()
        .run(null, null, null, "-d", directory.toString(), source.toString());
    assertThat(status).as("status of the compiler").isZero();

    PrintStream out = System.out;
    var printed = new ByteArrayOutputStream();
    try (var loader = new URLClassLoader(new URL[] {directory.toUri().toURL()})) {
      System.setOut(new PrintStream(printed, true, UTF_8));
      var main = loader.loadClass(name).getDeclaredMethod("main", String[].class);
      main.setAccessible(true);
      main.invoke(null, (Object) new String[0]);
    } finally {
      System.setOut(out);
    }
    return printed.toString(UTF_8).lines().toList();
  }
}
