package io.hashring.demo.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import org.jspecify.annotations.Nullable;

/**
 * Holds the line that begins each chunk of a body to the letter of RFC 9112, section 7.1: digits of
 * a hexadecimal number, and nothing around them but extensions. Netty reads {@code 5\r\r\n} and
 * {@code " 5"} as 5, and others may not.
 *
 * <p>Follows a decoder through one body after the other, by the bytes that it consumes.
 */
final class ChunkLines {

  private static final byte CR = '\r';
  private static final byte LF = '\n';
  private static final int NONE = -1;

  /** What stands behind the data of a chunk. */
  private static final int DELIMITER = 2;

  /** Bytes until the next such line, or {@code NONE} outside of a body of chunks. */
  private long distance = NONE;

  /** The size that the line at hand announces, and its length. */
  private long size;

  private int length;

  /** A body of chunks begins. */
  void begin() {
    distance = 0;
  }

  /**
   * Looks at what the decoder is about to read.
   *
   * @return what is to be passed on in place of it, or null if it is as it should be
   */
  @Nullable
  HttpContent flaw(ByteBuf next) {
    length = 0;
    if (distance != 0) {
      return null;
    }
    int start = next.readerIndex();
    int end = next.indexOf(start, next.writerIndex(), LF);
    if (end < 0) {
      return null;
    }
    int i = start;
    size = 0;
    for (int digit = digit(next.getByte(i)); digit >= 0; digit = digit(next.getByte(++i))) {
      size = Math.min(size * 16 + digit, Integer.MAX_VALUE); // above which the decoder says no
    }
    boolean plain = i > start && (isEnd(next, i, end) || beginsExtension(next, i, end));
    if (!plain) {
      next.skipBytes(next.readableBytes());
      return broken();
    }
    length = end + 1 - start;
    return null;
  }

  private static int digit(byte b) {
    return Character.digit((char) (b & 0xff), 16);
  }

  private static boolean isEnd(ByteBuf line, int i, int end) {
    return i == end || (i == end - 1 && line.getByte(i) == CR);
  }

  private static boolean beginsExtension(ByteBuf line, int start, int end) {
    int i = start;
    while (i < end && (line.getByte(i) == ' ' || line.getByte(i) == '\t')) {
      i++;
    }
    return line.getByte(i) == ';';
  }

  private static HttpContent broken() {
    HttpContent content = new DefaultLastHttpContent();
    content.setDecoderResult(DecoderResult.failure(
        new IllegalArgumentException("the size of a chunk must be a hexadecimal number alone")));
    return content;
  }

  /** The decoder went on by that many bytes. */
  void consumed(int bytes) {
    if (distance == NONE || bytes == 0) {
      return;
    }
    distance -= bytes;
    if (length > 0) {
      distance += size == 0 ? NONE + bytes : length + size + DELIMITER;
      length = 0;
    }
  }
}
