package io.hashring.hash;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hashring.internal.Remainder;

/**
 * A function from bytes to a position on the circle, an unsigned 64-bit number.
 *
 * <p>A function must be pure: the same bytes give the same position on every call, in every process
 * and on every machine, for as long as rings built with it have to agree. It must not keep or
 * change the array it is given, and it must be safe for use by any number of threads. Nothing else
 * is required: a poor function costs balance, never correctness.
 *
 * <p>All 64 bits count. A function with fewer bits fills the upper ones, so that its values spread
 * over the whole circle: a 32-bit hash {@code h} is the position {@code h << 32}.
 *
 * <p>Two functions are interchangeable for a ring if they are {@linkplain Object#equals equal}.
 * Those of {@link HashFunctions} are; a lambda equals only itself.
 *
 * @see HashFunctions
 */
@FunctionalInterface
public interface HashFunction {

  /**
   * The position of a sequence of bytes.
   *
   * @param input the bytes; may be empty; is neither changed nor kept
   * @return a position, to be read as an unsigned number
   */
  long hash(byte[] input);

  /**
   * The position of the UTF-8 bytes of a text.
   *
   * <p>Equal to {@code hash(input.toString().getBytes(UTF_8))} for every text, in every
   * implementation; and this is what it does, at the price of an array, unless it is overridden. A
   * surrogate without its partner has no UTF-8 form and enters as the byte of {@code '?'}, which is
   * what {@link String#getBytes(java.nio.charset.Charset)} makes of it.
   *
   * @param input the text; may be empty
   * @return a position, to be read as an unsigned number
   */
  default long hash(CharSequence input) {
    return hash(input.toString().getBytes(UTF_8));
  }

  /**
   * The hash, as an unsigned integer of the function's own width, modulo a number of slots.
   *
   * <p>The own width matters where it is not 64: a 128-bit digest is reduced as a 128-bit number, a
   * 32-bit hash as a 32-bit number and not as the position that it is moved to. This default suits
   * a function of exactly 64 bits.
   *
   * @param input the bytes; may be empty; is neither changed nor kept
   * @param slots how many slots there are, at least 1
   * @return a slot in {@code [0, slots)}
   * @throws IllegalArgumentException if {@code slots} is less than 1
   */
  default long slot(byte[] input, long slots) {
    return Remainder.of(hash(input), slots);
  }
}
