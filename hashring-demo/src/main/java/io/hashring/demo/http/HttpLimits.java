package io.hashring.demo.http;

/**
 * Sizes, in bytes where nothing else is said, that every server and client of the demo agrees on.
 */
public final class HttpLimits {

  public static final int INITIAL_LINE = 8 * 1024;
  public static final int HEADERS = 32 * 1024;

  /** How many, so that nobody has to look through thousands. */
  public static final int HEADER_COUNT = 100;

  /** One read from a socket: large enough to move big bodies in few steps. */
  public static final int CHUNK = 64 * 1024;

  /** The body of a call to {@code /add} or {@code /rm}. */
  public static final int ADMIN_BODY = 64 * 1024;

  private HttpLimits() {}
}
