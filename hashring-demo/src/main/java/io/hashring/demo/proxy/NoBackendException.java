package io.hashring.demo.proxy;

/** No node of the preference list can take the request. */
final class NoBackendException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  NoBackendException() {
    this("no healthy replica: see /_lb/health, or add one with POST /add");
  }

  private NoBackendException(String message) {
    super(message, null, false, false);
  }

  static NoBackendException allFull() {
    return new NoBackendException(
        "every replica has as many WebSockets and event streams as --max-streams allows");
  }
}
