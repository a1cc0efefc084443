package io.hashring.demo.command;

import static com.google.common.base.Preconditions.checkArgument;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A question about rings. Its status is 0 or 1 for the answer, and 2 if there is none. */
abstract class RingCommand implements Callable<Integer> {

  static final int YES = 0;
  static final int NO = 1;
  static final int TROUBLE = 2;

  static final String EXIT_HEADING = "%nExit status:%n";

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
  CommandSpec spec;

  @Option(names = "--json", description = "Answer in JSON.")
  boolean json;

  @Option(names = "--help", usageHelp = true, description = "Show this page.")
  boolean help;

  @Override
  public final Integer call() throws InterruptedException {
    try {
      return answer();
    } catch (IllegalArgumentException | IllegalStateException | IOException e) {
      return trouble(e.getMessage() == null ? e.toString() : e.getMessage());
    } finally {
      out().flush();
    }
  }

  private int trouble(Object message) {
    spec.commandLine().getErr().println("Error: " + message);
    return TROUBLE;
  }

  /** Answers, and returns the status. */
  abstract int answer() throws IOException, InterruptedException;

  /** Refuses what the JVM could not read of the command line, for which it puts U+FFFD. */
  static String readable(String argument) {
    checkArgument(
        argument.indexOf('\uFFFD') < 0,
        "the locale has no characters for what is given, such as C.UTF-8 has: %s",
        argument);
    return argument;
  }

  PrintWriter out() {
    return spec.commandLine().getOut();
  }

  void print(String line) {
    out().print(line + "\n");
  }

  void print(JsonObject answer) {
    out().print(answer.encodePrettily() + "\n");
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  static String hex(long checksum) {
    return String.format(Locale.ROOT, "%016x", checksum);
  }
}
