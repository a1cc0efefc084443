package io.hashring.interop;

import io.hashring.hash.HashFunction;
import io.hashring.internal.Remainder;

/** A function of 32 bits, which fill the upper half of a position. */
interface HashFunction32 extends HashFunction {

  int hash32(byte[] input);

  @Override
  default long hash(byte[] input) {
    return (long) hash32(input) << Integer.SIZE;
  }

  @Override
  default long slot(byte[] input, long slots) {
    return Remainder.of(Integer.toUnsignedLong(hash32(input)), slots);
  }
}
