package io.hashring.demo.membership;

import io.vertx.core.net.SocketAddress;

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

  /** @param order tells the older of two, and stays with the name when the replica is replaced */
  Backend(String name, SocketAddress address, Health health, long order) {
    this.name = name;
    this.address = address;
    this.health = health;
    this.order = order;
  }

  public String name() {
    return name;
  }

  public SocketAddress address() {
    return address;
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
