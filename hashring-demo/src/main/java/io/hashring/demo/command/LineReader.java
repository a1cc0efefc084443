package io.hashring.demo.command;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Lines as bytes, whatever they encode, without their line feeds. */
final class LineReader {

  private final InputStream in;
  private byte[] buffer = new byte[1 << 16];
  private int start;
  private int end;

  LineReader(InputStream in) {
    this.in = in;
  }

  /** The next line, or null; what stands behind the last line feed is one if it is not empty. */
  byte @Nullable [] next() throws IOException {
    int at = start;
    while (true) {
      for (; at < end; at++) {
        if (buffer[at] == '\n') {
          byte[] line = Arrays.copyOfRange(buffer, start, at);
          start = at + 1;
          return line;
        }
      }
      at -= start;
      if (!fill()) {
        byte[] line = Arrays.copyOfRange(buffer, start, end);
        start = end;
        return line.length == 0 ? null : line;
      }
    }
  }

  /** Moves what is left to the front, and reads behind it. */
  private boolean fill() throws IOException {
    int left = end - start;
    byte[] larger = left > buffer.length / 2 ? new byte[2 * buffer.length] : buffer;
    System.arraycopy(buffer, start, larger, 0, left);
    buffer = larger;
    start = 0;
    end = left;
    int read = in.read(buffer, end, buffer.length - end);
    end += Math.max(0, read);
    return read >= 0;
  }
}
