package io.hashring.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hashring.bench.peer.Peer;
import io.hashring.bench.peer.Ring;
import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How long does it take to find the owner of a key?
 *
 * <p>Keys come from a pool of 65,536, in order; a peer's bytes or hashes are asked for only where
 * it has such a method.
 *
 * <pre>{@code
 * java -jar hashring-bench/target/benchmarks.jar LookupBenchmark -prof gc -rf json -rff lookup.json
 * java -jar hashring-bench/target/benchmarks.jar \
 *     LookupBenchmark.string$ -p nodes=1000 -p peer=hashring,pekko
 * java -jar hashring-bench/target/benchmarks.jar \
 *     LookupBenchmark.string$ -p nodes=62500 -p peer=hashring,jumpback-anchor
 * }</pre>
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
    value = 2,
    jvmArgsAppend = {"-Xms1g", "-Xmx4g", "-Xmn96m"})
public class LookupBenchmark {

  @Benchmark
  public Object string(Strings state, Cursor cursor) {
    return state.ring.locate(state.keys[cursor.next()]);
  }

  /** The same in a virtual machine that has read other text before. */
  @Benchmark
  public Object stringInUsedJvm(UsedStrings state, Cursor cursor) {
    return state.ring.locate(state.keys[cursor.next()]);
  }

  /** Keys of other lengths and letters. */
  @Benchmark
  public Object text(Texts state, Cursor cursor) {
    return state.ring.locate(state.keys[cursor.next()]);
  }

  /** Keys of one call, each. */
  @Benchmark
  @OperationsPerInvocation(Batches.SIZE)
  public Object batch(Batches state, Cursor cursor) {
    return state.locate(cursor.next());
  }

  @Benchmark
  public Object bytes(Bytes state, Cursor cursor) {
    return state.ring.locate(state.keys[cursor.next()]);
  }

  @Benchmark
  public Object hash(Hashes state, Cursor cursor) {
    return state.ring.locateAt(state.keys[cursor.next()]);
  }

  /** A ring and keys that are strings. */
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init") // JMH sets the fields
  public static class Strings {

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

    @Param("20")
    int keyLength;

    Ring<?> ring;
    String[] keys;

    @Setup
    public void build() {
      ring = Peer.of(peer).ring(Inputs.nodes(nodes, 1), pointsPerNode);
      keys = Inputs.keys(Inputs.POOL, keyLength, 2);
      Inputs.settle();
    }
  }

  /** As {@link Strings}, after what any program does sooner or later. */
  @State(Scope.Benchmark)
  public static class UsedStrings extends Strings {
    @Setup
    public void use() {
      UsedJvm.use();
    }
  }

  /** A ring and batches of keys that are strings. */
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init") // JMH sets the fields
  public static class Batches {

    static final int SIZE = 64;

    @Param({"hashring", "jumpback-anchor"})
    String peer;

    @Param({"10", "100", "1000", "10000", "62500"})
    int nodes;

    @Param("160")
    int pointsPerNode;

    @Param("20")
    int keyLength;

    private Batch<?> batch;

    @Setup
    public void build() {
      Ring<?> ring = Peer.of(peer).ring(Inputs.nodes(nodes, 1), pointsPerNode);
      batch = new Batch<>(ring, Inputs.keys(Inputs.POOL, keyLength, 2));
      Inputs.settle();
    }

    Object locate(int key) {
      return batch.locate(key / SIZE);
    }

    private static final class Batch<N> {
      private final Ring<N> ring;
      private final String[][] keys;
      private final N[] owners;

      @SuppressWarnings("unchecked") // of the type of what the ring answers with
      Batch(Ring<N> ring, String[] keys) {
        this.ring = ring;
        this.keys = new String[keys.length / SIZE][];
        Arrays.setAll(this.keys, i -> Arrays.copyOfRange(keys, i * SIZE, (i + 1) * SIZE));
        this.owners = (N[]) Array.newInstance(ring.locate(keys[0]).getClass(), SIZE);
      }

      Object locate(int batch) {
        ring.locateAll(keys[batch], owners);
        return owners;
      }
    }
  }

  /** A ring and keys that are strings of any kind. */
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init") // JMH sets the fields
  public static class Texts {

    @Param({"hashring", "treemap", "jumpback-anchor"})
    String peer;

    @Param("1000")
    int nodes;

    @Param("160")
    int pointsPerNode;

    @Param({"8", "20", "64", "200"})
    int keyLength;

    @Param({"ascii", "latin1", "utf16"})
    String text;

    @Param({"clean", "used"})
    String jvm;

    Ring<?> ring;
    String[] keys;

    @Setup
    public void build() {
      if (jvm.equals("used")) {
        UsedJvm.use();
      }
      ring = Peer.of(peer).ring(Inputs.nodes(nodes, 1), pointsPerNode);
      keys = Inputs.keys(Inputs.POOL, keyLength, text, 2);
      Inputs.settle();
    }
  }

  /** A ring and keys that are bytes. */
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init") // JMH sets the fields
  public static class Bytes {

    @Param({
      "hashring",
      "five-probes",
      "treemap",
      "sorted-array",
      "pekko",
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

    @Param("20")
    int keyLength;

    Ring<?> ring;
    byte[][] keys;

    @Setup
    public void build() {
      ring = Peer.of(peer).ring(Inputs.nodes(nodes, 1), pointsPerNode);
      String[] texts = Inputs.keys(Inputs.POOL, keyLength, 2);
      keys = new byte[texts.length][];
      for (int i = 0; i < texts.length; i++) {
        keys[i] = texts[i].getBytes(UTF_8);
      }
      Inputs.settle();
    }
  }

  /** A ring and keys that are hashed already: the index alone. */
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init") // JMH sets the fields
  public static class Hashes {

    @Param({
      "hashring",
      "five-probes",
      "treemap",
      "sorted-array",
      "grpc",
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

    Ring<?> ring;
    long[] keys;

    @Setup
    public void build() {
      ring = Peer.of(peer).ring(Inputs.nodes(nodes, 1), pointsPerNode);
      keys = new SplittableRandom(2).longs(Inputs.POOL).toArray();
      Inputs.settle();
    }
  }
}
