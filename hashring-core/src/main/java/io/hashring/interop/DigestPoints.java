package io.hashring.interop;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.hashring.internal.Digest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Ketama's points: the digests of labels, of each of which the first words are points of 32 bits in
 * little-endian order.
 */
record DigestPoints(Digest digest, int words, int maxIdLength) implements PointGenerator {

  DigestPoints(Digest digest, int words) {
    this(digest, words, Integer.MAX_VALUE);
  }

  @Override
  public long[] points(String id, int count) {
    long[] points = new long[count];
    ByteBuffer bytes = ByteBuffer.allocate(0);
    for (int i = 0; i < count; i++) {
      if (i % words == 0) {
        byte[] label = (id + "-" + i / words).getBytes(UTF_8);
        bytes = ByteBuffer.wrap(digest.digest(label)).order(ByteOrder.LITTLE_ENDIAN);
      }
      points[i] = (long) bytes.getInt() << Integer.SIZE;
    }
    return points;
  }

  @Override
  public void checkId(String id) {
    int length = id.getBytes(UTF_8).length;
    checkArgument(
        length <= maxIdLength,
        "id must not be longer than %s bytes for this placement: %s in %s",
        maxIdLength,
        length,
        id);
  }
}
