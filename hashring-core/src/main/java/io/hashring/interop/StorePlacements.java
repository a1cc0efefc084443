package io.hashring.interop;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.Maps;
import io.hashring.hash.HashFunction;
import io.hashring.internal.Call;
import io.hashring.interop.LabelPoints.Label;
import io.hashring.placement.Placement;
import io.hashring.placement.Placement.Ties;
import io.hashring.placement.Placements;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The placements of data stores that spread their data over a ring, key by key. All of them are
 * immutable and equal if made from equal arguments.
 */
public final class StorePlacements {

  private StorePlacements() {}

  /**
   * The {@code ketama} hashring of Thanos receive, as of 2026 (e103a81), without zones.
   *
   * <p>Point {@code j} of an endpoint, counted from 1 to 1000, is XXH64 of {@code id + ":" + j}. An
   * id is the endpoint's address. There are no weights. Which of several endpoints owns a position
   * that they share, Thanos leaves open.
   *
   * <p>A key is in bytes: the tenant and a byte of 0xff, then of every label, in order, the name,
   * 0xff, the value, 0xff. The copies of a series go to its preference list.
   *
   * @return the placement
   */
  public static Placement thanosReceive() {
    return new ComposedPlacement(
        "thanosReceive",
        InteropFunctions.xxh64(),
        new LabelPoints(InteropFunctions.xxh64(), Label.ID_COLON_INDEX, 1),
        new FixedCount(1000),
        Ties.SMALLEST_ID);
  }

  /**
   * Apache Cassandra's Murmur3Partitioner, of 4.1, with the tokens that the nodes of a data centre
   * own.
   *
   * <p>A partition key lies at its {@link InteropFunctions#cassandraToken()}; the node of the first
   * token at or after it holds its first copy. Under {@code SimpleStrategy} the preference list
   * holds the others.
   *
   * @param tokens the tokens of every node, by id, as {@code nodetool ring} shows them: signed
   *     numbers; no node without one, and none twice
   * @return the placement; for nodes of these ids, of weight 1 or 0, and no others
   * @throws IllegalArgumentException if a node has no token, or a token is given twice
   */
  public static Placement cassandra(Map<String, ? extends Collection<Long>> tokens) {
    Placement placement = Placements.tokens(InteropFunctions.cassandraToken(), tokens);
    return new NamedPlacement(Call.of("cassandra", sorted(tokens)), placement);
  }

  /**
   * The ring of Grafana's dskit, at 0682988, which Mimir and Loki use, with the tokens that
   * instances have registered.
   *
   * <p>A key lies at its {@link InteropFunctions#fnv1_32()}; if that is on a token, it belongs to
   * the next one. Mimir's key of a series is the tenant, then the names and values of all labels,
   * in order and without separators. Of two instances that register one token, dskit lets one keep
   * it: that one is to be given here.
   *
   * @param tokens the tokens of every instance, by id: numbers from 0 to 2^32 - 1; no instance
   *     without one, and none twice
   * @return the placement; for nodes of these ids, of weight 1 or 0, and no others
   * @throws IllegalArgumentException if an instance has no token, or a token is given twice or has
   *     more than 32 bits
   */
  public static Placement dskit(Map<String, ? extends Collection<Long>> tokens) {
    HashFunction keyFunction = new StrictlyAfter(InteropFunctions.fnv1_32());
    Placements.tokens(keyFunction, tokens); // refuses what is wrong with them as they are given
    return new NamedPlacement(
        Call.of("dskit", sorted(tokens)),
        Placements.tokens(
            keyFunction,
            Maps.transformValues(
                tokens,
                ofNode -> ofNode.stream().map(StorePlacements::upperHalf).toList())));
  }

  /** As a definition has them. */
  private static Map<String, List<Long>> sorted(Map<String, ? extends Collection<Long>> tokens) {
    return Maps.transformValues(tokens, ofNode -> ofNode.stream().sorted().toList());
  }

  private static long upperHalf(long token) {
    checkArgument(
        token >>> Integer.SIZE == 0, "token must be from 0 to %s: %s", (1L << 32) - 1, token);
    return token << Integer.SIZE;
  }
}
