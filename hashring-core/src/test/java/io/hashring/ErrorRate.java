package io.hashring;

/**
 * One error rate for all statistical tests of the library together: the probability that any of
 * them fails though the hashes are as good as random. Each has an equal part of it (Bonferroni).
 * Seeds are fixed, so that a test fails always or never.
 */
final class ErrorRate {

  static final double OF_ALL = 1e-6;

  /** At least as many as there are. */
  static final int TESTS = 250;

  static final double OF_ONE = OF_ALL / TESTS;

  private ErrorRate() {}
}
