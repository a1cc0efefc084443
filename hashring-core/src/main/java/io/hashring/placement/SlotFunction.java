package io.hashring.placement;

import io.hashring.hash.HashFunction;

/** Another function's slot, as a position. */
record SlotFunction(HashFunction function, long slots) implements HashFunction {
  @Override
  public long hash(byte[] input) {
    return function.slot(input, slots);
  }

  @Override
  public String toString() {
    return function + " mod " + slots;
  }
}
