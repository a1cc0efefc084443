package io.hashring.demo.replica;

/**
 * A change of the members that is not made, and left no trace; the message says why, and is made
 * for the reader of an answer.
 */
public final class RefusedException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Whose matter it is. */
  public enum Reason {
    /** It could not be made at any time: the request is wrong. */
    INVALID,
    /** What it is about is not there. */
    UNKNOWN,
    /** It cannot be made as things stand. */
    CONFLICT,
    /** It was planned on a ring that is another by now. */
    STALE,
    /** The balancer stops. */
    STOPPING
  }

  private final Reason reason;

  public RefusedException(Reason reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  public static RefusedException invalid(String message) {
    return new RefusedException(Reason.INVALID, message);
  }

  public static RefusedException unknown(String message) {
    return new RefusedException(Reason.UNKNOWN, message);
  }

  public static RefusedException conflict(String message) {
    return new RefusedException(Reason.CONFLICT, message);
  }

  public Reason reason() {
    return reason;
  }
}
