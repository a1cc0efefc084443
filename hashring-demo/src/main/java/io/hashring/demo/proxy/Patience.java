package io.hashring.demo.proxy;

import io.hashring.demo.proxy.Exchange.Awaited;
import java.time.Duration;

/**
 * How long somebody may be waited for.
 *
 * @param answer the replica, to begin its answer
 * @param body the client, to send on
 * @param quiet either side of a WebSocket or an event stream, to say anything
 */
public record Patience(Duration answer, Duration body, Duration quiet) {

  /** How long a client that asks whether its body is wanted may be kept waiting for a replica. */
  private static final Duration CONSENT = Duration.ofSeconds(1);

  /** Times that whoever waits is looked after in the time that it may wait. */
  private static final int LOOKS = 20;

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

  /** A request that has lasted so long is none of the short ones. */
  static final Duration SHORT = Duration.ofSeconds(5);

  /** A client's connection on which nothing moves: longer than whatever is looked after here. */
  public Duration idle() {
    return body.plusSeconds(2);
  }

  /** Either side, to take what there is, or to send on in an answer. */
  Duration rest() {
    return answer.plusSeconds(1);
  }

  long nanos(Awaited awaited) {
    return switch (awaited) {
      case NOBODY -> Long.MAX_VALUE;
      case CLIENT -> body.toNanos();
      case CONSENT -> CONSENT.toNanos();
      case ANSWER -> answer.toNanos();
      case ANYBODY -> quiet.toNanos();
      case REPLICA, REST -> rest().toNanos();
    };
  }

  /** How often to look. */
  public Duration betweenLooks() {
    Duration share = answer.dividedBy(LOOKS).plusMillis(1);
    return share.compareTo(BETWEEN_LOOKS) < 0 ? share : BETWEEN_LOOKS;
  }
}
