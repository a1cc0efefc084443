package io.hashring.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A server that a test has started on the loopback address, and that ends with it. */
final class LocalProgram implements AutoCloseable {

  private static final int FIRST_PORT = 10_000;

  /** Where Linux begins, unless it is told otherwise. */
  private static final int FIRST_EPHEMERAL_PORT = 32_768;

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Process process;
  private final Path output;

  private LocalProgram(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts a program and waits until a port of its takes connections. */
  static LocalProgram start(Path directory, int port, Object... command) throws Exception {
    Path output = directory.resolve("output");
    List<String> words = new ArrayList<>();
    for (Object word : command) {
      words.add(word.toString());
    }
    Process process = new ProcessBuilder(words)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
    LocalProgram program = new LocalProgram(process, output);
    try {
      program.await(port);
    } catch (Throwable e) {
      program.close();
      throw e;
    }
    return program;
  }

  private void await(int port) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!accepts(port)) {
      assertThat(process.isAlive()).as("%s", this).isTrue();
      assertThat(System.nanoTime()).as("patience with %s", this).isLessThan(deadline);
      Thread.sleep(10);
    }
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Ports of 127.0.0.1 that nobody listens on, to be given to a program. None of those that the
   * system gives to whoever asks for any: what else runs meanwhile could be given one of them
   * before the program has taken it.
   */
  static List<Integer> freePorts(int count) {
    List<Integer> ports = new ArrayList<>();
    while (ports.size() < count) {
      int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, FIRST_EPHEMERAL_PORT);
      if (!ports.contains(port) && isFree(port)) {
        ports.add(port);
      }
    }
    return ports;
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false; // somebody listens there
    }
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().completeOnTimeout(process, 5, TimeUnit.SECONDS).join();
    process.destroyForcibly().onExit().join();
  }

  @Override
  public String toString() {
    try {
      return process.info().commandLine().orElse("a program") + ": " + Files.readString(output);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
