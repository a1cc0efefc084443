package io.hashring.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.google.common.hash.HashFunction;
import java.util.Locale;

/**
 * Names of other libraries' hash functions that are the same in every process. Some of these have
 * no name but that of their class; as the same class with another seed is another function, what it
 * makes of one text is added.
 */
public final class FunctionName {

  private static final byte[] TEXT = "hashring".getBytes(UTF_8);

  private FunctionName() {}

  /**
   * The name of a function of Guava.
   *
   * @param function the function
   * @return such as {@code Hashing.murmur3_128(0)}
   */
  public static String of(HashFunction function) {
    String text = function.toString();
    return isIdentity(text, function)
        ? withValue(function, function.hashBytes(TEXT).padToLong())
        : text;
  }

  /**
   * The name of a function of hash4j.
   *
   * @param hasher the function
   * @return such as {@code WyhashFinal4-0123456789abcdef}
   */
  public static String of(Hasher64 hasher) {
    String text = hasher.toString();
    return isIdentity(text, hasher) ? withValue(hasher, hasher.hashBytesToLong(TEXT)) : text;
  }

  /** Tells whether a text is what {@link Object#toString} makes. */
  private static boolean isIdentity(String text, Object object) {
    return text.startsWith(object.getClass().getName() + "@");
  }

  private static String withValue(Object function, long value) {
    String type = function.getClass().getName();
    return String.format(Locale.ROOT, "%s-%016x", type.substring(type.lastIndexOf('.') + 1), value);
  }
}
