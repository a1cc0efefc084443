package io.hashring.demo.admin;

import static java.util.Objects.requireNonNull;

import io.hashring.BoundedLoad;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Members;
import io.hashring.demo.membership.RingChange;
import io.hashring.demo.proxy.Exchange;
import io.hashring.demo.proxy.RetryBudget;
import io.hashring.demo.proxy.Streams;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What Prometheus is told; {@code docs/watching} has the meanings. A request costs a few additions,
 * for its meters are found by the node's name and the status in tables of our own. What the members
 * can say at any time is asked only when somebody reads.
 */
public final class Metrics {

  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final String NO_NODE = "none";
  private static final int SWITCHING_PROTOCOLS = 101;
  private static final int SERVER_ERROR = 500;
  private static final int STATUSES = 1_000;

  private static final Duration[] BUCKETS = {
    Duration.ofMillis(1),
    Duration.ofNanos(2_500_000),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofMillis(2_500),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10)
  };

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Map<String, NodeMeters> nodes = new ConcurrentHashMap<>();
  private final Map<String, Long> leftSince = new HashMap<>(); // guarded by this
  private final Duration retention;
  private final Supplier<Members> members;
  private final Streams streams;
  private final @Nullable BoundedLoad<Backend> bound;
  private final Counter retries;
  private final Counter offPrimary;
  private final Counter failOpen;
  private final MultiGauge inFlight;
  private final MultiGauge lasting;
  private final MultiGauge up;
  private final MultiGauge info;
  private final MultiGauge capacity;
  private final MultiGauge ejections;
  private long measured = -1; // the version
  private double peakToMean;

  /** @param retention how long the counters of a node that left stay */
  public Metrics(
      Supplier<Members> members,
      RetryBudget budget,
      Streams streams,
      @Nullable BoundedLoad<Backend> bound,
      Duration retention) {
    this.retention = retention;
    this.members = members;
    this.streams = streams;
    this.bound = bound;
    this.retries = Counter.builder("hashring.retries")
        .description("Tries beyond the first of a request")
        .register(registry);
    this.offPrimary = Counter.builder("hashring.requests.off.primary")
        .description("Requests whose last try went to another node than the owner of their key")
        .register(registry);
    this.ejections = multiGauge(
        "hashring.node.ejections", "Times that a node was ejected, or stayed so after a trial");
    this.failOpen = Counter.builder("hashring.requests.fail.open")
        .description("Requests that were sent to a node that was down, for want of one that was up")
        .register(registry);
    this.inFlight = multiGauge("hashring.requests.in.flight", "Requests that a node has now");
    this.lasting = multiGauge(
        "hashring.streams", "WebSockets, event streams and long requests that a node has now");
    FunctionCounter.builder("hashring.streams.moved", streams, Streams::moved)
        .description("Those that went on, as a node had no room for more")
        .register(registry);
    FunctionCounter.builder("hashring.streams.refused", streams, Streams::refused)
        .description("Those that were refused, as no node had room for more")
        .register(registry);
    this.up = multiGauge("hashring.node.up", "1 if a node is sent requests, else 0");
    this.capacity = multiGauge(
        "hashring.node.capacity", "Requests that a node may have when the next one comes");
    this.info = multiGauge(
        "hashring.ring.info", "Always 1; the label checksum is equal where rings are equal");
    gauge("hashring.ring.nodes", "Nodes on the ring", Members::size);
    gauge(
        "hashring.ring.points", "Points on the ring", now -> now.ring().points().size());
    gauge("hashring.ring.version", "Membership changes so far", Members::version);
    gauge(
        "hashring.ring.moved.share",
        "Part of the circle that changed owners with the last membership change",
        Metrics::moved);
    Gauge.builder("hashring.retry.budget", budget, RetryBudget::left)
        .description("Requests that may be sent again before more have come in")
        .register(registry);
    Gauge.builder("hashring.ring.peak.to.mean", () -> peakToMean)
        .description("The largest share of a node, in mean shares; 0 without nodes")
        .register(registry);
  }

  private void gauge(String name, String description, ToDoubleFunction<Members> value) {
    Gauge.builder(name, () -> value.applyAsDouble(members.get()))
        .description(description)
        .register(registry);
  }

  private MultiGauge multiGauge(String name, String description) {
    return MultiGauge.builder(name).description(description).register(registry);
  }

  private static double moved(Members members) {
    RingChange change = members.lastChange();
    return change == null ? 0 : change.moved();
  }

  public void record(Exchange exchange) {
    String name = exchange.last().map(Backend::name).orElse(NO_NODE);
    NodeMeters node = nodes.get(name);
    if (node == null) {
      node = nodes.computeIfAbsent(name, NodeMeters::new);
      forget(); // whether anybody reads or not, names must not pile up
    }
    int status = exchange.status();
    node.requests(status).increment();
    if (status != SWITCHING_PROTOCOLS) { // a WebSocket lives as long as its client likes
      node.duration.record(exchange.nanos(), TimeUnit.NANOSECONDS);
    }
    if (exchange.tries() > 1) {
      retries.increment(exchange.tries() - 1);
    }
    if (exchange.isOffPrimary()) {
      offPrimary.increment();
    }
    if (exchange.isFailOpen()) {
      failOpen.increment();
    }
  }

  /** Drops the series of nodes that left some time ago. */
  private synchronized void forget() {
    long now = System.nanoTime();
    Set<String> present = new HashSet<>(members.get().names());
    present.add(NO_NODE);
    leftSince.keySet().removeAll(present);
    for (String name : List.copyOf(nodes.keySet())) {
      if (!present.contains(name)
          && now - leftSince.computeIfAbsent(name, left -> now) >= retention.toNanos()) {
        leftSince.remove(name);
        requireNonNull(nodes.remove(name)).remove();
      }
    }
  }

  /**
   * The requests that ended at a node.
   *
   * @param failed how many of them were answered 500 or above
   */
  record Requests(long all, long failed) {}

  Requests requests(String name) {
    NodeMeters node = nodes.get(name);
    return node == null ? new Requests(0, 0) : node.requests();
  }

  /** All of it as Prometheus reads it. */
  public synchronized String scrape() {
    forget();
    Members now = members.get();
    if (now.version() != measured) {
      measured = now.version();
      peakToMean = now.size() == 0 ? 0 : now.ring().ownership().peakToMean();
    }
    up.register(rows(now, backend -> backend.isEligible() ? 1 : 0), true);
    ejections.register(rows(now, backend -> backend.health().ejections()), true);
    inFlight.register(rows(now, backend -> backend.requests().count()), true);
    lasting.register(rows(now, streams::count), true);
    if (bound != null) {
      capacity.register(rows(now, bound::capacity), true);
    }
    info.register(List.of(Row.of(Tags.of("checksum", RingJson.checksum(now.ring())), 1)), true);
    return registry.scrape();
  }

  private static List<Row<?>> rows(Members members, ToDoubleFunction<Backend> value) {
    return members.byAge().stream()
        .<Row<?>>map(
            backend -> Row.of(Tags.of("node", backend.name()), value.applyAsDouble(backend)))
        .toList();
  }

  /** The meters of one node, kept for a while when it leaves: its last requests are to be read. */
  private final class NodeMeters {

    private final String name;
    private final Timer duration;
    private final AtomicReferenceArray<@Nullable Counter> byStatus =
        new AtomicReferenceArray<>(STATUSES);

    NodeMeters(String name) {
      this.name = name;
      this.duration = Timer.builder("hashring.request.duration")
          .description("From the head of a request to the last byte of its answer")
          .tag("node", name)
          .serviceLevelObjectives(BUCKETS)
          .register(registry);
    }

    /** A request that ends meanwhile is counted in vain. */
    void remove() {
      registry.remove(duration);
      for (int i = 0; i < STATUSES; i++) {
        Counter counter = byStatus.get(i);
        if (counter != null) {
          registry.remove(counter);
        }
      }
    }

    Requests requests() {
      double all = 0;
      double failed = 0;
      for (int i = 0; i < STATUSES; i++) {
        Counter counter = byStatus.get(i);
        if (counter != null) {
          all += counter.count();
          failed += i >= SERVER_ERROR ? counter.count() : 0;
        }
      }
      return new Requests((long) all, (long) failed);
    }

    Counter requests(int status) {
      int index = Math.min(status, STATUSES - 1); // a replica may send any number
      Counter counter = byStatus.get(index);
      if (counter == null) {
        counter = Counter.builder("hashring.requests")
            .description("Requests that ended, by the node that had them last and their status")
            .tags("node", name, "status", Integer.toString(index))
            .register(registry);
        byStatus.set(index, counter);
      }
      return counter;
    }
  }
}
