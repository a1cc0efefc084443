package io.hashring.demo.proxy;

/** The client did not send on in time. */
final class ClientTimeoutException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  ClientTimeoutException() {
    super("the rest of the request did not come in time", null, false, false);
  }
}
