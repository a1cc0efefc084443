package io.hashring.interop;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import com.google.common.primitives.Ints;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.regex.Pattern;

/** HAProxy's points: the server's key and an index, added and mixed. */
enum HaproxyPoints implements PointGenerator {

  /** The number of the server, times the number of points that a server can have. */
  ID {
    @Override
    int key(String id) {
      return number(id) * (1 << 12);
    }
  },

  /** The number of the server, mixed: a mistake of some releases. */
  ID_3_0 {
    @Override
    int key(String id) {
      return Avalanche.mix(number(id));
    }
  },

  ID32 {
    @Override
    int key(String id) {
      return Avalanche.mix(Integer.reverseBytes(number(id)));
    }
  },

  ADDRESS {
    @Override
    int key(String id) {
      return hasNumber(id) ? ID.key(id.substring(1)) : addressKey(address(id), 0);
    }
  },

  ADDRESS_AND_PORT {
    @Override
    int key(String id) {
      if (hasNumber(id)) {
        return ID.key(id.substring(1));
      }
      HostAndPort address = hostAndPort(id);
      checkArgument(
          address.hasPort(), "id must be the IP address and the port of a server: %s", id);
      return addressKey(address(id), Avalanche.mix(address.getPort()));
    }
  },

  GUID {
    @Override
    int key(String id) {
      if (hasNumber(id)) {
        return ID.key(id.substring(1));
      }
      checkArgument(
          GUID_TEXT.matcher(id).matches(),
          "id must be the guid of a server, 1 to 127 of the characters A-Z a-z 0-9 . : - _: %s",
          id);
      return upperHalf(InteropFunctions.xxh32(0).hash(id));
    }
  };

  private static final Pattern GUID_TEXT = Pattern.compile("[-A-Za-z0-9.:_]{1,127}");

  abstract int key(String id);

  @Override
  public long[] points(String id, int count) {
    int key = key(id);
    long[] points = new long[count];
    Arrays.setAll(points, i -> (long) Avalanche.mix(key + i) << Integer.SIZE);
    return points;
  }

  @Override
  public void checkId(String id) {
    key(id);
  }

  private static int upperHalf(long position) {
    return (int) (position >>> Integer.SIZE);
  }

  /** One number has one text, so that no two nodes are one server. */
  private static int number(String id) {
    Integer number = Ints.tryParse(id);
    checkArgument(
        number != null && number >= 1 && id.equals(number.toString()),
        "id must be the number of a server, from 1 to %s, in decimal: %s",
        Integer.MAX_VALUE,
        id);
    return number;
  }

  /**
   * Whether a server is named by its number, as in HAProxy's own commands: one that has no address,
   * or no guid, takes the points of its number.
   */
  private static boolean hasNumber(String id) {
    return id.startsWith("#");
  }

  /** Of four bytes, in the order in which machines such as x86 and ARM read them; or of sixteen. */
  private static int addressKey(byte[] address, int seed) {
    return address.length == Integer.BYTES
        ? Avalanche.mix(
            seed + ByteBuffer.wrap(address).order(ByteOrder.LITTLE_ENDIAN).getInt())
        : upperHalf(InteropFunctions.xxh32(seed).hash(address));
  }

  /** The bytes as HAProxy has them; a zone behind an address is not among them. */
  private static byte[] address(String id) {
    String host = hostAndPort(id).getHost();
    int zone = host.indexOf('%');
    String address = zone < 0 ? host : host.substring(0, zone);
    checkArgument(
        InetAddresses.isInetAddress(address), "id must be the IP address of a server: %s", id);
    byte[] bytes = InetAddresses.forString(address).getAddress();
    return address.indexOf(':') >= 0 && bytes.length == Integer.BYTES ? mapped(bytes) : bytes;
  }

  /** {@code ::ffff:a.b.c.d}, which Java takes for IPv4 and HAProxy does not. */
  private static byte[] mapped(byte[] ipv4) {
    return ByteBuffer.allocate(16).putInt(8, 0xFFFF).put(12, ipv4).array();
  }

  private static HostAndPort hostAndPort(String id) {
    try {
      return HostAndPort.fromString(id);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("id must be the IP address of a server: " + id, e);
    }
  }
}
