package io.hashring.interop;

import static com.google.common.base.Preconditions.checkArgument;
import static io.hashring.internal.Arguments.required;

import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * The ids under which other systems know the node at a host and a port: the first thing that two
 * rings must agree in. A ring that is to agree with one of them gives its nodes these ids.
 *
 * <p>Not listed are systems whose ids are texts of their configuration (nginx, libketama, Thanos),
 * or numbers or addresses (HAProxy).
 *
 * @see MemcachedPlacements
 * @see ProxyPlacements
 */
public final class NodeNames {

  private static final int MEMCACHED_PORT = 11211;
  private static final int MAX_PORT = 65_535;

  private NodeNames() {}

  /**
   * The name of libmemcached, pylibmc and twemproxy: {@code host:port}, or {@code host} if the port
   * is 11211.
   *
   * @param host the host as the client is told, a name or an address
   * @param port the port
   * @return the name
   */
  public static String libmemcached(String host, int port) {
    return withoutPort(host, port, MEMCACHED_PORT);
  }

  /**
   * The name of libmemcached with the distribution {@code CONSISTENT_KETAMA_SPY}:
   * {@code /host:port}.
   *
   * @param host the host as the client is told, a name or an address
   * @param port the port
   * @return the name
   */
  public static String libmemcachedSpy(String host, int port) {
    return "/" + colon(host, port);
  }

  /**
   * The name of spymemcached with the node key format {@code SPYMEMCACHED}, its default:
   * {@code host/ip:port}, or {@code ip:port} where the address has no host name.
   *
   * @param address the address as the client has it; whether it is resolved matters
   * @return the name
   */
  public static String spymemcached(InetSocketAddress address) {
    String text = required(address, "address").toString();
    return text.startsWith("/") ? text.substring(1) : text;
  }

  /**
   * The name of spymemcached with the node key format {@code LIBMEMCACHED}: {@code host:port}, or
   * {@code host} if the port is 11211. As that client does, this asks DNS for the name of an
   * address that has none.
   *
   * @param address the address as the client has it
   * @return the name
   */
  public static String spymemcachedLibmemcached(InetSocketAddress address) {
    return withoutPort(
        required(address, "address").getHostName(), address.getPort(), MEMCACHED_PORT);
  }

  /**
   * The name of xmemcached by default: {@code host/ip:port}, or {@code /ip:port} where the address
   * has no host name.
   *
   * @param address the address as the client has it; whether it is resolved matters
   * @return the name
   */
  public static String xmemcached(InetSocketAddress address) {
    return required(address, "address").toString();
  }

  /**
   * The name of xmemcached with {@code cwNginxUpstreamConsistent}: {@code ip:port}, or {@code ip}
   * if the port is 11211.
   *
   * @param address the address as the client has it, resolved
   * @return the name
   * @throws IllegalArgumentException if the address is not resolved
   */
  public static String xmemcachedNginx(InetSocketAddress address) {
    return withoutPort(ip(address).getHostAddress(), address.getPort(), MEMCACHED_PORT);
  }

  /**
   * The name of xmemcached in its gwhalin mode: {@code host:port}. As that client does, this asks
   * DNS for the name of an address that has none.
   *
   * @param address the address as the client has it
   * @return the name
   */
  public static String xmemcachedGwhalin(InetSocketAddress address) {
    return colon(required(address, "address").getHostName(), address.getPort());
  }

  /**
   * The name of JavaScript's hashring of npm with the option {@code default port}:
   * {@code host:port}, or {@code host} if the port is that one.
   *
   * @param host the host as the library is told
   * @param port the port
   * @param defaultPort the default port
   * @return the name
   */
  public static String npmHashring(String host, int port, int defaultPort) {
    checkPort("defaultPort", defaultPort);
    return withoutPort(host, port, defaultPort);
  }

  /**
   * The name that a shard of Jedis goes by which was given none: {@code SHARD-0} for the first of
   * the list.
   *
   * @param index the index of the shard in the list that Jedis was given, at least 0
   * @return the name
   * @throws IllegalArgumentException if the index is negative
   */
  public static String jedisSharded(int index) {
    checkArgument(index >= 0, "index must not be negative: %s", index);
    return "SHARD-" + index;
  }

  /**
   * The name of Envoy and grpc-go: {@code ip:port}, with brackets about an address of IPv6.
   *
   * <p>Java takes an IPv4-mapped address, {@code ::ffff:10.0.0.1}, for the one of IPv4 in it, which
   * those systems do not: the text {@code [::ffff:10.0.0.1]:80} must be written by hand.
   *
   * @param address the address, resolved
   * @return the name
   * @throws IllegalArgumentException if the address is not resolved
   */
  public static String hostAndPort(InetSocketAddress address) {
    return HostAndPort.fromParts(InetAddresses.toAddrString(ip(address)), address.getPort())
        .toString();
  }

  private static String withoutPort(String host, int port, int omitted) {
    String name = colon(host, port);
    return port == omitted ? host : name;
  }

  private static String colon(String host, int port) {
    checkArgument(!required(host, "host").isEmpty(), "host must not be empty");
    checkPort("port", port);
    return host + ":" + port;
  }

  private static void checkPort(String parameter, int port) {
    checkArgument(
        port >= 0 && port <= MAX_PORT, "%s must be from 0 to %s: %s", parameter, MAX_PORT, port);
  }

  private static InetAddress ip(InetSocketAddress address) {
    InetAddress ip = required(address, "address").getAddress();
    checkArgument(ip != null, "address must be resolved: %s", address);
    return ip;
  }
}
