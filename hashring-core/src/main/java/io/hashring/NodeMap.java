package io.hashring;

import com.google.common.collect.Iterators;
import com.google.common.collect.Maps;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map from members of a ring, in the order of their ids. It knows them by their ids
 * and by nothing else: two that are equal as objects are two keys, and any object with the id of a
 * key finds its value. So, as that of an {@code IdentityHashMap}, its idea of equal keys is not
 * that of {@code Map}.
 */
final class NodeMap<N, V> extends AbstractMap<N, V> {

  private final Function<? super N, String> idFunction;

  /** In the order of their ids. */
  private final List<Member<N>> members;

  private final Function<? super Member<N>, V> values;

  /**
   * A map.
   *
   * @param members in the order of their ids
   * @param values of members, never null
   */
  NodeMap(
      Function<? super N, String> idFunction,
      List<Member<N>> members,
      Function<? super Member<N>, V> values) {
    this.idFunction = idFunction;
    this.members = members;
    this.values = values;
  }

  /** The members as a set of nodes. */
  static <N> Set<N> nodes(RingState<N> ring) {
    return new NodeMap<>(ring.settings.idFunction, List.of(ring.members), member -> member.node)
        .keySet();
  }

  @SuppressWarnings("unchecked") // as Map.get: another type may end in a ClassCastException
  private @Nullable Member<N> find(@Nullable Object node) {
    if (node == null) {
      return null;
    }
    String id = idFunction.apply((N) node);
    int low = 0;
    int high = members.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = Member.compareIds(members.get(middle).id, id);
      if (order == 0) {
        return members.get(middle);
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return null;
  }

  @Override
  public boolean containsKey(@Nullable Object node) {
    return find(node) != null;
  }

  @Override
  public @Nullable V get(@Nullable Object node) {
    Member<N> member = find(node);
    return member == null ? null : values.apply(member);
  }

  @Override
  public Set<N> keySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<N> iterator() {
        return Iterators.unmodifiableIterator(
            Iterators.transform(members.iterator(), member -> member.node));
      }

      @Override
      public int size() {
        return members.size();
      }

      @Override
      public boolean contains(@Nullable Object node) {
        return containsKey(node);
      }
    };
  }

  @Override
  public Set<Map.Entry<N, V>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<Map.Entry<N, V>> iterator() {
        return Iterators.unmodifiableIterator(Iterators.transform(
            members.iterator(), member -> Maps.immutableEntry(member.node, values.apply(member))));
      }

      @Override
      public int size() {
        return members.size();
      }
    };
  }
}
