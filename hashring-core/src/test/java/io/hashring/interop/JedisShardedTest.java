package io.hashring.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.HashRing;
import io.hashring.hash.HashFunction;
import io.hashring.placement.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.util.Hashing;
import redis.clients.jedis.util.ShardInfo;
import redis.clients.jedis.util.Sharded;

/** Beside Jedis 3.10 itself, on random shards: named, unnamed or both in a list, with weights. */
@SuppressWarnings("deprecation") // that is what it is about
final class JedisShardedTest {

  private static final HashFunction MURMUR = InteropFunctions.murmur2_64(0x1234abcdL);

  /** Braces and ends of lines, often enough to meet. */
  private static final String TAGGED = "{{{}}}ab1é🚀:\n\r\u0085\u2028\u2029\u00c2\u2022";

  private static final class Shard extends ShardInfo<String> {
    private final String id;
    private final String name;

    Shard(String id, String name, int weight) {
      super(weight);
      this.id = id;
      this.name = name;
    }

    @Override
    protected String createResource() {
      return id;
    }

    @Override
    public String getName() {
      return name;
    }
  }

  private static List<Shard> shards(Random random) {
    List<Shard> shards = new ArrayList<>();
    int size = 1 + random.nextInt(30);
    int kind = random.nextInt(3);
    for (int i = 0; i < size; i++) {
      int weight = random.nextBoolean() ? 1 : 1 + random.nextInt(7);
      boolean isNamed = kind == 0 || kind == 1 && random.nextBoolean();
      String name = "redis-" + random.nextInt(1000) + (random.nextBoolean() ? "." : "é{x}") + i;
      shards.add(
          isNamed
              ? new Shard(name, name, weight)
              : new Shard(NodeNames.jedisSharded(i), null, weight));
    }
    return shards;
  }

  private static HashRing<String> ring(Placement placement, List<Shard> shards) {
    HashRing.Builder<String> builder = HashRing.builder().placement(placement);
    shards.forEach(shard -> builder.add(shard.id, shard.getWeight()));
    return builder.build();
  }

  private static List<String> taggedKeys(Random random) {
    int[] characters = TAGGED.codePoints().toArray();
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      StringBuilder key = new StringBuilder();
      for (int length = 1 + random.nextInt(9); length > 0; length--) {
        key.appendCodePoint(characters[random.nextInt(characters.length)]);
      }
      keys.add(key.toString());
    }
    return keys;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void locate_randomShards_isTheShardOfJedis(long seed) {
    Random random = new Random(seed);
    List<Shard> shards = shards(random);
    List<String> keys = RandomMembers.keys(random);
    RandomMembers.assertThatBothAgree(
        "Jedis 3.10",
        ring(LibraryPlacements.jedisSharded(), shards),
        keys,
        new Sharded<>(shards)::getShard);
    RandomMembers.assertThatBothAgree(
        "Jedis 3.10, MD5",
        ring(
            LibraryPlacements.jedisSharded(InteropFunctions.ketama(), InteropFunctions.ketama()),
            shards),
        keys,
        new Sharded<>(shards, Hashing.MD5)::getShard);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void locate_keysWithTags_isTheShardOfJedis(long seed) {
    Random random = new Random(seed);
    List<Shard> shards = shards(random);
    Pattern pattern = Sharded.DEFAULT_KEY_TAG_PATTERN;
    RandomMembers.assertThatBothAgree(
        "Jedis 3.10 with tags",
        ring(LibraryPlacements.jedisSharded(MURMUR, InteropFunctions.jedisKeyTag(MURMUR)), shards),
        taggedKeys(random),
        new Sharded<>(shards, pattern)::getShard);
  }

  /** What the placement is for: shards leave from the end, or by name, and other keys stay. */
  @Test
  void without_aShard_isWhatJedisMakesOfTheRest() {
    Random random = new Random(5);
    List<Shard> shards = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      shards.add(new Shard("redis-" + i, "redis-" + i, 1 + i % 3));
    }
    HashRing<String> ring = ring(LibraryPlacements.jedisSharded(), shards).without("redis-3");
    shards.remove(3);
    RandomMembers.assertThatBothAgree(
        "Jedis 3.10 without one",
        ring,
        RandomMembers.keys(random),
        new Sharded<>(shards)::getShard);
    assertThat(ring.checksum())
        .isEqualTo(ring(LibraryPlacements.jedisSharded(), shards).checksum());
  }
}
