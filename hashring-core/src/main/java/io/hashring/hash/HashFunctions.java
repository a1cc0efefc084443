package io.hashring.hash;

import static java.util.Objects.requireNonNull;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.google.common.primitives.Bytes;
import io.hashring.internal.Digest;
import io.hashring.internal.FunctionName;
import io.hashring.internal.Remainder;

/**
 * The hash functions that come with the library, and adapters for those of Guava and hash4j.
 *
 * <p>A function's name says which function it is for ever: no release changes a value. All of them
 * are immutable, stateless and safe for use by any number of threads, and take time linear in the
 * length of the input. Text is encoded before it is hashed, which allocates an array of its bytes,
 * but where a function says otherwise.
 */
public final class HashFunctions {

  private HashFunctions() {}

  /**
   * XXH3, 64 bits, seed 0: fast and strong, the default of every ring.
   *
   * <p>Allocates nothing for bytes, nor for a {@code String} of up to 24 characters that are all
   * ASCII. Other text it encodes: an array of the text's bytes, and for a {@code CharSequence} that
   * is no {@code String} the text's {@code toString()}.
   *
   * @return the function
   * @see <a href="https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md">the specification
   *     of XXH3</a>
   */
  public static HashFunction xxh3_64() {
    return Xxh3.INSTANCE;
  }

  /**
   * MurmurHash3 for 64-bit machines, seed 0: the first 64 bits of 128, the word that its reference
   * implementation calls {@code h1}.
   *
   * @return the function
   */
  public static HashFunction murmur3_128() {
    return Murmur3.INSTANCE;
  }

  /**
   * Any hash function of Guava.
   *
   * <p>Of a hash code of 64 bits or more a position is
   * {@link com.google.common.hash.HashCode#asLong}, its first eight bytes in little-endian order; a
   * shorter one fills the upper bits. A {@linkplain HashFunction#slot slot} is the remainder of all
   * its bytes in that order. Digests read as big-endian numbers are in {@code io.hashring.interop}.
   * {@link com.google.common.hash.Hashing#goodFastHash} changes its values from process to process,
   * so rings built with it do not agree.
   *
   * @param function the function to adapt
   * @return the function; equal to another adapter of an equal function
   */
  public static HashFunction of(com.google.common.hash.HashFunction function) {
    return new GuavaHashFunction(requireNonNull(function, "function must not be null"));
  }

  /**
   * Any 64-bit hash function of hash4j, and of wider ones what their 64-bit method returns.
   *
   * @param hasher the function to adapt
   * @return the function; equal to another adapter of an equal hasher
   */
  public static HashFunction of(Hasher64 hasher) {
    return new Hash4jHashFunction(requireNonNull(hasher, "hasher must not be null"));
  }

  private record GuavaHashFunction(com.google.common.hash.HashFunction function)
      implements HashFunction, Digest {
    @Override
    public byte[] digest(byte[] input) {
      return function.hashBytes(input).asBytes();
    }

    @Override
    public int bits() {
      return function.bits();
    }

    @Override
    public long hash(byte[] input) {
      int bits = function.bits();
      var code = function.hashBytes(input);
      return bits >= Long.SIZE ? code.asLong() : code.padToLong() << (Long.SIZE - bits);
    }

    @Override
    public long slot(byte[] input, long slots) {
      byte[] bytes = digest(input);
      Bytes.reverse(bytes);
      return Remainder.of(bytes, slots);
    }

    @Override
    public String toString() {
      return "of(" + FunctionName.of(function) + ")";
    }
  }

  private record Hash4jHashFunction(Hasher64 hasher) implements HashFunction {
    @Override
    public long hash(byte[] input) {
      return hasher.hashBytesToLong(input);
    }

    @Override
    public String toString() {
      return "of(" + FunctionName.of(hasher) + ")";
    }
  }
}
