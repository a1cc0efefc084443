package io.hashring.demo.analysis;

import static java.util.Objects.requireNonNull;

import io.hashring.placement.Placement;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How requests spread over growing numbers of servers.
 *
 * @param measured what each server was sent, by the number of servers
 * @param ofAll what each would be sent if every request of six digits came once
 * @param moved what the last server to join took along, by the number of servers since
 */
record Spread(
    Subject subject,
    boolean withOther,
    SortedMap<Integer, Counts> measured,
    SortedMap<Integer, Counts> ofAll,
    SortedMap<Integer, Moved> moved) {

  static final int FEWEST = 2;
  static final int MOST = 6;

  /**
   * Requests that another server answers after one has joined, as parts of all.
   *
   * @param needless those that went from one of the old servers to another
   */
  record Moved(double all, double needless) {

    static Moved between(String[] before, String[] after, String joined) {
      double all = 0;
      double needless = 0;
      for (int i = 0; i < before.length; i++) {
        if (!before[i].equals(after[i])) {
          all++;
          needless += after[i].equals(joined) ? 0 : 1;
        }
      }
      return new Moved(all / before.length, needless / before.length);
    }
  }

  String title() {
    return subject.title(withOther);
  }

  /** What each of so many servers was sent. */
  Counts counts(int servers) {
    return requireNonNull(measured.get(servers));
  }

  /** Sends the same requests to 2 servers, to 3, and so on to 6. */
  static Spread measure(
      Subject subject,
      boolean withOther,
      int[] requests,
      Balancers balancers,
      Traffic traffic,
      Progress progress)
      throws Exception {
    Placement placement = subject.placement(withOther);
    Spread spread = new Spread(
        subject, withOther, new TreeMap<>(), Subject.ofAllRequests(placement), new TreeMap<>());
    try (Balancers.Started balancer =
        balancers.start(placement, "--count", Integer.toString(FEWEST))) {
      String[] before = {};
      for (int servers = FEWEST; servers <= MOST; servers++) {
        progress.begin(servers + " servers, " + spread.title());
        if (servers > FEWEST) {
          traffic.addServer(balancer.port());
        }
        String[] now = traffic.servers(balancer.port(), requests, progress);
        spread.add(servers, before, now);
        before = now;
      }
    }
    return spread;
  }

  private void add(int servers, String[] before, String[] now) {
    measured.put(servers, Counts.of(servers, now));
    if (servers > FEWEST) {
      moved.put(servers, Moved.between(before, now, Subject.server(servers)));
    }
  }
}
