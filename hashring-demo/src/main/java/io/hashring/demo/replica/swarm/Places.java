package io.hashring.demo.replica.swarm;

import static java.util.Objects.requireNonNull;

import io.hashring.demo.replica.ContainerReplica;
import io.vertx.core.net.SocketAddress;

/** Where tasks accept connections. */
final class Places {

  static final int PORT = ContainerReplica.PORT;

  /**
   * Where a replica is that has a name and so its keys, but runs nowhere for now: nobody listens
   * there, and whoever tries is told so at once.
   */
  static final SocketAddress NOWHERE = SocketAddress.inetSocketAddress(1, "127.0.0.1");

  private Places() {}

  static SocketAddress of(SwarmTask task) {
    return of(task, PORT);
  }

  static SocketAddress of(SwarmTask task, int port) {
    return SocketAddress.inetSocketAddress(port, requireNonNull(task.address()));
  }
}
