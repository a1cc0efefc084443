package io.hashring;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.hashring.BoundedLoad.Bound;
import io.hashring.BoundedLoad.Lease;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Leases of several threads. */
public final class Leases {

  private static final HashRing<String> RING = HashRing.builder().pointsPerNode(1).add("a").build();
  private static final Bound AT_MOST_ONE = Bound.factor(2).atMost(1);

  private Leases() {}

  private static BoundedLoad<String> load(Bound bound) {
    return BoundedLoad.of(ConcurrentHashRing.of(RING), bound);
  }

  /** Where there is room for one, one of two gets it. */
  @JCStressTest
  @Outcome(id = {"1, 0", "0, 1"}, expect = ACCEPTABLE, desc = "one of them")
  @Outcome(id = "1, 1", expect = FORBIDDEN, desc = "both: above the limit")
  @Outcome(id = "0, 0", expect = FORBIDDEN, desc = "nobody, though there is room")
  @State
  public static class OverGranted {
    private final BoundedLoad<String> load = load(AT_MOST_ONE);

    private int acquire() {
      return load.tryAcquire("key", 1, node -> true).isPresent() ? 1 : 0;
    }

    @Actor
    public void one(II_Result result) {
      result.r1 = acquire();
    }

    @Actor
    public void other(II_Result result) {
      result.r2 = acquire();
    }
  }

  /** When all leases are closed, nothing is left. */
  @JCStressTest
  @Outcome(id = "0", expect = ACCEPTABLE, desc = "nothing is left")
  @Outcome(expect = FORBIDDEN, desc = "units are left, or missing")
  @State
  public static class Leaked {
    private final BoundedLoad<String> load = load(Bound.factor(2));

    private void use() {
      load.acquire("key", 3).close();
    }

    @Actor
    public void one() {
      use();
    }

    @Actor
    public void other() {
      use();
    }

    @Arbiter
    public void end(I_Result result) {
      result.r1 = (int) load.totalLoad();
    }
  }

  /** A lease that two threads close gives its units back once. */
  @JCStressTest
  @Outcome(id = "5", expect = ACCEPTABLE, desc = "those of the other lease are left")
  @Outcome(expect = FORBIDDEN, desc = "given back twice, or not at all")
  @State
  public static class ClosedTwice {
    private final BoundedLoad<String> load = load(Bound.factor(2));
    private final Lease<String> lease = load.acquire("key", 3);

    public ClosedTwice() {
      load.acquire("key", 5);
    }

    @Actor
    public void one() {
      lease.close();
    }

    @Actor
    public void other() {
      lease.close();
    }

    @Arbiter
    public void end(I_Result result) {
      result.r1 = (int) load.totalLoad();
    }
  }
}
