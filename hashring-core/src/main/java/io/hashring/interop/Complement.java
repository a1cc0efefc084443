package io.hashring.interop;

import io.hashring.hash.HashFunction;

/** Positions in reverse, so that the first point at or after is the last at or before. */
record Complement(HashFunction function) implements HashFunction {
  @Override
  public long hash(byte[] input) {
    return ~function.hash(input);
  }

  @Override
  public long hash(CharSequence input) {
    return ~function.hash(input);
  }

  @Override
  public String toString() {
    return "complement of " + function;
  }
}
