package io.hashring.demo;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A server on a raw socket that records the head of every request, byte for byte, and does what a
 * script says instead of what a server should. It passes health checks, and does not record them.
 */
public final class Origin implements AutoCloseable {

  public static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  /** What becomes of one request; reads the body itself if there is one. */
  @FunctionalInterface
  public interface Script {
    /** Answers, or closes the connection, or does nothing. */
    void run(String head, InputStream in, OutputStream out) throws Exception;
  }

  /** Ends the connection without an answer. */
  public static final class Hangup extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /** A list that is copied to be added to must not grow for ever. */
  private static final int MOST_HEADS = 10_000;

  private final ServerSocket server;
  private final Script script;
  private final List<String> heads = new CopyOnWriteArrayList<>();
  private final AtomicInteger heartbeats = new AtomicInteger();
  private final AtomicInteger connections = new AtomicInteger();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Semaphore light = new Semaphore(1);
  private final Thread acceptor;

  private Origin(Script script) throws IOException {
    this.server = FreePorts.listen(64);
    this.script = script;
    this.acceptor = thread(this::accept);
  }

  public static Origin start(Script script) throws IOException {
    return new Origin(script);
  }

  public static Origin answering(String response) throws IOException {
    return new Origin((head, in, out) -> out.write(response.getBytes(StandardCharsets.ISO_8859_1)));
  }

  /** Reads each request and hangs up. */
  public static Origin hangingUp() throws IOException {
    return new Origin((head, in, out) -> {
      throw new Hangup();
    });
  }

  public int port() {
    return server.getLocalPort();
  }

  /** The heads of the requests so far, in order of arrival. */
  public List<String> heads() {
    return heads;
  }

  public int heartbeats() {
    return heartbeats.get();
  }

  /** How many it has accepted so far. */
  public int connections() {
    return connections.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        light.acquireUninterruptibly();
        light.release();
        socket.setTcpNoDelay(true);
        open.add(socket);
        connections.incrementAndGet();
        thread(() -> serve(socket));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (String head = head(in); head != null; head = head(in)) {
        if (head.startsWith("GET /heartbeat ")) {
          heartbeats.incrementAndGet();
          socket.getOutputStream().write(OK.getBytes(StandardCharsets.US_ASCII));
        } else {
          if (heads.size() < MOST_HEADS) {
            heads.add(head);
          }
          script.run(head, in, socket.getOutputStream());
        }
      }
    } catch (Exception e) {
      // hung up, by one side or the other
    } finally {
      open.remove(socket);
    }
  }

  private static @Nullable String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int b = in.read();
      if (b < 0) {
        return null;
      }
      head.write(b);
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "origin");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Ends the connections that are there, and takes others. */
  public void hangUp() throws IOException {
    for (Socket socket : open) {
      socket.close();
    }
  }

  /**
   * From now on it takes no connection, and refuses none: its queue is full. Those that are there
   * stay, and those that wait are taken when it is light again.
   */
  public Blackhole goDark() throws IOException {
    light.acquireUninterruptibly();
    return Blackhole.of(server, light::release);
  }

  /**
   * Once this returns, connections are refused: not before, for an accept under way takes one more.
   */
  @Override
  public void close() throws IOException {
    server.close();
    light.release(); // whoever waits for it
    Uninterruptibles.joinUninterruptibly(acceptor);
    hangUp();
  }
}
