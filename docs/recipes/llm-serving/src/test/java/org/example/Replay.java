package org.example;

import static java.net.http.HttpRequest.BodyPublishers.ofString;
import static java.net.http.HttpResponse.BodyHandlers.ofInputStream;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.example.Workload.Turn;

/**
 * Sends turns as they come on their own clock. Before a turn is sent, the answers that have ended
 * by then are brought to their end; so what is under way is the same in each replay, whatever the
 * machine does meanwhile.
 */
final class Replay {

  /** Where turns are sent, and who is told which engine each came to. */
  interface Way {

    /** @param load the blocks that each engine has under way */
    URI uri(Map<String, Long> load);

    /** What is returned is called when the answer has ended. */
    Runnable came(Turn turn, String engine);
  }

  /** What came of some turns. */
  static final class Tally {
    private final Map<String, Long> requests = new HashMap<>();
    private final List<Double> firstTokens = new ArrayList<>();
    private long blocks;
    private long hits;
    private long most;

    double hitRate() {
      return (double) hits / blocks;
    }

    /** Requests of the engine that had most of them, to the mean of so many. */
    double peak(int engines) {
      return (double) Collections.max(requests.values()) * engines / firstTokens.size();
    }

    /** The most blocks that an engine had under way. */
    long most() {
      return most;
    }

    /** The time to the first token that 95 % of all turns had, or less. */
    double p95() {
      List<Double> sorted = firstTokens.stream().sorted().toList();
      return sorted.get((int) Math.ceil(0.95 * sorted.size()) - 1);
    }
  }

  private record Answer(double end, String engine, Turn turn, InputStream rest, Runnable ended) {}

  private static final double SECONDS_AFTER_THE_FIRST_TOKEN = 1;

  private final Map<String, FakeEngine> engines = new HashMap<>();
  private final Way way;
  private final Map<String, Long> load = new HashMap<>();
  private final PriorityQueue<Answer> underWay =
      new PriorityQueue<>(Comparator.comparingDouble(Answer::end));

  Replay(List<FakeEngine> engines, Way way) {
    engines.forEach(engine -> this.engines.put(engine.name(), engine));
    this.way = way;
  }

  void play(List<Turn> turns, Tally tally) throws Exception {
    for (Turn turn : turns) {
      endUntil(turn.at());
      send(turn, tally);
    }
  }

  /** Ends what is under way. */
  void end() throws IOException {
    endUntil(Double.POSITIVE_INFINITY);
  }

  private void endUntil(double at) throws IOException {
    while (!underWay.isEmpty() && underWay.peek().end() <= at) {
      Answer answer = underWay.remove();
      engines.get(answer.engine()).end(answer.turn().id());
      assertThat(new String(answer.rest().readAllBytes())).endsWith("[DONE]\n\n");
      load.merge(answer.engine(), (long) -answer.turn().blocks(), Long::sum);
      answer.ended().run();
    }
  }

  private void send(Turn turn, Tally tally) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(way.uri(load).resolve("/v1/completions"))
        .header("Content-Type", "application/json")
        .header("X-Prompt-Blocks", "" + turn.blocks())
        .header(FakeEngine.ID, turn.id())
        .header(FakeEngine.CLOCK, "" + turn.at())
        .POST(ofString(turn.body()))
        .build();
    HttpResponse<InputStream> response = Demo.HTTP.send(request, ofInputStream());
    assertThat(response.statusCode()).as(turn.id()).isEqualTo(200);
    String engine = header(response, FakeEngine.NAME);
    double firstToken = Double.parseDouble(header(response, FakeEngine.FIRST_TOKEN));
    double end = turn.at() + firstToken + SECONDS_AFTER_THE_FIRST_TOKEN;
    underWay.add(new Answer(end, engine, turn, response.body(), way.came(turn, engine)));

    tally.requests.merge(engine, 1L, Long::sum);
    tally.firstTokens.add(firstToken);
    tally.blocks += turn.blocks();
    tally.hits += Long.parseLong(header(response, FakeEngine.HITS));
    tally.most = Math.max(tally.most, load.merge(engine, (long) turn.blocks(), Long::sum));
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElseThrow();
  }
}
