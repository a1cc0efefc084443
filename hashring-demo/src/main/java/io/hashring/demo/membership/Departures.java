package io.hashring.demo.membership;

import io.hashring.demo.cluster.Cluster;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The replicas that are to be stopped, each for itself. Safe for use by any number of threads. */
final class Departures {

  private enum State {
    NOTED,
    STOPPING,
    STOPPED
  }

  /**
   * One of them.
   *
   * @param revision once all have acknowledged it, nobody sends requests there
   * @param deadline or else when to stop it all the same, by the clock of {@link System#nanoTime}
   */
  private record Departure(long revision, long deadline, State state) {

    Departure in(State next) {
      return new Departure(revision, deadline, next);
    }
  }

  private final Duration patience;
  private final Map<String, Departure> byName = new HashMap<>();

  /** @param patience how long a departure may wait for the other balancers */
  Departures(Duration patience) {
    this.patience = patience;
  }

  /** These depart with that revision, if they do not already. */
  synchronized void note(Set<String> names, long revision) {
    long deadline = System.nanoTime() + patience.toNanos();
    names.forEach(name -> byName.putIfAbsent(name, new Departure(revision, deadline, State.NOTED)));
  }

  /** Forgets the others. */
  synchronized void retain(Predicate<String> condition) {
    byName.keySet().removeIf(condition.negate());
  }

  /** Those that nobody sends requests to any more, told once each. */
  synchronized Set<String> due(Cluster cluster, Predicate<String> isOurs) {
    Set<String> due = byName.entrySet().stream()
        .filter(entry -> entry.getValue().state() == State.NOTED)
        .filter(entry -> isOver(entry.getKey(), entry.getValue(), cluster))
        .map(Map.Entry::getKey)
        .filter(isOurs)
        .collect(Collectors.toSet());
    due.forEach(name -> byName.computeIfPresent(name, (n, one) -> one.in(State.STOPPING)));
    return due;
  }

  private static boolean isOver(String name, Departure departure, Cluster cluster) {
    return departure.deadline() - System.nanoTime() <= 0
        || cluster.isReleased(name, departure.revision());
  }

  synchronized void stopped(String name) {
    byName.computeIfPresent(name, (n, departure) -> departure.in(State.STOPPED));
  }

  /** The names of those that have stopped, and are not forgotten. */
  synchronized Set<String> stopped() {
    return byName.entrySet().stream()
        .filter(entry -> entry.getValue().state() == State.STOPPED)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }
}
