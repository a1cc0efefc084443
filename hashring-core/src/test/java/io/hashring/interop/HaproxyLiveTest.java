package io.hashring.interop;

import static io.hashring.interop.RandomMembers.assertThatBothAgree;

import io.hashring.Required;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
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
    HASH_TYPES.put(" crc32", HashFunctions.crc32());
    HASH_TYPES.put(" crc32 avalanche", InteropFunctions.avalanche(HashFunctions.crc32()));
  }

  @TempDir
  private Path directory;

  @Test
  @Timeout(120)
  @SuppressWarnings("try") // a program runs for as long as its resource is open
  void locate_randomServersAndKeys_isTheChoiceOfHaproxy() throws Exception {
    Path haproxy = haproxy();
    Random random = new Random(8);
    List<Integer> ports = LocalProgram.freePorts(13);
    int front = ports.get(12);
    Map<String, Integer> servers = new LinkedHashMap<>();
    while (servers.size() < 12) {
      int id = 1 + random.nextInt(servers.size() % 2 == 0 ? 100 : Integer.MAX_VALUE - 1);
      servers.putIfAbsent("" + id, ports.get(servers.size()));
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

  private Path haproxy() throws Exception {
    Path haproxy = Required.program("haproxy", "haproxy");
    Path version = directory.resolve("version");
    new ProcessBuilder(haproxy.toString(), "-v")
        .redirectOutput(version.toFile())
        .start()
        .waitFor();
    String text = Files.readString(version);
    return text.matches("(?s)\\S+ version 3\\.[012]\\..*")
        ? Required.missing("haproxy", "this release may be of either kind: " + text)
        : haproxy;
  }

  private static String configuration(
      int front, Map<String, Integer> servers, List<Map<String, Double>> sets) {
    List<String> hashTypes = List.copyOf(HASH_TYPES.keySet());
    StringBuilder uses = new StringBuilder();
    StringBuilder backends = new StringBuilder();
    for (int i = 0; i < sets.size(); i++) {
      uses.append("  use_backend ring%d if { path /%d }\n".formatted(i, i));
      backends.append("backend ring%d\n  balance hdr(X-Key)\n  hash-type consistent%s\n"
          .formatted(i, hashTypes.get(i)));
      sets.get(i)
          .forEach((id, weight) -> backends.append("  server s%s 127.0.0.1:%d id %s weight %.0f\n"
              .formatted(id, servers.get(id), id, weight)));
    }
    StringBuilder origins = new StringBuilder();
    servers.forEach((id, port) -> origins.append("""
        frontend origin%s
          bind 127.0.0.1:%d
          http-request return status 200 content-type text/plain string %s
        """.formatted(id, port, id)));
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
        %s%s%s""".formatted(front, uses, backends, origins);
  }
}
