package io.hashring.demo.proxy;

import com.google.common.net.InetAddresses;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The proxies whose word on where a request came from is believed, by their addresses. Immutable.
 *
 * <p>Each of them adds the address that it was asked from at the end of {@code X-Forwarded-For} or
 * {@code Forwarded} (RFC 7239). So the list is read from its end, as long as it was a trusted proxy
 * that added an entry; the first address that is none of theirs is the client's. What stands before
 * it may have been made up by anybody.
 */
public final class TrustedProxies {

  public static final TrustedProxies NONE = new TrustedProxies(List.of());

  private static final CharSequence FORWARDED_FOR = HttpHeaders.createOptimized("X-Forwarded-For");
  private static final CharSequence FORWARDED = HttpHeaders.createOptimized("Forwarded");

  /** All addresses that begin with the same bits. */
  private static final class Block {

    private final byte[] address;
    private final int bits;

    Block(byte[] address, int bits) {
      this.address = address;
      this.bits = bits;
    }

    boolean contains(byte[] other) {
      if (other.length != address.length) {
        return false;
      }
      int whole = bits / Byte.SIZE;
      int rest = bits % Byte.SIZE;
      return Arrays.equals(address, 0, whole, other, 0, whole)
          && (rest == 0 || (address[whole] ^ other[whole]) >> (Byte.SIZE - rest) == 0);
    }
  }

  private final List<Block> blocks;

  private TrustedProxies(List<Block> blocks) {
    this.blocks = blocks;
  }

  /**
   * Reads blocks of addresses, such as {@code 10.0.0.0/8}, {@code 2001:db8::/32}, {@code ::1}.
   *
   * @throws IllegalArgumentException if one of them is none
   */
  public static TrustedProxies parse(List<String> blocks) {
    return new TrustedProxies(
        blocks.stream().map(String::strip).map(TrustedProxies::block).toList());
  }

  private static Block block(String text) {
    int slash = text.indexOf('/');
    InetAddress address = address(slash < 0 ? text : text.substring(0, slash));
    if (address != null) {
      int most = address.getAddress().length * Byte.SIZE;
      // an IPv4 address that was written as one of IPv6
      int mapped = address instanceof Inet4Address && text.contains(":") ? 128 - most : 0;
      String bits = slash < 0 ? Integer.toString(most + mapped) : text.substring(slash + 1);
      if (bits.matches("[0-9]{1,3}")) {
        int count = Integer.parseInt(bits) - mapped;
        if (count >= 0 && count <= most) {
          return new Block(address.getAddress(), count);
        }
      }
    }
    throw new IllegalArgumentException(
        "a trusted proxy must be an address, or a block such as 10.0.0.0/8: " + text);
  }

  // Who it is

  /** Whether the request comes from one of them. */
  boolean sent(HttpServerRequest request) {
    if (blocks.isEmpty()) {
      return false;
    }
    InetAddress peer = peer(request);
    return peer != null && contains(peer);
  }

  private boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    return blocks.stream().anyMatch(block -> block.contains(bytes));
  }

  /** The address of whoever is connected to this balancer, in the form of RFC 5952. */
  static String peerAddress(HttpServerRequest request) {
    String address = request.remoteAddress().hostAddress();
    if (address.indexOf(':') < 0) {
      return address;
    }
    InetAddress peer = address(address);
    return peer == null ? address : InetAddresses.toAddrString(peer);
  }

  private static @Nullable InetAddress peer(HttpServerRequest request) {
    return address(request.remoteAddress().hostAddress());
  }

  /** The address of the client, as far as it can be believed, in the form of RFC 5952. */
  String client(HttpServerRequest request) {
    InetAddress peer = sent(request) ? peer(request) : null;
    if (peer == null) {
      return peerAddress(request);
    }
    InetAddress client = peer;
    boolean old = request.headers().contains(FORWARDED_FOR);
    boolean standard = request.headers().contains(FORWARDED);
    if (old) {
      client = walk(peer, hops(request.headers().getAll(FORWARDED_FOR)));
    }
    if (standard) {
      InetAddress other = walk(peer, forwarded(request.headers().getAll(FORWARDED)));
      // Proxies add to one of the two, as a rule, and pass the other on, whoever made it up.
      client = old && !client.equals(other) ? peer : other;
    }
    return InetAddresses.toAddrString(client);
  }

  private InetAddress walk(InetAddress peer, List<String> hops) {
    InetAddress client = peer;
    for (int i = hops.size() - 1; i >= 0 && contains(client); i--) {
      InetAddress hop = node(hops.get(i));
      if (hop == null) {
        return client; // it says that it does not know, or does not tell
      }
      client = hop;
    }
    return client;
  }

  // What is written

  private static List<String> hops(List<String> lines) {
    return split(String.join(",", lines), ',', false);
  }

  /** The value of {@code for} in each element; of one that has none it is empty. */
  private static List<String> forwarded(List<String> lines) {
    return split(String.join(",", lines), ',', true).stream()
        .map(element -> split(element, ';', true).stream()
            .filter(pair -> pair.regionMatches(true, 0, "for=", 0, 4))
            .map(pair -> unquoted(pair.substring(4)))
            .findFirst()
            .orElse(""))
        .toList();
  }

  /** The pieces between separators, of which those in quotes are none. */
  private static List<String> split(String text, char separator, boolean quotes) {
    List<String> pieces = new ArrayList<>();
    boolean quoted = false;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted && c == '\\') {
        i++;
      } else if (c == '"' && quotes) {
        quoted = !quoted;
      } else if (c == separator && !quoted) {
        pieces.add(text.substring(start, i).strip());
        start = i + 1;
      }
    }
    pieces.add(text.substring(start).strip());
    return pieces;
  }

  private static String unquoted(String value) {
    return value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")
        ? value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1")
        : value;
  }

  /** An address with or without a port, that of IPv6 in brackets if it has one. */
  private static @Nullable InetAddress node(String text) {
    if (text.startsWith("[")) {
      int end = text.indexOf(']');
      return end > 0 && isPort(text.substring(end + 1)) ? address(text.substring(1, end)) : null;
    }
    int colon = text.indexOf(':');
    boolean hasPort = colon >= 0 && colon == text.lastIndexOf(':');
    if (hasPort) {
      return isPort(text.substring(colon)) ? address(text.substring(0, colon)) : null;
    }
    return address(text);
  }

  /** RFC 7239 allows a name made up for it, too. */
  private static boolean isPort(String text) {
    return text.isEmpty() || text.matches(":([0-9]{1,5}|_[A-Za-z0-9._-]+)");
  }

  /** The address that is written there, without its zone; null if none is. */
  private static @Nullable InetAddress address(String text) {
    int zone = text.indexOf('%');
    String bare = zone < 0 ? text : text.substring(0, zone);
    return InetAddresses.isInetAddress(bare) ? InetAddresses.forString(bare) : null;
  }
}
