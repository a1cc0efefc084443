package io.hashring.interop;

import static io.hashring.interop.RandomMembers.assertThatBothAgree;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.HashRing;
import io.hashring.Required;
import io.hashring.RingModel;
import io.hashring.hash.HashFunction;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A running twemproxy and a ring send the same keys to the same servers. */
@Timeout(120)
final class TwemproxyLiveTest {

  @TempDir
  private Path directory;

  /** A pool of the configuration, with the weights of its servers by name. */
  private record Pool(
      int front, String distribution, String hash, boolean tagged, Map<String, Double> weights) {

    HashFunction function() {
      HashFunction ofKeys = HashFunctionsGoldenTest.TWEMPROXY.get(hash);
      return tagged ? InteropFunctions.hashTag(ofKeys, '{', '}') : ofKeys;
    }

    String configuration(Map<String, String> portsByName) {
      StringBuilder pool = new StringBuilder("""
          pool%d:
            listen: 127.0.0.1:%d
            hash: %s
            distribution: %s
            auto_eject_hosts: false
          """.formatted(front, front, hash, distribution));
      if (tagged) {
        pool.append("  hash_tag: \"{}\"\n");
      }
      pool.append("  servers:\n");
      weights.forEach((name, weight) -> pool.append("   - 127.0.0.1:%s:%.0f%s\n"
          .formatted(portsByName.get(name), weight, name.startsWith("cache") ? " " + name : "")));
      return pool.toString();
    }

    @Override
    public String toString() {
      return "nutcracker, " + distribution + ", hash: " + hash + (tagged ? ", hash_tag" : "");
    }
  }

  @Test
  void locate_randomServersAndKeys_isTheChoiceOfTwemproxy() throws Exception {
    assertThatPoolsAgree("ketama", new Random(9), pool -> {
      HashRing<String> ring =
          RandomMembers.ring(MemcachedPlacements.twemproxy(pool.function()), pool.weights());
      return ring::locate;
    });
  }

  /** What docs/interop.md says instead of a ring. */
  @Test
  void slot_randomServersAndKeys_isTheChoiceOfTwemproxyUnderModula() throws Exception {
    assertThatPoolsAgree("modula", new Random(15), pool -> {
      List<String> table = new ArrayList<>();
      pool.weights().keySet().stream()
          .sorted(Comparator.comparingInt(String::length).thenComparing(RingModel.BY_UTF8))
          .forEach(
              name -> table.addAll(Collections.nCopies(pool.weights().get(name).intValue(), name)));
      return key -> table.get((int) pool.function().slot(key.getBytes(UTF_8), table.size()));
    });
  }

  @SuppressWarnings("try") // a program runs for as long as its resource is open
  private void assertThatPoolsAgree(
      String distribution, Random random, Function<Pool, UnaryOperator<String>> ours)
      throws Exception {
    Path nutcracker = Required.program("nutcracker", "nutcracker");
    Set<String> hashes = HashFunctionsGoldenTest.TWEMPROXY.keySet();
    List<Integer> fronts = LocalProgram.freePorts(2 * hashes.size() + 1);
    int statistics = fronts.get(2 * hashes.size());
    try (MemcachedOrigins origins = new MemcachedOrigins(12)) {
      Map<String, String> portsByName = new LinkedHashMap<>();
      for (int port : origins.ports()) {
        String name = portsByName.size() % 3 == 0
            ? "cache-" + random.nextInt(1 << portsByName.size())
            : NodeNames.libmemcached("127.0.0.1", port);
        portsByName.put(name, "" + port);
      }
      List<Pool> pools = new ArrayList<>();
      for (String hash : hashes) {
        for (boolean tagged : new boolean[] {false, true}) {
          Map<String, Double> set = RandomMembers.of(List.copyOf(portsByName.keySet()), 9, random);
          pools.add(new Pool(fronts.get(pools.size()), distribution, hash, tagged, set));
        }
      }
      Path configuration = Files.write(
          directory.resolve("nutcracker.yml"),
          pools.stream().map(pool -> pool.configuration(portsByName)).toList());
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
        for (Pool pool : pools) {
          try (Connection connection = new Connection(pool.front())) {
            assertThatBothAgree(
                pool.toString(),
                pool.weights().keySet(),
                ours.apply(pool),
                RandomMembers.keys(random),
                key -> name(portsByName, connection.get(key)));
          }
        }
      }
    }
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
