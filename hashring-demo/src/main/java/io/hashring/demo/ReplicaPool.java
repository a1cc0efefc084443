package io.hashring.demo;

import io.vertx.core.net.SocketAddress;
import java.util.stream.Stream;

/**
 * Where replicas come from. Calls may block, and come one at a time. A replica is known by its
 * logical name; the address belongs to one start of it.
 */
interface ReplicaPool extends AutoCloseable {

  /** Names for replicas that nobody named, best first; endless if the pool can make any number. */
  Stream<String> names();

  /**
   * Starts the replica of that name and returns where it accepts connections.
   *
   * @throws IllegalArgumentException if this pool can have no replica of that name
   */
  SocketAddress start(String name) throws Exception;

  /** Stops the replica of that name; no effect if it does not run. */
  void stop(String name) throws Exception;

  /** Stops whatever still runs. */
  @Override
  void close();
}
