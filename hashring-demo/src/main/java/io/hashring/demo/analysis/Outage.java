package io.hashring.demo.analysis;

import io.hashring.HashRing;
import io.hashring.demo.replica.Replica;
import io.hashring.placement.Placement;
import io.vertx.core.Vertx;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;

/**
 * What one server's death and return does to requests that come at a steady rate.
 *
 * @param servers how many there are; the second is killed after a third of the time, and is there
 *     again, at the same address, after two thirds
 * @param perSecond requests a second
 */
record Outage(int servers, int perSecond, Duration time) {

  private static final int VICTIM = 2;
  private static final int BINS = 30;

  /** Below those that clients' ends of connections are given. */
  private static final int FIRST_PORT = 10_000;

  private static final int PORTS = 20_000;
  private static final int ATTEMPTS = 50;

  /** How many requests this sends. */
  long requests() {
    return perSecond * time.toMillis() / 1_000;
  }

  /**
   * What became of the requests.
   *
   * @param bins who answered those that were sent in each thirtieth of the time
   * @param lost requests that no server answered
   * @param strays requests of servers that were alive throughout, which another server answered
   */
  record Result(Outage outage, List<Counts> bins, long lost, long strays) {

    double secondsPerBin() {
      return outage.time.toMillis() / 1e3 / bins.size();
    }

    long answered() {
      return bins.stream().mapToLong(Counts::total).sum();
    }

    String victim() {
      return Subject.server(VICTIM);
    }

    /** In which bin it first had requests again after its return, or 0 if it had none. */
    int backInBin() {
      int dead = 2 * bins.size() / 3;
      for (int bin = dead; bin < bins.size(); bin++) {
        if (bins.get(bin).byServer().getOrDefault(victim(), 0L) > 0) {
          return bin;
        }
      }
      return 0;
    }
  }

  Result run(
      Vertx vertx, Balancers balancers, Placement placement, Traffic traffic, Progress progress)
      throws Exception {
    List<Replica> replicas = new ArrayList<>();
    try {
      List<String> addresses = new ArrayList<>();
      for (int number = 1; number <= servers; number++) {
        Replica replica = startSomewhere(vertx, number);
        replicas.add(replica);
        addresses.add(Subject.server(number) + "=127.0.0.1:" + replica.port());
      }
      String list = String.join(",", addresses);
      try (Balancers.Started balancer = balancers.start(placement, "--replicas", list)) {
        return send(vertx, balancer.port(), placement, replicas, traffic, progress);
      }
    } finally {
      replicas.forEach(Replica::close);
    }
  }

  /** On a port that the system gives to nobody meanwhile, as the server is to come back to it. */
  private static Replica startSomewhere(Vertx vertx, int number) throws Exception {
    Random random = new Random();
    for (int attempt = 1; true; attempt++) {
      try {
        return start(vertx, number, FIRST_PORT + random.nextInt(PORTS));
      } catch (BindException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static Replica start(Vertx vertx, int number, int port) throws Exception {
    return Replica.start(vertx, Subject.server(number), "127.0.0.1", port);
  }

  private Result send(
      Vertx vertx,
      int port,
      Placement placement,
      List<Replica> replicas,
      Traffic traffic,
      Progress progress)
      throws Exception {
    Random random = new Random(3);
    int victimPort = replicas.get(VICTIM - 1).port();
    List<Integer> sent = new ArrayList<>();
    List<CompletableFuture<String>> answers = new ArrayList<>();
    long start = System.nanoTime();
    CompletableFuture<Void> fault = CompletableFuture.completedFuture(null);
    for (int i = 0; i < requests(); i++) {
      waitUntil(start + i * 1_000_000_000L / perSecond);
      if (i == requests() / 3) {
        fault = CompletableFuture.runAsync(replicas.get(VICTIM - 1)::close);
      } else if (i == requests() / 3 * 2) {
        fault = fault.thenRunAsync(() -> revive(vertx, replicas, victimPort));
      }
      int request =
          Subject.FIRST_REQUEST + random.nextInt(Subject.LAST_REQUEST - Subject.FIRST_REQUEST + 1);
      sent.add(request);
      answers.add(traffic.send(port, request));
      progress.did(1);
    }
    fault.join();
    return result(placement, sent, answers);
  }

  private static void waitUntil(long nanoTime) throws InterruptedException {
    while (nanoTime - System.nanoTime() > 0) {
      LockSupport.parkNanos(nanoTime - System.nanoTime());
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
  }

  private static void revive(Vertx vertx, List<Replica> replicas, int port) {
    try {
      replicas.set(VICTIM - 1, start(vertx, VICTIM, port));
    } catch (Exception e) {
      throw new CompletionException(e);
    }
  }

  private Result result(
      Placement placement, List<Integer> sent, List<CompletableFuture<String>> answers)
      throws InterruptedException, ExecutionException {
    HashRing<String> ring = Subject.ring(placement, servers);
    List<Counts> bins = new ArrayList<>();
    for (int bin = 0; bin < BINS; bin++) {
      bins.add(Counts.of(servers));
    }
    long lost = 0;
    long strays = 0;
    for (int i = 0; i < answers.size(); i++) {
      String server = answers.get(i).get();
      if (server.isEmpty()) {
        lost++;
      } else {
        bins.get((int) ((long) i * BINS / answers.size())).add(server);
        String owner = ring.locate(sent.get(i).toString());
        strays += owner.equals(server) || owner.equals(Subject.server(VICTIM)) ? 0 : 1;
      }
    }
    return new Result(this, List.copyOf(bins), lost, strays);
  }
}
