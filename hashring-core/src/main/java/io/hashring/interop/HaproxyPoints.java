package io.hashring.interop;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import com.google.common.primitives.Ints;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

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
      return addressKey(address(id), 0);
    }
  },

  ADDRESS_AND_PORT {
    @Override
    int key(String id) {
      checkArgument(
          hostAndPort(id).hasPort(), "id must be the IP address and the port of a server: %s", id);
      return addressKey(address(id), Avalanche.mix(hostAndPort(id).getPort()));
    }
  },

  GUID {
    @Override
    int key(String id) {
      return upperHalf(InteropFunctions.xxh32(0).hash(id));
    }
  };

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

  /** The bytes of an address, in the order in which machines such as x86 and ARM read them. */
  private static int addressKey(InetAddress address, int seed) {
    return address instanceof Inet4Address
        ? Avalanche.mix(seed
            + ByteBuffer.wrap(address.getAddress())
                .order(ByteOrder.LITTLE_ENDIAN)
                .getInt())
        : upperHalf(InteropFunctions.xxh32(seed).hash(address.getAddress()));
  }

  private static InetAddress address(String id) {
    String host = hostAndPort(id).getHost();
    checkArgument(
        InetAddresses.isInetAddress(host), "id must be the IP address of a server: %s", id);
    return InetAddresses.forString(host);
  }

  private static HostAndPort hostAndPort(String id) {
    try {
      return HostAndPort.fromString(id);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("id must be the IP address of a server: " + id, e);
    }
  }
}
