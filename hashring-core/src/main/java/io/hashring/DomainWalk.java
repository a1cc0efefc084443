package io.hashring;

import static java.util.Objects.requireNonNull;

import io.hashring.FailureDomains.Domain;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Deals the eligible nodes for one position in rounds over failure domains, as {@link Replication}
 * says, and follows the walk around the circle no further than it must.
 *
 * <p>In each round the circle asks each of its widest domains for its next node, each of these asks
 * the domains within it in rounds of their own, and a domain of the innermost level gives its nodes
 * in the order of the walk. Say a and b are zones, and the walk meets a1 a2 b1 a3: the first round
 * is a1 b1, the second a2, the third a3.
 *
 * <p>A domain has no further node when all of its nodes were met or refused, which is known without
 * a walk: so if a whole zone is down, the predicate is asked for each of its nodes once, and the
 * walk does not go around the circle in search of them.
 */
final class DomainWalk<N> {

  private final RingState<N> ring;
  private final FailureDomains<N> domains;
  private final @Nullable Predicate<? super N> eligible;
  private final Successors walk;

  /** The eligible slots met, in the order of the walk. */
  private int[] met = new int[8];

  private int metCount;

  /** How many nodes were met, eligible or not. */
  private int pulled;

  // By slot, and of use only with a predicate: what is known of the nodes.
  private final BitSet seen = new BitSet();
  private final BitSet tested = new BitSet();
  private final BitSet refused = new BitSet();

  private DomainWalk(
      RingState<N> ring,
      FailureDomains<N> domains,
      long position,
      @Nullable Predicate<? super N> eligible) {
    this.ring = ring;
    this.domains = domains;
    this.eligible = eligible;
    this.walk = ring.walk(position, ring.holders);
  }

  /** The first slots for a position. */
  static <N> int[] first(
      RingState<N> ring,
      FailureDomains<N> domains,
      long position,
      int n,
      @Nullable Predicate<? super N> eligible) {
    return new DomainWalk<>(ring, domains, position, eligible).first(n);
  }

  /** How many nodes the walk meets before the first slots for a position are known. */
  static <N> int reach(RingState<N> ring, FailureDomains<N> domains, long position, int n) {
    DomainWalk<N> walk = new DomainWalk<>(ring, domains, position, null);
    walk.first(n);
    return walk.pulled;
  }

  private int[] first(int n) {
    int[] chosen = new int[Math.min(n, ring.holders)];
    int size = 0;
    // the first round needs no more than this: it comes in the order of the walk
    Remaining widest = new Remaining(domains.circle.children);
    BitSet used = new BitSet();
    while (size < chosen.length && widest.isAny(used)) {
      int slot = pull();
      Domain domain = domains.leaf(slot).widest();
      if (isEligible(slot) && !used.get(domain.number)) {
        used.set(domain.number);
        chosen[size++] = slot;
      }
    }
    if (size == chosen.length) {
      return chosen;
    }
    Rounds rounds = new Rounds();
    for (size = 0; size < chosen.length; size++) {
      Candidate candidate = rounds.circle.get(size);
      if (candidate == null) {
        break;
      }
      chosen[size] = candidate.slot;
    }
    return Arrays.copyOf(chosen, size);
  }

  /** The next slot of the walk, which must not be at its end. */
  private int pull() {
    int slot = walk.next();
    pulled++;
    if (isEligible(slot)) {
      if (metCount == met.length) {
        met = Arrays.copyOf(met, 2 * metCount);
      }
      met[metCount++] = slot;
    }
    if (eligible != null) {
      seen.set(slot);
    }
    return slot;
  }

  /** Asks the predicate no more than once. */
  private boolean isEligible(int slot) {
    if (eligible == null) {
      return true;
    }
    if (!tested.get(slot)) {
      tested.set(slot);
      refused.set(slot, !eligible.test(ring.node(slot)));
    }
    return !refused.get(slot);
  }

  /** Which of some domains the walk may still bring an eligible node of. */
  private final class Remaining {
    private final List<Domain> some;

    /** Before this one, no domain can be of any help again. */
    private int first;

    /** By domain, and only with a predicate: before this index, no slot is unseen and eligible. */
    private int @Nullable [] from;

    Remaining(List<Domain> some) {
      this.some = some;
    }

    /** Whether there is a domain that is not used and not exhausted. */
    boolean isAny(BitSet used) {
      while (first < some.size()
          && (used.get(some.get(first).number) || !isAny(first, some.get(first)))) {
        first++;
      }
      return first < some.size();
    }

    private boolean isAny(int index, Domain domain) {
      if (eligible == null) {
        return true; // before its first node is met, there is one
      }
      if (from == null) {
        from = new int[some.size()];
      }
      int i = domain.from + from[index];
      while (i < domain.to && (seen.get(domains.slots[i]) || !isEligible(domains.slots[i]))) {
        i++;
      }
      from[index] = i - domain.from;
      return i < domain.to;
    }
  }

  /** A node that was met. */
  private static final class Candidate {
    final int slot;

    /** How many were met before it. */
    final int index;

    /** By level, from 1 on: how many of its domain on that level were dealt before it. */
    final int[] rounds;

    Candidate(int slot, int index, int depth) {
      this.slot = slot;
      this.index = index;
      this.rounds = new int[depth + 1];
    }

    /** The order of those that domains of a level deal in one round. */
    static Comparator<Candidate> within(int level) {
      return (a, b) -> {
        for (int l = level + 1; l < a.rounds.length; l++) {
          if (a.rounds[l] != b.rounds[l]) {
            return Integer.compare(a.rounds[l], b.rounds[l]);
          }
        }
        return Integer.compare(a.index, b.index);
      };
    }
  }

  /** The dealing of all rounds, which begins with what was met already. */
  private final class Rounds {
    private final Map<Domain, Dealt> leaves = new HashMap<>();
    private int taken;
    final Dealt circle = new Dealt(domains.circle);

    Rounds() {
      takeMet();
    }

    private void takeMet() {
      for (; taken < metCount; taken++) {
        requireNonNull(leaves.get(domains.leaf(met[taken])))
            .add(new Candidate(met[taken], taken, domains.depth()));
      }
    }

    /** What one domain has dealt. */
    private final class Dealt {
      private final Domain domain;
      private final List<Dealt> children = new ArrayList<>();
      private final List<Candidate> dealt = new ArrayList<>();
      private final BitSet none = new BitSet();
      private final Remaining self;
      private int round;

      Dealt(Domain domain) {
        this.domain = domain;
        this.self = new Remaining(List.of(domain));
        for (Domain child : domain.children) {
          children.add(new Dealt(child));
        }
        if (children.isEmpty()) {
          leaves.put(domain, this);
        }
      }

      /** The i-th node that this domain deals, or null if it has fewer. */
      @Nullable
      Candidate get(int i) {
        while (dealt.size() <= i && (children.isEmpty() ? awaitNext() : dealRound())) {
          // until there are as many
        }
        return i < dealt.size() ? dealt.get(i) : null;
      }

      private boolean awaitNext() {
        boolean more = eligible == null ? dealt.size() < domain.to - domain.from : self.isAny(none);
        if (more) {
          pull();
          takeMet();
        }
        return more;
      }

      private boolean dealRound() {
        List<Candidate> next = new ArrayList<>(children.size());
        for (Dealt child : children) {
          Candidate candidate = child.get(round);
          if (candidate != null) {
            next.add(candidate);
          }
        }
        round++;
        next.sort(Candidate.within(domain.level + 1));
        next.forEach(this::add);
        return !next.isEmpty();
      }

      void add(Candidate candidate) {
        candidate.rounds[domain.level] = dealt.size();
        dealt.add(candidate);
      }
    }
  }
}
