package io.hashring.bench.peer;

import com.dynatrace.hash4j.consistent.ConsistentBucketHasher;
import com.dynatrace.hash4j.consistent.ConsistentHashing;
import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;

/**
 * GitHub's {@code ConsistentChooseK}, written after its description: the first k nodes of a key are
 * {@code M(k, n)}, then those of {@code k - 1} among the nodes before it, where {@code M(k, n)} is
 * the largest of {@code h(i, n - i) + i} for k consistent hashes h. A node that has left keeps its
 * number, and keys pass over it, so that who owns a key depends on who is there and in which slot,
 * not on the order of leaving. It has no points and no weights.
 *
 * <p>The consistent hashes are hash4j's JumpBack, the fastest at hand, of SplitMix64 outputs.
 *
 * @see <a href="https://github.com/github/rust-gems/tree/main/crates/consistent-choose-k">the
 *     description</a>
 */
final class ChooseKRing extends Ring<String> {

  private static final Hasher64 XXH3 = Hashing.xxh3_64();
  private static final ConsistentBucketHasher JUMP_BACK =
      ConsistentHashing.jumpBackHashSplitMix64();

  private final String[] nodes;
  private final BitSet gone;

  ChooseKRing(Collection<String> nodes) {
    this(nodes.toArray(String[]::new), new BitSet());
  }

  private ChooseKRing(String[] nodes, BitSet gone) {
    this.nodes = nodes;
    this.gone = gone;
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
    int first = max(hash, 1, nodes.length);
    return gone.get(first) ? preferenceList(hash, 1).get(0) : nodes[first];
  }

  @Override
  public List<String> preferenceList(String key, int n) {
    return preferenceList(XXH3.hashCharsToLong(key), n);
  }

  /** With each k one node more is chosen; those that are gone do not count. */
  private List<String> preferenceList(long hash, int n) {
    List<String> list = new ArrayList<>(n);
    BitSet chosen = new BitSet();
    for (int k = 1; list.size() < n && k <= nodes.length; k++) {
      for (int i = k, end = nodes.length; i > 0; i--) {
        end = max(hash, i, end);
        if (!chosen.get(end)) {
          chosen.set(end);
          if (!gone.get(end)) {
            list.add(nodes[end]);
          }
        }
      }
    }
    return list;
  }

  private static int max(long hash, int k, int n) {
    int max = JUMP_BACK.getBucket(hash, n);
    for (int i = 1; i < k; i++) {
      max = Math.max(max, JUMP_BACK.getBucket(independent(hash, i), n - i) + i);
    }
    return max;
  }

  private static long independent(long hash, int i) {
    long z = hash + i * 0x9E3779B97F4A7C15L;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }

  @Override
  public ChooseKRing with(Collection<String> added) {
    String[] grown = nodes;
    boolean isCopy = false;
    BitSet left = (BitSet) gone.clone();
    for (String node : added) {
      int slot = left.previousSetBit(grown.length);
      if (slot < 0) {
        slot = grown.length;
        grown = Arrays.copyOf(grown, slot + 1);
      } else if (!isCopy) {
        grown = nodes.clone();
      }
      isCopy = true;
      grown[slot] = node;
      left.clear(slot);
    }
    return new ChooseKRing(grown, left);
  }

  @Override
  public ChooseKRing without(Collection<String> removed) {
    BitSet left = (BitSet) gone.clone();
    for (int i = 0; i < nodes.length; i++) {
      if (removed.contains(nodes[i])) {
        left.set(i);
      }
    }
    int length = left.previousClearBit(nodes.length - 1) + 1;
    left.clear(length, nodes.length);
    return new ChooseKRing(Arrays.copyOf(nodes, length), left);
  }

  @Override
  public String name(String node) {
    return node;
  }

  @Override
  public Object structure() {
    return new Object[] {nodes, gone};
  }
}
