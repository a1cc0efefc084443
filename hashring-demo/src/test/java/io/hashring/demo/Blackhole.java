package io.hashring.demo;

import java.io.IOException;
import java.net.InetAddress;
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
  private static final int MOST = 64;

  private final ServerSocket server;
  private final List<Socket> queue = new ArrayList<>();

  private Blackhole(int port) throws IOException {
    this.server = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
  }

  public static Blackhole open() throws IOException {
    return at(0);
  }

  public static Blackhole at(int port) throws IOException {
    Blackhole hole = new Blackhole(port);
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
    server.close();
    for (Socket socket : queue) {
      socket.close();
    }
  }
}
