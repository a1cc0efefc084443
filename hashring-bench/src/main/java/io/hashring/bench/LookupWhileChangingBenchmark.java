package io.hashring.bench;

import io.hashring.bench.peer.Peer;
import io.hashring.bench.peer.Ring;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * How many keys a microsecond do readers find while another thread changes the ring?
 *
 * <p>One thread more than the readers adds and removes a node in turn, so many times a second, or
 * as often as the peer manages; {@code changes} counts the changes of an iteration of one second. A
 * ring that is immutable is published in a volatile field. Peers that are not safe for readers
 * while they change are left out: the tree map and JumpBackAnchor.
 *
 * <p>With 0 changes a second it is the plain throughput, to compare two readers with one.
 *
 * <pre>{@code
 * java -jar hashring-bench/target/benchmarks.jar \
 *     LookupWhileChangingBenchmark -rf json -rff changing.json
 * }</pre>
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH sets the fields
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms1g", "-Xmx4g", "-Xmn96m"})
public class LookupWhileChangingBenchmark {

  @Param({"hashring", "sorted-array", "pekko", "grpc", "ketama", "allgood", "jedis"})
  String peer;

  @Param("1000")
  int nodes;

  @Param("160")
  int pointsPerNode;

  @Param("20")
  int keyLength;

  @Param({"0", "100"})
  int changesPerSecond;

  private volatile Ring<?> ring;
  private volatile boolean changing;
  private volatile int changes;
  private String[] keys;
  private Thread writer;

  @Setup
  public void build() {
    ring = Peer.of(peer).ring(Inputs.nodes(nodes, 1), pointsPerNode);
    keys = Inputs.keys(Inputs.POOL, keyLength, 2);
    Inputs.settle();
  }

  @Setup(Level.Iteration)
  public void startWriter() {
    changes = 0;
    changing = changesPerSecond > 0;
    writer = new Thread(this::changeInTurn, "writer");
    writer.start();
  }

  private void changeInTurn() {
    long start = System.nanoTime();
    List<String> comer = List.of("comer");
    for (int i = 0; changing; i++) {
      ring = ring.with(comer);
      pauseUntil(start, 2 * i + 1);
      ring = ring.without(comer);
      pauseUntil(start, 2 * i + 2);
    }
  }

  private void pauseUntil(long start, int done) {
    changes = done;
    long due = start + done * TimeUnit.SECONDS.toNanos(1) / changesPerSecond;
    LockSupport.parkNanos(due - System.nanoTime());
  }

  @TearDown(Level.Iteration)
  public void stopWriter() throws InterruptedException {
    changing = false;
    writer.join();
  }

  @Benchmark
  @Threads(1)
  public Object oneReader(Reader reader) {
    return ring.locate(keys[reader.next()]);
  }

  @Benchmark
  @Threads(2)
  public Object twoReaders(Reader reader) {
    return ring.locate(keys[reader.next()]);
  }

  /** A walk around the pool of keys, and this thread's share of the count of changes. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Reader {

    public double changes;

    private int index;

    @TearDown(Level.Iteration)
    public void count(LookupWhileChangingBenchmark benchmark, ThreadParams threads) {
      changes = (double) benchmark.changes / threads.getThreadCount();
    }

    int next() {
      return index++ & Inputs.POOL - 1;
    }
  }
}
