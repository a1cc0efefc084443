package io.hashring.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/**
 * Commands of the documents: those that ask a balancer are sent to one, options of the balancer are
 * read by it, and programs, modules, tests and files of all others are there. Sessions have tests
 * of their own: {@link CommandsTest}, {@link ComposeIT}.
 */
final class DocumentedCommandsTest {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path OPTIONS_PAGE = ROOT.resolve("docs/options.md");

  private static final Pattern BLOCK = Pattern.compile("(?ms)^```([a-z]*)\n(.*?)^```$");

  /** What blocks of commands are called; what is printed is {@code text}. */
  private static final Set<String> SHELL = Set.of("", "sh");

  /** What stands behind a command, after two spaces or more, or behind a number sign. */
  private static final Pattern REMARK = Pattern.compile("(?: {2,}| +# ).*$");

  private static final Pattern TESTS = Pattern.compile("-D(?:it\\.)?test=([\\w*,]+)");
  private static final Pattern DEMO_ARGUMENTS = Pattern.compile("-Ddemo\\.args=\"([^\"]*)\"");
  private static final Pattern MODULES = Pattern.compile("-pl (\\S+)");
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  /** What else is a command of its own here, and needs no test. */
  private static final Set<String> OF_THE_SYSTEM = Set.of("cd", "git", "sed");

  private record Command(Path page, String line) {
    @Override
    public String toString() {
      return ROOT.relativize(page) + ": " + line;
    }
  }

  private static List<Path> pages() {
    try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
      return Stream.concat(
              Stream.of("README.md", "CONTRIBUTING.md", "SECURITY.md").map(ROOT::resolve),
              files
                  .filter(file -> file.toString().endsWith(".md"))
                  .filter(file -> !file.toString().contains("/target/"))
                  .filter(
                      file -> !file.endsWith("ring-text.md"))) // a file, which RingTextTest reads
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Command> commands(String... firstWords) {
    return commands().stream()
        .filter(command -> List.of(firstWords).contains(command.line().split(" ")[0]))
        .toList();
  }

  private static List<Command> commands() {
    List<Command> commands = new ArrayList<>();
    for (Path page : pages()) {
      for (MatchResult block : BLOCK.matcher(read(page)).results().toList()) {
        String text = block.group(2).replace("\\\n", " ");
        // a session has what is answered, too
        if (SHELL.contains(block.group(1)) && !text.startsWith("$ ")) {
          text.lines()
              .map(line -> REMARK.matcher(line).replaceFirst("").strip())
              .filter(line -> !line.isEmpty() && !line.startsWith("#"))
              .forEach(line -> commands.add(new Command(page, line)));
        }
      }
    }
    return commands;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String[] words(String line) {
    return WORD.matcher(line)
        .results()
        .map(word -> word.group(1) == null ? word.group(2) : word.group(1))
        .toArray(String[]::new);
  }

  private static void assertOptions(Object where, String arguments) {
    CommandLine line = Main.commandLine();
    try {
      line.parseArgs(words(arguments));
    } catch (CommandLine.ParameterException e) {
      fail("%s: %s", where, e.getMessage());
    }
  }

  @Test
  void everyCommand_isOfAKindThatIsTested() {
    assertThat(commands()).hasSizeGreaterThan(30).allSatisfy(command -> {
      String first = command.line().split(" ")[0].replaceFirst("^[A-Z_]+=.*", "VARIABLE");
      assertThat(first.matches("(?:docs|hashring-[a-z]+|\\.ci)/.+")
              || Set.of("./mvnw", "curl", "hashring-demo", "java", "docker", "VARIABLE", "--key")
                  .contains(first)
              || OF_THE_SYSTEM.contains(first))
          .as(command.toString())
          .isTrue();
    });
  }

  @Test
  void options_areKnown() {
    for (Command command : commands("hashring-demo")) {
      assertOptions(command, command.line().substring("hashring-demo".length()));
    }
    for (Command command : commands("--key")) {
      assertOptions(command, command.line());
    }
    for (Command command : commands("java")) {
      String line = command.line();
      if (line.contains("hashring-demo-*.jar")) {
        assertOptions(command, line.substring(line.indexOf(".jar") + ".jar".length()));
      }
    }
    int demos = 0;
    for (Path page : pages()) {
      for (MatchResult arguments : DEMO_ARGUMENTS.matcher(read(page)).results().toList()) {
        demos++;
        assertOptions(page, arguments.group(1));
      }
    }
    assertThat(demos).isPositive();
  }

  @Test
  void testsAndModules_areThere() throws IOException {
    Set<String> tests = new TreeSet<>();
    try (Stream<Path> files = Files.walk(ROOT)) {
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("\\w+(Test|IT|Suite)\\.java"))
          .forEach(name -> tests.add(name.replace(".java", "")));
    }
    for (Path page : pages()) {
      String text = read(page);
      for (MatchResult named : TESTS.matcher(text).results().toList()) {
        for (String test : Splitter.on(',').split(named.group(1))) {
          assertThat(tests)
              .as("%s names %s", page, test)
              .anyMatch(name -> name.matches(test.replace("*", ".*")));
        }
      }
    }
    for (Command command : commands("./mvnw")) {
      for (MatchResult modules : MODULES.matcher(command.line()).results().toList()) {
        for (String module : Splitter.on(',').split(modules.group(1))) {
          assertThat(ROOT.resolve(module).resolve("pom.xml"))
              .as(command.toString())
              .exists();
        }
      }
    }
  }

  @Test
  void programsAndFiles_areThere() {
    for (Command command : commands()) {
      for (String word : words(command.line())) {
        if (word.matches("(?:docs|hashring-[a-z]+|\\.ci)/[^*]+") && !word.contains("/target/")) {
          Path file = ROOT.resolve(word);
          assertThat(file).as(command.toString()).exists();
          if (command.line().startsWith(word) && Files.isRegularFile(file)) {
            assertThat(file).as(command.toString()).isExecutable();
          }
        }
      }
      if (command.line().startsWith("docs/recipes/run ")) {
        String recipe = words(command.line())[1];
        assertThat(ROOT.resolve("docs/recipes").resolve(recipe).resolve("pom.xml"))
            .exists();
      }
    }
  }

  /** Those of a page in their order, so that what is added can be removed. */
  @Test
  void curl_isAnswered() throws Exception {
    Required.require("curl", hasCurl(), "install curl");
    Map<Path, List<Command>> byPage =
        commands("curl").stream().collect(Collectors.groupingBy(Command::page));
    assertThat(byPage).hasSizeGreaterThan(1);
    for (List<Command> commands : byPage.values()) {
      try (Balancer balancer = Balancer.start()) {
        for (Command command : commands) {
          assertAnswered(command, balancer.port());
        }
      }
    }
  }

  private static void assertAnswered(Command command, int port) throws Exception {
    String line = command
        .line()
        .replaceFirst("^curl", "curl -sS --fail")
        .replaceFirst("(127\\.0\\.0\\.1|localhost):5000", "127.0.0.1:" + port);
    Process process =
        new ProcessBuilder("bash", "-c", line).redirectErrorStream(true).start();
    String answer = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(command + ": " + answer).isZero();
  }

  private static boolean hasCurl() {
    try {
      return new ProcessBuilder("curl", "--version")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException | InterruptedException e) {
      return false;
    }
  }

  @Test
  void optionsPage_isTheHelp() throws IOException {
    String page = Stream.of(
            "# Options of the balancer",
            "",
            "What `--help` prints. A test writes this page: `-Dtest=DocumentedCommandsTest"
                + " -Dhashring.update=true`. What the options do\nis told by the pages that the"
                + " [map](README.md#the-load-balancer) leads to.",
            "",
            "```text",
            help(Main.commandLine()),
            "```",
            "",
            "A replica by itself, `hashring-demo replica`:",
            "",
            "```text",
            help(Main.commandLine().getSubcommands().get("replica")),
            "```",
            "")
        .collect(Collectors.joining("\n"));
    if (Boolean.getBoolean("hashring.update")) {
      Files.writeString(OPTIONS_PAGE, page);
    }
    assertThat(OPTIONS_PAGE).hasContent(page);
  }

  private static String help(CommandLine line) {
    return line.setUsageHelpAutoWidth(false)
        .setUsageHelpWidth(110)
        .getUsageMessage(CommandLine.Help.Ansi.OFF)
        .lines()
        .map(String::stripTrailing)
        .collect(Collectors.joining("\n"));
  }
}
