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
 * @param weight its share of the keys, relative to that of others; 0 for none
 * @param ramp the part of its weight that it has on the ring by now: less than 1 in a slow start
 */
public record Member(
    String name,
    SocketAddress address,
    @Nullable String hostedBy,
    boolean leaving,
    double weight,
    double ramp) {

  public Member(String name, SocketAddress address, @Nullable String hostedBy, double weight) {
    this(name, address, hostedBy, false, weight, 1);
  }

  public Member leaves() {
    return new Member(name, address, hostedBy, true, weight, ramp);
  }

  public Member at(SocketAddress newAddress) {
    return new Member(name, newAddress, hostedBy, leaving, weight, ramp);
  }

  /** The same member, whose replica was started anew. */
  public Member restarted(Member start) {
    return new Member(name, start.address, start.hostedBy, leaving, weight, ramp);
  }

  /** At once: an earlier slow start is over. */
  public Member weighing(double newWeight) {
    return new Member(name, address, hostedBy, leaving, newWeight, 1);
  }

  public Member ramped(double newRamp) {
    return new Member(name, address, hostedBy, leaving, weight, newRamp);
  }

  /** Its weight on the ring. */
  public double weightNow() {
    return weight * ramp;
  }

  public boolean isAt(String otherName, SocketAddress otherAddress) {
    return name.equals(otherName) && address.equals(otherAddress);
  }

  public boolean isHostedBy(String balancer) {
    return balancer.equals(hostedBy);
  }
}
