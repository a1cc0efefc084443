package io.hashring;

/** Thrown when the owner of a key is asked of a ring in which no node holds a point. */
public final class EmptyRingException extends IllegalStateException {

  private static final long serialVersionUID = 1;

  EmptyRingException(int members) {
    super(
        members == 0
            ? "the ring is empty: add a node before looking up a key"
            : "no node of the ring holds a point: all " + members + " have weight 0");
  }
}
