package io.hashring.bench.peer;

import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import net.spy.memcached.DefaultHashAlgorithm;
import net.spy.memcached.KetamaNodeLocator;
import net.spy.memcached.MemcachedNode;
import net.spy.memcached.util.KetamaNodeLocatorConfiguration;

/**
 * spymemcached 2.12.3, {@code KetamaNodeLocator} with {@code KETAMA_HASH} (MD5, four points a
 * digest) over {@code name:port-number}, and nodes without a connection. A change rebuilds the map
 * and publishes it, as {@code updateLocator} does for a reconfigured client.
 */
final class KetamaRing extends Ring<MemcachedNode> {

  private static final int PORT = 11211;

  private final Map<String, MemcachedNode> nodes = new LinkedHashMap<>();
  private final KetamaNodeLocator locator;

  KetamaRing(Collection<String> names, int pointsPerNode) {
    names.forEach(this::add);
    locator = new KetamaNodeLocator(
        new ArrayList<>(nodes.values()),
        DefaultHashAlgorithm.KETAMA_HASH,
        new Points(pointsPerNode));
  }

  private void add(String name) {
    nodes.put(name, unconnected(InetSocketAddress.createUnresolved(name, PORT)));
  }

  private static MemcachedNode unconnected(InetSocketAddress address) {
    return (MemcachedNode) Proxy.newProxyInstance(
        MemcachedNode.class.getClassLoader(),
        new Class<?>[] {MemcachedNode.class},
        (proxy, method, arguments) -> switch (method.getName()) {
          case "getSocketAddress" -> address;
          case "toString" -> address.getHostString();
          case "hashCode" -> address.hashCode();
          case "equals" ->
            arguments[0] instanceof MemcachedNode other && address.equals(other.getSocketAddress());
          default -> throw new UnsupportedOperationException(method.getName());
        });
  }

  private record Points(int getNodeRepetitions) implements KetamaNodeLocatorConfiguration {
    @Override
    public String getKeyForNode(MemcachedNode node, int repetition) {
      InetSocketAddress address = (InetSocketAddress) node.getSocketAddress();
      return address.getHostString() + ':' + address.getPort() + '-' + repetition;
    }
  }

  @Override
  public MemcachedNode locate(String key) {
    return locator.getPrimary(key);
  }

  @Override
  public KetamaRing with(Collection<String> added) {
    added.forEach(this::add);
    locator.updateLocator(new ArrayList<>(nodes.values()));
    return this;
  }

  @Override
  public KetamaRing without(Collection<String> removed) {
    nodes.keySet().removeAll(removed);
    locator.updateLocator(new ArrayList<>(nodes.values()));
    return this;
  }

  @Override
  public String name(MemcachedNode node) {
    return node.toString();
  }

  @Override
  public Object structure() {
    return locator;
  }
}
