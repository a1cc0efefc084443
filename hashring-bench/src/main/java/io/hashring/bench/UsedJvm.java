package io.hashring.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hashring.hash.HashFunction;
import io.hashring.hash.HashFunctions;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.CharBuffer;

/**
 * What any program has done before long, and a fork of JMH has not: it has formatted a number, read
 * text that is not Latin-1, and hashed keys that are not strings. The compiler's profiles of
 * {@code String.charAt} and of methods that take a {@code CharSequence} hold for the whole virtual
 * machine, so that code that reads text may be several times slower from then on.
 */
final class UsedJvm {

  private static final int TIMES = 100_000;

  /** What was read, so that it has to be. */
  @SuppressWarnings("UnusedVariable")
  private static volatile long seen;

  private UsedJvm() {}

  @SuppressWarnings("UnnecessaryStringBuilder") // a key that is one is what this is about
  static void use() {
    try (PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, UTF_8)) {
      nowhere.printf("%.2f%n", 1.5);
    }
    HashFunction xxh3 = HashFunctions.xxh3_64();
    String text = "ключ-42";
    String key = "user:42";
    CharSequence[] others = {new StringBuilder(key), CharBuffer.wrap(key)};
    long sum = 0;
    for (int i = 0; i < TIMES; i++) {
      sum += text.charAt(i % text.length());
      for (CharSequence other : others) {
        sum += xxh3.hash(other);
      }
    }
    seen = sum;
  }
}
