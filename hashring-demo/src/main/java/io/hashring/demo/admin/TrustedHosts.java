package io.hashring.demo.admin;

import com.google.common.base.Ascii;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.net.InetAddress;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The hosts that a request may be for. A page of another site can have the name of that site lead
 * here (DNS rebinding), and is then the same site to the browser; but the browser still says that
 * name in {@code Host}, which is none of ours.
 */
final class TrustedHosts {

  private final Set<String> names;

  /** @param names beside {@code localhost}, loopback, and the address that a request came to */
  TrustedHosts(Collection<String> names) {
    this.names = Stream.concat(Stream.of("localhost"), names.stream())
        .map(TrustedHosts::canonical)
        .collect(Collectors.toSet());
  }

  /** Whether a request is for one of them, at whichever port: one may come through a tunnel. */
  boolean contain(HttpServerRequest request) {
    String header = request.getHeader(HttpHeaders.HOST);
    if (header == null) {
      return true; // HTTP/1.0, which no browser speaks
    }
    try {
      String host = canonical(HostAndPort.fromString(header).getHost());
      return names.contains(host) || isLoopback(host) || host.equals(localAddress(request));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isLoopback(String host) {
    return InetAddresses.isInetAddress(host) && InetAddresses.forString(host).isLoopbackAddress();
  }

  private static String localAddress(HttpServerRequest request) {
    String address =
        request.localAddress() == null ? null : request.localAddress().hostAddress();
    return address == null ? "" : canonical(address);
  }

  /** One spelling of each name and each address; a name may be written with its final dot. */
  static String canonical(String host) {
    String bare =
        host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    int zone = bare.indexOf('%');
    String address = zone < 0 ? bare : bare.substring(0, zone);
    if (InetAddresses.isInetAddress(address)) {
      InetAddress parsed = InetAddresses.forString(address);
      return InetAddresses.toAddrString(parsed);
    }
    String lower = Ascii.toLowerCase(bare);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }
}
