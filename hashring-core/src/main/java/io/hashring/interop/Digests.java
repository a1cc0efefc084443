package io.hashring.interop;

import static com.google.common.base.Preconditions.checkArgument;

import io.hashring.hash.HashFunction;
import io.hashring.internal.Digest;

/** Functions of which all bytes are to be had. */
final class Digests {

  private Digests() {}

  /**
   * The digest that a function is.
   *
   * @throws IllegalArgumentException if it is none
   */
  static Digest of(HashFunction function) {
    checkArgument(
        function instanceof Digest,
        "digest must be md5, sha1, sha256 or a function of Guava: %s",
        function);
    return (Digest) function;
  }
}
