package io.hashring.internal;

/** A hash function of which more than a position is to be had: all bytes, in the usual order. */
public interface Digest {

  /**
   * The digest of a sequence of bytes.
   *
   * @param input the bytes
   * @return a new array
   */
  byte[] digest(byte[] input);

  /**
   * The length of a digest.
   *
   * @return a multiple of 8
   */
  int bits();
}
