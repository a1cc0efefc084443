package io.hashring.bench;

import io.hashring.HashRing;
import io.hashring.Replication;
import io.hashring.RingDiff;
import java.util.List;
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
 * How long does it take to tell what moves when a node joins? No peer can say.
 *
 * <p>{@code shared}: the ring after comes from the ring before. {@code rebuilt}: it was built anew,
 * so that all points must be compared.
 *
 * <pre>{@code
 * java -jar hashring-bench/target/benchmarks.jar DiffBenchmark -prof gc -rf json -rff diff.json
 * }</pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms1g", "-Xmx4g", "-Xmn96m"})
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH sets the fields
public class DiffBenchmark {

  @Param("hashring")
  String peer;

  @Param({"10", "100", "1000", "10000"})
  int nodes;

  @Param("160")
  int pointsPerNode;

  private HashRing<String> before;
  private HashRing<String> after;
  private HashRing<String> rebuilt;

  @Setup
  public void build() {
    List<String> names = Inputs.nodes(nodes + 1, 1);
    before = HashRing.builder()
        .pointsPerNode(pointsPerNode)
        .addAll(names.subList(0, nodes))
        .build();
    after = before.with(names.get(nodes));
    rebuilt = after.toBuilder().build();
    Inputs.settle();
  }

  @Benchmark
  public RingDiff<String> shared() {
    return before.diff(after);
  }

  @Benchmark
  public RingDiff<String> sharedWithCopies() {
    return before.diff(after, Replication.of(3));
  }

  @Benchmark
  public RingDiff<String> rebuilt() {
    return before.diff(rebuilt);
  }
}
