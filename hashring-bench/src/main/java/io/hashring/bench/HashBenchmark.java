package io.hashring.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.google.common.hash.Hashing;
import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import io.hashring.interop.InteropFunctions;
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
 * How long does it take to hash a key, without any ring?
 *
 * <p>Keys of plain ASCII, or with Latin-1 and other letters among them, in a virtual machine that
 * has done nothing else, and in one that has been {@linkplain UsedJvm used}.
 * {@code xxh3OfFreshBytes} is the measure of {@code xxh3OfString}: what whoever has no better way
 * would write.
 *
 * <pre>{@code
 * java -jar hashring-bench/target/benchmarks.jar HashBenchmark -prof gc -rf json -rff hash.json
 * }</pre>
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH sets the fields
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms1g", "-Xmx4g", "-Xmn96m"})
public class HashBenchmark {

  private static final HashFunction XXH3 = HashFunctions.xxh3_64();
  private static final HashFunction MD5 = InteropFunctions.md5();
  private static final Hasher64 HASH4J = com.dynatrace.hash4j.hashing.Hashing.xxh3_64();
  private static final com.google.common.hash.HashFunction MURMUR3 = Hashing.murmur3_128();

  /** Long keys are fewer than short ones, so that they fit a machine. */
  private static final int MAX_CHARACTERS = 1 << 24;

  @Param({"8", "20", "36", "64", "100", "200", "300", "1000", "10000"})
  int keyLength;

  @Param({"ascii", "latin1", "utf16"})
  String text;

  @Param({"clean", "used"})
  String jvm;

  private String[] keys;
  private byte[][] bytes;

  @Setup
  public void draw() {
    if (jvm.equals("used")) {
      UsedJvm.use();
    }
    int count = Math.min(Inputs.POOL, MAX_CHARACTERS / keyLength);
    String[] drawn = Inputs.keys(count, keyLength, text, 2);
    keys = new String[Inputs.POOL];
    bytes = new byte[Inputs.POOL][];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = drawn[i % count];
      bytes[i] = i < count ? keys[i].getBytes(UTF_8) : bytes[i % count];
    }
  }

  @Benchmark
  public long xxh3OfString(Cursor cursor) {
    return XXH3.hash(keys[cursor.next()]);
  }

  @Benchmark
  public long xxh3OfBytes(Cursor cursor) {
    return XXH3.hash(bytes[cursor.next()]);
  }

  @Benchmark
  public long xxh3OfFreshBytes(Cursor cursor) {
    return HASH4J.hashBytesToLong(keys[cursor.next()].getBytes(UTF_8));
  }

  @Benchmark
  public long hash4jXxh3OfChars(Cursor cursor) {
    return HASH4J.hashCharsToLong(keys[cursor.next()]);
  }

  @Benchmark
  public long guavaMurmur3OfString(Cursor cursor) {
    return MURMUR3.hashString(keys[cursor.next()], UTF_8).asLong();
  }

  @Benchmark
  public long md5OfString(Cursor cursor) {
    return MD5.hash(keys[cursor.next()]);
  }
}
