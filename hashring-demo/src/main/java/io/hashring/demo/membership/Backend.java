package io.hashring.demo.membership;

import io.vertx.core.net.SocketAddress;
import java.util.List;

/**
 * A node of the ring: a replica as the balancer sees it. Its name is its identity; its address,
 * health and load are of the moment and place no key.
 */
public final class Backend {

  private final String name;
  private final SocketAddress address;
  private final Health health;
  private final long order;
  private final RequestGate requests = new RequestGate();
  private volatile SocketAddress resolved;

  /** @param order tells the older of two, and stays with the name when the replica is replaced */
  Backend(String name, SocketAddress address, Health health, long order) {
    this.name = name;
    this.address = address;
    this.health = health;
    this.order = order;
    this.resolved = address;
  }

  public String name() {
    return name;
  }

  public SocketAddress address() {
    return address;
  }

  /** Where to connect to: the address, or the last that its host name was known to stand for. */
  public SocketAddress resolved() {
    return resolved;
  }

  /**
   * Its host name stands for these now; the one in use stays in use if it is among them.
   *
   * @param addresses not empty
   */
  void resolvedTo(List<String> addresses) {
    if (!addresses.contains(resolved.host())) {
      resolved = SocketAddress.inetSocketAddress(address.port(), addresses.get(0));
    }
  }

  public Health health() {
    return health;
  }

  public RequestGate requests() {
    return requests;
  }

  long order() {
    return order;
  }

  public boolean isEligible() {
    return health.isUp() && !requests.isClosed();
  }

  @Override
  public String toString() {
    return name + "@" + address;
  }
}
