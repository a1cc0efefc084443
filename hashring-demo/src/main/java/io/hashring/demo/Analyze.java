package io.hashring.demo;

import static java.util.stream.Collectors.joining;

import com.google.common.util.concurrent.Uninterruptibles;
import io.hashring.demo.analysis.Analysis;
import io.hashring.demo.analysis.Balancers;
import io.hashring.demo.http.BlockingFutures;
import io.hashring.placement.Placement;
import io.vertx.core.Vertx;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** {@code --analyze}: experiments on balancers of this process. */
final class Analyze {

  private static final String OPTION = "--analyze";
  private static final Duration CLEANING = Duration.ofSeconds(20);

  private final CommandLine command;

  Analyze(CommandLine command) {
    this.command = command;
  }

  int run(Path directory) throws Exception {
    checkAlone();
    checkCharts();
    System.setProperty("java.awt.headless", "true");
    Logger log = Logger.getLogger("io.hashring.demo");
    Level level = log.getLevel();
    log.setLevel(Level.SEVERE); // servers die on purpose, and the progress has its line for itself
    try {
      untilStopped(directory);
    } catch (InterruptedException e) {
      return ExitCode.SOFTWARE; // whoever stopped it knows, and its last line says so
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, OPTION + " " + e.getMessage(), e);
    } finally {
      log.setLevel(level);
    }
    command.getOut().println("See " + directory.resolve("analysis.md"));
    command.getOut().flush();
    return ExitCode.OK;
  }

  private void checkAlone() {
    List<OptionSpec> others = command.getParseResult().matchedOptions().stream()
        .filter(option -> !option.longestName().equals(OPTION))
        .toList();
    if (!others.isEmpty()) {
      throw new ParameterException(
          command,
          OPTION + " must stand alone, for its balancers have options of their own: "
              + others.stream().map(OptionSpec::longestName).collect(joining(" ")));
    }
  }

  private static void checkCharts() {
    try {
      Class.forName("org.jfree.chart.JFreeChart");
    } catch (ClassNotFoundException | NoClassDefFoundError e) {
      throw new IllegalStateException(
          OPTION + " draws charts, for which the image has no library: run it on a machine with a"
              + " JDK, ./mvnw -q -Pdemo -Ddemo.args=\"" + OPTION + " DIR\"",
          e);
    }
  }

  /** Ctrl-C interrupts it, and the process waits until what was begun is gone. */
  private void untilStopped(Path directory) throws Exception {
    Thread worker = Thread.currentThread();
    AtomicBoolean stopped = new AtomicBoolean();
    CountDownLatch cleaned = new CountDownLatch(1);
    Thread hook = new Thread(
        () -> {
          stopped.set(true);
          worker.interrupt();
          if (!Uninterruptibles.awaitUninterruptibly(cleaned, CLEANING)) {
            command.getErr().println("Error: could not clean up within " + CLEANING);
          }
        },
        "shutdown");
    Runtime.getRuntime().addShutdownHook(hook);
    Vertx vertx = LoadBalancer.vertx();
    try {
      new Analysis(vertx, Analyze::start, Analysis.Size.FULL, command.getErr()).run(directory);
    } finally {
      BlockingFutures.awaitQuietly(vertx.close());
      cleaned.countDown();
      if (!stopped.get()) {
        Runtime.getRuntime().removeShutdownHook(hook);
      }
    }
  }

  /** A balancer as it is started from the command line, on any port. */
  static Balancers.Started start(Placement placement, String... arguments) throws Exception {
    Options options = new Options();
    options.port = 0;
    CommandLine.populateCommand(options, arguments);
    options.check();
    LoadBalancer balancer =
        new LoadBalancer(options, new PrintWriter(Writer.nullWriter()), placement);
    balancer.start();
    return new Balancers.Started() {
      @Override
      public int port() {
        return balancer.port();
      }

      @Override
      public void close() {
        balancer.close();
      }
    };
  }
}
