package io.hashring.demo.cluster;

import io.vertx.core.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A member as all balancers know it.
 *
 * @param name its identity
 * @param address of the present start of its replica
 * @param hostedBy the balancer in whose process the replica lives; null if it lives in none
 * @param leaving whether it is off the ring, and stays a member only until its replica has stopped
 */
public record Member(
    String name, SocketAddress address, @Nullable String hostedBy, boolean leaving) {

  public Member(String name, SocketAddress address, @Nullable String hostedBy) {
    this(name, address, hostedBy, false);
  }

  public Member leaves() {
    return new Member(name, address, hostedBy, true);
  }

  public Member at(SocketAddress newAddress) {
    return new Member(name, newAddress, hostedBy, leaving);
  }

  public boolean isAt(String otherName, SocketAddress otherAddress) {
    return name.equals(otherName) && address.equals(otherAddress);
  }

  public boolean isHostedBy(String balancer) {
    return balancer.equals(hostedBy);
  }
}
