package io.hashring;

import java.util.Iterator;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/**
 * The claims of all members, in the order of their positions and, where these are equal, of the
 * members' ids: the first claimant of a position owns it, and the next one takes over when it
 * leaves. Immutable.
 */
interface PointIndex<N> {

  /** How many claims there are; a position counts once for each claimant. */
  int size();

  /** The owner of the first point at or after a position, around the circle; null if there is none. */
  @Nullable
  Member<N> owner(long position);

  /** All claims, once around the circle from the first one at or after a position. */
  Iterator<Member<N>> clockwise(long position);

  /** The positions and their owners. */
  NavigableMap<Long, N> asMap();
}
