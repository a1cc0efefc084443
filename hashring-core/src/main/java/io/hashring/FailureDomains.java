package io.hashring;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Spreads a preference list over failure domains, which may lie within one another. */
final class FailureDomains<N> {

  private final List<Function<? super N, ?>> levels;

  /**
   * Domains.
   *
   * @param levels the domain of a node on each level, the widest first; one of a narrower level is
   *     the same only within the same wider one
   */
  FailureDomains(List<? extends Function<? super N, ?>> levels) {
    requireNonNull(levels, "failureDomains must not be null");
    checkArgument(!levels.isEmpty(), "failureDomains must not be empty");
    for (Function<? super N, ?> level : levels) {
      requireNonNull(level, "failureDomain must not be null");
    }
    this.levels = List.copyOf(levels);
  }

  /** A node and its domains, the widest first. */
  private record Candidate<N>(N node, List<Object> domains) {}

  /**
   * Up to {@code n} nodes of a walk: first those that are the first of their widest domain, then
   * those that are the first of a narrower one, and so on; then the rest. Each in the order of the
   * walk, which is followed only as far as need be.
   */
  List<N> first(int n, Iterator<N> walk) {
    List<N> chosen = new ArrayList<>();
    Set<List<Object>> used = new HashSet<>();
    Iterator<Candidate<N>> candidates = new Iterator<>() {
      @Override
      public boolean hasNext() {
        return walk.hasNext();
      }

      @Override
      public Candidate<N> next() {
        return candidate(walk.next());
      }
    };
    for (int level = 1; level <= levels.size(); level++) {
      List<Candidate<N>> passedOver = new ArrayList<>();
      while (chosen.size() < n && candidates.hasNext()) {
        Candidate<N> candidate = candidates.next();
        if (used.contains(candidate.domains.subList(0, level))) {
          passedOver.add(candidate);
        } else {
          for (int l = 1; l <= levels.size(); l++) {
            used.add(candidate.domains.subList(0, l));
          }
          chosen.add(candidate.node);
        }
      }
      candidates = passedOver.iterator();
    }
    while (chosen.size() < n && candidates.hasNext()) {
      chosen.add(candidates.next().node);
    }
    return chosen;
  }

  private Candidate<N> candidate(N node) {
    List<Object> domains = new ArrayList<>(levels.size());
    for (Function<? super N, ?> level : levels) {
      Object domain = level.apply(node);
      if (domain == null) {
        throw new NullPointerException("failure domain must not be null: that of node " + node);
      }
      domains.add(domain);
    }
    return new Candidate<>(node, domains);
  }
}
