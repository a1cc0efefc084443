package io.hashring.interop;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Ties;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;

/**
 * nginx's points: the CRC-32 of the host, a zero, the port and the point before in little-endian
 * order. The port is what stands behind the last colon of the server's text, if that is digits.
 */
enum CrcChain implements PointGenerator {
  INSTANCE;

  static Placement placement(String definition, int pointsPerWeight) {
    return new ComposedPlacement(
        definition,
        InteropFunctions.crc32(),
        INSTANCE,
        new CountPerWeight(pointsPerWeight),
        Ties.FIRST_ADDED);
  }

  @Override
  public long[] points(String id, int count) {
    byte[] prefix = prefix(id);
    byte[] previous = new byte[Integer.BYTES];
    ByteBuffer previousPoint = ByteBuffer.wrap(previous).order(ByteOrder.LITTLE_ENDIAN);
    long[] points = new long[count];
    CRC32 crc = new CRC32();
    for (int i = 0; i < count; i++) {
      crc.reset();
      crc.update(prefix);
      crc.update(previous);
      points[i] = crc.getValue() << Integer.SIZE;
      previousPoint.putInt(0, (int) crc.getValue());
    }
    return points;
  }

  /** Host and port, with a zero between them. */
  private static byte[] prefix(String server) {
    if (server.regionMatches(true, 0, "unix:", 0, 5)) {
      return (server.substring(5) + "\0").getBytes(UTF_8);
    }
    int colon = server.length() - 1;
    while (colon >= 0 && server.charAt(colon) >= '0' && server.charAt(colon) <= '9') {
      colon--;
    }
    return colon >= 0 && server.charAt(colon) == ':'
        ? (server.substring(0, colon) + "\0" + server.substring(colon + 1)).getBytes(UTF_8)
        : (server + "\0").getBytes(UTF_8);
  }
}
