package io.hashring.interop;

import static io.hashring.interop.RandomMembers.assertThatBothAgree;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.Required;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A running twemproxy and a ring send the same keys to the same servers. */
final class TwemproxyLiveTest {

  private static final Map<String, HashFunction> HASHES = new LinkedHashMap<>();

  static {
    HASHES.put("md5", InteropFunctions.ketama());
    HASHES.put("fnv1a_64", InteropFunctions.fnv1a_64_c());
    HASHES.put("fnv1_64", InteropFunctions.fnv1_64_c());
    HASHES.put("fnv1a_32", InteropFunctions.fnv1a_32_c());
    HASHES.put("fnv1_32", InteropFunctions.fnv1_32_c());
    HASHES.put("crc32a", HashFunctions.crc32());
    HASHES.put("one_at_a_time", InteropFunctions.oneAtATime_c());
    HASHES.put("murmur", InteropFunctions.murmur_c());
  }

  @TempDir
  private Path directory;

  @Test
  @Timeout(120)
  @SuppressWarnings("try") // a program runs for as long as its resource is open
  void locate_randomServersAndKeys_isTheChoiceOfTwemproxy() throws Exception {
    Path nutcracker = Required.program("nutcracker", "nutcracker");
    Random random = new Random(9);
    List<Integer> fronts = LocalProgram.freePorts(2 * HASHES.size() + 1);
    int statistics = fronts.get(2 * HASHES.size());
    try (MemcachedOrigins origins = new MemcachedOrigins(12)) {
      Map<String, String> portsByName = new LinkedHashMap<>();
      for (int port : origins.ports()) {
        String name = portsByName.size() % 3 == 0
            ? "cache-" + random.nextInt(1 << portsByName.size())
            : NodeNames.libmemcached("127.0.0.1", port);
        portsByName.put(name, "" + port);
      }
      List<Map<String, Double>> sets = new ArrayList<>();
      StringBuilder pools = new StringBuilder();
      for (String hash : HASHES.keySet()) {
        for (String tag : List.of("", "{}")) {
          Map<String, Double> set = RandomMembers.of(List.copyOf(portsByName.keySet()), 9, random);
          pools.append(pool(fronts.get(sets.size()), hash, tag, portsByName, set));
          sets.add(set);
        }
      }
      Path configuration = Files.writeString(directory.resolve("nutcracker.yml"), pools);
      try (var program = LocalProgram.start(
          directory,
          fronts.get(0),
          nutcracker,
          "-c",
          configuration,
          "-s",
          statistics,
          "-a",
          "127.0.0.1",
          "-p",
          directory.resolve("nutcracker.pid"))) {
        int i = 0;
        for (var hash : HASHES.entrySet()) {
          for (HashFunction function :
              List.of(hash.getValue(), InteropFunctions.hashTag(hash.getValue(), '{', '}'))) {
            try (Connection connection = new Connection(fronts.get(i))) {
              assertThatBothAgree(
                  "nutcracker, hash: " + hash.getKey() + (i % 2 == 0 ? "" : ", hash_tag"),
                  RandomMembers.ring(MemcachedPlacements.twemproxy(function), sets.get(i)),
                  RandomMembers.keys(random),
                  key -> name(portsByName, connection.get(key)));
            }
            i++;
          }
        }
      }
    }
  }

  private static String pool(
      int front,
      String hash,
      String tag,
      Map<String, String> portsByName,
      Map<String, Double> weights) {
    StringBuilder pool = new StringBuilder("""
        pool%d:
          listen: 127.0.0.1:%d
          hash: %s
          distribution: ketama
          auto_eject_hosts: false
        """.formatted(front, front, hash));
    if (!tag.isEmpty()) {
      pool.append("  hash_tag: \"").append(tag).append("\"\n");
    }
    pool.append("  servers:\n");
    weights.forEach((name, weight) -> pool.append("   - 127.0.0.1:%s:%.0f%s\n"
        .formatted(portsByName.get(name), weight, name.startsWith("cache") ? " " + name : "")));
    return pool.toString();
  }

  private static String name(Map<String, String> portsByName, String port) {
    return portsByName.entrySet().stream()
        .filter(entry -> entry.getValue().equals(port))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  private static final class Connection implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader in;

    Connection(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(5000);
      in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
    }

    String get(String key) {
      try {
        socket.getOutputStream().write(("get " + key + "\r\n").getBytes(UTF_8));
        assertThat(in.readLine()).startsWith("VALUE " + key + " ");
        String value = in.readLine();
        assertThat(in.readLine()).isEqualTo("END");
        return value;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
