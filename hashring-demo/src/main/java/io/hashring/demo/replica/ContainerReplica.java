package io.hashring.demo.replica;

import io.hashring.demo.http.BlockingFutures;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * The replica of a container. Several start at once, on machines of few processors, and what parses
 * the command line costs a start more than the replica itself; so a command that stands exactly as
 * it is put together here goes without.
 */
public final class ContainerReplica {

  /** Where a replica listens in its container. */
  public static final int PORT = 5000;

  /** The command that makes the archive of the classes that a start needs. */
  private static final List<String> REHEARSAL = List.of("rehearse");

  private static final String ANYWHERE = "0.0.0.0";
  private static final int NAME = 2;

  private ContainerReplica() {}

  /** What a container is to run, behind the entry point of its image. */
  public static List<String> command(String name) {
    return List.of("replica", "--name", name, "--bind", ANYWHERE, "--port", PORT + "");
  }

  /**
   * Runs a command of a container.
   *
   * @return false, and does nothing, if this is none
   */
  public static boolean run(String... args) {
    List<String> command = List.of(args);
    if (command.equals(REHEARSAL)) {
      rehearse();
      return true;
    }
    String name = args.length > NAME ? args[NAME] : "";
    if (!ReplicaNames.isValid(name) || !command.equals(command(name))) {
      return false;
    }
    Vertx vertx = vertx();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> BlockingFutures.awaitQuietly(vertx.close()), "shutdown"));
    System.out.println(
        name + " listens on " + ANYWHERE + ":" + start(vertx, name, PORT).port());
    return true;
  }

  /** Starts, answers once, and ends. */
  private static void rehearse() {
    Vertx vertx = vertx();
    Replica replica = start(vertx, "server1", 0);
    Heartbeat heartbeat = new Heartbeat(vertx, Heartbeat.PATH, Duration.ofSeconds(10));
    heartbeat
        .ask(SocketAddress.inetSocketAddress(replica.port(), "127.0.0.1"))
        .onSuccess(well -> vertx.close())
        .onFailure(ContainerReplica::end);
  }

  private static Replica start(Vertx vertx, String name, int port) {
    try {
      return Replica.start(vertx, name, ANYWHERE, port);
    } catch (Exception e) {
      end(e);
      throw new IllegalStateException(e);
    }
  }

  private static void end(Throwable failure) {
    System.err.println("Error: the replica could not start: " + failure.getMessage());
    System.exit(1);
  }

  /** One thread is plenty for a replica of this kind. */
  private static Vertx vertx() {
    return Vertx.vertx(new VertxOptions()
        .setEventLoopPoolSize(1)
        .setWorkerPoolSize(1)
        .setInternalBlockingPoolSize(1)
        .setFileSystemOptions(new FileSystemOptions()
            .setFileCachingEnabled(false)
            .setClassPathResolvingEnabled(false)));
  }
}
