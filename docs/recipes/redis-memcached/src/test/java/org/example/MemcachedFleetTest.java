package org.example;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.HashRing;
import io.hashring.interop.InteropFunctions;
import io.hashring.interop.MemcachedPlacements;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.spy.memcached.MemcachedClient;
import org.example.MemcachedFleet.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a running twemproxy stores is found without it. */
@Timeout(60)
final class MemcachedFleetTest {

  private static final String POOL = """
      fleet:
        listen: 127.0.0.1:%d
        hash: fnv1a_64
        distribution: ketama
        servers:
      """;

  private final List<Program> programs = new ArrayList<>();

  @TempDir
  private Path directory;

  @AfterEach
  void stop() throws Exception {
    for (Program program : programs) {
      program.close();
    }
  }

  private Program start(Program program) {
    programs.add(program);
    return program;
  }

  private static MemcachedFleet fleet(HashRing.Builder<Server> builder, List<Program> servers)
      throws Exception {
    for (int i = 0; i < servers.size(); i++) {
      InetSocketAddress address =
          new InetSocketAddress("127.0.0.1", servers.get(i).port());
      builder.add(new Server("cache-" + i, address), i + 1);
    }
    return new MemcachedFleet(builder.build());
  }

  @Test
  void whatTwemproxyStored_isFoundWithoutIt() throws Exception {
    List<Program> servers = new ArrayList<>();
    StringBuilder pool = new StringBuilder(POOL);
    for (int i = 0; i < 3; i++) {
      servers.add(start(Program.memcached()));
      pool.append("    - 127.0.0.1:%d:%d cache-%d\n".formatted(servers.get(i).port(), i + 1, i));
    }
    Path file = directory.resolve("twemproxy.yml");
    Program proxy = start(Program.start(port -> {
      try {
        Files.writeString(file, pool.toString().formatted(port));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return new String[] {"nutcracker", "-c", "" + file, "-s", "" + (port ^ 1)};
    }));

    List<String> keys = IntStream.range(0, 500).mapToObj(i -> "session:" + i).toList();
    MemcachedClient through = new MemcachedClient(new InetSocketAddress("127.0.0.1", proxy.port()));
    for (String key : keys) {
      assertThat(through.set(key, 600, key).get(10, SECONDS)).isTrue();
    }
    through.shutdown();

    HashRing.Builder<Server> plain = HashRing.builder(Server::id);
    HashRing.Builder<Server> same = HashRing.builder(Server::id)
        .placement(MemcachedPlacements.twemproxy(InteropFunctions.fnv1a_64_c()));
    try (MemcachedFleet v1 = fleet(plain, servers);
        MemcachedFleet fleet = fleet(same, servers)) {
      System.out.println("| memcached: what is asked for | found |");
      print("what twemproxy stored, with placement v1", v1.getAll(keys).size());
      assertThat(fleet.getAll(keys)).containsOnlyKeys(keys);
      print("the same, with `twemproxy(fnv1a_64_c())`", keys.size());
    }
  }

  private static void print(String what, int found) {
    System.out.printf("| %s | %d of 500 |%n", what, found);
  }
}
