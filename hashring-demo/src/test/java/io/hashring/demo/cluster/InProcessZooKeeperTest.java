package io.hashring.demo.cluster;

import io.hashring.demo.FreePorts;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingServer;

/** The suite on the server of ZooKeeper's own library, inside this process. */
final class InProcessZooKeeperTest extends ZooKeeperClusterSuite {

  /** Held, for a logger that nobody holds forgets its level. */
  private static final Logger LIBRARY = Logger.getLogger("org.apache");

  @Override
  ZooKeeper start(Path folder) throws Exception {
    LIBRARY.setLevel(Level.OFF);
    TestingServer server = new TestingServer(
        new InstanceSpec(folder.toFile(), FreePorts.one(), -1, -1, false, -1, TICK_MILLIS, -1),
        true);
    return new ZooKeeper() {
      @Override
      public int port() {
        return server.getPort();
      }

      @Override
      public void stop() throws Exception {
        server.stop();
      }

      @Override
      public void restart() throws Exception {
        server.restart();
      }

      @Override
      public void close() throws Exception {
        server.close();
      }
    };
  }
}
