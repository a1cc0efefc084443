package io.hashring.demo.replica;

import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Replicas inside this process, each a server of its own on a free loopback port. */
public final class EmbeddedReplicaPool implements ReplicaPool {

  private static final String LOOPBACK = "127.0.0.1";

  private final Vertx vertx;
  private final Map<String, Replica> running = new ConcurrentHashMap<>();

  public EmbeddedReplicaPool(Vertx vertx) {
    this.vertx = vertx;
  }

  @Override
  public Stream<String> names() {
    return IntStream.iterate(1, i -> i + 1).mapToObj(i -> "server" + i);
  }

  @Override
  public SocketAddress start(String name, double weight) throws Exception {
    Replica replica = Replica.start(vertx, name, LOOPBACK, 0);
    running.put(name, replica);
    return SocketAddress.inetSocketAddress(replica.port(), LOOPBACK);
  }

  @Override
  public void stop(String name) {
    Replica replica = running.remove(name);
    if (replica != null) {
      replica.close();
    }
  }

  @Override
  public void close() {
    running.keySet().forEach(this::stop);
  }
}
