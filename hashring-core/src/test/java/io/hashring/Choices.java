package io.hashring;

import java.util.List;

/** Reads choices from bytes that a fuzzer made up. Where these end, each choice is the first. */
final class Choices {

  private final byte[] bytes;
  private int next;

  Choices(byte[] bytes) {
    this.bytes = bytes;
  }

  boolean areLeft() {
    return next < bytes.length;
  }

  /** A number from 0 to {@code count - 1}; of at most 256. */
  int below(int count) {
    return areLeft() ? (bytes[next++] & 0xFF) % count : 0;
  }

  <T> T of(List<T> choices) {
    return choices.get(below(choices.size()));
  }
}
