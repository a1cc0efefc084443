package io.hashring.demo.replica.swarm;

import com.google.common.net.InetAddresses;
import java.math.BigInteger;
import java.net.InetAddress;

/** Addresses that begin with the same bits. */
record Subnet(InetAddress base, int bits) {

  /** Reads {@code 10.0.1.0/24} and its like. */
  static Subnet parse(String text) {
    int slash = text.indexOf('/');
    return new Subnet(
        InetAddresses.forString(text.substring(0, slash)),
        Integer.parseInt(text.substring(slash + 1)));
  }

  boolean contains(InetAddress address) {
    int length = base.getAddress().length;
    return address.getAddress().length == length
        && prefix(address, length).equals(prefix(base, length));
  }

  private BigInteger prefix(InetAddress address, int length) {
    return new BigInteger(1, address.getAddress()).shiftRight(Byte.SIZE * length - bits);
  }
}
