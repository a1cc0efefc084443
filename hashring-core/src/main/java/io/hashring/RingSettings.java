package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.hashring.hash.HashFunction;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Search;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a builder is told, and every ring that descends from its rings keeps. */
final class RingSettings<N> {

  /** More probes than this even out nothing any more, and every lookup pays for them. */
  static final int MAX_PROBES = 1024;

  final Function<? super N, String> idFunction;
  final HashFunction hashFunction;
  final int pointsPerNode;

  /** Null for placement v1 of the hash function and the points per node. */
  final @Nullable Placement customPlacement;

  final Placement placement;
  final int probes;

  /** The part of a checksum that no member decides, 0 until it is asked for the first time. */
  private volatile long checksum;

  RingSettings(
      Function<? super N, String> idFunction,
      HashFunction hashFunction,
      int pointsPerNode,
      @Nullable Placement customPlacement,
      int probes) {
    this.idFunction = idFunction;
    this.hashFunction = hashFunction;
    this.pointsPerNode = pointsPerNode;
    this.customPlacement = customPlacement;
    this.placement =
        customPlacement == null ? Placements.v1(hashFunction, pointsPerNode) : customPlacement;
    this.probes = probes;
    checkPlacement();
  }

  private void checkPlacement() {
    boolean isWhole = placement.maxPosition() == -1L;
    checkArgument(
        placement.search() == Search.CLOCKWISE || isWhole,
        "placement must have a circle of 2^64 positions to be searched for the nearest point: %s",
        placement);
    checkArgument(
        probes == 1
            || (placement.search() == Search.CLOCKWISE
                && placement.ties() == Ties.SMALLEST_ID
                && isWhole),
        "probes must be 1 with a placement of another search, other ties or a smaller circle than"
            + " those of placement v1: %s with placement %s",
        probes,
        placement);
  }

  static int checkProbes(int probes) {
    checkArgument(
        probes >= 1 && probes <= MAX_PROBES, "probes must be from 1 to %s: %s", MAX_PROBES, probes);
    return probes;
  }

  /** The settings of a ring of the same points whose nodes are other objects. */
  <M> RingSettings<M> withIds(Function<? super M, String> idFunction) {
    return new RingSettings<>(idFunction, hashFunction, pointsPerNode, customPlacement, probes);
  }

  /** Whether the points of equal members and the positions of keys are the same. */
  boolean agreeWith(RingSettings<?> other) {
    return probes == other.probes && placement.equals(other.placement);
  }

  /** Whether the order in which nodes were added decides about keys. */
  boolean areOrdered() {
    Ties ties = placement.ties();
    return ties == Ties.FIRST_ADDED || ties == Ties.LAST_ADDED;
  }

  boolean areSearchedClockwise() {
    return placement.search() == Search.CLOCKWISE;
  }

  /** The owner of a key is simply that of the first point at or after it. */
  boolean arePlain() {
    return probes == 1 && areSearchedClockwise();
  }

  String id(N node) {
    return id(idFunction, node);
  }

  /** The id of a node, which is checked. */
  static <N> String id(Function<? super N, String> idFunction, N node) {
    requireNonNull(node, "node must not be null");
    String id = idFunction.apply(node);
    if (id == null) {
      throw new NullPointerException("id must not be null: that of node " + node);
    }
    return Member.checkId(id);
  }

  long position(CharSequence key) {
    return placement.keyFunction().hash(requireNonNull(key, "key must not be null"));
  }

  long checkPosition(long position) {
    if (Long.compareUnsigned(position, placement.maxPosition()) > 0) {
      throw new IllegalArgumentException("position must not exceed "
          + Long.toUnsignedString(placement.maxPosition())
          + ", the last one of the placement: "
          + Long.toUnsignedString(position));
    }
    return position;
  }

  long checksum() {
    long known = checksum;
    if (known == 0) {
      known = Checksum.ofKeyFunction(placement.keyFunction()) + Checksum.ofProbes(probes);
      checksum = known;
    }
    return known;
  }
}
