package io.hashring;

import io.hashring.placement.Placement.Search;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The slots of distinct members for a key, in the order in which they are met on a walk around the
 * circle; where a key has several probes, on walks from all of them at once.
 */
final class Successors {

  /** None left. */
  static final int NONE = PagedPoints.NO_SLOT;

  /** In which order slots come that are met at one distance from different probes. */
  @FunctionalInterface
  interface Order {
    boolean comesBefore(int slot, int other);
  }

  private static final Order NO_ORDER = (slot, other) -> false;

  /** A walk from each probe, each at the next claim that it has not shown. */
  private final PointCursor[] walks;

  private final long[] probes;
  private final Order order;
  private int unseen;

  /** The first slots seen; when they are more, all are in the set. */
  private final int[] few = new int[8];

  private int seen;
  private @Nullable BitSet many;

  private Successors(PagedPoints points, long[] probes, Order order, int members) {
    this.walks = new PointCursor[probes.length];
    this.probes = probes;
    this.order = order;
    this.unseen = members;
    for (int i = 0; i < probes.length; i++) {
      walks[i] = points.cursor();
    }
  }

  /**
   * Starts a walk.
   *
   * @param members how many members to meet, at most as many as hold points
   */
  static Successors from(PagedPoints points, Search search, long position, int members) {
    Successors successors = new Successors(points, new long[] {position}, NO_ORDER, members);
    if (members > 0) {
      PointCursor walk = successors.walks[0];
      if (search == Search.CLOCKWISE) {
        walk.clockwise(position);
      } else {
        walk.nearest(position);
      }
    }
    return successors;
  }

  /**
   * Starts a walk from each probe, clockwise.
   *
   * @param order in which slots of one distance come
   * @param members how many members to meet, at most as many as hold points
   */
  static Successors from(PagedPoints points, long[] probes, Order order, int members) {
    Successors successors = new Successors(points, probes, order, members);
    for (int i = 0; i < probes.length && members > 0; i++) {
      successors.walks[i].clockwise(probes[i]);
    }
    return successors;
  }

  /** The next slot, or {@link #NONE}. */
  int next() {
    while (unseen > 0) {
      PointCursor walk = walks.length == 1 ? walks[0] : walks[nearest()];
      int slot = walk.slot();
      boolean isNew = see(slot);
      if (isNew && --unseen == 0) {
        return slot; // and the walk stays where it is
      }
      walk.nextAround();
      if (isNew) {
        return slot;
      }
    }
    return NONE;
  }

  /** The walk whose claim is the least far from its probe. */
  private int nearest() {
    int nearest = 0;
    long least = walks[0].position() - probes[0];
    for (int i = 1; i < walks.length; i++) {
      long distance = walks[i].position() - probes[i];
      int compared = Long.compareUnsigned(distance, least);
      if (compared < 0
          || (compared == 0 && order.comesBefore(walks[i].slot(), walks[nearest].slot()))) {
        nearest = i;
        least = distance;
      }
    }
    return nearest;
  }

  /** The position of the claim at which the last member of a walk from one probe was met. */
  long position() {
    return walks[0].position();
  }

  /** Whether a slot is seen for the first time. */
  private boolean see(int slot) {
    if (many == null) {
      for (int i = 0; i < seen; i++) {
        if (few[i] == slot) {
          return false;
        }
      }
      if (seen < few.length) {
        few[seen++] = slot;
        return true;
      }
      many = new BitSet();
      for (int other : few) {
        many.set(other);
      }
    }
    boolean isNew = !many.get(slot);
    many.set(slot);
    return isNew;
  }
}
