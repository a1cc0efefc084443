package io.hashring.bench;

import io.hashring.HashRing;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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
 * How long does it take to divide a collection of keys among their owners, as a multi-get does?
 *
 * <pre>{@code
 * java -jar hashring-bench/target/benchmarks.jar GroupBenchmark -prof gc
 * }</pre>
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH sets the fields
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
    value = 2,
    jvmArgsAppend = {"-Xms1g", "-Xmx4g", "-Xmn96m"})
public class GroupBenchmark {

  @Param({"100", "1000"})
  int nodes;

  @Param({"100", "10000"})
  int keyCount;

  @Param({"clean", "used"})
  String jvm;

  private HashRing<String> ring;
  private List<String> keys;

  @Setup
  public void build() {
    if (jvm.equals("used")) {
      UsedJvm.use();
    }
    ring = HashRing.<String>builder(node -> node).addAll(Inputs.nodes(nodes, 1)).build();
    keys = Arrays.asList(Inputs.keys(keyCount, 20, 2));
    Inputs.settle();
  }

  @Benchmark
  public Object group() {
    return ring.group(keys);
  }

  /** What whoever had no such method would write. */
  @Benchmark
  public Object groupingBy() {
    return keys.stream().collect(Collectors.groupingBy(ring::locate));
  }
}
