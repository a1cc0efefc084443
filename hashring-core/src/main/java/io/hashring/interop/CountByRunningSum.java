package io.hashring.interop;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.primitives.UnsignedBytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Envoy's and gRPC's number of points: a ring so large that the lightest node has a whole number of
 * them, within limits; what the limits make fractional is carried from each node to the next.
 */
record CountByRunningSum(long minRingSize, long maxRingSize, Order order) implements CountRule {

  private static final Comparator<byte[]> BY_BYTES = UnsignedBytes.lexicographicalComparator();

  /** In which order fractions are carried. */
  enum Order {
    ADDED,
    BY_ID
  }

  @Override
  public long count(String id, double weight) {
    return forMembers(Map.of(id, weight)).count(id, weight);
  }

  @Override
  public CountRule forMembers(Map<String, Double> weights) {
    if (weights.isEmpty()) {
      return new OfMembers(Map.of());
    }
    double sum = Weights.wholeSum(weights);
    double min =
        weights.values().stream().mapToDouble(weight -> weight / sum).min().orElseThrow();
    double scale = Math.min(Math.ceil(min * minRingSize) / min, (double) maxRingSize);
    Map<String, Long> counts = new HashMap<>();
    double current = 0;
    double target = 0;
    for (Map.Entry<String, Double> member : inOrder(weights)) {
      target += scale * (member.getValue() / sum);
      double next = Math.max(current, Math.ceil(target));
      counts.put(member.getKey(), (long) (next - current));
      current = next;
    }
    return new OfMembers(Map.copyOf(counts));
  }

  private List<Map.Entry<String, Double>> inOrder(Map<String, Double> weights) {
    List<Map.Entry<String, Double>> members = new ArrayList<>(weights.entrySet());
    if (order == Order.BY_ID) {
      members.sort(Comparator.comparing(member -> member.getKey().getBytes(UTF_8), BY_BYTES));
    }
    return members;
  }

  private record OfMembers(Map<String, Long> counts) implements CountRule {
    @Override
    public long count(String id, double weight) {
      Long count = counts.get(id);
      checkArgument(count != null, "id must be that of a member: %s", id);
      return count;
    }
  }
}
