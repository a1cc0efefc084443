package io.hashring.placement;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.primitives.Longs;
import io.hashring.hash.HashFunction;
import io.hashring.internal.Arguments;
import io.hashring.internal.Call;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Points that are given one by one. */
record TokenPlacement(HashFunction keyFunction, Map<String, List<Long>> tokens)
    implements Placement {

  /** Copies first, and checks the copy. */
  static TokenPlacement of(
      HashFunction keyFunction, Map<String, ? extends Collection<Long>> tokens) {
    Map<String, List<Long>> copy = new HashMap<>();
    Arguments.required(tokens, "tokens")
        .forEach((id, ofNode) -> copy.put(
            Arguments.required(id, "id of tokens"),
            Arguments.required(ofNode, "tokens of " + id).stream()
                .map(token -> Arguments.required(token, "token of " + id))
                .sorted()
                .toList()));
    Map<Long, String> owners = new HashMap<>();
    copy.forEach((id, ofNode) -> {
      checkArgument(!id.isEmpty(), "id of tokens must not be empty");
      checkArgument(!ofNode.isEmpty(), "tokens must not be empty: those of %s", id);
      for (long token : ofNode) {
        String other = owners.put(token, id);
        checkArgument(
            other == null, "token must be given once: %s, of %s and of %s", token, other, id);
      }
    });
    return new TokenPlacement(keyFunction, Map.copyOf(copy));
  }

  @Override
  public long pointCount(String id, double weight) {
    return tokens(id, weight).size();
  }

  @Override
  public long[] points(String id, double weight) {
    return Longs.toArray(tokens(id, weight));
  }

  private List<Long> tokens(String id, double weight) {
    Arguments.checkNode(id, weight);
    checkArgument(weight == 1, "weight must be 1, as this placement knows no others: %s", weight);
    List<Long> ofNode = tokens.get(id);
    checkArgument(ofNode != null, "id must be one that tokens are given for: %s", id);
    return ofNode;
  }

  @Override
  public String definition() {
    return Call.of("tokens", keyFunction, tokens);
  }

  @Override
  public String toString() {
    return Call.brief(definition());
  }
}
