package io.hashring.demo.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.ByteStreams;
import io.hashring.demo.MainTest;
import io.hashring.demo.Origin;
import io.hashring.demo.RawClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies far larger than the heap, through a balancer in a process of its own. */
final class LargeBodyTest {

  private static final int BLOCK = 64 * 1024;
  private static final int BLOCKS = 1_600; // 100 MB
  private static final int CLIENTS = 2;

  /** A block that differs from its neighbours, so that none can be lost or moved unnoticed. */
  private static byte[] block(int i) {
    byte[] block = new byte[BLOCK];
    new Random(i).nextBytes(block);
    return block;
  }

  /** Sends every block back as soon as it is there. */
  private static void mirror(String head, InputStream in, OutputStream out) throws IOException {
    boolean chunked = head.contains("chunked");
    out.write(("HTTP/1.1 200 OK\r\n"
            + (chunked
                ? "Transfer-Encoding: chunked\r\n\r\n"
                : "Content-Length: " + (long) BLOCK * BLOCKS + "\r\n\r\n"))
        .getBytes(StandardCharsets.US_ASCII));
    byte[] buffer = new byte[BLOCK];
    if (chunked) { // as they are: the balancer's chunks are as good as ours
      byte[] last = "\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
      String tail = "";
      while (!tail.endsWith("\r\n0\r\n\r\n")) {
        int read = in.read(buffer);
        out.write(buffer, 0, read);
        int kept = Math.min(read, last.length);
        tail += new String(buffer, read - kept, kept, StandardCharsets.ISO_8859_1);
        tail = tail.substring(Math.max(0, tail.length() - last.length));
      }
    } else {
      for (int i = 0; i < BLOCKS; i++) {
        ByteStreams.readFully(in, buffer);
        out.write(buffer);
      }
    }
  }

  /** All that waits has a thread of its own; the common pool may have a single one. */
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void endThreads() {
    threads.shutdownNow();
  }

  @Test
  void body_of100MegabytesBothWays_throughAHeapOf64(@TempDir Path logs) throws Exception {
    Path log = logs.resolve("front");
    try (Origin origin = Origin.start(LargeBodyTest::mirror)) {
      Process process =
          MainTest.java(log, "--port", "0", "--replicas", "127.0.0.1:" + origin.port());
      try {
        int port = Integer.parseInt(MainTest.await(log, "requests +http://[^/]*:(\\d+)/"));
        List<CompletableFuture<Long>> clients = IntStream.range(0, CLIENTS)
            .mapToObj(i -> CompletableFuture.supplyAsync(() -> exchange(port, i % 2 == 0), threads))
            .toList();
        long sent = checksum();
        for (CompletableFuture<Long> client : clients) {
          assertThat(client.get(120, TimeUnit.SECONDS)).isEqualTo(sent);
        }
        assertThat(process.isAlive()).isTrue();
        assertThat(Files.readString(log)).doesNotContain("OutOfMemory", "SEVERE");
      } finally {
        process.destroyForcibly();
      }
    }
  }

  private static long checksum() {
    CRC32 crc = new CRC32();
    for (int i = 0; i < BLOCKS; i++) {
      crc.update(block(i));
    }
    return crc.getValue();
  }

  /** Sends and receives at once, and returns the checksum of what came back. */
  private long exchange(int port, boolean chunked) {
    try (RawClient client = RawClient.to(port)) {
      CompletableFuture<Void> upload =
          CompletableFuture.runAsync(() -> upload(client, chunked), threads);
      List<String> lines = client.readHead();
      assertThat(lines.get(0)).isEqualTo("HTTP/1.1 200 OK");
      CRC32 crc = new CRC32();
      client.readBody(lines, crc::update);
      upload.join();
      return crc.getValue();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void upload(RawClient client, boolean chunked) {
    try {
      client.send("POST /mirror HTTP/1.1\r\nHost: x\r\n"
          + (chunked
              ? "Transfer-Encoding: chunked\r\n\r\n"
              : "Content-Length: " + (long) BLOCK * BLOCKS + "\r\n\r\n"));
      for (int i = 0; i < BLOCKS; i++) {
        if (chunked) {
          client.send(Integer.toHexString(BLOCK) + "\r\n");
        }
        client.send(block(i));
        if (chunked) {
          client.send("\r\n");
        }
      }
      if (chunked) {
        client.send("0\r\n\r\n");
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
