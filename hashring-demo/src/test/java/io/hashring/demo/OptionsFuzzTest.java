package io.hashring.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * Any command line is one that a balancer can be made of, or is refused with a message. To look for
 * others: {@code ./mvnw -Pfuzz test -pl hashring-core,hashring-demo -Dtest=OptionsFuzzTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dhashring.fuzz.seconds=600}.
 *
 * <p>An input has an argument a line.
 */
final class OptionsFuzzTest {

  @FuzzTest
  void anyArguments_areOptionsOrAreRefused(byte[] input) {
    List<String> arguments = new String(input, UTF_8).lines().toList();
    if (arguments.stream().anyMatch(OptionsFuzzTest::namesAFile)) {
      return; // files of this machine are nobody's input
    }
    Options options = new Options();
    try {
      new CommandLine(options).parseArgs(arguments.toArray(String[]::new));
      options.check();
    } catch (ParameterException | IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank();
      return;
    }
    assertThat(options.port).isBetween(0, 65_535);
    assertThat(options.points).isBetween(1, 10_000);
    assertThat(options.count()).isNotNegative();
    assertThat(options.key).isNotNull();
    assertThat(options.proxies()).isNotNull();
    assertThat(options.health.checks()).isNotNull();
    assertThat(options.health.ejection()).isNotNull();
    assertThat(options.docker.settings()).isNotNull();
    assertThat(options.docker.swarm()).isNotNull();
    assertThat(options.adminHosts()).isNotEmpty();
    if (!options.isElastic() && !options.isWatched()) {
      assertThat(options.listed().listed()).isNotEmpty();
    }
  }

  /** {@code @FILE} stands for the arguments in a file. */
  private static boolean namesAFile(String argument) {
    return argument.startsWith("@") || argument.startsWith("--admin-token-");
  }
}
