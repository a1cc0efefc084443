package io.hashring.demo.replica;

import com.google.common.base.Splitter;
import io.vertx.core.net.SocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Replicas that somebody else runs, at addresses given once. Starting and stopping one only puts it
 * behind the balancer or takes it away.
 */
public final class StaticReplicaPool implements ReplicaPool {

  private final Map<String, SocketAddress> addresses;

  private StaticReplicaPool(Map<String, SocketAddress> addresses) {
    this.addresses = addresses;
  }

  /**
   * Reads {@code host:port,…} or {@code name=host:port,…}; the i-th without a name is
   * {@code server<i>}.
   */
  public static StaticReplicaPool of(String list) {
    Map<String, SocketAddress> addresses = new LinkedHashMap<>();
    for (String entry : Splitter.on(',').split(list)) {
      int equals = entry.indexOf('=');
      String name = equals < 0 ? "server" + (addresses.size() + 1) : entry.substring(0, equals);
      if (!ReplicaNames.isValid(name)) {
        throw new IllegalArgumentException("a replica's name " + ReplicaNames.RULE + ": " + name);
      }
      if (addresses.putIfAbsent(name, address(entry.substring(equals + 1))) != null) {
        throw new IllegalArgumentException("a replica's name may stand once only: " + name);
      }
    }
    return new StaticReplicaPool(addresses);
  }

  private static SocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    String host = text.substring(0, Math.max(colon, 0)).replaceAll("^\\[(.*)]$", "$1");
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      if (!host.isBlank() && port >= 1 && port <= 65_535) {
        return SocketAddress.inetSocketAddress(port, host);
      }
    } catch (NumberFormatException e) {
      // not a port: refused below, like every other address that cannot be read
    }
    throw new IllegalArgumentException("a replica's address must be host:port: " + text);
  }

  public int size() {
    return addresses.size();
  }

  @Override
  public Stream<String> names() {
    return addresses.keySet().stream();
  }

  @Override
  public boolean isShared() {
    return true;
  }

  @Override
  public SocketAddress start(String name) {
    SocketAddress address = addresses.get(name);
    if (address == null) {
      throw RefusedException.invalid("hostnames must be among " + addresses.keySet()
          + " (--replicas lists no other): " + name);
    }
    return address;
  }

  @Override
  public void stop(String name) {
    // not ours to stop
  }

  @Override
  public void close() {
    // not ours to stop
  }
}
