package io.hashring.bench;

import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A walk around the pool of keys, one for each thread. */
@State(Scope.Thread)
public class Cursor {

  private int index;

  int next() {
    return index++ & Inputs.POOL - 1;
  }
}
