package io.hashring;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * A ring that comes to a thread by a race, through a field that is neither volatile nor guarded, is
 * whole, or is not there yet.
 */
public final class RingPublication {

  private static final HashRing<String> BASE =
      HashRing.builder().pointsPerNode(1).add("a").add("b").build();

  private static final HashRing<String> EXPECTED = BASE.with("c");
  private static final String OWNER = EXPECTED.locate("key");
  private static final List<String> ALL = EXPECTED.preferenceList("key").first(3);
  private static final Replication<String> COPIES = Replication.<String>of(2).across(id -> id);
  private static final List<String> COPIES_OF_KEY = EXPECTED.preferenceList("key").first(COPIES);

  private RingPublication() {}

  /** -1 if there is no ring, 1 if it answers what it should, 0 if not. */
  private static int ask(HashRing<String> ring) {
    if (ring == null) {
      return -1;
    }
    return ring.locate("key").equals(OWNER)
            && ring.preferenceList("key").first(3).equals(ALL)
            && ring.preferenceList("key").first(COPIES).equals(COPIES_OF_KEY)
            && ring.weight("c") == 1
            && ring.points().size() == 3
        ? 1
        : 0;
  }

  /** A ring that a builder made. */
  @JCStressTest
  @Outcome(id = "-1", expect = ACCEPTABLE, desc = "not there yet")
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "whole")
  @Outcome(expect = FORBIDDEN, desc = "in part")
  @State
  public static class Built {
    private HashRing<String> ring;

    @Actor
    public void publish() {
      ring = HashRing.builder().pointsPerNode(1).add("a").add("b").add("c").build();
    }

    @Actor
    public void read(I_Result result) {
      result.r1 = ask(ring);
    }
  }

  /** A ring that shares points with another. */
  @JCStressTest
  @Outcome(id = "-1", expect = ACCEPTABLE, desc = "not there yet")
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "whole")
  @Outcome(expect = FORBIDDEN, desc = "in part")
  @State
  public static class Changed {
    private HashRing<String> ring;

    @Actor
    public void publish() {
      ring = BASE.with("c");
    }

    @Actor
    public void read(I_Result result) {
      result.r1 = ask(ring);
    }
  }

  /** The facade alone, whose state was there before: hardly anything is between its two writes. */
  @JCStressTest
  @Outcome(id = "-1", expect = ACCEPTABLE, desc = "not there yet")
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "whole")
  @Outcome(expect = FORBIDDEN, desc = "in part")
  @State
  public static class Facade {
    private HashRing<String> ring;

    @Actor
    public void publish() {
      ring = new HashRing<>(EXPECTED.state());
    }

    @Actor
    public void read(I_Result result) {
      HashRing<String> now = ring;
      result.r1 = now == null ? -1 : now.locate("key").equals(OWNER) ? 1 : 0;
    }
  }
}
