package io.hashring.interop;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Locale;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;

/**
 * Functions that take one unit of the input after another into 32 bits.
 *
 * <p>What goes by the name of one such function differs in what a unit is. In C it is a
 * {@code char}, which has a sign on x86, so that a byte from 0x80 on enters as a negative number;
 * in Java clients it is a {@code char} of a {@code String}, 16 bits wide.
 *
 * <p>FNV of 64 bits cut to the lower 32 needs 32 bits only, for neither multiplication nor xor lets
 * a bit influence a lower one. So those of C, one computed in 64 bits and the other, by its
 * authors' mistake, in 32, are of one kind.
 */
@SuppressWarnings("ImmutableEnumChecker") // the functions have no state
enum Fold implements HashFunction32 {
  FNV1_32(Unit.BYTE, Fnv.INIT_32, Fnv::step1),
  FNV1_32_C(Unit.SIGNED_BYTE, Fnv.INIT_32, Fnv::step1),
  FNV1_32_JAVA(Unit.CHAR, Fnv.INIT_32, Fnv::step1),
  FNV1A_32(Unit.BYTE, Fnv.INIT_32, Fnv::step1a),
  FNV1A_32_C(Unit.SIGNED_BYTE, Fnv.INIT_32, Fnv::step1a),
  FNV1A_32_JAVA(Unit.CHAR, Fnv.INIT_32, Fnv::step1a),
  FNV1_64_C(Unit.SIGNED_BYTE, Fnv.INIT_64, Fnv::step1Of64),
  FNV1_64_JAVA(Unit.CHAR, Fnv.INIT_64, Fnv::step1Of64),
  FNV1A_64_C(Unit.SIGNED_BYTE, Fnv.INIT_64, Fnv::step1aOf64),
  FNV1A_64_JAVA(Unit.CHAR, Fnv.INIT_64, Fnv::step1aOf64),
  ONE_AT_A_TIME(Unit.BYTE, 0, Jenkins::step, Jenkins::finish),
  ONE_AT_A_TIME_C(Unit.SIGNED_BYTE, 0, Jenkins::step, Jenkins::finish),
  SDBM(Unit.BYTE, 0, (h, unit) -> 65599 * h + unit),
  DJB2(Unit.BYTE, 5381, (h, unit) -> 33 * h + unit),
  STRING_HASH_CODE(Unit.CHAR, 0, (h, unit) -> 31 * h + unit);

  private enum Unit {
    BYTE,
    SIGNED_BYTE,
    CHAR
  }

  private final Unit unit;
  private final int init;
  private final IntBinaryOperator step;
  private final IntUnaryOperator finish;

  Fold(Unit unit, int init, IntBinaryOperator step) {
    this(unit, init, step, IntUnaryOperator.identity());
  }

  Fold(Unit unit, int init, IntBinaryOperator step, IntUnaryOperator finish) {
    this.unit = unit;
    this.init = init;
    this.step = step;
    this.finish = finish;
  }

  @Override
  public int hash32(byte[] input) {
    if (unit == Unit.CHAR && !isAscii(input)) {
      return hash32(new String(input, UTF_8));
    }
    int h = init;
    int mask = unit == Unit.BYTE ? 0xFF : -1;
    for (byte b : input) {
      h = step.applyAsInt(h, b & mask);
    }
    return finish.applyAsInt(h);
  }

  private static boolean isAscii(byte[] input) {
    int all = 0;
    for (byte b : input) {
      all |= b;
    }
    return all >= 0;
  }

  /** Of characters that are the units. */
  private int hash32(String input) {
    int h = init;
    for (int i = 0; i < input.length(); i++) {
      h = step.applyAsInt(h, input.charAt(i));
    }
    return finish.applyAsInt(h);
  }

  @Override
  public String toString() {
    return switch (this) {
      case ONE_AT_A_TIME -> "oneAtATime";
      case ONE_AT_A_TIME_C -> "oneAtATime_c";
      case STRING_HASH_CODE -> "stringHashCode";
      default -> name().toLowerCase(Locale.ROOT);
    };
  }

  /** Fowler, Noll and Vo. */
  private static final class Fnv {
    static final int INIT_32 = 0x811C9DC5;
    static final int PRIME_32 = 0x01000193;

    /** The lower halves of the constants of 64 bits. */
    static final int INIT_64 = 0x84222325;

    static final int PRIME_64 = 0x000001B3;

    static int step1(int h, int unit) {
      return h * PRIME_32 ^ unit;
    }

    static int step1a(int h, int unit) {
      return (h ^ unit) * PRIME_32;
    }

    static int step1Of64(int h, int unit) {
      return h * PRIME_64 ^ unit;
    }

    static int step1aOf64(int h, int unit) {
      return (h ^ unit) * PRIME_64;
    }
  }

  /** Bob Jenkins, one at a time. */
  private static final class Jenkins {
    static int step(int h, int unit) {
      h += unit;
      h += h << 10;
      return h ^ h >>> 6;
    }

    static int finish(int h) {
      h += h << 3;
      h ^= h >>> 11;
      return h + (h << 15);
    }
  }
}
