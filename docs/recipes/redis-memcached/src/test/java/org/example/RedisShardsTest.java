package org.example;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.EmptyRingException;
import io.hashring.HashRing;
import io.hashring.interop.LibraryPlacements;
import io.hashring.interop.NodeNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.example.RedisShards.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Keys that were stored where Jedis 3.10 put them, on shards of weights 1, 4 and 3. */
@Timeout(60)
final class RedisShardsTest {

  private static final List<Integer> WEIGHTS = List.of(1, 4, 3);
  private static final Pattern CALLS = Pattern.compile("cmdstat_mget:calls=(\\d+)");

  private final List<Program> programs = new ArrayList<>();

  /** What {@code new ShardedJedis(shards).getShardInfo(key)} of 3.10.0 said, as an index. */
  private static Map<String, Integer> stored() throws Exception {
    return Files.readAllLines(Path.of("src/test/resources/stored-by-jedis-3.10.csv")).stream()
        .skip(1)
        .map(line -> line.split(","))
        .collect(toMap(parts -> parts[0], parts -> Integer.parseInt(parts[1])));
  }

  private Server start(int index) throws Exception {
    programs.add(Program.redis());
    return server(NodeNames.jedisSharded(index), programs.get(programs.size() - 1));
  }

  private static Server server(String id, Program program) {
    return new Server(id, new HostAndPort("127.0.0.1", program.port()));
  }

  private static HashRing<Server> ring(HashRing.Builder<Server> builder, List<Server> servers) {
    for (int i = 0; i < servers.size(); i++) {
      builder.add(servers.get(i), WEIGHTS.get(i));
    }
    return builder.build();
  }

  private int mgetCalls() {
    int calls = 0;
    for (Program program : programs) {
      if (program.process().isAlive()) {
        try (RedisClient client = RedisClient.create("127.0.0.1", program.port())) {
          Matcher matcher = CALLS.matcher(client.info("commandstats"));
          calls += matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
        }
      }
    }
    return calls;
  }

  private void print(String what, int keys, int found, int calls) {
    System.out.printf("| %s | %d of %d | %d |%n", what, found, keys, calls);
  }

  @AfterEach
  void stop() throws Exception {
    for (Program program : programs) {
      program.close();
    }
  }

  @Test
  void keysOfJedis_areFoundWhereTheyAre_andStay() throws Exception {
    Map<String, Integer> stored = stored();
    List<String> keys = List.copyOf(stored.keySet());
    List<Server> servers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      servers.add(start(i));
    }
    for (int i = 0; i < 3; i++) {
      int shard = i;
      try (RedisClient client = RedisClient.create(servers.get(i).address())) {
        keys.stream().filter(key -> stored.get(key) == shard).forEach(key -> client.set(key, key));
      }
    }
    Map<String, String> all = keys.stream().collect(toMap(Function.identity(), key -> key));

    System.out.println("| Redis: what happens | found | round trips |");
    try (RedisShards other = new RedisShards(ring(HashRing.builder(Server::id), servers))) {
      int found = other.mget(keys).size();
      assertThat(found).isLessThan(keys.size());
      print("what Jedis 3.10 stored, with placement v1", keys.size(), found, mgetCalls());
    }
    HashRing.Builder<Server> builder =
        HashRing.builder(Server::id).placement(LibraryPlacements.jedisSharded());
    try (RedisShards shards = new RedisShards(ring(builder, servers))) {
      int before = mgetCalls();
      assertThat(shards.mget(keys)).isEqualTo(all);
      int calls = mgetCalls() - before;
      assertThat(calls).isEqualTo(3);
      print("the same, with `jedisSharded()`", keys.size(), keys.size(), calls);

      int moved = shards.add(start(3), 2, keys);
      before = mgetCalls();
      assertThat(shards.mget(keys)).isEqualTo(all);
      calls = mgetCalls() - before;
      assertThat(calls).isEqualTo(4);
      print("a fourth server; " + moved + " keys were moved", keys.size(), keys.size(), calls);

      programs.get(1).close();
      before = mgetCalls();
      int found = shards.mget(keys).size();
      String dead = NodeNames.jedisSharded(1);
      List<String> lost = keys.stream()
          .filter(key -> shards.ring().locate(key).id().equals(dead))
          .toList();
      assertThat(found).isEqualTo(keys.size() - lost.size());
      calls = mgetCalls() - before;
      assertThat(calls).isLessThanOrEqualTo(6);
      print("the second dies: the next on the list is asked", keys.size(), found, calls);

      lost.forEach(key -> shards.set(key, key));
      before = mgetCalls();
      assertThat(shards.mget(keys)).isEqualTo(all);
      calls = mgetCalls() - before;
      print("its keys are loaded again, to the next", keys.size(), keys.size(), calls);

      long checksum = shards.ring().checksum();
      programs.set(1, Program.redis());
      shards.replace(server(dead, programs.get(1)));
      assertThat(shards.ring().checksum()).isEqualTo(checksum);
      lost.forEach(key -> shards.set(key, key));
      assertThat(shards.mget(keys)).isEqualTo(all);
      try (RedisClient client = RedisClient.create("127.0.0.1", programs.get(1).port())) {
        assertThat(client.dbSize()).isEqualTo(lost.size());
      }
    }
  }

  private static RedisShards shards(List<Server> servers) {
    return new RedisShards(ring(HashRing.builder(Server::id), servers));
  }

  @Test
  void add_keepsTheTimeToLive_andLeavesNothingBehind() throws Exception {
    List<String> keys = IntStream.range(0, 200).mapToObj(i -> "user:" + i).toList();
    Server first = start(0);
    Server second = start(1);
    try (RedisShards shards = shards(List.of(first));
        RedisClient before = RedisClient.create(first.address());
        RedisClient after = RedisClient.create(second.address())) {
      keys.forEach(key -> shards.set(key, key));
      keys.subList(0, 100).forEach(key -> before.pexpire(key, 600_000));
      after.set(keys.get(0), "of an attempt that broke off");
      after.set(keys.get(150), "of an attempt that broke off");

      int moved = shards.add(second, 1, keys);
      List<String> owned =
          keys.stream().filter(key -> shards.ring().locate(key).equals(second)).toList();
      assertThat(moved).isEqualTo(owned.size()).isBetween(50, 150);
      assertThat(before.dbSize()).isEqualTo(keys.size() - moved);
      assertThat(shards.mget(keys))
          .hasSize(keys.size())
          .allSatisfy((key, value) -> assertThat(value).isEqualTo(key));
      for (String key : owned) {
        assertThat(after.pttl(key)).as(key).satisfies(left -> {
          if (keys.indexOf(key) < 100) {
            assertThat(left).isBetween(1L, 600_000L);
          } else {
            assertThat(left).isEqualTo(-1);
          }
        });
      }
    }
  }

  @Test
  void servers_thatAreAllDown_orNone() throws Exception {
    List<Server> servers = List.of(start(0), start(1));
    try (RedisShards shards = shards(servers)) {
      shards.set("k", "v");
      stop();
      assertThat(shards.mget(List.of("k", "l", "m"))).isEmpty();
      assertThatThrownBy(() -> shards.set("k", "v")).isInstanceOf(JedisConnectionException.class);
      shards.replace(start(0));
      shards.set("k", "w");
      shards.set("l", "w");
      assertThat(shards.mget(List.of("k", "l", "l", "m"))).isEqualTo(Map.of("k", "w", "l", "w"));
    }
    try (RedisShards none = shards(List.of())) {
      assertThat(none.mget(List.of())).isEmpty();
      assertThatThrownBy(() -> none.mget(List.of("k"))).isInstanceOf(EmptyRingException.class);
    }
  }

  @Test
  void set_onAServerThatHasJustDied_goesToTheNext_whateverOrderTheyAreListedIn() throws Exception {
    List<Server> servers = List.of(start(0), start(1), start(2));
    HashRing<Server> ring = HashRing.builder(Server::id).addAll(servers).build();
    HashRing<Server> other = HashRing.builder(Server::id)
        .addAll(List.of(servers.get(2), servers.get(0), servers.get(1)))
        .build();
    List<Server> list = ring.preferenceList("k").first(2);
    try (RedisShards shards = new RedisShards(ring);
        RedisShards others = new RedisShards(other)) {
      programs.get(servers.indexOf(list.get(0))).close();
      shards.set("k", "v");
      assertThat(others.mget(List.of("k"))).isEqualTo(Map.of("k", "v"));
      try (RedisClient next = RedisClient.create(list.get(1).address())) {
        assertThat(next.get("k")).isEqualTo("v");
      }
    }
  }
}
