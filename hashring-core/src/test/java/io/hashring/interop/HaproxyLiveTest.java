package io.hashring.interop;

import static io.hashring.interop.RandomMembers.assertThatBothAgree;

import io.hashring.Required;
import io.hashring.hash.HashFunction;
import io.hashring.placement.Placement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A running HAProxy and a ring send the same keys to the same servers. */
final class HaproxyLiveTest {

  private static final Map<String, HashFunction> HASH_TYPES = new LinkedHashMap<>();

  static {
    HASH_TYPES.put("", InteropFunctions.avalanche(InteropFunctions.sdbm()));
    HASH_TYPES.put(" sdbm", InteropFunctions.sdbm());
    HASH_TYPES.put(" djb2", InteropFunctions.djb2());
    HASH_TYPES.put(" djb2 avalanche", InteropFunctions.avalanche(InteropFunctions.djb2()));
    HASH_TYPES.put(" wt6", InteropFunctions.wt6());
    HASH_TYPES.put(" wt6 avalanche", InteropFunctions.avalanche(InteropFunctions.wt6()));
    HASH_TYPES.put(" crc32", InteropFunctions.crc32());
    HASH_TYPES.put(" crc32 avalanche", InteropFunctions.avalanche(InteropFunctions.crc32()));
  }

  @TempDir
  private Path directory;

  @Test
  @Timeout(120)
  @SuppressWarnings("try") // a program runs for as long as its resource is open
  void locate_randomServersAndKeys_isTheChoiceOfHaproxy() throws Exception {
    Path haproxy = Required.program("haproxy", "haproxy");
    String version = version(haproxy);
    if (version.matches("3\\.[012]\\..*")) {
      Required.missing("haproxy", "this release may be of either kind: " + version);
    }
    Random random = new Random(8);
    List<Integer> ports = LocalProgram.freePorts(13);
    int front = ports.get(12);
    Map<String, String> servers = new LinkedHashMap<>();
    while (servers.size() < 12) {
      int id = 1 + random.nextInt(servers.size() % 2 == 0 ? 100 : Integer.MAX_VALUE - 1);
      int port = ports.get(servers.size());
      servers.putIfAbsent(
          "" + id,
          switch (port % 3) {
            case 0 -> "unix@" + directory.resolve(port + ".socket");
            case 1 -> "[::ffff:127.0.0.1]:" + port;
            default -> "127.0.0.1:" + port;
          });
    }
    List<Map<String, Double>> sets = new ArrayList<>();
    for (String hashType : HASH_TYPES.keySet()) {
      int maxWeight = hashType.contains("avalanche") ? 256 : 20;
      sets.add(RandomMembers.of(List.copyOf(servers.keySet()), maxWeight, random));
    }
    Path configuration =
        Files.writeString(directory.resolve("haproxy.cfg"), configuration(front, servers, sets));
    try (var program = LocalProgram.start(directory, front, haproxy, "-db", "-f", configuration)) {
      int i = 0;
      for (var hashType : HASH_TYPES.entrySet()) {
        String path = "/" + i;
        assertThatBothAgree(
            "haproxy, hash-type consistent" + hashType.getKey(),
            RandomMembers.ring(ProxyPlacements.haproxy(hashType.getValue()), sets.get(i)),
            RandomMembers.asciiKeys(random),
            key -> HttpBalancer.choice(front, path, key));
        i++;
      }
    }
  }

  /** Servers that nobody listens at: HAProxy tells which one it has tried. */
  @Test
  @Timeout(120)
  @SuppressWarnings("try") // a program runs for as long as its resource is open
  void locate_randomAddressesAndKeys_isTheChoiceOfHaproxyByHashKey() throws Exception {
    Path haproxy = Required.program("haproxy", "haproxy");
    String version = version(haproxy);
    if (Integer.parseInt(version.substring(0, version.indexOf('.'))) < 3) {
      Required.missing("haproxy-3", "this release has no hash-key: " + version);
    }
    Random random = new Random(17);
    int front = LocalProgram.freePorts(1).get(0);
    Map<String, Function<HashFunction, Placement>> hashKeys = new LinkedHashMap<>();
    hashKeys.put("addr", ProxyPlacements::haproxyAddress);
    hashKeys.put("addr-port", ProxyPlacements::haproxyAddressAndPort);
    StringBuilder configuration = new StringBuilder(head(front));
    Map<String, Map<String, Double>> sets = new LinkedHashMap<>();
    for (int i = 0; i < 4; i++) {
      for (String hashKey : hashKeys.keySet()) {
        String path = hashKey + i;
        sets.put(path, RandomMembers.of(addresses(random), 20, random));
        configuration.append("  use_backend %s if { path /%s }\n".formatted(path, path));
      }
    }
    sets.forEach((path, set) -> {
      configuration.append("""
          backend %s
            balance hdr(X-Key)
            hash-type consistent
            retries 0
            timeout connect 10ms
            http-after-response set-header X-Server %%[srv_name]
          """.formatted(path));
      List<String> ids = List.copyOf(set.keySet());
      for (String id : ids) {
        configuration.append("  server s%d %s weight %.0f hash-key %s\n"
            .formatted(ids.indexOf(id), id, set.get(id), path.substring(0, path.length() - 1)));
      }
    });
    Path file = Files.writeString(directory.resolve("haproxy.cfg"), configuration);
    try (var program = LocalProgram.start(directory, front, haproxy, "-db", "-f", file)) {
      for (var set : sets.entrySet()) {
        String hashKey = set.getKey().substring(0, set.getKey().length() - 1);
        List<String> ids = List.copyOf(set.getValue().keySet());
        assertThatBothAgree(
            "haproxy, hash-key " + hashKey,
            RandomMembers.ring(hashKeys.get(hashKey).apply(HASH_TYPES.get("")), set.getValue()),
            RandomMembers.asciiKeys(random),
            key -> ids.get(Integer.parseInt(
                HttpBalancer.server(front, "/" + set.getKey(), key).substring(1))));
      }
    }
  }

  /** Of IPv4, IPv6 and IPv4 in IPv6, where nobody listens. */
  private static List<String> addresses(Random random) {
    List<String> addresses = new ArrayList<>();
    while (addresses.size() < 12) {
      String host = "127.%d.%d.%d"
          .formatted(random.nextInt(256), random.nextInt(256), 2 + random.nextInt(200));
      if (random.nextInt(3) == 0) {
        host = "[::ffff:" + host + "]";
      } else if (random.nextInt(3) == 0) {
        host = "[2001:db8::%x:%x]".formatted(1 + random.nextInt(0xFFFF), random.nextInt(0x10000));
      }
      addresses.add(host + ":" + (1 + random.nextInt(9)));
    }
    return addresses;
  }

  private String version(Path haproxy) throws Exception {
    Path version = directory.resolve("version");
    new ProcessBuilder(haproxy.toString(), "-v")
        .redirectOutput(version.toFile())
        .start()
        .waitFor();
    return Files.readString(version).split("version ", 2)[1].split("\\s", 2)[0];
  }

  private static String head(int front) {
    return """
        global
          maxconn 500
        defaults
          mode http
          timeout connect 5s
          timeout client 30s
          timeout server 30s
        frontend front
          bind 127.0.0.1:%d
        """.formatted(front);
  }

  private static String configuration(
      int front, Map<String, String> servers, List<Map<String, Double>> sets) {
    List<String> hashTypes = List.copyOf(HASH_TYPES.keySet());
    StringBuilder uses = new StringBuilder();
    StringBuilder backends = new StringBuilder();
    for (int i = 0; i < sets.size(); i++) {
      uses.append("  use_backend ring%d if { path /%d }\n".formatted(i, i));
      backends.append("backend ring%d\n  balance hdr(X-Key)\n  hash-type consistent%s\n"
          .formatted(i, hashTypes.get(i)));
      sets.get(i)
          .forEach((id, weight) -> backends.append(
              "  server s%s %s id %s weight %.0f\n".formatted(id, servers.get(id), id, weight)));
    }
    StringBuilder origins = new StringBuilder();
    servers.forEach((id, address) -> origins.append("""
        frontend origin%s
          bind %s
          http-request return status 200 content-type text/plain string %s
        """.formatted(id, address, id)));
    return head(front) + uses + backends + origins;
  }
}
