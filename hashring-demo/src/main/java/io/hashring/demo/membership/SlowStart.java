package io.hashring.demo.membership;

import io.hashring.demo.cluster.Member;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Lets the weight of a newcomer rise: from a tenth to the whole in nine steps, at equal times. The
 * first tenth is there when it joins, and the time runs once it is up. Not safe for use by several
 * threads.
 */
final class SlowStart {

  private static final int LEVELS = 10;

  /** In the time of a step, so that it is late by a tenth of that at most. */
  private static final long LOOKS = 10;

  private final Duration time;

  /** By name, when the first tenth began, by the clock of {@link System#nanoTime}. */
  private final Map<String, Long> began = new HashMap<>();

  /** @param time from the first tenth to the whole; zero for none */
  SlowStart(Duration time) {
    this.time = time;
  }

  /** The part of its weight with which a newcomer joins these. */
  double first(List<Member> members) {
    boolean alone = members.stream().noneMatch(m -> !m.leaving() && m.weight() > 0);
    return time.isZero() || alone ? 1 : 1.0 / LEVELS;
  }

  /** How often to look; another balancer may have begun what is this one's to end. */
  Duration betweenLooks(Duration most) {
    Duration part = time.dividedBy((LEVELS - 1) * LOOKS).plusMillis(1);
    return time.isZero() || part.compareTo(most) > 0 ? most : part;
  }

  private static boolean isRising(Member member) {
    return member.ramp() < 1 && !member.leaving();
  }

  /** The members as they should be by now. */
  List<Member> risen(List<Member> members, Predicate<String> isUp, long now) {
    Set<String> rising =
        members.stream().filter(SlowStart::isRising).map(Member::name).collect(Collectors.toSet());
    began.keySet().retainAll(rising);
    return members.stream()
        .map(member ->
            isRising(member) && (began.containsKey(member.name()) || isUp.test(member.name()))
                ? member.ramped(due(member, now))
                : member)
        .toList();
  }

  /** Who takes this over from another balancer goes on from where it is. */
  private double due(Member member, long now) {
    if (time.isZero()) {
      return 1;
    }
    long step = time.toNanos() / (LEVELS - 1);
    long level = Math.round(member.ramp() * LEVELS);
    long start = began.computeIfAbsent(member.name(), name -> now - (level - 1) * step);
    long due = Math.min(LEVELS, 1 + (now - start) / step);
    return Math.max(level, due) / (double) LEVELS;
  }
}
