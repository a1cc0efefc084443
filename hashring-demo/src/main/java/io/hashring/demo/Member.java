package io.hashring.demo;

import io.vertx.core.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A member as all balancers know it.
 *
 * @param name its identity
 * @param address of the present start of its replica
 * @param home the balancer in whose process the replica lives; null if it lives in none
 * @param leaving whether it is off the ring, and stays a member only until its replica has stopped
 */
record Member(String name, SocketAddress address, @Nullable String home, boolean leaving) {

  Member(String name, SocketAddress address, @Nullable String home) {
    this(name, address, home, false);
  }

  Member leaves() {
    return new Member(name, address, home, true);
  }

  Member at(SocketAddress newAddress) {
    return new Member(name, newAddress, home, leaving);
  }

  boolean isAt(String otherName, SocketAddress otherAddress) {
    return name.equals(otherName) && address.equals(otherAddress);
  }

  boolean isAtHome(String balancer) {
    return balancer.equals(home);
  }
}
