package io.hashring.placement;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.Maps;
import com.google.common.hash.Hashing;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.placement.CountByRunningSum.Order;
import io.hashring.placement.LabelPoints.Label;
import io.hashring.placement.Placement.Search;
import io.hashring.placement.Placement.Ties;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The placements that come with the library. All of them are immutable and equal if made from equal
 * arguments.
 */
public final class Placements {

  /** The longest array that every virtual machine makes. */
  static final int MAX_POINTS = Integer.MAX_VALUE - 8;

  /** The largest ring of Envoy and gRPC. */
  private static final long MAX_RING_SIZE = 8_388_608;

  @SuppressWarnings("deprecation") // nothing here is a secret
  private static final com.google.common.hash.HashFunction MD5 = Hashing.md5();

  private Placements() {}

  /**
   * Placement v1, the default: frozen, so that every release and every language that follows it
   * puts the same points at the same positions.
   *
   * <p>Point {@code i} of a node, counted from 0, is output {@code i + 1} of SplitMix64 (Steele,
   * Lea and Flood, <a href="https://doi.org/10.1145/2660193.2660195">Fast Splittable Pseudorandom
   * Number Generators</a>, OOPSLA 2014) started at the hash of the UTF-8 bytes of the node's id. A
   * node of weight {@code w} claims {@code max(1, round(w · pointsPerNode))} points, halves rounded
   * up, so the points of a lower weight are the first ones of a higher weight. A key lies at its
   * hash.
   *
   * @param hashFunction the hash of ids and keys
   * @param pointsPerNode the number of points of a node of weight 1, at least 1
   * @return the placement
   * @throws IllegalArgumentException if {@code pointsPerNode} is less than 1
   */
  public static Placement v1(HashFunction hashFunction, int pointsPerNode) {
    return new PlacementV1(
        requireNonNull(hashFunction, "hashFunction must not be null"),
        checkPointsPerNode(pointsPerNode));
  }

  /**
   * A small circle of numbered slots, as textbooks and many a home-made balancer have it.
   *
   * <p>Point {@code i} of a node, counted from 0, is the slot {@code hash(id + "-" + i) mod slots};
   * a key lies in the slot {@code hash(key) mod slots}. Positions are slot numbers, {@code [0,
   * slots)}, and the hash is reduced in its {@linkplain HashFunction#slot full width}. A node of
   * weight {@code w} claims {@code max(1, round(w · pointsPerNode))} points. With
   * {@link io.hashring.hash.HashFunctions#md5() md5}, 512 and 9 this is the ring of the Python
   * balancer that the project grew out of.
   *
   * <p>Points meet in few slots often. Where that system let the last claimant overwrite the
   * others, this ring keeps all of them and gives the slot to the smallest id; where no slot is
   * shared, the two agree for every key, and everywhere with {@link #slots(HashFunction, long, int,
   * Ties)}.
   *
   * @param hashFunction the hash of labels and keys
   * @param slots the number of slots, at least 1
   * @param pointsPerNode the number of points of a node of weight 1, at least 1
   * @return the placement
   * @throws IllegalArgumentException if {@code slots} or {@code pointsPerNode} is less than 1
   */
  public static Placement slots(HashFunction hashFunction, long slots, int pointsPerNode) {
    return slots(hashFunction, slots, pointsPerNode, Ties.SMALLEST_ID);
  }

  /**
   * As {@link #slots(HashFunction, long, int)}, with another owner of shared slots:
   * {@link Ties#LAST_ADDED} is where claimants overwrite each other.
   *
   * @param hashFunction the hash of labels and keys
   * @param slots the number of slots, at least 1
   * @param pointsPerNode the number of points of a node of weight 1, at least 1
   * @param ties which of the nodes that claim a slot owns it
   * @return the placement
   * @throws IllegalArgumentException if {@code slots} or {@code pointsPerNode} is less than 1, or
   *     ties are to go {@linkplain Ties#BY_POSITION by position}, which means one of 32 bits
   */
  public static Placement slots(
      HashFunction hashFunction, long slots, int pointsPerNode, Ties ties) {
    requireNonNull(hashFunction, "hashFunction must not be null");
    requireNonNull(ties, "ties must not be null");
    checkArgument(slots >= 1, "slots must be at least 1: %s", slots);
    checkArgument(ties != Ties.BY_POSITION, "ties must not be %s for slots", ties);
    return new SlotPlacement(
        new SlotFunction(hashFunction, slots), checkPointsPerNode(pointsPerNode), ties);
  }

  // The ketama family: clients and proxies of memcached.

  /**
   * libketama, the first of its kind, at its last state of 2014 (RJ/ketama 18cf9a7).
   *
   * <p>Digest {@code j} of a node is MD5 of {@code id + "-" + j}, and each of its four words a
   * point, in little-endian order; a key lies at {@link HashFunctions#ketama()}. Of {@code n} nodes
   * and a total weight of {@code W}, a node of weight {@code w} claims {@code 4 · floor(40 · n · w
   * / W)} points, the share rounded to single precision first: <b>every change of membership may
   * move any key</b>, and a node whose share is small may hold none. Of nodes that claim one
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
        HashFunctions.ketama(),
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
    return libmemcachedWeighted(HashFunctions.ketama());
  }

  private static Placement libmemcachedWeighted(HashFunction keyFunction) {
    return new ComposedPlacement(
        "libmemcachedWeighted(" + keyFunction + ")",
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
   * @param hashFunction the hash of keys and labels: {@link HashFunctions#oneAtATime_c()} unless
   *     the program sets {@code MEMCACHED_BEHAVIOR_HASH}, to {@code MD5} for
   *     {@link HashFunctions#ketama()}, to {@code CRC} for {@link HashFunctions#crc32_15()}, to
   *     {@code FNV1_64}, {@code FNV1A_64}, {@code FNV1_32}, {@code FNV1A_32}, {@code MURMUR} or
   *     {@code MURMUR3} for those of like names and {@code _c}
   * @return the placement
   */
  public static Placement libmemcachedKetama(HashFunction hashFunction) {
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
    requireNonNull(labelFunction, "labelFunction must not be null");
    requireNonNull(keyFunction, "keyFunction must not be null");
    return new WeightedOnDemand(
        new ComposedPlacement(
            "libmemcachedKetama(" + labelFunction + ", " + keyFunction + ")",
            keyFunction,
            new RepeatedPoint(new LabelPoints(labelFunction, Label.ID_DASH_INDEX)),
            new FixedCount(100 + 1),
            Ties.FIRST_ADDED),
        libmemcachedWeighted(keyFunction));
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
   * is {@link HashFunctions#hashTag hashTag(…, '{', '}')}. A dead server that
   * {@code auto_eject_hosts} takes out is one removed here.
   *
   * @param keyFunction the {@code hash} of the pool: for {@code md5}
   *     {@link HashFunctions#ketama()}, for {@code fnv1a_64}, the default,
   *     {@link HashFunctions#fnv1a_64_c()}, for {@code fnv1_64}, {@code fnv1_32}, {@code fnv1a_32},
   *     {@code one_at_a_time} and {@code murmur} those of like names and {@code _c}; for
   *     {@code crc32} {@link HashFunctions#crc32_15()}, for {@code crc32a}
   *     {@link HashFunctions#crc32()}
   * @return the placement
   */
  public static Placement twemproxy(HashFunction keyFunction) {
    requireNonNull(keyFunction, "keyFunction must not be null");
    return new ComposedPlacement(
        "twemproxy(" + keyFunction + ")",
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
    return spymemcached(HashFunctions.ketama());
  }

  /**
   * spymemcached 2.12's {@code KetamaNodeLocator} without weights, with another hash than
   * {@code KETAMA_HASH}; with that one, as {@link #spymemcached()}.
   *
   * <p>Point {@code j} of a node is the hash of {@code id + "-" + j}, and every node has 160 of
   * them.
   *
   * @param hashFunction the hash of keys and labels: for {@code CRC_HASH}
   *     {@link HashFunctions#crc32_15()}, for {@code FNV1_32_HASH} and the like those of like names
   *     and {@code _java}, for {@code NATIVE_HASH} {@link HashFunctions#stringHashCode()}
   * @return the placement
   */
  public static Placement spymemcached(HashFunction hashFunction) {
    return new ComposedPlacement(
        "spymemcached(" + requireNonNull(hashFunction, "hashFunction must not be null") + ")",
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
   * @param keyFunction the hash of keys: for {@code KETAMA_HASH} {@link HashFunctions#ketama()}
   * @return the placement
   */
  public static Placement spymemcachedWeighted(HashFunction keyFunction) {
    return new ComposedPlacement(
        "spymemcachedWeighted(" + requireNonNull(keyFunction, "keyFunction must not be null") + ")",
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
   *     {@link HashFunctions#ketama()}, for {@code FNV1A_32_HASH} and the like those of like names
   *     and {@code _java}
   * @return the placement
   */
  public static Placement xmemcached(HashFunction hashFunction) {
    return new ComposedPlacement(
        "xmemcached(" + requireNonNull(hashFunction, "hashFunction must not be null") + ")",
        hashFunction,
        ketamaOrLabels(hashFunction),
        new CountPerWeight(160),
        Ties.BY_POSITION);
  }

  /** The Java clients make digests of four words where their hash is ketama's. */
  private static PointGenerator ketamaOrLabels(HashFunction hashFunction) {
    return hashFunction.equals(HashFunctions.ketama())
        ? new DigestPoints(MD5, 4)
        : new LabelPoints(hashFunction, Label.ID_DASH_INDEX);
  }

  // Proxies and service meshes.

  /**
   * nginx's {@code hash … consistent}, of releases from 1.22 to that of 2026 at least.
   *
   * <p>Each point of a node is the CRC-32 of its host, a zero, its port and the four bytes of the
   * point before, in little-endian order; before the first one stands 0. A node of weight {@code w}
   * claims {@code 160 w} points, and a key lies at its {@link HashFunctions#crc32()}. Of nodes that
   * claim one position the one added first owns it.
   *
   * <p>An id is the text behind {@code server} in the configuration, not what it resolves to:
   * {@code 10.0.0.1:80} and {@code 10.0.0.1} are two nodes. Weights are whole numbers. A server
   * that is down or has failed passes its keys on point by point, up to 20 times, where a ring goes
   * to the next node; for an empty key nginx takes turns.
   *
   * @return the placement
   */
  public static Placement nginx() {
    return crcChain("nginx", 160);
  }

  /**
   * Perl's Cache::Memcached::Fast 0.28 with {@code ketama_points}: {@link #nginx()} with another
   * number of points.
   *
   * @param ketamaPoints the points of a node of weight 1, at least 1
   * @return the placement
   * @throws IllegalArgumentException if {@code ketamaPoints} is less than 1
   */
  public static Placement cacheMemcachedFast(int ketamaPoints) {
    checkArgument(ketamaPoints >= 1, "ketamaPoints must be at least 1: %s", ketamaPoints);
    return crcChain("cacheMemcachedFast(" + ketamaPoints + ")", ketamaPoints);
  }

  private static Placement crcChain(String name, int points) {
    return new ComposedPlacement(
        name,
        HashFunctions.crc32(),
        CrcChain.INSTANCE,
        new CountPerWeight(points),
        Ties.FIRST_ADDED);
  }

  /**
   * HAProxy's {@code hash-type consistent} alone: {@link #haproxy(HashFunction)} of {@code sdbm}
   * with avalanche, which is its default.
   *
   * @return the placement
   */
  public static Placement haproxy() {
    return haproxy(HashFunctions.avalanche(HashFunctions.sdbm()));
  }

  /**
   * HAProxy's {@code hash-type consistent} with {@code hash-key id}, its default: releases up to
   * 2.9, from 3.3, and those of 3.0, 3.1 and 3.2 since October 2025; before, see
   * {@link #haproxy3_0}.
   *
   * <p>Point {@code j} of the server of number {@code id} is the avalanche of {@code 4096 id + j},
   * of 32 bits. A server of weight {@code w} claims {@code 16 w} points: with HAProxy's default,
   * weight 1, shares are very uneven. A key takes the {@linkplain Search#NEAREST nearest} point,
   * and not the next one. Servers whose numbers differ by a multiple of 2^20 have the same points.
   *
   * <p>An id is the number of a server in decimal: what {@code id} says in the configuration, or
   * else the smallest number, from 1, that is free, in the order of the servers. Weights are whole
   * numbers up to 256. The key is the text that {@code balance} says: of {@code hdr} what stands
   * before the first comma, of {@code url_param} the bytes as sent. For {@code source} it is the
   * address, in bytes, and the function {@code avalanche} of the exclusive or of its big-endian
   * words. While one server only is usable HAProxy asks no hash, and a missing key takes turns.
   * Bounded load is not a matter of placement.
   *
   * @param keyFunction the function: {@code hash-type consistent djb2} is
   *     {@link HashFunctions#djb2()}, {@code hash-type consistent djb2 avalanche} is
   *     {@link HashFunctions#avalanche avalanche(djb2())}; likewise {@link HashFunctions#sdbm()},
   *     {@link HashFunctions#wt6()} and {@link HashFunctions#crc32()}
   * @return the placement
   */
  public static Placement haproxy(HashFunction keyFunction) {
    return haproxy("haproxy", keyFunction, HaproxyPoints.ID);
  }

  /**
   * HAProxy's {@code hash-type consistent} as 3.0, 3.1 and 3.2 had it until October 2025: as
   * {@link #haproxy(HashFunction)}, but for the points, which are elsewhere by mistake.
   *
   * @param keyFunction the function
   * @return the placement
   */
  public static Placement haproxy3_0(HashFunction keyFunction) {
    return haproxy("haproxy3_0", keyFunction, HaproxyPoints.ID_3_0);
  }

  /**
   * HAProxy's {@code hash-type consistent} with {@code hash-key id32}, of 3.4: as
   * {@link #haproxy(HashFunction)}, with points that use all bits of the number.
   *
   * @param keyFunction the function
   * @return the placement
   */
  public static Placement haproxyId32(HashFunction keyFunction) {
    return haproxy("haproxyId32", keyFunction, HaproxyPoints.ID32);
  }

  /**
   * HAProxy's {@code hash-type consistent} with {@code hash-key addr}, of 3.0 to 3.4: as
   * {@link #haproxy(HashFunction)}, with points that follow from a server's IP address.
   *
   * <p>An id is the address, with or without a port: {@code 10.0.0.1}, {@code 10.0.0.1:80},
   * {@code ::1}, {@code [::1]:80}. Ports do not matter, so servers that share an address share all
   * points. On big-endian machines HAProxy places IPv4 servers elsewhere.
   *
   * @param keyFunction the function
   * @return the placement
   */
  public static Placement haproxyAddress(HashFunction keyFunction) {
    return haproxy("haproxyAddress", keyFunction, HaproxyPoints.ADDRESS);
  }

  /**
   * HAProxy's {@code hash-type consistent} with {@code hash-key addr-port}, of 3.0 to 3.4: as
   * {@link #haproxy(HashFunction)}, with points that follow from a server's IP address and port.
   *
   * <p>An id is both: {@code 10.0.0.1:80}, {@code [::1]:80}. On big-endian machines HAProxy places
   * IPv4 servers elsewhere.
   *
   * @param keyFunction the function
   * @return the placement
   */
  public static Placement haproxyAddressAndPort(HashFunction keyFunction) {
    return haproxy("haproxyAddressAndPort", keyFunction, HaproxyPoints.ADDRESS_AND_PORT);
  }

  /**
   * HAProxy's {@code hash-type consistent} with {@code hash-key guid}, of 3.4: as
   * {@link #haproxy(HashFunction)}, with points that follow from a server's {@code guid}, which is
   * its id here.
   *
   * @param keyFunction the function
   * @return the placement
   */
  public static Placement haproxyGuid(HashFunction keyFunction) {
    return haproxy("haproxyGuid", keyFunction, HaproxyPoints.GUID);
  }

  private static Placement haproxy(String name, HashFunction keyFunction, HaproxyPoints points) {
    return new ComposedPlacement(
        name + "(" + requireNonNull(keyFunction, "keyFunction must not be null") + ")",
        keyFunction,
        points,
        HaproxyCount.INSTANCE,
        Search.NEAREST,
        Ties.FIRST_ADDED);
  }

  /**
   * Envoy's {@code ring_hash} with its defaults: {@link #envoy(HashFunction, long, long)} of
   * {@link HashFunctions#xxh64()}, 1,024 and 8,388,608.
   *
   * @return the placement
   */
  public static Placement envoy() {
    return envoy(HashFunctions.xxh64(), 1024, MAX_RING_SIZE);
  }

  /**
   * Envoy's {@code ring_hash} policy, as of 2026.
   *
   * <p>Point {@code j} of a host is the hash of {@code id + "_" + j}, of 64 bits. The ring has so
   * many points that the host of the lowest weight holds a whole number and all together
   * {@code minRingSize}, but not more than {@code maxRingSize}; each host holds its share, and what
   * is fractional in it goes over to the next host, in the order in which they were added: <b>every
   * change of membership may move any key</b>, and where the ring is small hosts may hold no point.
   * Which of several hosts owns a position that they share, Envoy leaves open.
   *
   * <p>An id is the host's {@code hash_key}, or else that of {@link NodeNames#hostAndPort}. Weights
   * are whole numbers: of hosts in localities, those multiplied out. A key is the value that the
   * hash policy names, always hashed by XXH64; a request hash made of several policies is one for
   * {@code locateHash}. The bounded load of Envoy probes at random and is no walk of a ring.
   *
   * @param labelFunction {@link HashFunctions#xxh64()} for {@code XX_HASH}, the default, and
   *     {@link HashFunctions#murmur2_64 murmur2_64(0xc70f6907L)} for {@code MURMUR_HASH_2}
   * @param minRingSize at least 1
   * @param maxRingSize at least {@code minRingSize}, at most 8,388,608
   * @return the placement
   * @throws IllegalArgumentException if a size is out of its range
   */
  public static Placement envoy(HashFunction labelFunction, long minRingSize, long maxRingSize) {
    requireNonNull(labelFunction, "labelFunction must not be null");
    return ringHash("envoy", labelFunction, minRingSize, maxRingSize, Order.ADDED);
  }

  /**
   * grpc-go's {@code ring_hash_experimental} with its defaults: {@link #grpcGo(long, long)} of
   * 1,024 and 4,096.
   *
   * @return the placement
   */
  public static Placement grpcGo() {
    return grpcGo(1024, 4096);
  }

  /**
   * grpc-go's {@code ring_hash_experimental}, from 1.54 on; earlier ones wrote their labels
   * otherwise.
   *
   * <p>As {@link #envoy(HashFunction, long, long)} with XXH64, but that fractions go over from node
   * to node in the order of their ids, so that the order of adding does not matter.
   *
   * <p>An id is the endpoint's hash key, or else its address, {@code ip:port}. gRPC lowers both
   * sizes to its cap, which is 4,096 unless {@code GRPC_RING_HASH_CAP} says otherwise; they are
   * given here as lowered.
   *
   * @param minRingSize at least 1
   * @param maxRingSize at least {@code minRingSize}, at most 8,388,608
   * @return the placement
   * @throws IllegalArgumentException if a size is out of its range
   */
  public static Placement grpcGo(long minRingSize, long maxRingSize) {
    return ringHash("grpcGo", HashFunctions.xxh64(), minRingSize, maxRingSize, Order.BY_ID);
  }

  private static Placement ringHash(
      String name, HashFunction labelFunction, long minRingSize, long maxRingSize, Order order) {
    checkArgument(minRingSize >= 1, "minRingSize must be at least 1: %s", minRingSize);
    checkArgument(
        maxRingSize <= MAX_RING_SIZE,
        "maxRingSize must not exceed %s: %s",
        MAX_RING_SIZE,
        maxRingSize);
    checkArgument(
        minRingSize <= maxRingSize,
        "minRingSize must not exceed maxRingSize: %s and %s",
        minRingSize,
        maxRingSize);
    return new ComposedPlacement(
        name + "(" + labelFunction + ", " + minRingSize + ", " + maxRingSize + ")",
        HashFunctions.xxh64(),
        new LabelPoints(labelFunction, Label.ID_UNDERSCORE_INDEX),
        new CountByRunningSum(minRingSize, maxRingSize, order),
        Ties.SMALLEST_ID);
  }

  /**
   * The {@code ketama} hashring of Thanos receive, as of 2026 (e103a81), without zones.
   *
   * <p>Point {@code j} of an endpoint, counted from 1 to 1000, is XXH64 of {@code id + ":" + j}. An
   * id is the endpoint's address. There are no weights. Which of several endpoints owns a position
   * that they share, Thanos leaves open.
   *
   * <p>A key is in bytes: the tenant and a byte of 0xff, then of every label, in order, the name,
   * 0xff, the value, 0xff. The copies of a series go to its preference list.
   *
   * @return the placement
   */
  public static Placement thanosReceive() {
    return new ComposedPlacement(
        "thanosReceive",
        HashFunctions.xxh64(),
        new LabelPoints(HashFunctions.xxh64(), Label.ID_COLON_INDEX, 1),
        new FixedCount(1000),
        Ties.SMALLEST_ID);
  }

  // Libraries of other languages.

  /**
   * Go's golang/groupcache {@code consistenthash}, at 2c02b82, and its copies.
   *
   * <p>Point {@code j} of a node is the hash of {@code j + id}, the index first. There are no
   * weights. Of nodes that claim one position the one added last owns it.
   *
   * @param hashFunction {@link HashFunctions#crc32()}, unless {@code New} is given another
   * @param replicas the points of a node, at least 1; groupcache itself takes 50
   * @return the placement
   * @throws IllegalArgumentException if {@code replicas} is less than 1
   */
  public static Placement groupcache(HashFunction hashFunction, int replicas) {
    requireNonNull(hashFunction, "hashFunction must not be null");
    return indexFirst("groupcache", hashFunction, hashFunction, replicas);
  }

  /**
   * Go's stathat.com/c/consistent, at 30ea17e.
   *
   * <p>As {@link #groupcache}, but that a key which lies on a point belongs to the next one.
   *
   * @param hashFunction {@link HashFunctions#crc32()}, or {@link HashFunctions#fnv1a_32()} after
   *     {@code UseFnv}
   * @param numberOfReplicas the points of a node, at least 1; 20 unless set
   * @return the placement
   * @throws IllegalArgumentException if {@code numberOfReplicas} is less than 1
   */
  public static Placement stathat(HashFunction hashFunction, int numberOfReplicas) {
    requireNonNull(hashFunction, "hashFunction must not be null");
    return indexFirst("stathat", hashFunction, new StrictlyAfter(hashFunction), numberOfReplicas);
  }

  private static Placement indexFirst(
      String name, HashFunction labelFunction, HashFunction keyFunction, int replicas) {
    return new ComposedPlacement(
        name + "(" + labelFunction + ", " + checkReplicas(replicas) + ")",
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
        "lafikl(" + requireNonNull(hashFunction, "hashFunction must not be null") + ")",
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
    HashFunction littleEndian = HashFunctions.of(MD5);
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
   * a point, in little-endian order; a key lies at {@link HashFunctions#ketama()}, and if that is
   * on a point, it belongs to the next one. Of {@code n} nodes and a total weight of {@code W}, a
   * node of weight {@code w} claims {@code 3 · floor(40 · n · w / W)} points: <b>every change of
   * membership may move any key</b>. Of nodes that claim one position the one added last owns it;
   * with weights the library takes them in the order of a Go map, which is random.
   *
   * @return the placement
   */
  public static Placement serialx2019() {
    return new ComposedPlacement(
        "serialx2019",
        new StrictlyAfter(HashFunctions.ketama()),
        new DigestPoints(MD5, 3),
        new CountByShare(CountByShare.Ketama.SERIALX),
        Ties.LAST_ADDED);
  }

  /**
   * Python's uhashring 2.1 with {@code hash_fn="ketama"}.
   *
   * <p>As {@link #libketama()}, with {@code replicas} words of every digest and {@code replicas ·
   * (vnodes · n · w div W)} points. A key which lies on a point belongs to the next one. <b>Every
   * change of membership may move any key.</b> Of nodes that claim one position the one added last
   * owns it. Weights are whole numbers.
   *
   * @param vnodes the digests of a node of average weight, at least 1; 40 unless set
   * @param replicas the words of a digest, from 1 to 4; 4 unless set
   * @return the placement
   * @throws IllegalArgumentException if a number is out of its range
   */
  public static Placement uhashringKetama(int vnodes, int replicas) {
    checkVnodes(vnodes);
    return new ComposedPlacement(
        "uhashringKetama(" + vnodes + ", " + replicas + ")",
        new StrictlyAfter(HashFunctions.ketama()),
        new DigestPoints(MD5, checkWords(replicas, MD5)),
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
    return new ComposedPlacement(
        "uhashring(" + checkVnodes(vnodes) + ")",
        new StrictlyAfter(HashFunctions.md5()),
        new LabelPoints(HashFunctions.md5(), Label.ID_DASH_INDEX),
        new CountPerWeight(vnodes),
        Ties.LAST_ADDED);
  }

  /**
   * JavaScript's hashring 3.2 of npm with its defaults: {@link #npmHashring(
   * com.google.common.hash.HashFunction, int, int, Map)} of MD5, 40, 4 and no other numbers.
   *
   * @return the placement
   */
  public static Placement npmHashring() {
    return npmHashring(MD5, 40, 4, Map.of());
  }

  /**
   * JavaScript's hashring 3.2 of npm.
   *
   * <p>As {@link #libketama()}, with another digest, {@code replicas} words of every digest, and
   * {@code replicas · floor(vnodes · n · w / W)} points, in double precision, the share first, so
   * that 14 equal nodes hold 156 points each: <b>every change of membership may move any key</b>. A
   * node with a number of its own other than {@code vnodes} has so many digests. Of nodes that
   * claim one position the one added first owns it. Ids are the servers as given to the library,
   * but see {@link NodeNames#npmHashring}; weights may be fractional.
   *
   * @param digest the algorithm: MD5 unless set
   * @param vnodes the digests of a node of average weight, at least 1; 40 unless set
   * @param replicas the words of a digest, at least 1; 4 unless set, 3 in the mode
   *     {@code hash_ring}
   * @param vnodesById the numbers of digests of those nodes that have one of their own, each at
   *     least 1
   * @return the placement
   * @throws IllegalArgumentException if a number is out of its range
   */
  public static Placement npmHashring(
      com.google.common.hash.HashFunction digest,
      int vnodes,
      int replicas,
      Map<String, Integer> vnodesById) {
    requireNonNull(digest, "digest must not be null");
    checkVnodes(vnodes);
    vnodesById.values().forEach(Placements::checkVnodes);
    return new ComposedPlacement(
        "npmHashring(" + digest + ", " + vnodes + ", " + replicas + ", " + vnodesById + ")",
        HashFunctions.first32Bits(digest),
        new DigestPoints(digest, checkWords(replicas, digest)),
        new CountByShare(new CountByShare.Npm(vnodes, replicas, Map.copyOf(vnodesById))),
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
   * @param digest the algorithm as a big-endian number: {@link HashFunctions#md5()} unless set
   * @param replicas the points of a node, at least 1; 160 unless set
   * @return the placement
   * @throws IllegalArgumentException if {@code replicas} is less than 1
   */
  public static Placement npmConsistentHashing(HashFunction digest, int replicas) {
    HashFunction backwards = new Complement(requireNonNull(digest, "digest must not be null"));
    return new ComposedPlacement(
        "npmConsistentHashing(" + digest + ", " + checkReplicas(replicas) + ")",
        backwards,
        new LabelPoints(backwards, Label.ID_COLON_INDEX),
        new FixedCount(replicas),
        Ties.LAST_ADDED);
  }

  // Points that are given.

  /**
   * Points as given, one by one: for systems that store or configure them.
   *
   * @param keyFunction the hash of keys
   * @param tokens the positions of every node, by id, to be read as unsigned numbers; no node
   *     without one, and none twice
   * @return the placement; for nodes of these ids, of weight 1 or 0, and no others
   * @throws IllegalArgumentException if a node has no token, or a token is given twice
   */
  public static Placement tokens(
      HashFunction keyFunction, Map<String, ? extends Collection<Long>> tokens) {
    requireNonNull(keyFunction, "keyFunction must not be null");
    return new TokenPlacement(
        "tokens(" + keyFunction + ", " + tokens.size() + " nodes)",
        keyFunction,
        Maps.transformValues(tokens, List::copyOf));
  }

  /**
   * Apache Cassandra's Murmur3Partitioner, of 4.1, with the tokens that the nodes of a data centre
   * own.
   *
   * <p>A partition key lies at its {@link HashFunctions#cassandraToken()}; the node of the first
   * token at or after it holds its first copy. Under {@code SimpleStrategy} the preference list
   * holds the others.
   *
   * @param tokens the tokens of every node, by id, as {@code nodetool ring} shows them: signed
   *     numbers; no node without one, and none twice
   * @return the placement; for nodes of these ids, of weight 1 or 0, and no others
   * @throws IllegalArgumentException if a node has no token, or a token is given twice
   */
  public static Placement cassandra(Map<String, ? extends Collection<Long>> tokens) {
    return new TokenPlacement(
        "cassandra(" + tokens.size() + " nodes)",
        HashFunctions.cassandraToken(),
        Maps.transformValues(tokens, List::copyOf));
  }

  /**
   * The ring of Grafana's dskit, at 0682988, which Mimir and Loki use, with the tokens that
   * instances have registered.
   *
   * <p>A key lies at its {@link HashFunctions#fnv1_32()}; if that is on a token, it belongs to the
   * next one. Mimir's key of a series is the tenant, then the names and values of all labels, in
   * order and without separators. Of two instances that register one token, dskit lets one keep it:
   * that one is to be given here.
   *
   * @param tokens the tokens of every instance, by id: numbers from 0 to 2^32 - 1; no instance
   *     without one, and none twice
   * @return the placement; for nodes of these ids, of weight 1 or 0, and no others
   * @throws IllegalArgumentException if an instance has no token, or a token is given twice or has
   *     more than 32 bits
   */
  public static Placement dskit(Map<String, ? extends Collection<Long>> tokens) {
    return new TokenPlacement(
        "dskit(" + tokens.size() + " nodes)",
        new StrictlyAfter(HashFunctions.fnv1_32()),
        Maps.transformValues(
            tokens, ofNode -> ofNode.stream().map(Placements::upperHalf).toList()));
  }

  private static long upperHalf(long token) {
    checkArgument(token >>> Integer.SIZE == 0, "token must be of 32 bits: %s", token);
    return token << Integer.SIZE;
  }

  /** The number of points that a weight stands for; saturates far above what any ring holds. */
  static long pointCount(double weight, int pointsPerNode) {
    return Math.max(1, Math.round(weight * pointsPerNode));
  }

  /** Room for the points of a node. */
  static long[] newPoints(double weight, int pointsPerNode) {
    long count = pointCount(weight, pointsPerNode);
    checkArgument(
        count <= MAX_POINTS, "points of a node must not exceed %s: %s", MAX_POINTS, count);
    return new long[(int) count];
  }

  private static int checkPointsPerNode(int pointsPerNode) {
    checkArgument(pointsPerNode >= 1, "pointsPerNode must be at least 1: %s", pointsPerNode);
    return pointsPerNode;
  }

  private static int checkReplicas(int replicas) {
    checkArgument(replicas >= 1, "replicas must be at least 1: %s", replicas);
    return replicas;
  }

  private static int checkVnodes(int vnodes) {
    checkArgument(vnodes >= 1, "vnodes must be at least 1: %s", vnodes);
    return vnodes;
  }

  private static int checkWords(int replicas, com.google.common.hash.HashFunction digest) {
    int words = digest.bits() / Integer.SIZE;
    checkArgument(
        replicas >= 1 && replicas <= words,
        "replicas must be from 1 to %s, the words of %s: %s",
        words,
        digest,
        replicas);
    return replicas;
  }
}
