package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The files by which others meet the repository: they parse, and say what the build does. */
final class RepositoryFilesTest {

  private static final Path ROOT = Path.of("..");

  @Test
  void workflow_callsWhatCiRuns() throws IOException {
    Map<?, ?> jobs = map(yaml(".github/workflows/ci.yml").get("jobs"));
    List<String> commands = new ArrayList<>();
    jobs.values()
        .forEach(job -> list(map(job).get("steps")).forEach(step -> {
          Object command = map(step).get("run");
          if (command != null) {
            commands.add(command.toString());
          }
        }));

    assertThat(commands).contains(".ci/run");
    assertThat(Files.isExecutable(ROOT.resolve(".ci/run"))).isTrue();
    String ci = Files.readString(ROOT.resolve(".ci/run"));
    String verify = "./mvnw --batch-mode --no-transfer-progress verify";
    assertThat(ci).contains(verify);
    assertThat(commands).anyMatch(command -> command.startsWith(verify));
    assertThat(ci).contains("JDK 17").contains("JDK 25");
    assertThat(map(map(map(jobs.get("user")).get("strategy")).get("matrix")).get("java"))
        .isEqualTo(List.of("17", "25"));
  }

  @Test
  void workflows_mayReadOnly_andKeepNoCredentials() throws IOException {
    Map<?, ?> workflow = yaml(".github/workflows/ci.yml");
    assertThat(map(workflow.get("permissions"))).isEqualTo(Map.of("contents", "read"));
    map(workflow.get("jobs"))
        .values()
        .forEach(job -> list(map(job).get("steps")).stream()
            .map(RepositoryFilesTest::map)
            .filter(step -> String.valueOf(step.get("uses")).startsWith("actions/checkout@"))
            .forEach(step ->
                assertThat(map(step.get("with")).get("persist-credentials")).isEqualTo(false)));
  }

  @Test
  void dependabot_watchesWhatIsThere() throws IOException {
    for (Object update : list(yaml(".github/dependabot.yml").get("updates"))) {
      String folder = map(update).get("directory").toString().substring(1);
      String file = switch (map(update).get("package-ecosystem").toString()) {
        case "maven" -> "pom.xml";
        case "docker" -> "Dockerfile";
        default -> ".github/workflows/ci.yml";
      };
      assertThat(ROOT.resolve(folder).resolve(file)).exists();
    }
  }

  @Test
  void issueForms_haveFieldsWithNames() throws IOException {
    try (Stream<Path> forms = Files.list(ROOT.resolve(".github/ISSUE_TEMPLATE"))) {
      for (Path form : forms.filter(file -> !file.endsWith("config.yml")).toList()) {
        Map<?, ?> parsed = yaml(ROOT.relativize(form).toString());
        assertThat(parsed.keySet().stream().map(String::valueOf))
            .contains("name", "description", "body");
        List<Object> ids = new ArrayList<>();
        list(parsed.get("body")).forEach(field -> ids.add(map(field).get("id")));
        assertThat(ids).doesNotContainNull().doesNotHaveDuplicates();
      }
    }
  }

  @Test
  void quiet_failsForWhatNobodyExplains(@TempDir Path folder) throws Exception {
    Path bash = Required.program("bash", "bash");
    Path log = folder.resolve("log");
    for (String line : List.of(
        "[INFO] Tests run: 1, Failures: 0, Errors: 0, Skipped: 0",
        "[WARNING] Tests run: 2, Failures: 0, Errors: 0, Skipped: 1, Time elapsed: 1 s -- in XTest",
        "fire: 10 s, lost 0")) {
      assertThat(quiet(bash, Files.writeString(log, line + "\n"))).as(line).isZero();
    }
    for (String line : List.of(
        "[WARNING] Tests run: 2, Failures: 1, Errors: 0, Skipped: 1",
        "[WARNING] a.jar, b.jar define 1 overlapping resource:",
        "WARNING: could not look after the replicas",
        "SEVERE: Unhandled exception",
        "java.io.IOException: Broken pipe",
        "java.lang.InterruptedException",
        "\tat java.base/java.lang.Thread.run(Thread.java:840)",
        "[ERROR] no")) {
      assertThat(quiet(bash, Files.writeString(log, "[INFO] a\n" + line + "\n[INFO] b\n")))
          .as(line)
          .isEqualTo(1);
    }
  }

  private static int quiet(Path bash, Path log) throws Exception {
    return new ProcessBuilder(bash.toString(), "../.ci/quiet", log.toString())
        .redirectErrorStream(true)
        .redirectOutput(log.resolveSibling("output").toFile())
        .start()
        .waitFor();
  }

  private static Map<?, ?> yaml(String file) throws IOException {
    Yaml yaml = new Yaml(new SafeConstructor(new LoaderOptions()));
    return map(yaml.load(Files.readString(ROOT.resolve(file))));
  }

  private static Map<?, ?> map(Object value) {
    assertThat(value).isInstanceOf(Map.class);
    return (Map<?, ?>) value;
  }

  private static List<?> list(Object value) {
    assertThat(value).isInstanceOf(List.class);
    return ImmutableList.copyOf((List<?>) value);
  }
}
