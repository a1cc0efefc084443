package io.hashring.bench.peer;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Weighted rendezvous hashing (highest random weight) in its plain form: the node with the largest
 * {@code w / -ln u} owns a key, where u is a hash of key and node in (0, 1). It has weights, copies
 * and no points; a lookup asks every node.
 */
final class RendezvousRing extends Ring<String> {

  private static final Hasher64 XXH3 = Hashing.xxh3_64();

  private final String[] nodes;
  private final long[] seeds;
  private final double[] weights;

  /** Of nodes of weight 1, which take the way that other weights would. */
  RendezvousRing(Collection<String> nodes) {
    this.nodes = nodes.toArray(String[]::new);
    this.seeds = Arrays.stream(this.nodes).mapToLong(XXH3::hashCharsToLong).toArray();
    this.weights = new double[seeds.length];
    Arrays.fill(weights, 1);
  }

  @Override
  public String locate(String key) {
    return locateAt(XXH3.hashCharsToLong(key));
  }

  @Override
  public String locate(byte[] key) {
    return locateAt(XXH3.hashBytesToLong(key));
  }

  @Override
  public String locateAt(long hash) {
    int best = 0;
    double highest = -1;
    for (int i = 0; i < seeds.length; i++) {
      double score = score(hash, i);
      if (score > highest) {
        highest = score;
        best = i;
      }
    }
    return nodes[best];
  }

  private double score(long hash, int i) {
    long z = (hash ^ seeds[i]) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 32) * 0x94D049BB133111EBL;
    double u = ((z >>> 11) + 0.5) * 0x1p-53;
    return weights[i] / -Math.log(u);
  }

  @Override
  public List<String> preferenceList(String key, int n) {
    long hash = XXH3.hashCharsToLong(key);
    return IntStream.range(0, nodes.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -score(hash, i)))
        .limit(n)
        .map(i -> nodes[i])
        .toList();
  }

  @Override
  public RendezvousRing with(Collection<String> added) {
    List<String> grown = new ArrayList<>(Arrays.asList(nodes));
    grown.addAll(added);
    return new RendezvousRing(grown);
  }

  @Override
  public RendezvousRing without(Collection<String> removed) {
    List<String> rest = new ArrayList<>(Arrays.asList(nodes));
    rest.removeAll(removed);
    return new RendezvousRing(rest);
  }

  @Override
  public String name(String node) {
    return node;
  }

  @Override
  public Object structure() {
    return new Object[] {nodes, seeds, weights};
  }
}
