package io.hashring;

import java.util.Arrays;

/** The claims of one page, gathered in the order of their positions. */
final class PageWriter {
  private final Precedence precedence;
  private final long[] positions;
  private final int[] slots;
  private int size;

  /** Where the claims to the position of the last one begin. */
  private int group;

  private int collided;

  PageWriter(int capacity, Precedence precedence) {
    this.precedence = precedence;
    this.positions = new long[capacity];
    this.slots = new int[capacity];
  }

  /** Adds the next claim. */
  void add(long position, int slot) {
    if (size > 0 && positions[size - 1] == position) {
      collided++;
    } else {
      sortGroup();
    }
    positions[size] = position;
    slots[size++] = slot;
  }

  /** Puts the claims to the last position into the order that decides who owns it. */
  private void sortGroup() {
    if (size - group > 1) {
      precedence.sort(slots, group, size, positions[group]);
    }
    group = size;
  }

  /** The page of the claims, of which this is the end. */
  int[] page(int shift, int slotBits, int endSlot) {
    sortGroup();
    return PageFormat.page(positions, slots, 0, size, shift, slotBits, endSlot);
  }

  long[] positions() {
    return Arrays.copyOf(positions, size);
  }

  /** How many of the claims do not own their position. */
  int collided() {
    return collided;
  }
}
