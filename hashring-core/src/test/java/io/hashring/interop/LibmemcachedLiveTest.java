package io.hashring.interop;

import static io.hashring.interop.RandomMembers.assertThatBothAgree;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.Required;
import io.hashring.hash.HashFunction;
import io.hashring.placement.Placement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The installed libmemcached, asked by a tiny client in C, and a ring agree. */
final class LibmemcachedLiveTest {

  /** By the numbers that libmemcached has for them. */
  private static final Map<Integer, HashFunction> HASHES = new LinkedHashMap<>();

  static {
    HASHES.put(0, InteropFunctions.oneAtATime_c());
    HASHES.put(1, InteropFunctions.ketama());
    HASHES.put(2, InteropFunctions.crc32_15());
    HASHES.put(3, InteropFunctions.fnv1_64_c());
    HASHES.put(4, InteropFunctions.fnv1a_64_c());
    HASHES.put(5, InteropFunctions.fnv1_32_c());
    HASHES.put(6, InteropFunctions.fnv1a_32_c());
    HASHES.put(8, InteropFunctions.murmur_c());
    HASHES.put(9, InteropFunctions.jenkins_c());
    HASHES.put(10, InteropFunctions.murmur3_c());
  }

  @TempDir
  private Path directory;

  @Test
  @Timeout(120)
  void locate_randomServersAndKeys_isTheChoiceOfLibmemcached() throws Exception {
    Path client = client();
    Random random = new Random(10);
    for (int i = 0; i < 6; i++) {
      int maxWeight = i % 2 == 0 ? 1 : 9;
      assertThatClientAgrees(
          client, "weighted", 1, MemcachedPlacements.libmemcachedWeighted(), 100, random);
      for (var hash : HASHES.entrySet()) {
        Placement placement = MemcachedPlacements.libmemcachedKetama(hash.getValue());
        assertThatClientAgrees(client, "ketama", hash.getKey(), placement, maxWeight, random);
      }
      Placement spy = MemcachedPlacements.libmemcachedKetama(InteropFunctions.ketama());
      assertThatClientAgrees(client, "spy", 1, spy, maxWeight, random);
    }
  }

  private Path client() throws Exception {
    Path gcc = Required.program("libmemcached", "gcc");
    if (!Files.exists(Path.of("/usr/include/libmemcached/memcached.h"))) {
      return Required.missing("libmemcached", "its headers are not installed");
    }
    Path source = directory.resolve("libmemcached.c");
    try (var stream = getClass().getResourceAsStream("/interop/libmemcached.c")) {
      Files.write(source, stream.readAllBytes());
    }
    Path client = directory.resolve("client");
    Process compiler = new ProcessBuilder(
            gcc.toString(), "-o", client.toString(), source.toString(), "-lmemcached")
        .inheritIO()
        .start();
    assertThat(compiler.waitFor()).as("status of the compiler").isZero();
    return client;
  }

  private void assertThatClientAgrees(
      Path client, String mode, int hash, Placement placement, int maxWeight, Random random)
      throws Exception {
    Map<String, String> namesByServer = servers(mode, random);
    Map<String, Double> servers =
        RandomMembers.of(List.copyOf(namesByServer.keySet()), maxWeight, random);
    List<String> keys = RandomMembers.keys(random);
    StringBuilder input = new StringBuilder("%s %d\n".formatted(mode, hash));
    servers.forEach((server, weight) -> input.append("server %s %.0f\n".formatted(server, weight)));
    keys.forEach(key -> input.append("key ").append(key).append('\n'));

    List<String> order = List.copyOf(servers.keySet());
    Iterator<String> choices = run(client, input.toString()).iterator();
    Map<String, Double> weights = new LinkedHashMap<>();
    servers.forEach((server, weight) -> weights.put(namesByServer.get(server), weight));
    assertThatBothAgree(
        "libmemcached, " + mode + ", hash " + hash,
        RandomMembers.ring(placement, weights),
        keys,
        key -> namesByServer.get(order.get(Integer.parseInt(choices.next()))));
    assertThat(choices).isExhausted();
  }

  /** From host and port, as the client is told them, to the id of the node. */
  private static Map<String, String> servers(String mode, Random random) {
    Map<String, String> names = new LinkedHashMap<>();
    while (names.size() < 40) {
      String host = random.nextBoolean()
          ? "10.0." + random.nextInt(256) + "." + random.nextInt(256)
          : "cache-" + random.nextInt(1000) + ".example.com";
      int port = random.nextInt(3) == 0 ? 11211 : 1024 + random.nextInt(60_000);
      names.put(
          host + " " + port,
          mode.equals("spy")
              ? NodeNames.libmemcachedSpy(host, port)
              : NodeNames.libmemcached(host, port));
    }
    return names;
  }

  private List<String> run(Path client, String input) throws Exception {
    Path in = Files.writeString(directory.resolve("in"), input);
    Path out = directory.resolve("out");
    Process process = new ProcessBuilder(client.toString())
        .redirectInput(in.toFile())
        .redirectOutput(out.toFile())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("status of the client").isZero();
    return Files.readAllLines(out, UTF_8);
  }
}
