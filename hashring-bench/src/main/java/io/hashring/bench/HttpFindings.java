package io.hashring.bench;

import io.hashring.bench.Findings.Machine;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Http} finds out, as its JSON file holds it. Times and rates are medians of all
 * rounds.
 *
 * @param machine where it was found
 * @param javaOptions what each java was given
 * @param seconds of one round of one proxy
 * @param paths how many paths the clients ask for, each as often as any other
 */
record HttpFindings(
    Machine machine,
    String javaOptions,
    int connections,
    int rounds,
    int seconds,
    int paths,
    List<Proxy> proxies,
    @Nullable Restarts restarts) {

  /**
   * One proxy over the three origins.
   *
   * @param toFirst requests per second over those of the first proxy, in the same round
   * @param cpuMicros of user and system, all processes of the proxy, for a request
   * @param cpuToFirst the same over that of the first proxy, in the same round
   * @param megabytes of memory that is resident, the largest of all rounds
   * @param failed requests that had another status than 200, or none
   * @param ringShare the part of the CPU, kernel included, that goes to methods of the ring; null
   *     for a proxy that has none
   */
  record Proxy(
      String name,
      double requestsPerSecond,
      double toFirst,
      double cpuMicros,
      double cpuToFirst,
      double latency99Millis,
      long megabytes,
      long failed,
      @Nullable Double ringShare) {}

  /**
   * Replicas that are killed and started again while requests come.
   *
   * @param kills how often a replica was killed
   * @param failed GETs that had another status than 200, or none
   */
  record Restarts(String name, int seconds, int kills, long requests, long failed) {}
}
