package io.hashring.interop;

import static com.google.common.base.Preconditions.checkArgument;
import static io.hashring.internal.Arguments.required;

import io.hashring.hash.HashFunction;
import io.hashring.internal.Call;
import io.hashring.interop.CountByRunningSum.Order;
import io.hashring.interop.LabelPoints.Label;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Search;
import io.hashring.placement.Placement.Ties;

/**
 * The placements of HTTP proxies and service meshes, key by key. All of them are immutable and
 * equal if made from equal arguments.
 *
 * @see NodeNames
 */
public final class ProxyPlacements {

  /** The largest ring of Envoy and gRPC. */
  private static final long MAX_RING_SIZE = 8_388_608;

  private ProxyPlacements() {}

  /**
   * nginx's {@code hash … consistent}, of releases from 1.22 to that of 2026 at least.
   *
   * <p>Each point of a node is the CRC-32 of its host, a zero, its port and the four bytes of the
   * point before, in little-endian order; before the first one stands 0. A node of weight {@code w}
   * claims {@code 160 w} points, and a key lies at its {@link InteropFunctions#crc32()}. Of nodes
   * that claim one position the one added first owns it.
   *
   * <p>An id is the text behind {@code server} in the configuration, not what it resolves to:
   * {@code 10.0.0.1:80} and {@code 10.0.0.1} are two nodes. Weights are whole numbers. A server
   * that is down or has failed passes its keys on point by point, up to 20 times, where a ring goes
   * to the next node; for an empty key nginx takes turns.
   *
   * @return the placement
   */
  public static Placement nginx() {
    return CrcChain.placement("nginx", 160);
  }

  /**
   * HAProxy's {@code hash-type consistent} alone: {@link #haproxy(HashFunction)} of {@code sdbm}
   * with avalanche, which is its default.
   *
   * @return the placement
   */
  public static Placement haproxy() {
    return haproxy(InteropFunctions.avalanche(InteropFunctions.sdbm()));
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
   *     {@link InteropFunctions#djb2()}, {@code hash-type consistent djb2 avalanche} is
   *     {@link InteropFunctions#avalanche avalanche(djb2())}; likewise
   *     {@link InteropFunctions#sdbm()}, {@link InteropFunctions#wt6()} and
   *     {@link InteropFunctions#crc32()}
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
   * points. {@code ::ffff:10.0.0.1} is an address of IPv6, as HAProxy has it, and another one than
   * {@code 10.0.0.1}. Of a server that is given by a name it is the one address that HAProxy has
   * resolved it to, however many the name has. A server without an address, as long as its name is
   * not resolved, takes the points of its number, and its id is {@code #3}. On big-endian machines
   * HAProxy places IPv4 servers elsewhere.
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
   * <p>An id is both: {@code 10.0.0.1:80}, {@code [::1]:80}, with port 0 where the configuration
   * has none. What {@link #haproxyAddress} says of addresses holds here, too.
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
   * its id here. A server without one takes the points of its number, and its id is {@code #3}.
   *
   * @param keyFunction the function
   * @return the placement
   */
  public static Placement haproxyGuid(HashFunction keyFunction) {
    return haproxy("haproxyGuid", keyFunction, HaproxyPoints.GUID);
  }

  private static Placement haproxy(String name, HashFunction keyFunction, HaproxyPoints points) {
    return new ComposedPlacement(
        Call.of(name, required(keyFunction, "keyFunction")),
        keyFunction,
        points,
        HaproxyCount.INSTANCE,
        Search.NEAREST,
        Ties.FIRST_ADDED);
  }

  /**
   * Envoy's {@code ring_hash} with its defaults: {@link #envoy(HashFunction, long, long)} of
   * {@link InteropFunctions#xxh64()}, 1,024 and 8,388,608.
   *
   * @return the placement
   */
  public static Placement envoy() {
    return envoy(InteropFunctions.xxh64(), 1024, MAX_RING_SIZE);
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
   * {@code locateAt}. The bounded load of Envoy probes at random and is no walk of a ring.
   *
   * @param labelFunction {@link InteropFunctions#xxh64()} for {@code XX_HASH}, the default, and
   *     {@link InteropFunctions#murmur2_64 murmur2_64(0xc70f6907L)} for {@code MURMUR_HASH_2}
   * @param minRingSize at least 1
   * @param maxRingSize at least {@code minRingSize}, at most 8,388,608
   * @return the placement
   * @throws IllegalArgumentException if a size is out of its range
   */
  public static Placement envoy(HashFunction labelFunction, long minRingSize, long maxRingSize) {
    required(labelFunction, "labelFunction");
    return ringHash(
        Call.of("envoy", labelFunction, minRingSize, maxRingSize),
        labelFunction,
        minRingSize,
        maxRingSize,
        Order.ADDED);
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
    return ringHash(
        Call.of("grpcGo", minRingSize, maxRingSize),
        InteropFunctions.xxh64(),
        minRingSize,
        maxRingSize,
        Order.BY_ID);
  }

  private static Placement ringHash(
      String definition,
      HashFunction labelFunction,
      long minRingSize,
      long maxRingSize,
      Order order) {
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
        definition,
        InteropFunctions.xxh64(),
        new LabelPoints(labelFunction, Label.ID_UNDERSCORE_INDEX),
        new CountByRunningSum(minRingSize, maxRingSize, order),
        Ties.SMALLEST_ID);
  }
}
