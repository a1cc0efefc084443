package io.hashring.bench;

import com.google.common.collect.Lists;
import io.hashring.bench.peer.Peer;
import io.hashring.bench.peer.Ring;
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
 * How long does a change of membership take? Each operation adds and removes again: one node, or a
 * batch of 100. How many keys move is not a time: see {@code Report}.
 *
 * <p>A peer that rebuilds takes seconds for one operation at 10,000 nodes, so the whole run is long
 * because of the slowest peers; {@code -p peer=hashring,treemap} is quick.
 *
 * <pre>{@code
 * java -jar hashring-bench/target/benchmarks.jar RemapBenchmark -prof gc -rf json -rff remap.json
 * }</pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms1g", "-Xmx4g", "-Xmn96m"})
public class RemapBenchmark {

  @Benchmark
  public Object one(One state) {
    return state.addAndRemove();
  }

  @Benchmark
  public Object batch(Batch state) {
    return state.addAndRemove();
  }

  /** One node at a time. */
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init") // JMH sets the fields
  public static class One {

    @Param({
      "hashring",
      "five-probes",
      "treemap",
      "sorted-array",
      "pekko",
      "grpc",
      "ketama",
      "allgood",
      "jedis",
      "guava",
      "jumpback",
      "jumpback-anchor",
      "choose-k",
      "rendezvous"
    })
    String peer;

    @Param({"10", "100", "1000", "10000"})
    int nodes;

    @Param("160")
    int pointsPerNode;

    private Membership membership;

    @Setup
    public void build() {
      membership = new Membership(peer, nodes, pointsPerNode, 1);
    }

    Ring<?> addAndRemove() {
      return membership.addAndRemove();
    }
  }

  /** Many nodes at once, by the peer's own way to change many if it has one. */
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init") // JMH sets the fields
  public static class Batch {

    @Param({"hashring", "treemap", "sorted-array", "pekko", "grpc", "ketama", "allgood", "jedis"})
    String peer;

    @Param("1000")
    int nodes;

    @Param("160")
    int pointsPerNode;

    @Param("100")
    int batch;

    private Membership membership;

    @Setup
    public void build() {
      membership = new Membership(peer, nodes, pointsPerNode, batch);
    }

    Ring<?> addAndRemove() {
      return membership.addAndRemove();
    }
  }

  /** A ring, and nodes to come and go: other ones each time, so that no two changes are alike. */
  private static final class Membership {

    private static final int TURNS = 64;

    private final Ring<?> ring;
    private final List<List<String>> comers;
    private int turn;

    Membership(String peer, int nodes, int pointsPerNode, int batch) {
      List<String> names = Inputs.nodes(nodes + TURNS * batch, 1);
      ring = Peer.of(peer).ring(names.subList(0, nodes), pointsPerNode);
      comers = Lists.partition(names.subList(nodes, names.size()), batch);
    }

    Ring<?> addAndRemove() {
      List<String> comer = comers.get(turn++ % TURNS);
      return ring.with(comer).without(comer);
    }
  }
}
