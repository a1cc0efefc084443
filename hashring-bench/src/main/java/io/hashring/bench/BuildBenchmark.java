package io.hashring.bench;

import io.hashring.bench.peer.Peer;
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
 * How long does it take to build a ring from the names of its nodes?
 *
 * <pre>{@code
 * java -jar hashring-bench/target/benchmarks.jar BuildBenchmark -prof gc -rf json -rff build.json
 * }</pre>
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH sets the fields
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms1g", "-Xmx4g", "-Xmn96m"})
public class BuildBenchmark {

  @Param({
    "hashring",
    "treemap",
    "sorted-array",
    "pekko",
    "grpc",
    "ketama",
    "allgood",
    "jedis",
    "jumpback-anchor",
    "choose-k",
    "rendezvous"
  })
  String peer;

  @Param({"10", "100", "1000", "10000"})
  int nodes;

  @Param("160")
  int pointsPerNode;

  private List<String> names;

  @Setup
  public void draw() {
    names = Inputs.nodes(nodes, 1);
  }

  @Benchmark
  public Object build() {
    return Peer.of(peer).ring(names, pointsPerNode);
  }
}
