package io.hashring.demo.replica.docker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A way to the Docker engine over a loopback port, that can be cut and restored. */
final class Relay implements AutoCloseable {

  private static final UnixDomainSocketAddress ENGINE =
      UnixDomainSocketAddress.of("/var/run/docker.sock");

  private final ServerSocketChannel server;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;

  private Relay() throws IOException {
    server =
        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    daemon(this::accept);
  }

  static Relay toDocker() throws IOException {
    return new Relay();
  }

  int port() throws IOException {
    return ((InetSocketAddress) server.getLocalAddress()).getPort();
  }

  void cut() throws IOException {
    cut = true;
    for (SocketChannel channel : open) {
      channel.close();
    }
  }

  void restore() {
    cut = false;
  }

  private interface Task {
    void run() throws IOException;
  }

  /** Ends at the first error, which is what a closed channel is. */
  private static void daemon(Task task) {
    Thread thread = new Thread(() -> {
      try {
        task.run();
      } catch (IOException e) {
        Thread.currentThread().setName("ended: " + e);
      }
    });
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() throws IOException {
    while (server.isOpen()) {
      SocketChannel client = server.accept();
      if (cut) {
        client.close();
        continue;
      }
      SocketChannel engine = SocketChannel.open(StandardProtocolFamily.UNIX);
      open.add(client);
      open.add(engine);
      engine.connect(ENGINE);
      daemon(() -> copy(client, engine));
      daemon(() -> copy(engine, client));
    }
  }

  private static void copy(ByteChannel from, ByteChannel to) throws IOException {
    try (from;
        to) {
      ByteBuffer buffer = ByteBuffer.allocate(8192);
      while (from.read(buffer) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
        buffer.clear();
      }
    }
  }

  @Override
  public void close() {
    try {
      server.close();
      cut();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
