package io.hashring.demo.analysis;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Requests by server, in the order of the servers' numbers. Not safe for use by many threads. */
final class Counts {

  private final Map<String, Long> byServer = new LinkedHashMap<>();

  private Counts() {}

  static Counts of(int servers) {
    Counts counts = new Counts();
    for (int number = 1; number <= servers; number++) {
      counts.byServer.put(Subject.server(number), 0L);
    }
    return counts;
  }

  static Counts of(int servers, String[] owners) {
    Counts counts = of(servers);
    for (String owner : owners) {
      counts.add(owner);
    }
    return counts;
  }

  void add(String server) {
    checkArgument(byServer.containsKey(server), "a server must be one of these: %s", server);
    byServer.merge(server, 1L, Long::sum);
  }

  Map<String, Long> byServer() {
    return Collections.unmodifiableMap(byServer);
  }

  long total() {
    return byServer.values().stream().mapToLong(Long::longValue).sum();
  }

  double mean() {
    return (double) total() / byServer.size();
  }

  long least() {
    return Collections.min(byServer.values());
  }

  long most() {
    return Collections.max(byServer.values());
  }

  /** The root of the mean square of what each has more or less than the mean. */
  double deviation() {
    double mean = mean();
    return Math.sqrt(byServer.values().stream()
        .mapToDouble(count -> (count - mean) * (count - mean))
        .average()
        .orElse(0));
  }

  double peakToMean() {
    return most() / mean();
  }
}
