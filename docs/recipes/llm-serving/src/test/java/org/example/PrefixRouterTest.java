package org.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.BoundedLoad.Bound;
import io.hashring.BoundedLoad.Lease;
import io.hashring.HashRing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.stream.IntStream;
import org.example.PrefixRouter.Engine;
import org.example.Workload.Prompt;
import org.junit.jupiter.api.Test;

/** A simulation with a clock of its own: the same figures on every machine. */
final class PrefixRouterTest {

  private static final int TURNS = 24_000;
  private static final double RATE = 36;
  private static final double ANSWER_SECONDS = 1.0;
  private static final List<Engine> ENGINES =
      IntStream.range(0, 8).mapToObj(i -> new Engine("engine-" + i, "10.0.0." + i)).toList();

  private record Result(double hitRate, double peak, double p95) {
    @Override
    public String toString() {
      return "%.1f %% | %.2f | %.2f s".formatted(100 * hitRate, peak, p95);
    }
  }

  /** A prompt on its way: until the last token, its units are load on its engine. */
  private record Answer(double end, Engine engine, long units, Runnable close) {}

  private interface Policy {
    /** The engine, and what is to be called when the answer has ended. */
    Map.Entry<Engine, Runnable> route(Prompt prompt, Map<String, Long> load);
  }

  private static HashRing<Engine> ring() {
    return HashRing.builder(Engine::id).addAll(ENGINES).build();
  }

  private static Result run(List<Prompt> prompts, Policy policy, Runnable leave, Runnable join) {
    Map<String, FakeEngine> fakes = new LinkedHashMap<>();
    Map<String, Long> load = new LinkedHashMap<>();
    PriorityQueue<Answer> open = new PriorityQueue<>(Comparator.comparingDouble(Answer::end));
    double[] times = new double[prompts.size()];
    for (int i = 0; i < times.length; i++) {
      if (i == times.length / 3) {
        leave.run();
      } else if (i == 2 * times.length / 3) {
        join.run();
      }
      Prompt prompt = prompts.get(i);
      while (!open.isEmpty() && open.peek().end() <= prompt.at()) {
        Answer answer = open.remove();
        answer.close().run();
        load.merge(answer.engine().id(), -answer.units(), Long::sum);
      }
      var routed = policy.route(prompt, load);
      Engine engine = routed.getKey();
      double first = fakes
          .computeIfAbsent(engine.id(), id -> new FakeEngine())
          .read(prompt.at(), prompt.blocks());
      times[i] = first - prompt.at();
      long units = prompt.blocks().length;
      load.merge(engine.id(), units, Long::sum);
      open.add(new Answer(first + ANSWER_SECONDS, engine, units, routed.getValue()));
    }
    Arrays.sort(times);
    double asked = fakes.values().stream().mapToLong(fake -> fake.asked).sum();
    double hits = fakes.values().stream().mapToLong(fake -> fake.hits).sum();
    double most = fakes.values().stream().mapToLong(fake -> fake.requests).max().orElseThrow();
    return new Result(
        hits / asked, most * ENGINES.size() / times.length, times[times.length * 95 / 100]);
  }

  private static void nothing() {}

  private static Result byRing(
      List<Prompt> prompts, boolean isBySession, Bound bound, boolean change) {
    int keyLength = isBySession ? "session-123.001".length() : "tenant-07".length();
    PrefixRouter router = new PrefixRouter(ring(), keyLength, bound);
    Policy policy = (prompt, load) -> {
      Lease<Engine> lease = router.route(
          isBySession ? prompt.session() : prompt.text(), prompt.blocks().length, e -> true);
      return Map.entry(lease.node(), lease::close);
    };
    return change
        ? run(
            prompts,
            policy,
            () -> router.engines().remove(ENGINES.get(2)),
            () -> router.engines().add(new Engine("engine-8", "10.0.0.8")))
        : run(prompts, policy, PrefixRouterTest::nothing, PrefixRouterTest::nothing);
  }

  private static Result byLoad(List<Prompt> prompts, boolean isRandom, boolean change) {
    List<Engine> engines = new ArrayList<>(ENGINES);
    Random random = new Random(3);
    Policy policy = (prompt, load) -> Map.entry(
        isRandom
            ? engines.get(random.nextInt(engines.size()))
            : engines.stream()
                .min(Comparator.comparingLong(e -> load.getOrDefault(e.id(), 0L)))
                .orElseThrow(),
        PrefixRouterTest::nothing);
    return change
        ? run(
            prompts,
            policy,
            () -> engines.remove(2),
            () -> engines.add(new Engine("engine-8", "10.0.0.8")))
        : run(prompts, policy, PrefixRouterTest::nothing, PrefixRouterTest::nothing);
  }

  @Test
  void policies_compared() {
    System.out.println("| engines are chosen | sessions | hit rate | most requests, to the mean "
        + "| p95 of the time to first token | the same while one leaves, another joins |");
    Map<String, Bound> bounds = new LinkedHashMap<>();
    bounds.put("", Bound.factor(1000));
    bounds.put(", at most 1.25 or 400", Bound.factor(1.25).atLeast(400));
    bounds.put(", at most 1.25 or 1,200", Bound.factor(1.25).atLeast(1200));
    for (boolean isHot : new boolean[] {false, true}) {
      List<Prompt> prompts = Workload.of(TURNS, RATE, isHot, 42);
      String sessions = isHot ? "two hot" : "alike";
      Map<String, Result> calm = new LinkedHashMap<>();
      for (boolean change : new boolean[] {false, true}) {
        Map<String, Result> results = new LinkedHashMap<>();
        results.put("at random", byLoad(prompts, true, change));
        results.put("least loaded", byLoad(prompts, false, change));
        bounds.forEach((named, bound) -> results.put(
            "hash of the session" + named, byRing(prompts, true, bound, change)));
        bounds.forEach((named, bound) -> results.put(
            "hash of the prefix" + named, byRing(prompts, false, bound, change)));
        if (change) {
          calm.forEach((how, result) -> System.out.printf(
              "| %s | %s | %s | %.1f %%, %.2f s |%n",
              how, sessions, result, 100 * results.get(how).hitRate(), results.get(how).p95()));
        } else {
          calm = results;
        }
      }
      Result leastLoaded = calm.get("least loaded");
      Map<String, Result> all = calm;
      bounds.keySet().stream().skip(1).forEach(named -> {
        Result bySession = all.get("hash of the session" + named);
        Result byPrefix = all.get("hash of the prefix" + named);
        assertThat(bySession.hitRate()).isGreaterThan(leastLoaded.hitRate());
        assertThat(bySession.p95()).isLessThan(leastLoaded.p95());
        assertThat(byPrefix.hitRate()).isGreaterThan(leastLoaded.hitRate());
        assertThat(byPrefix.p95()).isLessThan(leastLoaded.p95());
        assertThat(byPrefix.peak()).isLessThan(all.get("hash of the prefix").peak());
      });
    }
  }

  @Test
  void route_passesOverWhatIsDown_andBacksOffWhatIsBusy() {
    PrefixRouter router = new PrefixRouter(ring(), 9, Bound.factor(1.25).atLeast(10));
    List<Engine> list = router.engines().ring().preferenceList("tenant-07").first(2);
    Lease<Engine> first = router.route("tenant-07 and a question", 10, engine -> true);
    assertThat(first.node()).isEqualTo(list.get(0));
    assertThat(router.route("tenant-07 and another", 10, engine -> true).node())
        .isEqualTo(list.get(1));
    first.close();
    assertThat(router.route("tenant-07 and one more", 10, e -> !e.equals(list.get(0))).node())
        .isNotEqualTo(list.get(0));

    router.engines().set(new Engine(list.get(0).id(), "10.9.9.9"));
    assertThat(router.route("tenant-07 again", 10, engine -> true).node().address())
        .isEqualTo("10.9.9.9");
  }
}
