package io.hashring.interop;

import static com.google.common.base.Preconditions.checkArgument;
import static io.hashring.internal.Arguments.required;

import com.google.common.hash.Hashing;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.internal.Call;
import io.hashring.internal.Digest;
import io.hashring.interop.LabelPoints.Label;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Ties;
import java.util.HashMap;
import java.util.Map;

/**
 * The placements of consistent-hashing libraries of this and other languages, key by key. All of
 * them are immutable and equal if made from equal arguments.
 */
public final class LibraryPlacements {

  private static final Digest MD5 = Digests.of(InteropFunctions.md5());

  private static final HashFunction JEDIS_MURMUR = InteropFunctions.murmur2_64(0x1234abcdL);

  private LibraryPlacements() {}

  /**
   * Go's golang/groupcache {@code consistenthash}, at 2c02b82, and its copies.
   *
   * <p>Point {@code j} of a node is the hash of {@code j + id}, the index first. There are no
   * weights. Of nodes that claim one position the one added last owns it.
   *
   * @param hashFunction {@link InteropFunctions#crc32()}, unless {@code New} is given another
   * @param replicas the points of a node, at least 1; groupcache itself takes 50
   * @return the placement
   * @throws IllegalArgumentException if {@code replicas} is less than 1
   */
  public static Placement groupcache(HashFunction hashFunction, int replicas) {
    required(hashFunction, "hashFunction");
    checkPositive("replicas", replicas);
    return indexFirst(
        Call.of("groupcache", hashFunction, replicas), hashFunction, hashFunction, replicas);
  }

  /**
   * Go's stathat.com/c/consistent, at 30ea17e.
   *
   * <p>As {@link #groupcache}, but that a key which lies on a point belongs to the next one.
   *
   * @param hashFunction {@link InteropFunctions#crc32()}, or {@link InteropFunctions#fnv1a_32()}
   *     after {@code UseFnv}
   * @param numberOfReplicas the points of a node, at least 1; 20 unless set
   * @return the placement
   * @throws IllegalArgumentException if {@code numberOfReplicas} is less than 1
   */
  public static Placement stathat(HashFunction hashFunction, int numberOfReplicas) {
    required(hashFunction, "hashFunction");
    checkPositive("numberOfReplicas", numberOfReplicas);
    return indexFirst(
        Call.of("stathat", hashFunction, numberOfReplicas),
        hashFunction,
        new StrictlyAfter(hashFunction),
        numberOfReplicas);
  }

  private static Placement indexFirst(
      String definition, HashFunction labelFunction, HashFunction keyFunction, int replicas) {
    return new ComposedPlacement(
        definition,
        keyFunction,
        new LabelPoints(labelFunction, Label.INDEX_ID),
        new FixedCount(replicas),
        Ties.LAST_ADDED);
  }

  /**
   * Go's lafikl/consistent, at bdd3606: its {@code Get}. Its {@code GetLeast} is a matter of load.
   *
   * <p>Point {@code j} of a node, from 0 to 9, is the hash of {@code id + j}. There are no weights.
   * Of nodes that claim one position the one added last owns it.
   *
   * @param hashFunction the first eight bytes of BLAKE2b-512 as a little-endian number, from a
   *     library of the caller's choice
   * @return the placement
   */
  public static Placement lafikl(HashFunction hashFunction) {
    return new ComposedPlacement(
        Call.of("lafikl", required(hashFunction, "hashFunction")),
        hashFunction,
        new LabelPoints(hashFunction, Label.ID_INDEX),
        new FixedCount(10),
        Ties.LAST_ADDED);
  }

  /**
   * Go's serialx/hashring since 2020 (22c0c7a); for earlier ones see {@link #serialx2019}.
   *
   * <p>Point {@code j} of a node is MD5 of {@code id + "-" + j}, of which the first 64 of 128 bits
   * are taken. A node of weight {@code w} claims {@code w} points: one alone unless
   * {@code NewWithWeights} says otherwise. A key which lies on a point belongs to the next one.
   *
   * @return the placement
   */
  public static Placement serialx() {
    @SuppressWarnings("deprecation") // nothing here is a secret
    HashFunction littleEndian = HashFunctions.of(Hashing.md5());
    return new ComposedPlacement(
        "serialx",
        new StrictlyAfter(littleEndian),
        new LabelPoints(littleEndian, Label.ID_DASH_INDEX),
        new CountPerWeight(1),
        Ties.SMALLEST_ID);
  }

  /**
   * Go's serialx/hashring up to 2019 (8b29126).
   *
   * <p>Digest {@code j} of a node is MD5 of {@code id + "-" + j}, and each of its first three words
   * a point, in little-endian order; a key lies at {@link InteropFunctions#ketama()}, and if that
   * is on a point, it belongs to the next one. Of {@code n} nodes and a total weight of {@code W},
   * a node of weight {@code w} claims {@code 3 · floor(40 · n · w / W)} points: <b>every change of
   * membership may move any key</b>. Of nodes that claim one position the one added last owns it;
   * with weights the library takes them in the order of a Go map, which is random.
   *
   * @return the placement
   */
  public static Placement serialx2019() {
    return new ComposedPlacement(
        "serialx2019",
        new StrictlyAfter(InteropFunctions.ketama()),
        new DigestPoints(MD5, 3),
        new CountByShare(CountByShare.Ketama.SERIALX),
        Ties.LAST_ADDED);
  }

  /**
   * Python's uhashring 2.1 with {@code hash_fn="ketama"}.
   *
   * <p>As {@link MemcachedPlacements#libketama()}, with {@code replicas} words of every digest and
   * {@code replicas · (vnodes · n · w div W)} points. A key which lies on a point belongs to the
   * next one. <b>Every change of membership may move any key.</b> Of nodes that claim one position
   * the one added last owns it. Weights are whole numbers.
   *
   * @param vnodes the digests of a node of average weight, at least 1; 40 unless set
   * @param replicas the words of a digest, from 1 to 4; 4 unless set
   * @return the placement
   * @throws IllegalArgumentException if a number is out of its range
   */
  public static Placement uhashringKetama(int vnodes, int replicas) {
    checkPositive("vnodes", vnodes);
    return new ComposedPlacement(
        Call.of("uhashringKetama", vnodes, replicas),
        new StrictlyAfter(InteropFunctions.ketama()),
        new DigestPoints(MD5, checkWords(replicas, InteropFunctions.md5())),
        new CountByShare(new CountByShare.Whole(vnodes, replicas)),
        Ties.LAST_ADDED);
  }

  /**
   * Python's uhashring 2.1 in its default mode.
   *
   * <p>Point {@code j} of a node is MD5 of {@code id + "-" + j}, of which the first 64 of 128 bits
   * are taken. A node of weight {@code w} claims {@code vnodes · w} points. A key which lies on a
   * point belongs to the next one. Of nodes that claim one position the one added last owns it.
   * Weights are whole numbers.
   *
   * @param vnodes the points of a node of weight 1, at least 1; 160 unless set
   * @return the placement
   * @throws IllegalArgumentException if {@code vnodes} is less than 1
   */
  public static Placement uhashring(int vnodes) {
    checkPositive("vnodes", vnodes);
    return new ComposedPlacement(
        Call.of("uhashring", vnodes),
        new StrictlyAfter(InteropFunctions.md5()),
        new LabelPoints(InteropFunctions.md5(), Label.ID_DASH_INDEX),
        new CountPerWeight(vnodes),
        Ties.LAST_ADDED);
  }

  /**
   * JavaScript's hashring 3.2 of npm with its defaults: {@link #npmHashring(HashFunction, int, int,
   * Map)} of MD5, 40, 4 and no other numbers.
   *
   * @return the placement
   */
  public static Placement npmHashring() {
    return npmHashring(InteropFunctions.md5(), 40, 4, Map.of());
  }

  /**
   * JavaScript's hashring 3.2 of npm.
   *
   * <p>As {@link MemcachedPlacements#libketama()}, with another digest, {@code replicas} words of
   * every digest, and {@code replicas · floor(vnodes · n · w / W)} points, in double precision, the
   * share first, so that 14 equal nodes hold 156 points each: <b>every change of membership may
   * move any key</b>. A node with a number of its own other than {@code vnodes} has so many
   * digests. Of nodes that claim one position the one added first owns it. Ids are the servers as
   * given to the library, but see {@link NodeNames#npmHashring}; weights may be fractional.
   *
   * @param digest the algorithm: {@link InteropFunctions#md5()} unless set; as for
   *     {@link InteropFunctions#first32Bits}
   * @param vnodes the digests of a node of average weight, at least 1; 40 unless set
   * @param replicas the words of a digest, at least 1; 4 unless set, 3 in the mode
   *     {@code hash_ring}
   * @param vnodesById the numbers of digests of those nodes that have one of their own, each at
   *     least 1
   * @return the placement
   * @throws IllegalArgumentException if a number is out of its range or the digest none
   */
  public static Placement npmHashring(
      HashFunction digest, int vnodes, int replicas, Map<String, Integer> vnodesById) {
    HashFunction keyFunction = InteropFunctions.first32Bits(digest);
    checkPositive("vnodes", vnodes);
    Map<String, Integer> own = new HashMap<>();
    required(vnodesById, "vnodesById").forEach((id, ofNode) -> {
      required(id, "id of vnodesById");
      checkPositive("vnodes of " + id, required(ofNode, "vnodes of " + id));
      own.put(id, ofNode);
    });
    return new ComposedPlacement(
        Call.of("npmHashring", digest, vnodes, replicas, own),
        keyFunction,
        new DigestPoints(Digests.of(digest), checkWords(replicas, digest)),
        new CountByShare(new CountByShare.Npm(vnodes, replicas, Map.copyOf(own))),
        Ties.FIRST_ADDED);
  }

  /**
   * JavaScript's consistent-hashing 0.3 of npm.
   *
   * <p>Point {@code j} of a node is the digest of {@code id + ":" + j}, of which the first 64 bits
   * are taken. A key takes the last point at or <i>before</i> it, so the ring runs the other way
   * round: {@linkplain io.hashring.HashRing#points() its positions} are complements of those of the
   * library. There are no weights. Of nodes that claim one position the one added last owns it.
   *
   * @param digest the algorithm as a big-endian number: {@link InteropFunctions#md5()} unless set
   * @param replicas the points of a node, at least 1; 160 unless set
   * @return the placement
   * @throws IllegalArgumentException if {@code replicas} is less than 1
   */
  public static Placement npmConsistentHashing(HashFunction digest, int replicas) {
    HashFunction backwards = new Complement(required(digest, "digest"));
    checkPositive("replicas", replicas);
    return new ComposedPlacement(
        Call.of("npmConsistentHashing", digest, replicas),
        backwards,
        new LabelPoints(backwards, Label.ID_COLON_INDEX),
        new FixedCount(replicas),
        Ties.LAST_ADDED);
  }

  /**
   * Java's Jedis to 3.10, {@code ShardedJedis} and {@code Sharded}, with its defaults; and
   * {@code JedisSharding} of Jedis 4 to 6, all of whose shards are unnamed and of weight 1:
   * {@link #jedisSharded(HashFunction, HashFunction)} of MurmurHash2 with the seed
   * {@code 0x1234abcd}.
   *
   * @return the placement
   */
  public static Placement jedisSharded() {
    return jedisSharded(JEDIS_MURMUR, JEDIS_MURMUR);
  }

  /**
   * Java's Jedis to 3.10: {@code ShardedJedis} and {@code Sharded}.
   *
   * <p>A shard of weight {@code w} claims {@code 160 · w} points. Point {@code j} of one that has a
   * name is the hash of {@code name + "*" + j}, and the name is its id. A shard without a name, the
   * usual one, has the id {@link NodeNames#jedisSharded} of its index in the list, and point
   * {@code j} is the hash of {@code "SHARD-" + index + "-NODE-" + j}: there every shard must stay
   * at its index, and only the last ones may leave. An id of that form is never taken for a name.
   * Of shards that claim one position the one added last owns it. Jedis before 2.10 had other
   * labels for shards with names. Weights are whole numbers.
   *
   * @param hash the hash of labels: {@link InteropFunctions#murmur2_64} with the seed
   *     {@code 0x1234abcd} for {@code Hashing.MURMUR_HASH}, {@link InteropFunctions#ketama()} for
   *     {@code Hashing.MD5}
   * @param keyFunction the hash of keys: the same, or {@link InteropFunctions#jedisKeyTag} of it
   *     where {@code DEFAULT_KEY_TAG_PATTERN} was given
   * @return the placement
   */
  public static Placement jedisSharded(HashFunction hash, HashFunction keyFunction) {
    return new ComposedPlacement(
        Call.of("jedisSharded", required(hash, "hash"), required(keyFunction, "keyFunction")),
        keyFunction,
        new JedisPoints(hash),
        new CountPerWeight(160),
        Ties.LAST_ADDED);
  }

  private static void checkPositive(String parameter, int value) {
    checkArgument(value >= 1, "%s must be at least 1: %s", parameter, value);
  }

  private static int checkWords(int replicas, HashFunction digest) {
    int words = Digests.of(digest).bits() / Integer.SIZE;
    checkArgument(
        replicas >= 1 && replicas <= words,
        "replicas must be from 1 to %s, the words of %s: %s",
        words,
        digest,
        replicas);
    return replicas;
  }
}
