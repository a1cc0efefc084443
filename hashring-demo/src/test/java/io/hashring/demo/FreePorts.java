package io.hashring.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports of 127.0.0.1 that nobody listens on, and none of those that the system gives to whoever
 * asks for any: what else runs could be given one of them before the test takes it, or while its
 * server is away.
 */
public final class FreePorts {

  private static final int FIRST = 10_000;

  /** Where Linux begins with those that it gives away, unless it is told otherwise. */
  private static final int FIRST_EPHEMERAL = 32_768;

  private static final int TRIES = 1_000;

  private FreePorts() {}

  public static int one() {
    try (ServerSocket socket = listen(1)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A server on one of them. */
  public static ServerSocket listen(int backlog) throws IOException {
    for (int i = 0; i < TRIES; i++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, FIRST_EPHEMERAL);
      try {
        return new ServerSocket(port, backlog, InetAddress.getLoopbackAddress());
      } catch (BindException e) {
        // somebody listens there
      }
    }
    throw new BindException("no port is free from " + FIRST + " to " + FIRST_EPHEMERAL);
  }
}
