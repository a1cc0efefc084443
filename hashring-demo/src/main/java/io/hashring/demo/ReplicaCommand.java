package io.hashring.demo;

import io.hashring.demo.http.BlockingFutures;
import io.hashring.demo.replica.Replica;
import io.hashring.demo.replica.ReplicaNames;
import io.vertx.core.Vertx;
import java.io.PrintWriter;
import java.net.BindException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command that runs one replica. */
@Command(
    name = "replica",
    mixinStandardHelpOptions = true,
    description = "Run one replica by itself, for a balancer with --replicas host:port,...")
final class ReplicaCommand implements Callable<Integer> {

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

  @Override
  public Integer call() throws Exception {
    if (!ReplicaNames.isValid(name) || port < 0 || port > 65_535) {
      throw new ParameterException(
          spec.commandLine(),
          "--name " + ReplicaNames.RULE + ", --port must be between 0 and 65535: " + name + ", "
              + port);
    }
    Vertx vertx = LoadBalancer.vertx();
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
}
