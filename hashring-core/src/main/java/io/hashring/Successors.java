package io.hashring;

import com.google.common.collect.AbstractIterator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The distinct nodes of a walk around the circle, in the order in which they are first met. */
final class Successors<N> extends AbstractIterator<N> {

  private final Iterator<Member<N>> claims;
  private final Set<Member<N>> seen = new HashSet<>();
  private int unseen;

  /**
   * Makes the iterator.
   *
   * @param claims the walk
   * @param holders how many members the walk can meet: it need not go on when it has met them all
   */
  Successors(Iterator<Member<N>> claims, int holders) {
    this.claims = claims;
    this.unseen = holders;
  }

  @Override
  protected @Nullable N computeNext() {
    while (unseen > 0) {
      Member<N> member = claims.next();
      if (seen.add(member)) {
        unseen--;
        return member.node;
      }
    }
    return endOfData();
  }
}
