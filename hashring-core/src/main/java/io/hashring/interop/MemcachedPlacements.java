package io.hashring.interop;

import static com.google.common.base.Preconditions.checkArgument;
import static io.hashring.internal.Arguments.required;

import io.hashring.hash.HashFunction;
import io.hashring.internal.Call;
import io.hashring.internal.Digest;
import io.hashring.interop.LabelPoints.Label;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Ties;

/**
 * The placements of memcached's clients and of its proxy, key by key. All of them are immutable and
 * equal if made from equal arguments.
 *
 * @see NodeNames
 */
public final class MemcachedPlacements {

  private static final Digest MD5 = Digests.of(InteropFunctions.md5());

  private MemcachedPlacements() {}

  /**
   * libketama, the first of its kind, at its last state of 2014 (RJ/ketama 18cf9a7).
   *
   * <p>Digest {@code j} of a node is MD5 of {@code id + "-" + j}, and each of its four words a
   * point, in little-endian order; a key lies at {@link InteropFunctions#ketama()}. Of {@code n}
   * nodes and a total weight of {@code W}, a node of weight {@code w} claims {@code 4 · floor(40 ·
   * n · w / W)} points, the share rounded to single precision first: <b>every change of membership
   * may move any key</b>, and a node whose share is small may hold none. Of nodes that claim one
   * position the one added first owns it (the program sorts without a rule for ties; so does the C
   * library of Debian 12).
   *
   * <p>An id is the text of the server file, normally {@code ip:port}, and at most 21 bytes long:
   * the program has no room for more. A weight is the column for memory, a whole number in any
   * unit.
   *
   * @return the placement
   */
  public static Placement libketama() {
    return new ComposedPlacement(
        "libketama",
        InteropFunctions.ketama(),
        new DigestPoints(MD5, 4, 21),
        new CountByShare(CountByShare.Ketama.LIBKETAMA),
        Ties.FIRST_ADDED);
  }

  /**
   * libmemcached 1.1 with {@code MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED}, and pylibmc 1.6 with
   * {@code ketama_weighted}: the mode of libmemcached that other clients agree with.
   *
   * <p>Points and keys are those of {@link #libketama()}. Of {@code n} nodes and a total weight of
   * {@code W}, a node of weight {@code w} claims {@code 4 · floor(40 · n · w / W)} points, every
   * step in single precision, so that 25 equal nodes hold 156 points each and not 160: <b>every
   * change of membership may move any key</b>. Of nodes that claim one position the one added first
   * owns it.
   *
   * <p>Ids are those of {@link NodeNames#libmemcached}. Weights are whole numbers; the program
   * takes 0 as 1, where here a node of weight 0 holds no keys.
   *
   * @return the placement
   */
  public static Placement libmemcachedWeighted() {
    return libmemcachedWeighted("libmemcachedWeighted", InteropFunctions.ketama());
  }

  private static Placement libmemcachedWeighted(String definition, HashFunction keyFunction) {
    return new ComposedPlacement(
        definition,
        keyFunction,
        new DigestPoints(MD5, 4),
        new CountByShare(CountByShare.Ketama.SINGLE),
        Ties.FIRST_ADDED);
  }

  /**
   * libmemcached 1.1 with {@code MEMCACHED_BEHAVIOR_KETAMA} or the distribution
   * {@code CONSISTENT_KETAMA_SPY}, and pylibmc 1.6 with {@code ketama}; as
   * {@link #libmemcachedKetama(HashFunction, HashFunction)} with one function for both.
   *
   * @param hashFunction the hash of keys and labels: {@link InteropFunctions#oneAtATime_c()} unless
   *     the program sets {@code MEMCACHED_BEHAVIOR_HASH}, to {@code MD5} for
   *     {@link InteropFunctions#ketama()}, to {@code CRC} for {@link InteropFunctions#crc32_15()},
   *     to {@code FNV1_64}, {@code FNV1A_64}, {@code FNV1_32}, {@code FNV1A_32}, {@code MURMUR},
   *     {@code MURMUR3}, {@code HSIEH} or {@code JENKINS} for those of like names and {@code _c}
   * @return the placement
   */
  public static Placement libmemcachedKetama(HashFunction hashFunction) {
    required(hashFunction, "hashFunction");
    return libmemcachedKetama(hashFunction, hashFunction);
  }

  /**
   * libmemcached 1.1 with {@code MEMCACHED_BEHAVIOR_KETAMA} or the distribution
   * {@code CONSISTENT_KETAMA_SPY}, where the program has set {@code MEMCACHED_BEHAVIOR_HASH} after
   * it added its servers, so that points and keys are hashed differently.
   *
   * <p>Point {@code j} of a node is the hash of {@code id + "-" + j}, and every node has 100 of
   * them. As soon as one weight is above 1, though, all points are silently those of
   * {@link #libmemcachedWeighted()}, while the hash of keys stays: <b>such a change of weight may
   * move any key</b>. Of nodes that claim one position the one added first owns it.
   *
   * <p>Ids are those of {@link NodeNames#libmemcached}, or of {@link NodeNames#libmemcachedSpy} for
   * that distribution. Weights are whole numbers.
   *
   * @param labelFunction the hash of labels, of 32 bits
   * @param keyFunction the hash of keys, of 32 bits
   * @return the placement
   */
  public static Placement libmemcachedKetama(HashFunction labelFunction, HashFunction keyFunction) {
    String definition = Call.of(
        "libmemcachedKetama",
        required(labelFunction, "labelFunction"),
        required(keyFunction, "keyFunction"));
    return new WeightedOnDemand(
        new ComposedPlacement(
            definition,
            keyFunction,
            new RepeatedPoint(new LabelPoints(labelFunction, Label.ID_DASH_INDEX)),
            new FixedCount(100 + 1),
            Ties.FIRST_ADDED),
        libmemcachedWeighted(definition, keyFunction));
  }

  /**
   * twemproxy (nutcracker) 0.5 with {@code distribution: ketama}.
   *
   * <p>Points and their number are those of {@link #libmemcachedWeighted()}, always of MD5:
   * <b>every change of membership may move any key</b>. Of nodes that claim one position the one of
   * the shortest id owns it, of equally short ones the smallest: twemproxy sorts its servers so.
   *
   * <p>An id is the name that stands behind a server in the configuration, or else that of
   * {@link NodeNames#libmemcached}; at most 261 bytes. With {@code hash_tag: "{}"} the key function
   * is {@link InteropFunctions#hashTag hashTag(…, '{', '}')}. A dead server that
   * {@code auto_eject_hosts} takes out is one removed here.
   *
   * @param keyFunction the {@code hash} of the pool: for {@code md5}
   *     {@link InteropFunctions#ketama()}, for {@code fnv1a_64}, the default,
   *     {@link InteropFunctions#fnv1a_64_c()}, for {@code fnv1_64}, {@code fnv1_32},
   *     {@code fnv1a_32}, {@code one_at_a_time}, {@code murmur}, {@code hsieh}, {@code jenkins} and
   *     {@code crc16} those of like names and {@code _c}; for {@code crc32}
   *     {@link InteropFunctions#crc32_15()}, for {@code crc32a} {@link InteropFunctions#crc32()}
   * @return the placement
   */
  public static Placement twemproxy(HashFunction keyFunction) {
    required(keyFunction, "keyFunction");
    return new ComposedPlacement(
        Call.of("twemproxy", keyFunction),
        keyFunction,
        new DigestPoints(MD5, 4, 261),
        new CountByShare(CountByShare.Ketama.SINGLE),
        Ties.SHORTEST_ID);
  }

  /**
   * spymemcached 2.12's {@code KetamaNodeLocator} without weights, and with its default hash.
   *
   * <p>Points and keys are those of {@link #libketama()}, always 160 points a node. Of nodes that
   * claim one position the one added last owns it. Ids are those of {@link NodeNames#spymemcached}
   * or of {@link NodeNames#spymemcachedLibmemcached}, as the client's node key format says. The
   * client answers a dead node with another hash of the key and not with the next node.
   *
   * @return the placement
   */
  public static Placement spymemcached() {
    return spymemcached(InteropFunctions.ketama());
  }

  /**
   * spymemcached 2.12's {@code KetamaNodeLocator} without weights, with another hash than
   * {@code KETAMA_HASH}; with that one, as {@link #spymemcached()}.
   *
   * <p>Point {@code j} of a node is the hash of {@code id + "-" + j}, and every node has 160 of
   * them.
   *
   * @param hashFunction the hash of keys and labels: for {@code CRC_HASH}
   *     {@link InteropFunctions#crc32_15()}, for {@code FNV1_32_HASH} and the like those of like
   *     names and {@code _java}, for {@code NATIVE_HASH} {@link InteropFunctions#stringHashCode()}
   * @return the placement
   */
  public static Placement spymemcached(HashFunction hashFunction) {
    return new ComposedPlacement(
        Call.of("spymemcached", required(hashFunction, "hashFunction")),
        hashFunction,
        ketamaOrLabels(hashFunction),
        new FixedCount(160),
        Ties.LAST_ADDED);
  }

  /**
   * spymemcached 2.12's {@code KetamaNodeLocator} with a map of weights, be they all 1.
   *
   * <p>As {@link #spymemcached()}, with the points and the numbers of points of
   * {@link #libmemcachedWeighted()}, whatever the hash of keys: <b>every change of membership may
   * move any key</b>.
   *
   * @param keyFunction the hash of keys: for {@code KETAMA_HASH} {@link InteropFunctions#ketama()}
   * @return the placement
   */
  public static Placement spymemcachedWeighted(HashFunction keyFunction) {
    return new ComposedPlacement(
        Call.of("spymemcachedWeighted", required(keyFunction, "keyFunction")),
        keyFunction,
        new DigestPoints(MD5, 4),
        new CountByShare(CountByShare.Ketama.SINGLE),
        Ties.LAST_ADDED);
  }

  /**
   * xmemcached 2.4's {@code KetamaMemcachedSessionLocator}.
   *
   * <p>With {@code KETAMA_HASH} points and keys are those of {@link #libketama()}, otherwise point
   * {@code j} is the hash of {@code id + "-" + j}; a node of weight {@code w} claims {@code 160 w}
   * of them. Of {@code n} nodes that claim one position, in the order of their ids, the one at
   * index {@code position mod n} owns it.
   *
   * <p>Ids are those of {@link NodeNames#xmemcached}, {@link NodeNames#xmemcachedNginx} or
   * {@link NodeNames#xmemcachedGwhalin}, as the locator is set. Weights are whole numbers.
   *
   * @param hashFunction the hash of keys and labels: for {@code KETAMA_HASH}
   *     {@link InteropFunctions#ketama()}, for {@code FNV1A_32_HASH} and the like those of like
   *     names and {@code _java}
   * @return the placement
   */
  public static Placement xmemcached(HashFunction hashFunction) {
    return new ComposedPlacement(
        Call.of("xmemcached", required(hashFunction, "hashFunction")),
        hashFunction,
        ketamaOrLabels(hashFunction),
        new CountPerWeight(160),
        Ties.BY_POSITION);
  }

  /** The Java clients make digests of four words where their hash is ketama's. */
  private static PointGenerator ketamaOrLabels(HashFunction hashFunction) {
    return hashFunction.equals(InteropFunctions.ketama())
        ? new DigestPoints(MD5, 4)
        : new LabelPoints(hashFunction, Label.ID_DASH_INDEX);
  }

  /**
   * Perl's Cache::Memcached::Fast 0.28 with {@code ketama_points}: {@link ProxyPlacements#nginx()}
   * with another number of points.
   *
   * @param ketamaPoints the points of a node of weight 1, at least 1
   * @return the placement
   * @throws IllegalArgumentException if {@code ketamaPoints} is less than 1
   */
  public static Placement cacheMemcachedFast(int ketamaPoints) {
    checkArgument(ketamaPoints >= 1, "ketamaPoints must be at least 1: %s", ketamaPoints);
    return CrcChain.placement(Call.of("cacheMemcachedFast", ketamaPoints), ketamaPoints);
  }
}
