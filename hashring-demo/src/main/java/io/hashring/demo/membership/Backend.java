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
   * Its host name stands for these now. The one in use stays in use if it is among them, unless it
   * is down: then the next has its turn.
   *
   * @param addresses not empty
   */
  void resolvedTo(List<String> addresses) {
    int inUse = addresses.indexOf(resolved.host());
    if (inUse < 0 || health.status().state() == Health.State.DOWN) {
      String next = addresses.get((inUse + 1) % addresses.size());
      resolved = SocketAddress.inetSocketAddress(address.port(), next);
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

  /** Whether it may be sent a request: it is up, or was ejected and is due for a trial. */
  public boolean mayBegin() {
    return health.mayBegin() && !requests.isClosed();
  }

  /** Whether it may be sent a request where nobody is up. */
  public boolean mayBeginUnwell() {
    return health.mayBeginUnwell() && !requests.isClosed();
  }

  /**
   * Counts a request in, if it may be sent here.
   *
   * @param unwell whether it may even if this is down
   */
  public boolean begin(boolean unwell) {
    if (!(unwell || health.begin())) {
      return false;
    }
    return requests.begin();
  }

  @Override
  public String toString() {
    return name + "@" + address;
  }
}
