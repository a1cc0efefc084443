package io.hashring;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.ArrayList;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Changes of one ring by several threads. */
public final class Changes {

  private static final HashRing<String> BASE =
      HashRing.builder().pointsPerNode(1).add("a").add("b").build();

  private Changes() {}

  /** Of two changes none is lost. */
  @JCStressTest
  @Outcome(id = "4, 2", expect = ACCEPTABLE, desc = "both are made")
  @Outcome(expect = FORBIDDEN, desc = "one is lost")
  @State
  public static class Lost {
    private final ConcurrentHashRing<String> ring = ConcurrentHashRing.of(BASE);

    @Actor
    public void one() {
      ring.add("c");
    }

    @Actor
    public void other() {
      ring.add("d");
    }

    @Arbiter
    public void end(II_Result result) {
      result.r1 = ring.ring().nodes().size();
      result.r2 = (int) ring.snapshot().version();
    }
  }

  /** A listener is told of both, one at a time, in their order. */
  @JCStressTest
  @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "each once, in order")
  @Outcome(expect = FORBIDDEN, desc = "not each once, or not in order")
  @State
  public static class Told {
    private final ConcurrentHashRing<String> ring = ConcurrentHashRing.of(BASE);
    private final List<HashRing<String>> told = new ArrayList<>(List.of(BASE));
    private boolean inOrder = true;

    public Told() {
      ring.onChange((before, after) -> {
        inOrder &= told.get(told.size() - 1) == before;
        told.add(after);
      });
    }

    @Actor
    public void one() {
      ring.add("c");
    }

    @Actor
    public void other() {
      ring.add("d");
    }

    @Arbiter
    public void end(II_Result result) {
      result.r1 = told.size() - 1;
      result.r2 = inOrder && told.get(told.size() - 1) == ring.ring() ? 1 : 0;
    }
  }

  /** What a snapshot holds is of one moment. */
  @JCStressTest
  @Outcome(id = {"0, 2", "1, 3"}, expect = ACCEPTABLE, desc = "before or after the change")
  @Outcome(expect = FORBIDDEN, desc = "of two moments")
  @State
  public static class OneMoment {
    private final ConcurrentHashRing<String> ring = ConcurrentHashRing.of(BASE, 1);

    @Actor
    public void change() {
      ring.add("c");
    }

    @Actor
    public void read(II_Result result) {
      var now = ring.snapshot();
      result.r1 = (int) now.version();
      result.r2 = now.ring().nodes().size();
      if (now.history().size() != now.version()) {
        result.r2 = -1;
      }
    }
  }

  /** Whoever goes on reading sees the change at last. */
  @JCStressTest(Mode.Termination)
  @Outcome(id = "TERMINATED", expect = ACCEPTABLE, desc = "seen")
  @Outcome(expect = FORBIDDEN, desc = "never seen")
  @State
  public static class Seen {
    private final ConcurrentHashRing<String> ring = ConcurrentHashRing.of(BASE);

    @Actor
    public void read() {
      while (ring.ring() == BASE) {
        // reads
      }
    }

    @Signal
    public void change() {
      ring.add("c");
    }
  }
}
