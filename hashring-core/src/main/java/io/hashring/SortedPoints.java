package io.hashring;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Iterators;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/** Claims in one sorted list. */
final class SortedPoints<N> implements PointIndex<N> {

  private record Claim<N>(long position, Member<N> member) implements Comparable<Claim<N>> {
    @Override
    public int compareTo(Claim<N> other) {
      int order = Long.compareUnsigned(position, other.position);
      return order != 0 ? order : Member.compareIds(member.id, other.member.id);
    }
  }

  private final List<Member<N>> claimants;

  /** From an owned position to its first claim in the list. */
  private final ImmutableSortedMap<Long, Integer> firstClaims;

  SortedPoints(Collection<Member<N>> members) {
    List<Claim<N>> claims = new ArrayList<>();
    for (Member<N> member : members) {
      Arrays.stream(member.points())
          .distinct()
          .forEach(position -> claims.add(new Claim<>(position, member)));
    }
    Collections.sort(claims);
    claimants = new ArrayList<>(claims.size());
    ImmutableSortedMap.Builder<Long, Integer> firsts =
        new ImmutableSortedMap.Builder<>(Long::compareUnsigned);
    for (int i = 0; i < claims.size(); i++) {
      claimants.add(claims.get(i).member);
      if (i == 0 || claims.get(i - 1).position != claims.get(i).position) {
        firsts.put(claims.get(i).position, i);
      }
    }
    firstClaims = firsts.buildOrThrow();
  }

  @Override
  public int size() {
    return claimants.size();
  }

  @Override
  public @Nullable Member<N> owner(long position) {
    return claimants.isEmpty() ? null : claimants.get(firstClaim(position));
  }

  @Override
  public Iterator<Member<N>> clockwise(long position) {
    if (claimants.isEmpty()) {
      return Collections.emptyIterator();
    }
    int start = firstClaim(position);
    return Iterators.concat(
        claimants.listIterator(start), claimants.subList(0, start).iterator());
  }

  private int firstClaim(long position) {
    var entry = firstClaims.ceilingEntry(position);
    return entry == null ? 0 : entry.getValue();
  }

  @Override
  public NavigableMap<Long, N> asMap() {
    ImmutableSortedMap.Builder<Long, N> owners =
        new ImmutableSortedMap.Builder<>(Long::compareUnsigned);
    firstClaims.forEach((position, first) -> owners.put(position, claimants.get(first).node));
    return owners.buildOrThrow();
  }
}
