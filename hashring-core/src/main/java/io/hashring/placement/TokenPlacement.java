package io.hashring.placement;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.primitives.Longs;
import io.hashring.hash.HashFunction;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Points that are given one by one. */
record TokenPlacement(HashFunction keyFunction, Map<String, List<Long>> tokens)
    implements Placement {

  TokenPlacement(HashFunction keyFunction, Map<String, List<Long>> tokens) {
    this.keyFunction = keyFunction;
    this.tokens = Map.copyOf(tokens);
    Map<Long, String> owners = new HashMap<>();
    tokens.forEach((id, ofNode) -> {
      checkArgument(!ofNode.isEmpty(), "tokens must not be empty: those of %s", id);
      for (long token : ofNode) {
        String other = owners.put(token, id);
        checkArgument(
            other == null, "token must be given once: %s, of %s and of %s", token, other, id);
      }
    });
  }

  @Override
  public long pointCount(String id, double weight) {
    return tokens(id, weight).size();
  }

  @Override
  public long[] points(String id, double weight) {
    return Longs.toArray(tokens(id, weight));
  }

  private Collection<Long> tokens(String id, double weight) {
    checkArgument(weight == 1, "weight must be 1, as this placement knows no others: %s", weight);
    List<Long> ofNode = tokens.get(id);
    checkArgument(ofNode != null, "id must be one that tokens are given for: %s", id);
    return ofNode;
  }

  @Override
  public String toString() {
    return "tokens(" + keyFunction + ", " + tokens.size() + " nodes)";
  }
}
