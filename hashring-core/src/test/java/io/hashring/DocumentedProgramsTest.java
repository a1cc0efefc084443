package io.hashring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Compiles and runs the programs of the README and the docs; each prints what its comments say. */
final class DocumentedProgramsTest {

  @TempDir
  private Path directory;

  @TestFactory
  Stream<DynamicTest> programs_printWhatTheirCommentsSay() throws Exception {
    List<JavaProgram> programs = new ArrayList<>();
    for (Path page : List.of(
        Path.of("README.md"),
        Path.of("SECURITY.md"),
        Path.of("docs", "do", "migrate.md"),
        Path.of("docs", "programs.md"))) {
      List<JavaProgram> found = JavaProgram.in(Files.readString(Path.of("..").resolve(page)));
      assertThat(found).as("programs of %s", page).isNotEmpty();
      programs.addAll(found);
    }
    return programs.stream()
        .map(program -> DynamicTest.dynamicTest(
            program.name(),
            () -> assertThat(program.run(directory))
                .isNotEmpty()
                .containsExactlyElementsOf(program.promised())));
  }
}
