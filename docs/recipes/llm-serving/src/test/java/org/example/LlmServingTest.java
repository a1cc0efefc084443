package org.example;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.BoundedLoad.Bound;
import io.hashring.BoundedLoad.Lease;
import io.hashring.HashRing;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.example.PrefixRouter.Engine;
import org.example.Replay.Tally;
import org.example.Replay.Way;
import org.example.Workload.Turn;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The demo in front of engines, all of them over HTTP; only the time is on a clock of our own. */
@Timeout(300)
final class LlmServingTest {

  private static final int ENGINES = 8;
  private static final int WARM = 250;
  private static final int CALM = 600;
  private static final int TURNS = 1000;
  private static final double TURNS_A_SECOND = 50;
  private static final int PREFIX = 64;
  private static final List<String> SESSIONS = List.of("alike", "two hot");
  private static final List<String> USERS =
      IntStream.range(0, 300).mapToObj(i -> "user:" + i).toList();

  /** What a key is made of, and what it is by the demo's option. */
  private enum By {
    TURN("random", "header:X-Request-Id", Turn::id, Bounded.NOT, Bounded.ABOVE_A_FLOOR),
    SESSION("the session", "json:/user", Turn::session, Bounded.NOT, Bounded.ABOVE_A_FLOOR),
    BEGINNING("the prefix", "body:" + PREFIX, Turn::body, Bounded.values());

    private final String named;
    private final String option;
    private final Function<Turn, String> key;
    private final Bounded[] bounds;

    By(String named, String option, Function<Turn, String> key, Bounded... bounds) {
      this.named = named;
      this.option = option;
      this.key = key;
      this.bounds = bounds;
    }
  }

  /** How the load is bounded, by the demo's options and by the library. */
  private enum Bounded {
    NOT("", Bound.factor(1000)),
    BY_FACTOR("--max-load 1.25", Bound.factor(1.25)),
    ABOVE_A_FLOOR("--max-load 1.25 --max-load-floor 1000", Bound.factor(1.25).atLeast(1000));

    private final String options;
    private final Bound bound;

    Bounded(String options, Bound bound) {
      this.options = options;
      this.bound = bound;
    }

    List<String> arguments() {
      return options.isEmpty()
          ? List.of()
          : Stream.concat(
                  Stream.of(options.split(" ")),
                  Stream.of("--max-load-units", "header:X-Prompt-Blocks"))
              .toList();
    }
  }

  /** What came of a workload while nothing changed, and while an engine left and another joined. */
  private record Outcome(Tally calm, Tally changing) {}

  private final Map<String, FakeEngine> engines = new LinkedHashMap<>();

  private List<FakeEngine> startEngines(int count) {
    engines.values().forEach(FakeEngine::close);
    engines.clear();
    IntStream.range(0, count).forEach(this::startEngine);
    return List.copyOf(engines.values());
  }

  private FakeEngine startEngine(int i) {
    FakeEngine engine = FakeEngine.start("engine-" + i);
    engines.put(engine.name(), engine);
    return engine;
  }

  private static Map<String, String> addresses(Collection<FakeEngine> engines) {
    Map<String, String> addresses = new TreeMap<>();
    engines.forEach(engine -> addresses.put(engine.name(), engine.address()));
    return addresses;
  }

  private static Engine engine(FakeEngine fake) {
    return new Engine(fake.name(), fake.address());
  }

  private static HashRing<Engine> ring(Collection<FakeEngine> engines) {
    return HashRing.builder(Engine::id)
        .addAll(engines.stream().map(LlmServingTest::engine).toList())
        .build();
  }

  @AfterEach
  void stopEngines() {
    engines.values().forEach(FakeEngine::close);
  }

  /** Through the demo, beside the library, which must choose the same engine for every turn. */
  private static final class ThroughDemo implements Way {
    private final Demo demo;
    private final PrefixRouter router;
    private final Function<Turn, String> key;

    ThroughDemo(Demo demo, PrefixRouter router, Function<Turn, String> key) {
      this.demo = demo;
      this.router = router;
      this.key = key;
    }

    @Override
    public URI uri(Map<String, Long> load) {
      return demo.uri();
    }

    @Override
    public Runnable came(Turn turn, String engine) {
      Lease<Engine> lease = router.route(key.apply(turn), turn.blocks(), up -> true);
      assertThat(engine).as(turn.id()).isEqualTo(lease.node().id());
      return lease::close;
    }
  }

  /** The outcomes of several workloads, each of which finds the same engines with empty caches. */
  private List<Outcome> throughDemo(By by, Bounded bounded, List<List<Turn>> workloads)
      throws Exception {
    List<FakeEngine> eight = startEngines(ENGINES);
    FakeEngine leaving = eight.get(2);
    FakeEngine joining = startEngine(ENGINES);
    List<String> options = new ArrayList<>(List.of("--key", by.option, "--check-path", "/health"));
    options.addAll(bounded.arguments());
    List<Outcome> outcomes = new ArrayList<>();
    try (Demo demo = Demo.start(addresses(eight), options)) {
      for (List<Turn> turns : workloads) {
        engines.values().forEach(FakeEngine::forget);
        PrefixRouter router = new PrefixRouter(ring(eight), PREFIX, bounded.bound);
        Replay replay =
            new Replay(List.copyOf(engines.values()), new ThroughDemo(demo, router, by.key));
        Outcome outcome = new Outcome(new Tally(), new Tally());
        replay.play(turns.subList(0, WARM), new Tally());
        replay.play(turns.subList(WARM, CALM), outcome.calm());

        var removal = demo.remove(leaving.name());
        router.engines().remove(engine(leaving));
        replay.play(turns.subList(CALM, (CALM + TURNS) / 2), outcome.changing());
        demo.add(joining.name(), joining.address());
        router.engines().add(engine(joining));
        replay.play(turns.subList((CALM + TURNS) / 2, TURNS), outcome.changing());
        replay.end();
        assertThat(removal.get(20, TimeUnit.SECONDS)).contains("\"successful\"");
        outcomes.add(outcome);

        demo.remove(joining.name()).join();
        demo.add(leaving.name(), leaving.address());
      }
    }
    return outcomes;
  }

  /** What no hash does, and the demo neither: straight to the engine that has least under way. */
  private Outcome leastLoaded(List<Turn> turns) throws Exception {
    Map<String, FakeEngine> members = new LinkedHashMap<>();
    startEngines(ENGINES).forEach(engine -> members.put(engine.name(), engine));
    FakeEngine joining = startEngine(ENGINES);
    Way way = new Way() {
      @Override
      public URI uri(Map<String, Long> load) {
        return members.values().stream()
            .min(Comparator.comparingLong(engine -> load.getOrDefault(engine.name(), 0L)))
            .map(engine -> URI.create("http://" + engine.address()))
            .orElseThrow();
      }

      @Override
      public Runnable came(Turn turn, String engine) {
        return () -> {};
      }
    };
    Replay replay = new Replay(List.copyOf(engines.values()), way);
    Outcome outcome = new Outcome(new Tally(), new Tally());
    replay.play(turns.subList(0, WARM), new Tally());
    replay.play(turns.subList(WARM, CALM), outcome.calm());
    members.remove("engine-2");
    replay.play(turns.subList(CALM, (CALM + TURNS) / 2), outcome.changing());
    members.put(joining.name(), joining);
    replay.play(turns.subList((CALM + TURNS) / 2, TURNS), outcome.changing());
    replay.end();
    return outcome;
  }

  private static void print(String by, Bounded bounded, List<Outcome> outcomes) {
    for (int i = 0; i < SESSIONS.size(); i++) {
      Tally calm = outcomes.get(i).calm();
      Tally changing = outcomes.get(i).changing();
      System.out.printf(
          "| %s | %s | %s | %.1f %% | %.2f | %d | %.2f s | %.1f %%, %.2f s |%n",
          by,
          bounded.options.isEmpty() ? "none" : "`" + bounded.options + "`",
          SESSIONS.get(i),
          100 * calm.hitRate(),
          calm.peak(ENGINES),
          calm.most(),
          calm.p95(),
          100 * changing.hitRate(),
          changing.p95());
    }
  }

  @Test
  void keys_withAndWithoutABound() throws Exception {
    System.out.println("| the key is | the bound | sessions | blocks hit "
        + "| most requests, to the mean | most blocks under way on one "
        + "| p95 of the time to first token | the same while one leaves, another joins |");
    List<List<Turn>> workloads = List.of(
        Workload.of(TURNS, TURNS_A_SECOND, false, 42),
        Workload.of(TURNS, TURNS_A_SECOND, true, 42));
    List<Outcome> least = new ArrayList<>();
    for (List<Turn> turns : workloads) {
      least.add(leastLoaded(turns));
    }
    print("none: least loaded", Bounded.NOT, least);
    for (By by : By.values()) {
      Map<Bounded, List<Outcome>> outcomes = new EnumMap<>(Bounded.class);
      for (Bounded bounded : by.bounds) {
        outcomes.put(bounded, throughDemo(by, bounded, workloads));
        print(by.named, bounded, outcomes.get(bounded));
      }
      for (int i = 0; i < workloads.size(); i++) {
        Tally unbounded = outcomes.get(Bounded.NOT).get(i).calm();
        Tally bounded = outcomes.get(Bounded.ABOVE_A_FLOOR).get(i).calm();
        assertThat(bounded.most()).isLessThanOrEqualTo(unbounded.most());
        Tally leastLoaded = least.get(i).calm();
        if (by != By.TURN) {
          assertThat(bounded.hitRate()).isGreaterThan(leastLoaded.hitRate() + 0.25);
          assertThat(bounded.p95())
              .isLessThan(by == By.SESSION ? leastLoaded.p95() : unbounded.p95());
        }
      }
    }
  }

  /** The engine that answers each of some users. */
  private Map<String, String> answers(Demo demo) throws Exception {
    Map<String, String> answers = new LinkedHashMap<>();
    for (String user : USERS) {
      HttpRequest request = HttpRequest.newBuilder(demo.uri().resolve("/v1/completions"))
          .header(FakeEngine.ID, user)
          .header(FakeEngine.CLOCK, "0")
          .POST(BodyPublishers.ofString(
              "{\"model\":\"m\",\"prompt\":\"\",\"user\":\"" + user + "\"}"))
          .build();
      HttpResponse<InputStream> response = Demo.HTTP.send(request, BodyHandlers.ofInputStream());
      assertThat(response.statusCode()).as(user).isEqualTo(200);
      String engine = response.headers().firstValue(FakeEngine.NAME).orElseThrow();
      engines.get(engine).end(user);
      response.body().readAllBytes();
      answers.put(user, engine);
    }
    return answers;
  }

  private static Map<String, String> without(HashRing<Engine> ring, String name) {
    Map<String, String> answers = new LinkedHashMap<>();
    USERS.forEach(user -> answers.put(
        user,
        ring.preferenceList(user)
            .where(engine -> !engine.id().equals(name))
            .first()
            .orElseThrow()
            .id()));
    return answers;
  }

  private static void print(String what, Map<String, String> first, Map<String, String> now) {
    long moved =
        USERS.stream().filter(user -> !first.get(user).equals(now.get(user))).count();
    System.out.printf("| %s | %d |%n", what, moved);
  }

  @Test
  void engines_thatAreNotThereOrNotWell_leaveTheirKeysToTheNext() throws Exception {
    System.out.println("| what happens | of 300 users, answered elsewhere than by the owner |");
    Map<String, String> addresses = addresses(startEngines(ENGINES));
    HashRing<Engine> ring = ring(engines.values());
    Map<String, String> owners = without(ring, "none");
    addresses.put("engine-3", "127.0.0.1:1"); // where nobody listens, and no check has told so
    try (Demo demo = Demo.start(addresses, List.of("--key", "json:/user", "--check", "none"))) {
      Map<String, String> answers = answers(demo);
      assertThat(answers).isEqualTo(without(ring, "engine-3"));
      print("one engine is not there: sent to the next on the list", owners, answers);

      demo.remove("engine-3").join();
      demo.add("engine-3", engines.get("engine-3").address());
      answers = answers(demo);
      assertThat(answers).isEqualTo(owners);
      print("it is there, at another address", owners, answers);
    }
    List<String> options =
        List.of("--key", "json:/user", "--check-path", "/health", "--check-interval", "100ms");
    try (Demo demo = Demo.start(addresses(engines.values()), options)) {
      assertThat(answers(demo)).isEqualTo(owners);

      engines.get("engine-5").setWell(false);
      awaitDown(demo, 1);
      Map<String, String> answers = answers(demo);
      assertThat(answers).isEqualTo(without(ring, "engine-5"));
      print("one says that it is not well: passed over", owners, answers);

      engines.values().forEach(engine -> engine.setWell(false));
      awaitDown(demo, ENGINES);
      answers = answers(demo);
      assertThat(answers).isEqualTo(owners);
      print("all say so: the owner, for the checks may be what is wrong", owners, answers);

      engines.values().forEach(engine -> engine.setWell(true));
      awaitDown(demo, 0);
      assertThat(answers(demo)).isEqualTo(owners);
    }
  }

  private static void awaitDown(Demo demo, int count) throws Exception {
    Pattern down = Pattern.compile("\"state\" ?: ?\"down\"");
    while (down.matcher(demo.get("/_lb/ring")).results().count() != count) {
      Thread.onSpinWait(); // the next check comes in 100 ms
    }
  }

  /** The engine has the head, and waits for the rest, while the client has not sent it yet. */
  @Test
  void prompt_isOnItsWay_whenItsFirstBytesAreThere() throws Exception {
    startEngines(2);
    String body = Workload.of(1, TURNS_A_SECOND, false, 42).get(0).body();
    String key = body.substring(0, PREFIX);
    FakeEngine owner = engines.get(ring(engines.values()).locate(key).id());
    try (Demo demo = Demo.start(addresses(engines.values()), List.of("--key", "body:" + PREFIX));
        Socket socket = new Socket(demo.uri().getHost(), demo.uri().getPort())) {
      OutputStream out = socket.getOutputStream();
      String head = "POST /v1/completions HTTP/1.1\r\nHost: demo\r\nX-Request-Id: one\r\n"
          + "X-Clock-Seconds: 0\r\nContent-Length: " + body.length() + "\r\n\r\n";
      out.write((head + key).getBytes(US_ASCII));
      assertThat(owner.asked().await(20, TimeUnit.SECONDS)).isTrue();
      out.write(body.substring(PREFIX).getBytes(US_ASCII));
      BufferedReader answer =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
      assertThat(answer.readLine()).isEqualTo("HTTP/1.1 200 OK");
      owner.end("one");
    }
  }
}
