package io.hashring.demo;

import io.vertx.core.net.SocketAddress;

/**
 * A node of the ring: a replica as the balancer sees it. Its name is its identity; its address,
 * health and load are of the moment and place no key.
 */
final class Backend {

  private final String name;
  private final SocketAddress address;
  private final Health health;
  private final InFlight requests = new InFlight();

  Backend(String name, SocketAddress address, Health health) {
    this.name = name;
    this.address = address;
    this.health = health;
  }

  String name() {
    return name;
  }

  SocketAddress address() {
    return address;
  }

  Health health() {
    return health;
  }

  InFlight requests() {
    return requests;
  }

  boolean isEligible() {
    return health.isUp() && !requests.isClosed();
  }

  @Override
  public String toString() {
    return name + "@" + address;
  }
}
