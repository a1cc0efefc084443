package io.hashring.bench;

import io.hashring.HashRing;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.interop.InteropFunctions;
import io.hashring.interop.LibraryPlacements;
import io.hashring.interop.MemcachedPlacements;
import io.hashring.interop.ProxyPlacements;
import io.hashring.placement.Placement;
import io.hashring.placement.Placements;
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
 * What does agreement with another system cost: a lookup, the hash in it, the index in it, and a
 * node that joins and leaves?
 *
 * <p>All rings have 160 points per node. The hash of the key is the system's, so a lookup is to
 * cost what it costs under placement v1, less that hash, plus the other. A change touches one node,
 * or all of them under placements whose counts depend on all weights.
 *
 * <pre>{@code
 * java -jar hashring-bench/target/benchmarks.jar \
 *     PlacementBenchmark -prof gc -rf json -rff placement.json
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
public class PlacementBenchmark {

  @Param({"v1", "nginx", "haproxy", "ketama", "twemproxy", "envoy", "uhashring"})
  String placement;

  @Param({"10", "1000"})
  int nodes;

  @Param("20")
  int keyLength;

  private HashFunction hash;
  private HashRing<String> ring;
  private String[] keys;
  private long[] positions;
  private String newcomer;
  private double weight;

  @Setup
  public void build() {
    Placement chosen = placement();
    hash = chosen.keyFunction();
    weight = placement.equals("haproxy") ? 10 : 1;
    HashRing.Builder<String> builder = HashRing.builder().placement(chosen);
    for (int i = 0; i < nodes; i++) {
      builder.add(id(i), weight);
    }
    ring = builder.build();
    newcomer = id(nodes);
    keys = Inputs.keys(Inputs.POOL, keyLength, 2);
    positions = new long[keys.length];
    for (int i = 0; i < keys.length; i++) {
      positions[i] = hash.hash(keys[i]);
    }
    Inputs.settle();
  }

  private Placement placement() {
    return switch (placement) {
      case "v1" -> Placements.v1(HashFunctions.xxh3_64(), 160);
      case "nginx" -> ProxyPlacements.nginx();
      case "haproxy" -> ProxyPlacements.haproxy();
      case "ketama" -> MemcachedPlacements.libmemcachedWeighted();
      case "twemproxy" -> MemcachedPlacements.twemproxy(InteropFunctions.fnv1a_64_c());
      case "envoy" -> ProxyPlacements.envoy(InteropFunctions.xxh64(), 160L * nodes, 160L * nodes);
      case "uhashring" -> LibraryPlacements.uhashring(160);
      default -> throw new IllegalArgumentException("unknown placement: " + placement);
    };
  }

  private String id(int i) {
    return placement.equals("haproxy") ? "" + (i + 1) : "10.0." + i / 256 + "." + i % 256 + ":80";
  }

  @Benchmark
  public Object lookup(Cursor cursor) {
    return ring.locate(keys[cursor.next()]);
  }

  @Benchmark
  public long hashOfKey(Cursor cursor) {
    return hash.hash(keys[cursor.next()]);
  }

  @Benchmark
  public Object lookupOfHash(Cursor cursor) {
    return ring.locateAt(positions[cursor.next()]);
  }

  @Benchmark
  public Object joinAndLeave() {
    return ring.with(newcomer, weight).without(newcomer);
  }
}
