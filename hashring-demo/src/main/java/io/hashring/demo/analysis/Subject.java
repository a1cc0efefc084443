package io.hashring.demo.analysis;

import io.hashring.HashRing;
import io.hashring.hash.HashFunctions;
import io.hashring.interop.InteropFunctions;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** A placement that the experiments are made with, and the same with other hash functions. */
enum Subject {
  TEXTBOOK(
      "textbook functions",
      new NumberedPlacement(Formulas.TEXTBOOK),
      "512 slots, murmur3",
      new NumberedPlacement(Formulas.MURMUR3)),
  MD5(
      "MD5 mod 512",
      Placements.slots(InteropFunctions.md5(), 512, 9, Ties.LAST_ADDED),
      "SHA-256 mod 512",
      Placements.slots(InteropFunctions.sha256(), 512, 9, Ties.LAST_ADDED)),
  V1(
      "placement v1",
      Placements.v1(HashFunctions.xxh3_64(), 160),
      "v1, murmur3",
      Placements.v1(HashFunctions.murmur3_128(), 160));

  /** Requests have numbers of six digits. */
  static final int FIRST_REQUEST = 100_000;

  static final int LAST_REQUEST = 999_999;
  static final int ALL_REQUESTS = LAST_REQUEST - FIRST_REQUEST + 1;

  private final String title;

  @SuppressWarnings("ImmutableEnumChecker") // placements are
  private final Placement placement;

  private final String otherTitle;

  @SuppressWarnings("ImmutableEnumChecker")
  private final Placement other;

  Subject(String title, Placement placement, String otherTitle, Placement other) {
    this.title = title;
    this.placement = placement;
    this.otherTitle = otherTitle;
    this.other = other;
  }

  String title(boolean withOther) {
    return withOther ? otherTitle : title;
  }

  /** @param withOther whether the other hash functions are meant */
  Placement placement(boolean withOther) {
    return withOther ? other : placement;
  }

  static String server(int number) {
    return "server" + number;
  }

  /** The ring of servers 1 to n. */
  static HashRing<String> ring(Placement placement, int servers) {
    HashRing.Builder<String> ring = HashRing.builder().placement(placement);
    IntStream.rangeClosed(1, servers).forEach(number -> ring.add(server(number)));
    return ring.build();
  }

  /**
   * How many of all requests of six digits each server has, not of a sample, by the number of
   * servers.
   */
  static SortedMap<Integer, Counts> ofAllRequests(Placement placement) {
    long[] positions = IntStream.rangeClosed(FIRST_REQUEST, LAST_REQUEST)
        .mapToLong(request -> placement.keyFunction().hash(Integer.toString(request)))
        .toArray();
    SortedMap<Integer, Counts> byServers = new TreeMap<>();
    for (int servers = Spread.FEWEST; servers <= Spread.MOST; servers++) {
      HashRing<String> ring = ring(placement, servers);
      Counts counts = Counts.of(servers);
      for (long position : positions) {
        counts.add(ring.locateAt(position));
      }
      byServers.put(servers, counts);
    }
    return byServers;
  }
}
