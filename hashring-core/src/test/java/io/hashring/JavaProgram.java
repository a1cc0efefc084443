package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;

/** A program of one class that stands in a document. */
public record JavaProgram(String source) {

  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern CLASS = Pattern.compile("^class (\\w+)", Pattern.MULTILINE);
  private static final Pattern PRINTED = Pattern.compile("println\\(.*\\); // (.*)");

  public static List<JavaProgram> in(String document) {
    return groups(BLOCK, document).stream().map(JavaProgram::new).toList();
  }

  public String name() {
    return groups(CLASS, source).get(0);
  }

  /** What the comments behind its prints say. */
  public List<String> promised() {
    return groups(PRINTED, source);
  }

  private static List<String> groups(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map((MatchResult match) -> match.group(1))
        .toList();
  }

  /** Compiles and runs it; returns what it prints. */
  public List<String> run(Path directory, String... arguments) throws Exception {
    Path file = Files.writeString(directory.resolve(name() + ".java"), source);
    int status = ToolProvider.getSystemJavaCompiler()
        .run(null, null, null, "-d", directory.toString(), file.toString());
    assertThat(status).as("status of the compiler").isZero();

    PrintStream out = System.out;
    var printed = new ByteArrayOutputStream();
    try (var loader = new URLClassLoader(new URL[] {directory.toUri().toURL()})) {
      System.setOut(new PrintStream(printed, true, UTF_8));
      var main = loader.loadClass(name()).getDeclaredMethod("main", String[].class);
      main.setAccessible(true);
      main.invoke(null, (Object) arguments);
    } finally {
      System.setOut(out);
    }
    return printed.toString(UTF_8).lines().toList();
  }
}
