package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;
import static java.util.Spliterator.NONNULL;
import static java.util.Spliterator.ORDERED;

import com.google.common.collect.AbstractIterator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Spliterators;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * All nodes of a ring that hold points, in the order in which they are met clockwise from a key,
 * the owner first: where the copies of its data go, or where to turn when the owner fails (DeCandia
 * et al., <a href="https://doi.org/10.1145/1294261.1294281">Dynamo</a>, SOSP 2007).
 *
 * <pre>{@code
 * Optional<Node> node = ring.preferenceList(key).where(Node::isUp).first();
 * List<Node> copies = ring.preferenceList(key).first(3);
 * for (Node node : ring.preferenceList(key)) { // until one answers
 * }
 * }</pre>
 *
 * <p>The nodes are distinct, and the list is complete. When a node leaves the ring, the list
 * becomes what it was without that node; so passing over nodes with {@link #where} moves no key but
 * theirs. A node whose every position is owned by others is in the list too, in the order of its
 * claims.
 *
 * <p>A list is lazy: it costs one small object, and what is asked of it walks only as far as the
 * answer needs, which for the first {@code k} nodes of equal weight is {@code O(k log k)} points in
 * expectation and {@code O(p)} at worst. It may be asked any number of times, and starts anew each
 * time. Immutable, and safe for use by any number of threads as far as its predicates are.
 *
 * @param <N> the type of a node
 * @see HashRing#preferenceList(CharSequence)
 */
public final class PreferenceList<N> implements Iterable<N> {

  /** How many nodes the text shows. */
  private static final int SHOWN = 10;

  private final RingState<N> ring;
  private final long position;
  private final @Nullable Predicate<? super N> eligible;

  PreferenceList(RingState<N> ring, long position, @Nullable Predicate<? super N> eligible) {
    this.ring = ring;
    this.position = position;
    this.eligible = eligible;
  }

  /**
   * The nodes of this list that are eligible, in the same order: those that are up, say. Every
   * question asks the predicate at most once for each node, and only for nodes that it must know
   * of.
   *
   * @param eligible whether a node may be in the list
   * @return the list without the others; of those of this list, if it has a predicate already
   */
  public PreferenceList<N> where(Predicate<? super N> eligible) {
    requireNonNull(eligible, "eligible must not be null");
    Predicate<? super N> known = this.eligible;
    return new PreferenceList<>(
        ring, position, known == null ? eligible : node -> known.test(node) && eligible.test(node));
  }

  /**
   * The first node: the owner of the key, or the first eligible node after it. Takes a lookup, and
   * a walk past the points of the nodes that were refused.
   *
   * @return the node, or nothing if no node holds a point or none is eligible
   */
  public Optional<N> first() {
    int slot = ring.owner(position);
    if (slot == PagedPoints.NO_SLOT) {
      return Optional.empty();
    }
    N owner = ring.node(slot);
    if (eligible == null || eligible.test(owner)) {
      return Optional.of(owner);
    }
    Successors walk = ring.walk(position, ring.holders);
    walk.next(); // the owner, which was asked for
    return Optional.ofNullable(next(walk));
  }

  /**
   * The first nodes. The list for {@code n} begins with the list for {@code n − 1}.
   *
   * @param n how many nodes, not negative
   * @return an immutable list of {@code n} nodes, or of all in this list if these are fewer
   * @throws IllegalArgumentException if {@code n} is negative
   */
  public List<N> first(int n) {
    checkArgument(n >= 0, "n must not be negative: %s", n);
    List<N> nodes = new ArrayList<>(Math.min(n, ring.holders));
    int toMeet = eligible == null ? Math.min(n, ring.holders) : ring.holders;
    Successors walk = ring.walk(position, toMeet);
    while (nodes.size() < n) {
      N node = next(walk);
      if (node == null) {
        break;
      }
      nodes.add(node);
    }
    return Collections.unmodifiableList(nodes);
  }

  /**
   * The nodes for the copies of the key, spread over failure domains in rounds, as
   * {@link Replication} says. With a predicate, the same as of a ring that has no other nodes.
   *
   * <p>Walks until every domain that can still have a node in the last round has one. The first
   * question to a ring about some domains takes O(n) to ask every node for its domain.
   *
   * @param replication how many copies over which domains
   * @return an immutable list of as many nodes as copies, or of all in this list if these are fewer
   * @throws NullPointerException if a node has no domain
   */
  public List<N> first(Replication<? super N> replication) {
    requireNonNull(replication, "replication must not be null");
    if (replication.levels().isEmpty()) {
      return first(replication.copies());
    }
    List<N> nodes = new ArrayList<>();
    int[] slots = DomainWalk.first(
        ring, ring.domains(replication.levels()), position, replication.copies(), eligible);
    for (int slot : slots) {
      nodes.add(ring.node(slot));
    }
    return Collections.unmodifiableList(nodes);
  }

  /** The next eligible node of a walk, or null. */
  private @Nullable N next(Successors walk) {
    for (int slot; (slot = walk.next()) != Successors.NONE; ) {
      N node = ring.node(slot);
      if (eligible == null || eligible.test(node)) {
        return node;
      }
    }
    return null;
  }

  /**
   * The nodes one after the other. The iterator walks only as far as it is asked to.
   *
   * @return a new iterator, which cannot remove
   */
  @Override
  public Iterator<N> iterator() {
    Successors walk = ring.walk(position, ring.holders);
    return new AbstractIterator<>() {
      @Override
      protected @Nullable N computeNext() {
        N node = PreferenceList.this.next(walk);
        return node == null ? endOfData() : node;
      }
    };
  }

  /**
   * The nodes one after the other. The stream walks only as far as it is read.
   *
   * @return a sequential stream
   */
  public Stream<N> stream() {
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(iterator(), ORDERED | NONNULL), false);
  }

  /** The first nodes. */
  @Override
  public String toString() {
    List<Object> shown = new ArrayList<>(first(SHOWN + 1));
    if (shown.size() > SHOWN) {
      shown.set(SHOWN, "…");
    }
    return shown.toString();
  }
}
