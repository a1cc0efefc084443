package io.hashring.demo;

import com.google.common.base.Ascii;
import io.hashring.demo.command.Commands;
import io.hashring.demo.replica.ContainerReplica;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.Security;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line. */
@Command(
    name = "hashring-demo",
    mixinStandardHelpOptions = true,
    version = "hashring-demo",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "An HTTP load balancer over a consistent-hashing ring: every request goes to the replica that"
          + " owns its key.",
      ""
    },
    footerHeading = "%nEvery option has a variable too: HASHRING_ADMIN_TOKEN for --admin-token."
        + " Try, while it runs:%n",
    footer = {
      "  curl localhost:5000/rep",
      "  curl -i localhost:5000/users/42",
      "  curl -X POST   localhost:5000/add -d '{\"n\":1,\"hostnames\":[\"server4\"]}'",
      "  curl -X DELETE localhost:5000/rm  -d '{\"n\":1,\"hostnames\":[\"server4\"]}'",
      "  curl localhost:5000/_lb/ring"
    })
public final class Main implements Callable<Integer> {

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
  private CommandSpec spec;

  @Mixin
  private final Options options = new Options();

  @Option(
      names = "--analyze",
      paramLabel = "DIR",
      description = "Make four experiments on balancers of its own instead, and write a page with"
          + " charts into this folder, which must be new or empty.")
  private @Nullable Path analyze;

  /** Runs the balancer, or with {@code replica} a single replica, until it is told to stop. */
  public static void main(String[] args) {
    if (ContainerReplica.run(args)) {
      return;
    }
    // Host names are looked up anew each time; set before the JDK looks up the first.
    Security.setProperty("networkaddress.cache.ttl", "0");
    Security.setProperty("networkaddress.cache.negative.ttl", "0");
    Preload.run();
    LogThrottle.install();
    int code = commandLine().execute(args);
    if (code != ExitCode.OK) {
      System.exit(code); // not otherwise: Maven runs this inside itself
    }
  }

  static CommandLine commandLine() {
    return Commands.addTo(new CommandLine(new Main())
        .addSubcommand(new ReplicaCommand())
        .setDefaultValueProvider(Main::fromEnvironment)
        .setParameterExceptionHandler(Main::badUsage)
        .setExecutionExceptionHandler((e, command, result) -> failed(command, e)));
  }

  /**
   * For containers, where variables are easier to set: HASHRING_CHECK_INTERVAL stands for
   * --check-interval.
   */
  private static @Nullable String fromEnvironment(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option) || option.usageHelp() || option.versionHelp()) {
      return null;
    }
    String name = option.longestName().substring("--".length());
    String value = System.getenv("HASHRING_" + Ascii.toUpperCase(name).replace('-', '_'));
    return value == null || value.isEmpty() ? null : value;
  }

  private static int badUsage(ParameterException e, String[] args) {
    PrintWriter err = e.getCommandLine().getErr();
    err.println("Error: " + e.getMessage());
    err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
    return ExitCode.USAGE;
  }

  private static int failed(CommandLine command, Exception e) {
    command.getErr().println("Error: " + (e.getMessage() == null ? e : e.getMessage()));
    return ExitCode.SOFTWARE;
  }

  @Override
  public Integer call() throws Exception {
    if (analyze != null) {
      return new Analyze(spec.commandLine()).run(analyze);
    }
    try {
      options.check();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    warnIfOpen();
    LoadBalancer balancer = new LoadBalancer(options, spec.commandLine().getOut());
    return runUntilStopped(balancer::stop, () -> {
      start(balancer);
      announce(balancer);
    });
  }

  private void warnIfOpen() throws UnknownHostException {
    if (options.token() == null && !InetAddress.getByName(options.bind).isLoopbackAddress()) {
      PrintWriter err = spec.commandLine().getErr();
      err.println("WARNING: --bind " + options.bind + " lets other machines in, and without"
          + " --admin-token any of them may add and remove replicas.");
    }
  }

  private void start(LoadBalancer balancer) throws Exception {
    try {
      balancer.start();
    } catch (BindException e) {
      throw cannotListen(options.bind, options.port, e);
    }
  }

  static IllegalStateException cannotListen(String host, int port, BindException e) {
    return new IllegalStateException(
        "cannot listen on " + host + ":" + port + " (" + e.getMessage()
            + "): choose another with --port, or --port 0 for any",
        e);
  }

  private void announce(LoadBalancer balancer) {
    String url = "http://" + (options.bind.contains(":") ? "[" + options.bind + "]" : options.bind)
        + ":" + balancer.port();
    PrintWriter out = spec.commandLine().getOut();
    out.println("hashring-demo balances over " + balancer.members().names() + " by " + options.key);
    out.println("  requests   " + url + "/");
    out.println("  replicas   " + url + "/rep   (POST /add, DELETE /rm)");
    out.println("  dashboard  " + url + "/_lb/");
    out.println("  ring       " + url + "/_lb/ring");
    out.println("  metrics    " + url + "/_lb/metrics");
    out.println("  health     " + url + "/_lb/health");
    out.println("Ctrl-C stops it.");
    out.flush();
  }

  interface Start {
    void run() throws Exception;
  }

  /**
   * The process ends through its shutdown hooks (Ctrl-C, SIGTERM), or by an interrupt. They are
   * there before the start, for what was started by half must not stay either.
   */
  static int runUntilStopped(AutoCloseable server, Start start) throws Exception {
    Thread hook = new Thread(() -> close(server), "shutdown");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      start.run();
      Thread.currentThread().join();
    } catch (InterruptedException e) {
      Runtime.getRuntime().removeShutdownHook(hook);
      server.close();
    }
    return ExitCode.OK;
  }

  private static void close(AutoCloseable server) {
    try {
      server.close();
    } catch (Exception e) {
      System.err.println("Error: could not stop cleanly: " + e);
    }
  }
}
