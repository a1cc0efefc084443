package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Utf8;
import io.hashring.placement.Placement;

/** A node, with what the ring knows of it. */
final class Member<N> {

  final N node;
  final String id;
  final double weight;

  /** Its place in the arrays of the rings that it is a member of. */
  final int slot;

  /** Its place in the order in which the members were added; not without gaps. */
  final long rank;

  /** Where it has its points from. */
  final Placement placement;

  /** The term in the checksum of a ring, 0 until it is asked for the first time. */
  private volatile long checksum;

  Member(N node, String id, double weight, int slot, long rank, Placement placement) {
    this.node = node;
    this.id = id;
    this.weight = weight;
    this.slot = slot;
    this.rank = rank;
    this.placement = placement;
  }

  /** This member with its points from another placement. */
  Member<N> in(Placement placement) {
    return new Member<>(node, id, weight, slot, rank, placement);
  }

  /** This member in another slot. */
  Member<N> at(int slot) {
    return new Member<>(node, id, weight, slot, rank, placement);
  }

  /** This member with another object for its node. */
  <M> Member<M> with(M node) {
    return new Member<>(node, id, weight, slot, rank, placement);
  }

  long pointCount() {
    return weight > 0 ? placement.pointCount(id, weight) : 0;
  }

  long[] points() {
    if (weight == 0) {
      return new long[0];
    }
    long[] points = placement.points(id, weight);
    if (points.length != pointCount()) {
      throw new IllegalStateException("placement must give a node as many points as it says, "
          + pointCount() + ": " + points.length + " for node " + this);
    }
    return points;
  }

  long checksum() {
    long known = checksum;
    if (known == 0) {
      known = Checksum.ofMember(id, weight, points());
      checksum = known;
    }
    return known;
  }

  boolean isEqualTo(Member<?> other) {
    return this == other
        || (id.equals(other.id) && weight == other.weight && node.equals(other.node));
  }

  static String checkId(String id) {
    checkArgument(!id.isEmpty(), "id must not be empty");
    checkArgument(
        isWellFormed(id), "id must be well-formed Unicode, without unpaired surrogates: %s", id);
    return id;
  }

  /** Whether there is no surrogate without its partner. */
  static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (!Character.isSupplementaryCodePoint(text.codePointAt(i))) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  /** The number of UTF-8 bytes of the id. */
  int idLength() {
    return Utf8.encodedLength(id);
  }

  /** Returns the weight, with the negative zero made a zero. */
  static double checkWeight(double weight, String id) {
    checkArgument(
        weight >= 0 && weight <= Double.MAX_VALUE,
        "weight must be finite and not negative: %s of node %s",
        weight,
        id);
    return weight + 0.0;
  }

  /** The order of the UTF-8 bytes, read as unsigned numbers. */
  static int compareIds(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        return Integer.compare(utf8Rank(x), utf8Rank(y));
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /** UTF-8 puts what UTF-16 writes with surrogates after all the rest, not before U+E000. */
  private static int utf8Rank(char c) {
    return Character.isSurrogate(c) ? c + 0x10000 : c;
  }

  @Override
  public String toString() {
    return id + " (weight " + weight + ")";
  }
}
