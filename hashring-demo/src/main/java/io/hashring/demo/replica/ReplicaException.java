package io.hashring.demo.replica;

/**
 * A container that cannot be had; the message says why, and is made for the reader of an answer.
 */
public final class ReplicaException extends Exception {

  private static final long serialVersionUID = 1L;

  public ReplicaException(String message, Throwable cause) {
    super(message, cause);
  }

  public ReplicaException(String message) {
    super(message);
  }
}
