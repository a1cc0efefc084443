package org.example;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/** A server of the machine on a free port of the loopback. */
record Program(Process process, int port) implements AutoCloseable {

  static Program redis() throws Exception {
    return start(port -> new String[] {
      "redis-server", "--port", "" + port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"
    });
  }

  static Program memcached() throws Exception {
    return start(port -> new String[] {
      "memcached", "-u", "nobody", "-l", "127.0.0.1", "-p", "" + port, "-U", "0", "-m", "16"
    });
  }

  static Program start(IntFunction<String[]> command) throws Exception {
    int port = freePort();
    Process process = new ProcessBuilder(command.apply(port))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!answers(port)) {
      if (!process.isAlive() || System.nanoTime() > end) {
        process.destroy();
        throw new IOException(command.apply(port)[0] + " did not start");
      }
      Thread.onSpinWait();
    }
    return new Program(process, port);
  }

  /** None of those that the system gives to whoever asks, so nobody is given it meanwhile. */
  private static int freePort() throws IOException {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(10_000, 32_768);
      try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return free.getLocalPort();
      } catch (BindException e) {
        continue; // somebody has it
      }
    }
  }

  private static boolean answers(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 200);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }
}
