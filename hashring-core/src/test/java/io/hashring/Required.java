package io.hashring;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Programs that a test needs and a machine may lack: without one the test is skipped, or fails if
 * the system property {@code hashring.require}, names separated by commas, has its part.
 */
public final class Required {

  private static final List<String> PARTS =
      Arrays.asList(System.getProperty("hashring.require", "").split(","));

  private Required() {}

  /** The path of a program, on the path or where Debian puts servers. */
  public static Path program(String part, String name) {
    return Stream.concat(
            Arrays.stream(System.getenv("PATH").split(File.pathSeparator)),
            Stream.of("/usr/sbin", "/sbin"))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseGet(() -> missing(part, name + " is not installed"));
  }

  /** Skips the test or fails it. */
  public static <T> T missing(String part, String what) {
    String message = part + ": " + what;
    return PARTS.contains(part) ? fail(message) : abort(message);
  }
}
