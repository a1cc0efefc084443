package io.hashring.interop;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Servers that know one command of memcached, and answer every key with their own port. */
final class MemcachedOrigins implements AutoCloseable {

  private final List<ServerSocket> servers = new ArrayList<>();
  private final List<Socket> connections = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  MemcachedOrigins(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      servers.add(server);
      threads.execute(() -> accept(server));
    }
  }

  List<Integer> ports() {
    return servers.stream().map(ServerSocket::getLocalPort).toList();
  }

  private void accept(ServerSocket server) {
    try {
      while (true) {
        Socket connection = server.accept();
        synchronized (connections) {
          connections.add(connection);
        }
        threads.execute(() -> answer(connection));
      }
    } catch (IOException e) {
      if (!server.isClosed()) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void answer(Socket connection) {
    try (connection) {
      var in = new BufferedReader(new InputStreamReader(connection.getInputStream(), UTF_8));
      OutputStream out = connection.getOutputStream();
      String port = "" + connection.getLocalPort();
      String line;
      while ((line = in.readLine()) != null) {
        String key = line.split(" ")[1];
        out.write(
            "VALUE %s 0 %d\r\n%s\r\nEND\r\n".formatted(key, port.length(), port).getBytes(UTF_8));
        out.flush();
      }
    } catch (IOException e) {
      if (!connection.isClosed()) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (ServerSocket server : servers) {
      server.close();
    }
    synchronized (connections) {
      for (Socket connection : connections) {
        connection.close();
      }
    }
    threads.shutdown();
  }
}
