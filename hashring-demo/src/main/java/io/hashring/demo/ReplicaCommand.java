package io.hashring.demo;

import io.hashring.demo.http.BlockingFutures;
import io.hashring.demo.replica.Heartbeat;
import io.hashring.demo.replica.Replica;
import io.hashring.demo.replica.ReplicaNames;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.io.PrintWriter;
import java.net.BindException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command that runs one replica, which is what a container of the balancer's does. */
@Command(
    name = ReplicaCommand.NAME,
    mixinStandardHelpOptions = true,
    description = "Run one replica by itself, for a balancer with --replicas host:port,...")
final class ReplicaCommand implements Callable<Integer> {

  static final String NAME = "replica";

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
  private CommandSpec spec;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "server1",
      description = "Its name (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // has a default
  private String name;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description = "Address to listen on (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // has a default
  private String bind;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "5001",
      description = "Port to listen on; 0 takes any free one (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(names = "--rehearse", hidden = true)
  private boolean rehearsal;

  static boolean isAskedFor(String[] args) {
    return args.length > 0 && args[0].equals(NAME);
  }

  /**
   * Runs the command without the rest of the command line, which costs a start as much processor
   * time again: containers start several at once.
   */
  static int run(String[] args) {
    CommandLine line = new CommandLine(new ReplicaCommand())
        .setCommandName("hashring-demo " + NAME)
        .setDefaultValueProvider(Main::fromEnvironment)
        .setParameterExceptionHandler(Main::badUsage)
        .setExecutionExceptionHandler((e, command, result) -> Main.failed(command, e));
    return line.execute(Arrays.copyOfRange(args, 1, args.length));
  }

  @Override
  public Integer call() throws Exception {
    if (!ReplicaNames.isValid(name) || port < 0 || port > 65_535) {
      throw new ParameterException(
          spec.commandLine(),
          "--name " + ReplicaNames.RULE + ", --port must be between 0 and 65535: " + name + ", "
              + port);
    }
    Vertx vertx = LoadBalancer.vertx();
    return rehearsal ? rehearse(vertx) : serve(vertx);
  }

  private int serve(Vertx vertx) throws Exception {
    return Main.runUntilStopped(() -> BlockingFutures.awaitQuietly(vertx.close()), () -> {
      try {
        Replica replica = Replica.start(vertx, name, bind, port);
        PrintWriter out = spec.commandLine().getOut();
        out.println(name + " listens on " + bind + ":" + replica.port());
        out.flush();
      } catch (BindException e) {
        BlockingFutures.awaitQuietly(vertx.close());
        throw Main.cannotListen(bind, port, e);
      }
    });
  }

  /**
   * Does what a replica does at its start and ends: a run of which the JVM makes an archive of
   * classes, with which each container starts in half the time.
   */
  private int rehearse(Vertx vertx) throws Exception {
    Replica replica = Replica.start(vertx, name, "127.0.0.1", 0);
    Heartbeat heartbeat = new Heartbeat(vertx, Heartbeat.PATH, Duration.ofSeconds(10));
    boolean well = BlockingFutures.await(
        heartbeat.ask(SocketAddress.inetSocketAddress(replica.port(), "127.0.0.1")));
    BlockingFutures.await(vertx.close());
    return well ? ExitCode.OK : ExitCode.SOFTWARE;
  }
}
