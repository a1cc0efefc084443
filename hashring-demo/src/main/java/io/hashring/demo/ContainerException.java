package io.hashring.demo;

/**
 * A container that cannot be had; the message says why, and is made for the reader of an answer.
 */
final class ContainerException extends Exception {

  private static final long serialVersionUID = 1L;

  ContainerException(String message, Throwable cause) {
    super(message, cause);
  }

  ContainerException(String message) {
    super(message);
  }
}
