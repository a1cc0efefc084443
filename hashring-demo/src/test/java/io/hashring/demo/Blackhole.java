package io.hashring.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/**
 * A port of this machine that neither takes a connection nor refuses it, as a host that is gone
 * does: it listens, accepts nothing, and its queue is full.
 */
public final class Blackhole implements AutoCloseable {

  private static final int PATIENCE_MILLIS = 200;
  private static final int MOST = 256;

  private final ServerSocket server;
  private final Runnable end;
  private final List<Socket> queue = new ArrayList<>();

  private Blackhole(ServerSocket server, Runnable end) {
    this.server = server;
    this.end = end;
  }

  public static Blackhole open() throws IOException {
    ServerSocket server = FreePorts.listen(1);
    return of(server, () -> {
      try {
        server.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
  }

  /** @param end what brings back a server that has stopped to accept, or closes it */
  static Blackhole of(ServerSocket server, Runnable end) throws IOException {
    Blackhole hole = new Blackhole(server, end);
    while (hole.takesAnother()) {
      if (hole.queue.size() > MOST) {
        throw new IllegalStateException("this machine queues connections without bound");
      }
    }
    return hole;
  }

  private boolean takesAnother() throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(
          new InetSocketAddress(server.getInetAddress(), server.getLocalPort()), PATIENCE_MILLIS);
    } catch (SocketTimeoutException e) {
      socket.close();
      return false;
    }
    queue.add(socket);
    return true;
  }

  public int port() {
    return server.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    end.run();
    for (Socket socket : queue) {
      socket.close();
    }
  }
}
