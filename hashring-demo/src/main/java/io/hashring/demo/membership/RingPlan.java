package io.hashring.demo.membership;

import io.hashring.HashRing;
import io.hashring.demo.cluster.Member;
import io.hashring.demo.replica.ReplicaSpec;
import io.vertx.core.net.SocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a change of the members does to the ring, seen before it is made.
 *
 * @param before the ring that it was planned on
 * @param after the ring that the change makes of it at once
 * @param change from the one to the other
 * @param risen the same, when all slow starts are over; null if nobody's weight rises
 */
public record RingPlan(
    HashRing<Backend> before,
    HashRing<Backend> after,
    RingChange change,
    @Nullable RingPlan risen) {

  /** Of a replica that is not started. */
  private static final SocketAddress NOWHERE = SocketAddress.inetSocketAddress(0, "0.0.0.0");

  static RingPlan of(Members now, List<Member> next) {
    RingPlan atOnce = of(now, next, Member::weightNow);
    boolean rises = next.stream().anyMatch(m -> !m.leaving() && m.ramp() < 1);
    return rises
        ? new RingPlan(atOnce.before, atOnce.after, atOnce.change, of(now, next, Member::weight))
        : atOnce;
  }

  private static RingPlan of(Members now, List<Member> next, ToDoubleFunction<Member> weight) {
    HashRing<Backend> before = now.ring();
    HashRing<Backend> after = before.change(to(now, next, m -> onPaper(now, m), weight));
    return new RingPlan(before, after, RingChange.between(before, after, Instant.now()), null);
  }

  /** The change that makes the ring one of these members, and of no others. */
  static Consumer<HashRing.Change<Backend>> to(
      Members now,
      List<Member> members,
      Function<Member, Backend> node,
      ToDoubleFunction<Member> weight) {
    List<Member> staying = members.stream().filter(m -> !m.leaving()).toList();
    List<String> names = staying.stream().map(Member::name).toList();
    return change -> {
      now.byAge().stream().filter(b -> !names.contains(b.name())).forEach(change::remove);
      staying.forEach(m -> change.set(node.apply(m), weight.applyAsDouble(m)));
    };
  }

  /** What stands for a member on a ring that nobody is sent requests by. */
  private static Backend onPaper(Members now, Member member) {
    return now.named(member.name())
        .orElseGet(() -> new Backend(
            member.name(),
            member.address(),
            new Health(member.name(), 1, 1, Health.State.UNCHECKED, Ejection.never()),
            now.size()));
  }

  /** Whoever joins, before its replica is started. */
  static Member onPaper(ReplicaSpec spec) {
    double weight = spec.weight() == null ? 1 : spec.weight();
    SocketAddress address = spec.address() == null ? NOWHERE : spec.address();
    return new Member(spec.name(), address, null, weight);
  }
}
