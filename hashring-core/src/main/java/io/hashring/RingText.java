package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.hashring.hash.HashFunctions;
import io.hashring.internal.Call;
import io.hashring.placement.Placement;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A ring as text, to be kept in a file and read again: all that decides about keys, and checksums
 * that are verified on reading.
 *
 * <pre>
 * hashring 1
 * placement v1(xxh3_64, 160)
 * probes 1
 * node "cache-a" 1
 * node "cache-b" 0.5
 * checksum 29a0ef2a15a4e1ca
 * end 5f0c4f8d14c9e0d7
 * </pre>
 *
 * <p>Lines end with a line feed. Members come in the order of the ids' UTF-8 bytes, or, where the
 * order of adding decides about keys, in that; so equal rings have equal texts, and files can be
 * compared line by line. {@code checksum} is {@link HashRing#checksum()}; {@code end} has the hash
 * of all lines before it, so that no change goes unnoticed, even one that moves no key. The page
 * {@code docs/ring-text.md} specifies the format. Nodes are written by their ids, whatever their
 * type.
 */
public final class RingText {

  static final String VERSION = "1";

  private RingText() {}

  /**
   * Writes a ring whose placement {@link #placement} can make again.
   *
   * @param ring the ring
   * @return the text; equal for equal rings, in every process and on every machine
   * @throws IllegalArgumentException if the placement, or a hash function in it, is not one of this
   *     library, as a lambda is not
   */
  public static String write(HashRing<?> ring) {
    requireNonNull(ring, "ring must not be null");
    Placement placement = ring.placement();
    String definition = placement.definition();
    checkArgument(
        placement.equals(madeAgain(definition)),
        "placement must be one that its definition makes again: %s",
        placement);
    StringBuilder text = new StringBuilder("hashring ").append(VERSION);
    text.append("\nplacement ").append(definition);
    text.append("\nprobes ").append(ring.probes());
    for (Member<?> member : membersInOrder(ring.state())) {
      text.append("\nnode ").append(Call.quoted(member.id));
      text.append(' ').append(decimal(member.weight));
    }
    text.append("\nchecksum ").append(hex(ring.checksum())).append('\n');
    String digest = digest(text);
    return text.append("end ").append(digest).append('\n').toString();
  }

  private static Placement madeAgain(String definition) {
    try {
      return placement(definition);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "placement must be one that its definition makes again: " + Call.brief(definition) + ": "
              + e.getMessage(),
          e);
    }
  }

  /** By id, unless the order of adding decides about keys. */
  private static <N> List<Member<N>> membersInOrder(RingState<N> ring) {
    List<Member<N>> byId = Arrays.asList(ring.members);
    List<Member<N>> byRank = ring.membersByRank();
    Placement placement = ring.settings.placement;
    boolean isOrdered = ring.settings.areOrdered()
        || !placement.forMembers(weights(byId)).equals(placement.forMembers(weights(byRank)));
    return isOrdered ? byRank : byId;
  }

  private static <N> Map<String, Double> weights(List<Member<N>> members) {
    Map<String, Double> weights = new LinkedHashMap<>();
    for (Member<N> member : members) {
      if (member.weight > 0) {
        weights.put(member.id, member.weight);
      }
    }
    return weights;
  }

  /**
   * Reads what {@link #write(HashRing)} has written. Takes as long as to build the ring.
   *
   * @param text the text
   * @return a ring of the ids, equal to the one that was written if its nodes were ids
   * @throws IllegalArgumentException if the text is not whole, was changed, is of a later version,
   *     or has a placement that this release does not know; the message tells the line and the
   *     reason
   */
  public static HashRing<String> read(String text) {
    return new RingTextReader(requireNonNull(text, "text must not be null")).read();
  }

  /**
   * Reads a ring of nodes of any type.
   *
   * @param text the text
   * @param node makes the node of an id
   * @param id the id of a node
   * @param <N> the type of a node
   * @return the ring, with the same checksum and the same owner for every key
   * @throws IllegalArgumentException as {@link #read(String)} does, or if a node has another id
   *     than the one it was made of
   */
  public static <N> HashRing<N> read(
      String text, Function<? super String, ? extends N> node, Function<? super N, String> id) {
    requireNonNull(node, "node must not be null");
    requireNonNull(id, "id must not be null");
    return read(text)
        .map(
            member -> {
              N made = requireNonNull(
                  node.apply(member.id), () -> "node must not be null: " + member.id);
              String idOfMade = id.apply(made);
              checkArgument(
                  member.id.equals(idOfMade),
                  "node must have the id that it was made of, %s: %s",
                  member.id,
                  idOfMade);
              return made;
            },
            id);
  }

  /**
   * Makes a placement of this library from its {@linkplain Placement#definition() definition}: any
   * of {@code Placements} and of {@code io.hashring.interop}, with the hash functions of
   * {@code HashFunctions}, {@code InteropFunctions} and Guava.
   *
   * @param definition such as {@code v1(xxh3_64, 160)}
   * @return the placement, equal to the one that gave the definition
   * @throws IllegalArgumentException if there is no such placement
   */
  public static Placement placement(String definition) {
    return DefinitionReader.read(requireNonNull(definition, "definition must not be null"));
  }

  /** The hash of all lines before the last one. */
  static String digest(CharSequence lines) {
    return hex(HashFunctions.xxh3_64().hash(lines));
  }

  static String hex(long value) {
    return HexFormat.of().toHexDigits(value);
  }

  /**
   * The weight rounded to as few decimal digits as it can be read from again.
   * {@link Double#toString} differs between releases of the JDK.
   */
  static String decimal(double weight) {
    BigDecimal exact = new BigDecimal(weight);
    BigDecimal decimal = exact;
    for (int digits = 1; digits <= 17; digits++) {
      decimal = exact.round(new MathContext(digits));
      if (decimal.doubleValue() == weight) {
        break;
      }
    }
    BigDecimal shortest = decimal.stripTrailingZeros();
    boolean isWhole = shortest.scale() <= 0 && shortest.precision() - shortest.scale() <= 17;
    return isWhole ? shortest.toPlainString() : shortest.toString();
  }
}
