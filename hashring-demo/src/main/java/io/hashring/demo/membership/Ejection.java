package io.hashring.demo.membership;

import io.hashring.demo.http.StatusCodes;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Takes members out whose requests fail, whatever their checks say, as long as enough others are
 * left: whoever is the cause of failures everywhere, a client or a network, must not take everybody
 * out.
 */
public final class Ejection {

  /**
   * When to eject, and for how long.
   *
   * @param after so many failures in a row; 0 for never
   * @param pause the first; it doubles with every one that follows soon
   * @param most the part of the members that may be out, those that are down included, 0 to 1
   * @param failing answers that are failures, beside broken connections and silence
   * @param hasChecks whether checks bring back a member that refuses connections
   */
  public record Rules(
      int after, Duration pause, double most, StatusCodes failing, boolean hasChecks) {}

  private final Rules rules;
  private final Supplier<Members> members;

  public Ejection(Rules rules, Supplier<Members> members) {
    this.rules = rules;
    this.members = members;
  }

  /** None; connections that are refused take a member down until its checks pass. */
  public static Ejection never() {
    return new Ejection(
        new Rules(0, Duration.ZERO, 0, StatusCodes.NONE, true), () -> Members.none(1));
  }

  boolean hasChecks() {
    return rules.hasChecks();
  }

  boolean isFailure(int status) {
    return rules.failing().contains(status);
  }

  boolean isDue(int failures) {
    return rules.after() > 0 && failures >= rules.after();
  }

  /** One after the other, so that no two take the place that is left for one. */
  synchronized void eject(Health health, String why) {
    if (health.isEjected() || hasRoomFor(health)) {
      health.eject(rules.pause(), why);
    }
  }

  private boolean hasRoomFor(Health health) {
    Members now = members.get();
    List<Health> taking = now.byAge().stream()
        .filter(backend -> now.ring().weight(backend) > 0)
        .map(Backend::health)
        .toList();
    long out = taking.stream().filter(other -> other != health && !other.isUp()).count();
    return out + 1 <= rules.most() * taking.size();
  }
}
