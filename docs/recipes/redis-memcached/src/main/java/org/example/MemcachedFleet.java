package org.example;

import io.hashring.HashRing;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import net.spy.memcached.MemcachedClient;

/** Servers of memcached that are shared with programs of another language. */
final class MemcachedFleet implements AutoCloseable {

  /** A server under the name that the other programs know it by. */
  record Server(String id, InetSocketAddress address) {}

  private final HashRing<Server> ring;
  private final Map<String, MemcachedClient> clients = new HashMap<>();

  MemcachedFleet(HashRing<Server> ring) throws IOException {
    this.ring = ring;
    for (Server server : ring.nodes()) {
      clients.put(server.id(), new MemcachedClient(server.address()));
    }
  }

  Map<String, Object> getAll(Collection<String> keys) {
    Map<String, Object> found = new HashMap<>();
    ring.group(keys)
        .forEach((server, ofServer) -> found.putAll(clients.get(server.id()).getBulk(ofServer)));
    return found;
  }

  @Override
  public void close() {
    clients.values().forEach(MemcachedClient::shutdown);
  }
}
