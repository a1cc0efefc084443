package io.hashring.demo.replica;

import com.google.common.base.Splitter;
import com.google.common.net.InetAddresses;
import io.vertx.core.net.SocketAddress;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Replicas that somebody else runs, at addresses that are listed at the start or given later.
 * Starting and stopping one only puts it behind the balancer or takes it away.
 */
public final class StaticReplicaPool implements ReplicaPool {

  private final Map<String, ReplicaSpec> listed;
  private final Lookup lookup;

  /** What a host name stands for. */
  @FunctionalInterface
  interface Lookup {
    InetAddress[] of(String host) throws UnknownHostException;
  }

  private StaticReplicaPool(Map<String, ReplicaSpec> listed, Lookup lookup) {
    this.listed = listed;
    this.lookup = lookup;
  }

  /**
   * Reads {@code host:port,…} or {@code name=host:port*weight,…}; the i-th without a name is
   * {@code server<i>}.
   *
   * @throws IllegalArgumentException that says what is wrong
   */
  public static StaticReplicaPool of(String list) {
    return of(list, InetAddress::getAllByName);
  }

  static StaticReplicaPool of(String list, Lookup lookup) {
    Map<String, ReplicaSpec> listed = new LinkedHashMap<>();
    for (String entry : Splitter.on(',').split(list)) {
      ReplicaSpec spec = ReplicaSpec.parse(entry, "server" + (listed.size() + 1));
      if (listed.putIfAbsent(spec.name(), spec) != null) {
        throw new IllegalArgumentException("a replica's name may stand once only: " + spec.name());
      }
    }
    return new StaticReplicaPool(listed, lookup);
  }

  public int size() {
    return listed.size();
  }

  @Override
  public Stream<String> names() {
    return listed.keySet().stream();
  }

  @Override
  public List<ReplicaSpec> listed() {
    return List.copyOf(listed.values());
  }

  @Override
  public boolean isShared() {
    return true;
  }

  @Override
  public double weight(String name) {
    ReplicaSpec spec = listed.get(name);
    return spec == null || spec.weight() == null ? 1 : spec.weight();
  }

  @Override
  public SocketAddress start(String name, double weight) {
    ReplicaSpec spec = listed.get(name);
    if (spec == null || spec.address() == null) {
      throw RefusedException.invalid("hostnames must be among " + listed.keySet()
          + " (--replicas lists no other), or have an address, as in " + name + "=host:port: "
          + name);
    }
    return admit(name, spec.address());
  }

  @Override
  public SocketAddress admit(String name, SocketAddress address) {
    String host = address.host();
    if (!InetAddresses.isInetAddress(host)) {
      try {
        checkOneHost(name, address, lookup.of(host));
      } catch (UnknownHostException e) {
        return address; // may be known later, and is down until then
      }
    }
    return address;
  }

  /** One host may have an address of each kind; several of one kind are several servers. */
  private static void checkOneHost(String name, SocketAddress address, InetAddress[] found) {
    List<String> all =
        Stream.of(found).map(InetAddress::getHostAddress).distinct().toList();
    long ofIpV4 =
        Stream.of(found).distinct().filter(Inet4Address.class::isInstance).count();
    if (ofIpV4 > 1 || all.size() - ofIpV4 > 1) {
      throw RefusedException.invalid(name + "=" + address + " stands for several servers, "
          + String.join(", ", all) + ": list each by its address, as in " + name + "-1="
          + all.get(0)
          + ":" + address.port());
    }
  }

  @Override
  public void check(ReplicaSpec spec) throws Exception {
    if (spec.address() == null) {
      start(spec.name(), weight(spec.name())); // which starts nothing here
    } else {
      admit(spec.name(), spec.address());
    }
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
