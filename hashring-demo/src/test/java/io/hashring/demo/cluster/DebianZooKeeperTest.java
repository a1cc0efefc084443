package io.hashring.demo.cluster;

import static io.hashring.demo.Eventually.eventually;

import io.hashring.demo.FreePorts;
import io.hashring.demo.Required;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;

/** The suite on a ZooKeeper as Debian's package {@code zookeeper} has it, a process of its own. */
@Tag("deep") // what it shows beyond the server inside the process is that of another version
final class DebianZooKeeperTest extends ZooKeeperClusterSuite {

  private static final Path JAR = Path.of("/usr/share/java/zookeeper.jar");

  /** The package is made for the JDK of the system, which need not be that of the tests. */
  private static final Path JAVA = Path.of("/usr/bin/java");

  @Override
  ZooKeeper start(Path folder) throws Exception {
    Required.require(
        "zookeeper",
        Files.exists(JAR) && Files.isExecutable(JAVA),
        "install Debian's package zookeeper, which brings " + JAR);
    int port = FreePorts.one();
    Path configuration = folder.resolve("zoo.cfg");
    Files.writeString(configuration, """
        dataDir=%s
        tickTime=%d
        clientPort=%d
        clientPortAddress=127.0.0.1
        maxClientCnxns=0
        admin.enableServer=false
        """.formatted(folder.resolve("data"), TICK_MILLIS, port));
    Server server = new Server(port, configuration);
    server.restart();
    return server;
  }

  private static final class Server implements ZooKeeper {

    private final int port;
    private final Path configuration;
    private Process process;

    Server(int port, Path configuration) {
      this.port = port;
      this.configuration = configuration;
    }

    @Override
    public int port() {
      return port;
    }

    @Override
    public void restart() throws Exception {
      process = new ProcessBuilder(
              JAVA.toString(),
              "-Xmx128m",
              "-cp",
              configuration.getParent() + ":" + JAR,
              "org.apache.zookeeper.server.quorum.QuorumPeerMain",
              configuration.toString())
          .redirectErrorStream(true)
          .redirectOutput(configuration.resolveSibling("zookeeper.log").toFile())
          .start();
      eventually("ZooKeeper listens", () -> process.isAlive() && listens());
    }

    private boolean listens() {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return socket.isConnected();
      } catch (IOException e) {
        return false;
      }
    }

    /** Without any time to say goodbye. */
    @Override
    public void stop() throws Exception {
      process.destroyForcibly();
      process.waitFor(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
      stop();
    }
  }
}
