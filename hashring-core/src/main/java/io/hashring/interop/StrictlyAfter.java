package io.hashring.interop;

import io.hashring.hash.HashFunction;

/**
 * Keys one position beyond their hash, so that the first point at or after is that after the hash.
 */
record StrictlyAfter(HashFunction function) implements HashFunction {
  @Override
  public long hash(byte[] input) {
    return function.hash(input) + 1;
  }

  @Override
  public long hash(CharSequence input) {
    return function.hash(input) + 1;
  }

  @Override
  public String toString() {
    return function + " + 1";
  }
}
