package io.hashring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.hash.HashFunction;
import io.hashring.placement.Placement;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Choices that programs with bounds of their own made: a ring whose lookups take a predicate can
 * express their rules, which are neither ours nor each other's.
 */
final class BoundedLoadGoldenTest {

  /** A server of a golden file, with the requests that it has. */
  private static final class Server {
    final String name;
    final int index;
    final long weight;
    long load;

    Server(Map<String, String> row) {
      name = row.get("node");
      index = Integer.parseInt(row.get("index"));
      weight = Long.parseLong(row.get("weight"));
    }
  }

  private static Map<String, List<Server>> servers(String file) {
    Map<String, List<Server>> servers = new LinkedHashMap<>();
    for (Map<String, String> row : GoldenFile.read(file).rows()) {
      servers.computeIfAbsent(row.get("config"), config -> new ArrayList<>()).add(new Server(row));
    }
    return servers;
  }

  /**
   * HAProxy 2.6.12 with {@code hash-type consistent} and {@code hash-balance-factor}: the nearest
   * point, then clockwise to the first server with a free slot. Requests were never ended.
   */
  @Test
  void locate_haproxyHashBalanceFactor_agreesInAllRows() {
    GoldenFile golden = GoldenFile.read("haproxy_bounded_load.csv");
    Map<String, List<Server>> configurations = servers("haproxy_bounded_load.nodes.csv");
    assertThat(configurations).containsOnlyKeys("e5_f125", "w5_f150", "e3_f200");
    assertThat(golden.rows()).hasSize(300);

    int agreed = 0;
    int offNearest = 0;
    for (String configuration : configurations.keySet()) {
      List<Server> servers = configurations.get(configuration);
      long factor = Long.parseLong(configuration.substring(4));
      HashRing.Builder<Server> builder = HashRing.builder(server -> "" + (server.index + 1));
      builder.placement(new Haproxy());
      servers.forEach(server -> builder.add(server, server.weight));
      HashRing<Server> ring = builder.build();
      for (Map<String, String> row : golden.rows()) {
        String key = row.get("key");
        Map<Server, Long> slots = haproxySlots(servers, factor);
        Server chosen = ring.preferenceList(key)
            .where(server -> server.load < slots.get(server))
            .first()
            .orElseThrow();

        assertThat("" + chosen.index)
            .as("server of %s in %s", key, configuration)
            .isEqualTo(row.get(configuration));
        agreed++;
        offNearest += chosen == ring.locate(key) ? 0 : 1;
        chosen.load++;
      }
    }
    System.out.printf(
        "haproxy_bounded_load.csv: %d choices agree, %d of them met a full server%n",
        agreed, offNearest);
    assertThat(offNearest).isPositive();
    assertThat(agreed).isEqualTo(900);
  }

  /** How many requests every server may have, in whole numbers as HAProxy deals them out. */
  private static Map<Server, Long> haproxySlots(List<Server> servers, long factor) {
    long all = servers.stream().mapToLong(server -> 16 * server.weight).sum();
    long served = servers.stream().mapToLong(server -> server.load).sum();
    long slots = ((served + 1) * factor + 99) / 100;
    long rest = slots % all;
    Map<Server, Long> slotsOf = new HashMap<>();
    long before = 0;
    for (Server server : servers) {
      long part = 16 * server.weight;
      long own = part * (slots / all) + (before + part) * rest / all - before * rest / all;
      slotsOf.put(server, Math.max(1, own));
      before += part;
    }
    return slotsOf;
  }

  /** Points of a server from its number, 16 for each unit of weight, on a circle of 32 bits. */
  private record Haproxy() implements Placement {

    @Override
    public HashFunction keyFunction() {
      return Haproxy::hash;
    }

    @Override
    public long pointCount(String id, double weight) {
      return (long) (16 * weight);
    }

    @Override
    public long[] points(String id, double weight) {
      return LongStream.range(0, pointCount(id, weight))
          .map(i -> avalanche((int) (4096 * Long.parseLong(id) + i)))
          .toArray();
    }

    @Override
    public Search search() {
      return Search.NEAREST;
    }

    static long hash(byte[] key) {
      int hash = 0;
      for (byte b : key) {
        hash = 65599 * hash + (b & 0xFF);
      }
      return avalanche(hash);
    }

    private static long avalanche(int a) {
      a = (a + 0x7ED55D16) + (a << 12);
      a = (a ^ 0xC761C23C) ^ (a >>> 19);
      a = (a + 0x165667B1) + (a << 5);
      a = (a + 0xD3A2646C) ^ (a << 9);
      a = (a + 0xFD7046C5) + (a << 3);
      a = (a ^ 0xB55A4F09) ^ (a >>> 16);
      return (long) (a * (int) 3221225473L) << 32;
    }
  }

  /**
   * {@code GetLeast} of the Go library lafikl/consistent at bdd3606, followed by {@code Inc}: its
   * bound is a multiple of the average in whole numbers.
   */
  @Test
  void locate_lafiklGetLeast_agreesInAllRows() {
    GoldenFile golden = GoldenFile.read("go_lafikl_consistent.csv");
    Map<String, List<Server>> configurations = servers("go_lafikl_consistent.nodes.csv");
    assertThat(golden.rows()).hasSize(2408);

    int agreed = 0;
    for (String configuration : List.of("e3", "e5", "e10")) {
      List<Server> servers = configurations.get(configuration + "_GetLeast");
      HashRing.Builder<Server> builder = HashRing.builder(server -> server.name);
      builder.placement(new Lafikl());
      servers.forEach(builder::add);
      HashRing<Server> ring = builder.build();
      int served = 0;
      for (Map<String, String> row : golden.rows()) {
        String key = row.get("key");
        long average = Math.max(1, (served + 1) / servers.size());
        Predicate<Server> hasRoom = server -> server.load + 1 <= Math.ceil(1.25 * average);
        Server chosen = ring.preferenceList(key).where(hasRoom).first().orElseThrow();

        assertThat("" + ring.locate(key).index).as(key).isEqualTo(row.get(configuration));
        assertThat("" + chosen.index).as(key).isEqualTo(row.get(configuration + "_GetLeast"));
        agreed++;
        chosen.load++;
        served++;
      }
    }
    System.out.printf("go_lafikl_consistent.csv: %d choices of GetLeast agree%n", agreed);
    assertThat(agreed).isEqualTo(3 * 2408);
  }

  /** Ten labels a node, the number behind the name, hashed with the first word of BLAKE2b-512. */
  private record Lafikl() implements Placement {

    @Override
    public HashFunction keyFunction() {
      return Lafikl::hash;
    }

    @Override
    public long pointCount(String id, double weight) {
      return 10;
    }

    @Override
    public long[] points(String id, double weight) {
      return IntStream.range(0, 10)
          .mapToLong(i -> hash((id + i).getBytes(UTF_8)))
          .toArray();
    }

    /** BLAKE2b of RFC 7693 without a key, and of its result the first eight bytes. */
    static long hash(byte[] input) {
      long[] h = IV.clone();
      h[0] ^= 0x01010040;
      int blocks = Math.max(1, (input.length + 127) / 128);
      for (int i = 0; i < blocks; i++) {
        byte[] block = Arrays.copyOfRange(input, i * 128, (i + 1) * 128);
        boolean last = i == blocks - 1;
        compress(h, block, last ? input.length : (i + 1) * 128L, last);
      }
      return h[0];
    }

    private static final long[] IV = {
      0x6A09E667F3BCC908L, 0xBB67AE8584CAA73BL, 0x3C6EF372FE94F82BL, 0xA54FF53A5F1D36F1L,
      0x510E527FADE682D1L, 0x9B05688C2B3E6C1FL, 0x1F83D9ABFB41BD6BL, 0x5BE0CD19137E2179L
    };

    private static final String[] SIGMA = {
      "0123456789ABCDEF",
      "EA489FD61C02B753",
      "B8C052FDAE367194",
      "7931DCBE265A40F8",
      "905724AFE1BC683D",
      "2C6A0B834D75FE19",
      "C51FED4A0763928B",
      "DB7EC13950F4862A",
      "6FE9B308C2D714A5",
      "A2847615FB9E3CD0"
    };

    private static void compress(long[] h, byte[] block, long count, boolean last) {
      long[] m = new long[16];
      ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(m);
      long[] v = Arrays.copyOf(h, 16);
      System.arraycopy(IV, 0, v, 8, 8);
      v[12] ^= count;
      v[14] ^= last ? -1 : 0;
      for (int round = 0; round < 12; round++) {
        String order = SIGMA[round % 10];
        LongUnaryOperator word = i -> m[Character.digit(order.charAt((int) i), 16)];
        for (int i = 0; i < 4; i++) {
          mix(v, i, 4 + i, 8 + i, 12 + i, word.applyAsLong(2 * i), word.applyAsLong(2 * i + 1));
        }
        for (int i = 0; i < 4; i++) {
          mix(
              v,
              i,
              4 + (i + 1) % 4,
              8 + (i + 2) % 4,
              12 + (i + 3) % 4,
              word.applyAsLong(8 + 2 * i),
              word.applyAsLong(9 + 2 * i));
        }
      }
      for (int i = 0; i < 8; i++) {
        h[i] ^= v[i] ^ v[i + 8];
      }
    }

    private static void mix(long[] v, int a, int b, int c, int d, long x, long y) {
      v[a] += v[b] + x;
      v[d] = Long.rotateRight(v[d] ^ v[a], 32);
      v[c] += v[d];
      v[b] = Long.rotateRight(v[b] ^ v[c], 24);
      v[a] += v[b] + y;
      v[d] = Long.rotateRight(v[d] ^ v[a], 16);
      v[c] += v[d];
      v[b] = Long.rotateRight(v[b] ^ v[c], 63);
    }
  }
}
