package io.hashring.bench.peer;

import java.util.Collection;
import java.util.List;

/**
 * A set of nodes among which keys are divided, as one library or baseline does it.
 *
 * <p>Lookups answer with the library's own object for a node, so that no peer pays for a
 * translation that its users would not make. What a library does not offer is refused, never
 * imitated.
 *
 * @param <N> the library's own type of a node
 */
public abstract class Ring<N> {

  /** The owner of a key. */
  public abstract N locate(String key);

  /** The owner of a key. */
  public N locate(byte[] key) {
    throw unsupported("lookup of bytes");
  }

  /** The owners of many keys, side by side where the library can do that. */
  public void locateAll(String[] keys, N[] owners) {
    for (int i = 0; i < keys.length; i++) {
      owners[i] = locate(keys[i]);
    }
  }

  /** The owner of a key that is hashed already. */
  public N locateAt(long hash) {
    throw unsupported("lookup of a hash");
  }

  /** The first distinct nodes for a key, in whatever collection the library answers with. */
  public Collection<N> preferenceList(String key, int n) {
    throw unsupported("preference lists");
  }

  /** A ring that has these nodes too. A mutable peer changes itself and answers with itself. */
  public abstract Ring<N> with(Collection<String> added);

  /**
   * A ring that has these nodes no longer. A mutable peer changes itself and answers with itself.
   */
  public abstract Ring<N> without(Collection<String> removed);

  /** The name that a node was given. */
  public abstract String name(N node);

  /** The object whose reachable graph is the memory that the library needs for lookups. */
  public abstract Object structure();

  /** The name of the owner of a key. */
  public final String owner(String key) {
    return name(locate(key));
  }

  /** The name of the owner of a key. */
  public final String owner(byte[] key) {
    return name(locate(key));
  }

  /** The name of the owner of a key that is hashed already. */
  public final String ownerOfHash(long hash) {
    return name(locateAt(hash));
  }

  /** The names of the first distinct nodes for a key. */
  public final List<String> owners(String key, int n) {
    return preferenceList(key, n).stream().map(this::name).toList();
  }

  private UnsupportedOperationException unsupported(String question) {
    return new UnsupportedOperationException(getClass().getSimpleName() + " has no " + question);
  }
}
