package io.hashring.bench.peer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Nodes in an immutable list, numbered for an algorithm that knows only how many buckets there are.
 * New nodes go to the end; into the place of one that leaves moves the last, which disturbs the
 * fewest keys that such an algorithm can. In the order of arrival backwards, nothing else moves.
 */
abstract class Buckets extends Ring<String> {

  private final String[] nodes;

  Buckets(Collection<String> nodes) {
    this.nodes = nodes.toArray(String[]::new);
  }

  /** The bucket of a hash, at least 0 and less than the number of them. */
  abstract int bucket(long hash, int buckets);

  abstract Buckets of(List<String> nodes);

  @Override
  public final String locateAt(long hash) {
    return nodes[bucket(hash, nodes.length)];
  }

  @Override
  public final Buckets with(Collection<String> added) {
    List<String> grown = new ArrayList<>(List.of(nodes));
    grown.addAll(added);
    return of(grown);
  }

  @Override
  public final Buckets without(Collection<String> removed) {
    List<String> rest = new ArrayList<>(List.of(nodes));
    for (String node : removed) {
      int bucket = rest.lastIndexOf(node);
      String last = rest.remove(rest.size() - 1);
      if (bucket < rest.size()) {
        rest.set(bucket, last);
      }
    }
    return of(rest);
  }

  @Override
  public final String name(String node) {
    return node;
  }

  @Override
  public final Object structure() {
    return nodes;
  }
}
