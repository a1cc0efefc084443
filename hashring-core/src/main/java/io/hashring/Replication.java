package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/**
 * How many copies of a key there are to be, and which failure domains they are to be spread over:
 * zones, racks, hosts, or whatever else may fail at once.
 *
 * <pre>{@code
 * static final Replication<Node> COPIES =
 *     Replication.of(3).across(Node::zone).across(Node::rack);
 *
 * List<Node> holders = ring.preferenceList(key).first(COPIES);
 * }</pre>
 *
 * <p>Without domains the copies are on the first distinct nodes clockwise from the key. With
 * domains they are dealt in <i>rounds</i>: one node of each domain in the first round, a second one
 * of each in the next, and so on, so that of {@code n} copies no domain has more than {@code ⌈n /
 * domains⌉} while another still has a node without one. Within a domain the domains of the next
 * level are dealt the same way, and in the innermost ones nodes come in the order in which they are
 * met clockwise. Those of one round come in the order of their rounds further in, and then in that
 * in which they are met.
 *
 * <p>So the list of {@code n} copies begins with that of {@code n − 1}, and when a node joins or
 * leaves, a list of any length loses at most one node and gains at most one.
 *
 * <p>A ring remembers the domains of its nodes for the functions that it was asked with, so a
 * replication is best kept in a constant. Functions are told apart by {@code equals}, which for a
 * lambda that captures something means by evaluation. The domain of a node must not change while
 * the node is on a ring: a node that moves to another domain is another object, put in the place of
 * the old one by {@link HashRing#with(Object)}.
 *
 * <p>Immutable.
 *
 * @param <N> the type of a node, or a supertype of it
 */
public final class Replication<N> {

  private final int copies;

  /** The domain of a node on each level, the widest first. */
  private final List<Function<? super N, ?>> levels;

  private Replication(int copies, List<Function<? super N, ?>> levels) {
    this.copies = copies;
    this.levels = levels;
  }

  /**
   * A number of copies on distinct nodes.
   *
   * @param copies at least 1
   * @param <N> the type of a node
   * @return the replication
   * @throws IllegalArgumentException if it is less than 1
   */
  public static <N> Replication<N> of(int copies) {
    checkArgument(copies >= 1, "copies must be at least 1: %s", copies);
    return new Replication<>(copies, List.of());
  }

  /**
   * The same number of copies, spread over failure domains within those that were named before. A
   * domain of a further level is the same as another only if the domains around both are the same:
   * rack 1 of zone a is not rack 1 of zone b.
   *
   * @param domain the domain of a node, of any type with {@code equals} and {@code hashCode}, not
   *     null; called once for each node of a ring
   * @param <M> the type of a node that the function takes
   * @return the replication
   */
  public <M extends N> Replication<M> across(Function<? super M, ?> domain) {
    List<Function<? super M, ?>> all = new ArrayList<>(levels);
    all.add(requireNonNull(domain, "domain must not be null"));
    return new Replication<M>(copies, Collections.unmodifiableList(all));
  }

  int copies() {
    return copies;
  }

  List<Function<? super N, ?>> levels() {
    return levels;
  }

  /** The number of copies and of levels of domains. */
  @Override
  public String toString() {
    return "Replication[" + copies + " copies, " + levels.size() + " levels of domains]";
  }
}
