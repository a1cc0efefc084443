package io.hashring.demo.proxy;

import com.google.common.base.Ascii;
import io.hashring.BoundedLoad;
import io.hashring.BoundedLoad.Bound;
import io.hashring.BoundedLoad.Lease;
import io.hashring.ConcurrentHashRing;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Health;
import io.hashring.demo.membership.Members;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells where a request of a key would be sent now, and why, by the rules of an {@link Exchange}.
 * It takes nothing for that: no place among the requests of a node, no trial of one that was
 * ejected. Any thread may use it.
 */
public final class Locator {

  private static final String OWNER = "owner";

  private final Supplier<Members> members;
  private final @Nullable BoundedLoad<Backend> load;
  private final @Nullable Bound bound;

  /**
   * Asks whoever is a member then.
   *
   * @param load what the backends have under way; null if nothing bounds it
   * @param bound of the load; null if there is none
   */
  public Locator(
      Supplier<Members> members, @Nullable BoundedLoad<Backend> load, @Nullable Bound bound) {
    this.members = members;
    this.load = load;
    this.bound = bound;
  }

  /**
   * A node that may have a key.
   *
   * @param cap how many requests it may have; empty if nothing bounds them
   */
  public record Candidate(Backend node, OptionalLong cap) {}

  /**
   * Where a key is sent.
   *
   * @param node null if nobody can have it
   * @param list all that may have it, the owner first
   */
  public record Location(long position, @Nullable Backend node, String why, List<Candidate> list) {}

  public Location locate(byte[] key) {
    Members now = members.get();
    long position = now.ring().position(key);
    List<Candidate> list = now.ring().preferenceListAt(position).stream()
        .map(node -> new Candidate(node, cap(node)))
        .toList();
    if (list.isEmpty()) {
      return new Location(position, null, "no replica has a weight above 0", list);
    }
    Map<String, Long> loads = load == null ? Map.of() : load.loads();
    Backend owner = list.get(0).node();
    Optional<Backend> up = choose(now, loads, position, Backend::mayBegin);
    if (up.isPresent()) {
      String why = up.get().equals(owner)
          ? OWNER
          : "owner is " + fault(list.get(0), loads) + ", next of its list";
      return new Location(position, up.get(), why, list);
    }
    Optional<Backend> unwell = choose(now, loads, position, Backend::mayBeginUnwell);
    String why = "no replica is up" + (unwell.isEmpty() ? "" : ", so it is tried all the same");
    return new Location(position, unwell.orElse(null), why, list);
  }

  private OptionalLong cap(Backend node) {
    return load == null ? OptionalLong.empty() : OptionalLong.of(load.capacity(node));
  }

  /** Chooses on a copy of the loads, so that nobody finds a node fuller than it is. */
  private Optional<Backend> choose(
      Members now, Map<String, Long> loads, long position, Predicate<Backend> mayTake) {
    if (bound == null) {
      return now.locateAt(position, mayTake);
    }
    BoundedLoad<Backend> copy = BoundedLoad.of(ConcurrentHashRing.of(now.ring()), bound);
    for (Backend node : now.ring().nodes()) {
      long units = loads.getOrDefault(node.name(), 0L);
      if (units > 0) {
        var unused = copy.tryAcquireAt(0, units, node::equals);
      }
    }
    return copy.tryAcquireAt(position, 1, mayTake).map(Lease::node);
  }

  private static String fault(Candidate owner, Map<String, Long> loads) {
    Backend node = owner.node();
    if (node.requests().isClosed()) {
      return "draining";
    }
    if (node.mayBegin()) {
      return "full (" + loads.getOrDefault(node.name(), 0L) + " of "
          + owner.cap().orElse(0) + ")";
    }
    Health.Status status = node.health().status();
    return Ascii.toLowerCase(status.state().name()) + ": " + status.reason();
  }
}
