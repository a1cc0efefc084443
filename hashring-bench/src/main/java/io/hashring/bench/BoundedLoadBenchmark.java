package io.hashring.bench;

import io.hashring.BoundedLoad;
import io.hashring.ConcurrentHashRing;
import io.hashring.HashRing;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does it cost, beside a lookup, to count the load of nodes and to keep it bounded?
 *
 * <p>{@code locate} is the lookup on the ring itself, {@code locateHeld} on the holder.
 * {@code acquire} takes a lease on the owner of a key and closes it; other leases, spread over all
 * keys, are open meanwhile, {@code leasesPerNode} for each node, so that some owners are full.
 * {@code acquireEligible} does the same with a predicate, which accepts all nodes,
 * {@code acquireOneKey} for one key, whose owner all threads load.
 *
 * <pre>{@code
 * java -jar hashring-bench/target/benchmarks.jar \
 *     BoundedLoadBenchmark -prof gc -rf json -rff bounded.json
 * java -jar hashring-bench/target/benchmarks.jar BoundedLoadBenchmark.acquire -t 64 -p nodes=100
 * }</pre>
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH sets the fields
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms1g", "-Xmx4g", "-Xmn96m"})
public class BoundedLoadBenchmark {

  @Param("hashring")
  String peer;

  @Param({"10", "100", "1000", "10000"})
  int nodes;

  @Param("160")
  int pointsPerNode;

  @Param("20")
  int keyLength;

  @Param("1.25")
  double factor;

  @Param("100")
  int leasesPerNode;

  private HashRing<String> ring;
  private ConcurrentHashRing<String> held;
  private BoundedLoad<String> load;
  private String[] keys;

  @Setup
  public void build() {
    ring = HashRing.builder()
        .pointsPerNode(pointsPerNode)
        .addAll(Inputs.nodes(nodes, 1))
        .build();
    held = ConcurrentHashRing.of(ring);
    load = BoundedLoad.of(held, BoundedLoad.Bound.factor(factor));
    keys = Inputs.keys(Inputs.POOL, keyLength, 2);
    for (int i = 0; i < nodes * leasesPerNode; i++) {
      load.acquire(keys[i % keys.length]);
    }
    Inputs.settle();
  }

  @Benchmark
  public Object locate(Cursor cursor) {
    return ring.locate(keys[cursor.next()]);
  }

  @Benchmark
  public Object locateHeld(Cursor cursor) {
    return held.ring().locate(keys[cursor.next()]);
  }

  @Benchmark
  public Object acquire(Cursor cursor) {
    try (BoundedLoad.Lease<String> lease = load.acquire(keys[cursor.next()])) {
      return lease.node();
    }
  }

  @Benchmark
  public Object acquireEligible(Cursor cursor) {
    try (BoundedLoad.Lease<String> lease =
        load.tryAcquire(keys[cursor.next()], 1, node -> true).orElseThrow()) {
      return lease.node();
    }
  }

  @Benchmark
  public Object acquireOneKey() {
    try (BoundedLoad.Lease<String> lease = load.acquire(keys[0])) {
      return lease.node();
    }
  }
}
