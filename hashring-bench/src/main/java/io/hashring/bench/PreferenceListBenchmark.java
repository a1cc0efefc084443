package io.hashring.bench;

import io.hashring.bench.peer.Peer;
import io.hashring.bench.peer.Ring;
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
 * How long does it take to find the nodes of a key and its copies?
 *
 * <p>The other libraries have no such method, or one whose nodes are not distinct (spymemcached's
 * sequence of retries).
 *
 * <pre>{@code
 * java -jar hashring-bench/target/benchmarks.jar \
 *     PreferenceListBenchmark -prof gc -rf json -rff preference.json
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
public class PreferenceListBenchmark {

  @Param({"hashring", "five-probes", "treemap", "sorted-array", "allgood", "choose-k", "rendezvous"
  })
  String peer;

  @Param({"10", "100", "1000", "10000"})
  int nodes;

  @Param("160")
  int pointsPerNode;

  @Param("20")
  int keyLength;

  @Param("3")
  int copies;

  private Ring<?> ring;
  private String[] keys;

  @Setup
  public void build() {
    ring = Peer.of(peer).ring(Inputs.nodes(nodes, 1), pointsPerNode);
    keys = Inputs.keys(Inputs.POOL, keyLength, 2);
    Inputs.settle();
  }

  @Benchmark
  public Object preferenceList(Cursor cursor) {
    return ring.preferenceList(keys[cursor.next()], copies);
  }
}
