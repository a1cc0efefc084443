package io.hashring;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The failure domains of the nodes of a ring that hold points: a tree whose leaves are the
 * innermost domains. Made once for a ring and the functions that tell the domains.
 */
final class FailureDomains<N> {

  /** A domain; its members' slots are those from one index to another in {@link #slots}. */
  static final class Domain {

    /** 0 for the circle itself, which lies around all. */
    final int level;

    /** What its function said; for the circle, nothing that matters. */
    final Object name;

    /** A number of its own among the domains of its level. */
    final int number;

    final Domain parent;
    final List<Domain> children = new ArrayList<>();
    int from;
    int to;

    private Domain(int level, Object name, int number, @Nullable Domain parent) {
      this.level = level;
      this.name = name;
      this.number = number;
      this.parent = parent == null ? this : parent;
    }

    /** The domain around this one, or this one, that lies right below the circle. */
    Domain widest() {
      Domain domain = this;
      while (domain.level > 1) {
        domain = domain.parent;
      }
      return domain;
    }

    /** Whether this and a domain of another tree are called the same, on all levels. */
    boolean hasNamesOf(Domain other) {
      Domain a = this;
      Domain b = other;
      for (; a.level > 0 && b.level > 0; a = a.parent, b = b.parent) {
        if (!a.name.equals(b.name)) {
          return false;
        }
      }
      return a.level == b.level;
    }
  }

  private final List<? extends Function<? super N, ?>> levels;
  final Domain circle = new Domain(0, this, 0, null);

  /** By slot; null where no member holds points. */
  private final @Nullable Domain[] leafOfSlot;

  /** The slots of the members that hold points, those of one domain side by side. */
  final int[] slots;

  FailureDomains(RingState<N> ring, List<? extends Function<? super N, ?>> levels) {
    this.levels = levels;
    this.leafOfSlot = new @Nullable Domain[ring.slotCount()];
    this.slots = new int[ring.holders];
    int[] counts = new int[levels.size() + 1];
    Map<Domain, Map<Object, Domain>> children = new HashMap<>();
    for (Member<N> member : ring.members) {
      if (member.pointCount() > 0) {
        Domain domain = circle;
        for (Function<? super N, ?> level : levels) {
          Object name = level.apply(member.node);
          if (name == null) {
            throw new NullPointerException(
                "failure domain must not be null: that of node " + member.id);
          }
          domain = child(domain, name, children, counts);
        }
        domain.to++;
        leafOfSlot[member.slot] = domain;
      }
    }
    layOut(circle, 0);
    for (Member<N> member : ring.members) {
      Domain leaf = leafOfSlot[member.slot];
      if (leaf != null) {
        slots[leaf.to++] = member.slot;
      }
    }
    closeRanges(circle);
  }

  private static Domain child(
      Domain domain, Object name, Map<Domain, Map<Object, Domain>> children, int[] counts) {
    Map<Object, Domain> named = children.computeIfAbsent(domain, d -> new HashMap<>());
    Domain known = named.get(name);
    if (known != null) {
      return known;
    }
    int level = domain.level + 1;
    Domain child = new Domain(level, name, counts[level]++, domain);
    named.put(name, child);
    domain.children.add(child);
    return child;
  }

  /** Gives each leaf, whose {@code to} is its size so far, a range that is still empty. */
  private static int layOut(Domain domain, int from) {
    int size = domain.to;
    domain.from = from;
    domain.to = from;
    int at = from + (domain.children.isEmpty() ? size : 0);
    for (Domain child : domain.children) {
      at = layOut(child, at);
    }
    return at;
  }

  private static void closeRanges(Domain domain) {
    for (Domain child : domain.children) {
      closeRanges(child);
      domain.to = child.to;
    }
  }

  /** Whether these are the domains that some functions tell. */
  boolean areOf(List<?> levels) {
    return this.levels.equals(levels);
  }

  /** How many levels there are below the circle. */
  int depth() {
    return levels.size();
  }

  /** The innermost domain of a member that holds points. */
  Domain leaf(int slot) {
    return requireNonNull(leafOfSlot[slot]);
  }
}
