package io.hashring.demo.proxy;

/** No node of the preference list can take the request. */
final class NoBackendException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  NoBackendException() {
    super("no healthy replica: see /_lb/health, or add one with POST /add", null, false, false);
  }
}
