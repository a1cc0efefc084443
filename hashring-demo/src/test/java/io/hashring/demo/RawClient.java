package io.hashring.demo;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/** A client on a raw socket: it sends bytes as they are, and reads answers one by one. */
public final class RawClient implements AutoCloseable {

  private static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;

  private RawClient(int port) throws IOException {
    this.socket = new Socket("127.0.0.1", port);
    this.socket.setSoTimeout(PATIENCE_MILLIS);
    this.socket.setTcpNoDelay(true);
    this.in = new BufferedInputStream(socket.getInputStream());
  }

  public static RawClient to(Balancer balancer) throws IOException {
    return to(balancer.port());
  }

  public static RawClient to(int port) throws IOException {
    return new RawClient(port);
  }

  /** One answer, its body without chunks. */
  public record Answer(int status, List<String> lines, String body) {

    public List<String> values(String name) {
      return Http.values(lines, name);
    }
  }

  public void send(String bytes) throws IOException {
    send(bytes.getBytes(StandardCharsets.ISO_8859_1));
  }

  public void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  public Socket socket() {
    return socket;
  }

  public Answer read() throws IOException {
    return read("GET");
  }

  /**
   * The next answer.
   *
   * @param method of the request that is answered: after HEAD there is no body
   */
  public Answer read(String method) throws IOException {
    List<String> lines = Http.head(in);
    int status = Integer.parseInt(lines.get(0).split(" ")[1]);
    boolean empty = method.equals("HEAD") || status < 200 || status == 204 || status == 304;
    boolean endless = !Http.isFramed(lines);
    byte[] body = empty ? new byte[0] : endless ? in.readAllBytes() : Http.body(lines, in);
    return new Answer(status, lines, new String(body, StandardCharsets.ISO_8859_1));
  }

  public List<String> readHead() throws IOException {
    return Http.head(in);
  }

  /** Passes a framed body on piece by piece, so that it need not fit into memory. */
  public void readBody(List<String> lines, Consumer<byte[]> sink) throws IOException {
    Http.body(lines, in, sink);
  }

  /** That many bytes, however they come. */
  public String readBytes(int count) throws IOException {
    return new String(Http.exactly(count, in), StandardCharsets.ISO_8859_1);
  }

  public void readUntil(String end) throws IOException {
    StringBuilder read = new StringBuilder();
    while (!read.toString().endsWith(end)) {
      read.append((char) Http.next(in));
    }
  }

  /** Reads on, and tells whether the end comes next, and not another byte. */
  public boolean isClosed() throws IOException {
    return in.read() < 0;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** Reading messages as strictly as they are to be written. */
  public static final class Http {

    private static final int PIECE = 64 * 1024;

    private Http() {}

    /** The lines of a head, without the empty one at its end. */
    static List<String> head(InputStream in) throws IOException {
      ByteArrayOutputStream head = new ByteArrayOutputStream();
      while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
        head.write(next(in));
      }
      return List.of(head.toString(StandardCharsets.ISO_8859_1).split("\r\n"));
    }

    public static List<String> values(List<String> lines, String name) {
      return lines.stream()
          .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
          .map(line -> line.substring(name.length() + 1).strip())
          .toList();
    }

    static boolean isFramed(List<String> lines) {
      return !values(lines, "Content-Length").isEmpty()
          || !values(lines, "Transfer-Encoding").isEmpty();
    }

    /** The body that follows; empty where nothing announces one. */
    public static byte[] body(List<String> lines, InputStream in) throws IOException {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      body(lines, in, body::writeBytes);
      return body.toByteArray();
    }

    public static void body(List<String> lines, InputStream in, Consumer<byte[]> sink)
        throws IOException {
      List<String> lengths = values(lines, "Content-Length");
      if (!values(lines, "Transfer-Encoding").isEmpty()) {
        chunks(in, sink);
      } else if (!lengths.isEmpty()) {
        int length = Integer.parseInt(lengths.get(0));
        for (int read = 0; read < length; read += PIECE) {
          sink.accept(exactly(Math.min(PIECE, length - read), in));
        }
      }
    }

    private static void chunks(InputStream in, Consumer<byte[]> sink) throws IOException {
      for (int size = size(in); size > 0; size = size(in)) {
        sink.accept(exactly(size, in));
        if (!line(in).isEmpty()) {
          throw new IOException("a chunk that is longer than it says");
        }
      }
      if (!line(in).isEmpty()) {
        throw new IOException("a trailer");
      }
    }

    private static int size(InputStream in) throws IOException {
      return Integer.parseInt(line(in), 16);
    }

    private static String line(InputStream in) throws IOException {
      StringBuilder line = new StringBuilder();
      while (line.length() < 2 || !line.substring(line.length() - 2).equals("\r\n")) {
        line.append((char) next(in));
      }
      return line.substring(0, line.length() - 2);
    }

    private static byte[] exactly(int length, InputStream in) throws IOException {
      byte[] bytes = in.readNBytes(length);
      if (bytes.length < length) {
        throw new EOFException("after " + bytes.length + " of " + length + " bytes");
      }
      return bytes;
    }

    private static int next(InputStream in) throws IOException {
      int b = in.read();
      if (b < 0) {
        throw new EOFException();
      }
      return b;
    }
  }
}
