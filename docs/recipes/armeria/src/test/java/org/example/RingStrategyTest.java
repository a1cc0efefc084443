package org.example;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.client.ClientRequestContext;
import com.linecorp.armeria.client.Endpoint;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.client.endpoint.DynamicEndpointGroup;
import com.linecorp.armeria.client.endpoint.EndpointGroup;
import com.linecorp.armeria.client.endpoint.EndpointSelectionStrategy;
import com.linecorp.armeria.client.retry.RetryRule;
import com.linecorp.armeria.client.retry.RetryingClient;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.server.Server;
import io.hashring.HashRing;
import io.netty.util.AttributeKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class RingStrategyTest {

  private static final AttributeKey<String> ID = AttributeKey.valueOf("id");
  private static final List<String> KEYS =
      IntStream.range(0, 300).mapToObj(i -> "user:" + i).toList();

  /** A list that a registry would give. */
  private static final class Registry extends DynamicEndpointGroup {
    private final Map<String, Endpoint> endpoints = new TreeMap<>();

    Registry(EndpointSelectionStrategy strategy) {
      super(strategy);
    }

    void put(String id, Endpoint endpoint) {
      endpoints.put(id, endpoint.withAttr(ID, id));
      setEndpoints(endpoints.values());
    }

    void remove(String id) {
      endpoints.remove(id);
      setEndpoints(endpoints.values());
    }
  }

  private final Set<String> down = ConcurrentHashMap.newKeySet();
  private final EndpointSelectionStrategy strategy = new RingStrategy(
      endpoint -> endpoint.attr(ID),
      RingStrategyTest::key,
      endpoint -> !down.contains(endpoint.attr(ID)));
  private final Registry registry = new Registry(strategy);
  private final Map<String, Server> servers = new HashMap<>();
  private final WebClient client = WebClient.builder(SessionProtocol.HTTP, registry)
      .contextCustomizer(RingStrategy::remembersAttempts)
      .decorator(RetryingClient.newDecorator(RetryRule.onUnprocessed(), 3))
      .build();

  private static String key(ClientRequestContext context) {
    return context.request().headers().get("x-key");
  }

  private Endpoint start(String id) {
    Server server = Server.builder()
        .http(0)
        .gracefulShutdownTimeoutMillis(0, 0)
        .service("/", (context, request) -> HttpResponse.of(id))
        .build();
    server.start().join();
    servers.put(id, server);
    return Endpoint.of("127.0.0.1", server.activeLocalPort());
  }

  private Map<String, String> answers() {
    Map<String, String> answers = new HashMap<>();
    for (String key : KEYS) {
      answers.put(
          key,
          client
              .execute(RequestHeaders.of(HttpMethod.GET, "/", "x-key", key))
              .aggregate()
              .join()
              .contentUtf8());
    }
    return answers;
  }

  private static Map<String, String> owners(HashRing<String> ring) {
    Map<String, String> owners = new HashMap<>();
    KEYS.forEach(key -> owners.put(key, ring.locate(key)));
    return owners;
  }

  private static Map<String, String> without(HashRing<String> ring, String id) {
    Map<String, String> answers = new HashMap<>();
    KEYS.forEach(key -> answers.put(
        key, ring.preferenceList(key).where(node -> !node.equals(id)).first().orElseThrow()));
    return answers;
  }

  private static long moved(Map<String, String> before, Map<String, String> after) {
    return KEYS.stream().filter(key -> !before.get(key).equals(after.get(key))).count();
  }

  @AfterEach
  void stop() {
    servers.values().forEach(server -> server.stop().join());
  }

  @Test
  void requests_goToTheServerOfTheirKey_whileServersComeAndGo() {
    System.out.println("| what happens | of 300 requests, answered elsewhere than at first |");
    HashRing<String> ring = HashRing.of("a", "b", "c");
    ring.nodes().forEach(id -> registry.put(id, start(id)));
    Map<String, String> first = answers();
    assertThat(first).isEqualTo(owners(ring));

    registry.put("d", start("d"));
    Map<String, String> joined = answers();
    assertThat(joined).isEqualTo(owners(ring.with("d")));
    System.out.printf("| a fourth server joins | %d |%n", moved(first, joined));
    registry.remove("d");
    assertThat(answers()).isEqualTo(first);
    System.out.println("| it leaves | 0, as at first |");

    down.add("c");
    Map<String, String> passed = answers();
    assertThat(passed).isEqualTo(without(ring, "c"));
    System.out.printf("| one is known to be down | %d |%n", moved(first, passed));
    down.clear();

    servers.get("b").stop().join();
    Map<String, String> died = answers();
    assertThat(died).isEqualTo(without(ring, "b"));
    System.out.printf("| one has died: repeated on the next | %d |%n", moved(first, died));

    registry.put("b", start("b"));
    assertThat(answers()).isEqualTo(first);
    System.out.println("| it is back, at another port | 0, as at first |");
  }

  /** A list that is set as it stands; Armeria sorts it by host and port. */
  private static final class Listed extends DynamicEndpointGroup {
    Listed(EndpointSelectionStrategy strategy) {
      super(strategy);
    }

    void set(Endpoint... endpoints) {
      setEndpoints(List.of(endpoints));
    }
  }

  private static Endpoint endpoint(String id, int port) {
    return Endpoint.of("127.0.0.1", port).withAttr(ID, id);
  }

  private static Endpoint select(EndpointGroup group, String key) {
    RequestHeaders headers = key == null
        ? RequestHeaders.of(HttpMethod.GET, "/")
        : RequestHeaders.of(HttpMethod.GET, "/", "x-key", key);
    return group.selectNow(ClientRequestContext.of(HttpRequest.of(headers)));
  }

  private static Map<String, String> selected(EndpointGroup group) {
    Map<String, String> selected = new HashMap<>();
    KEYS.forEach(key -> selected.put(key, select(group, key).attr(ID)));
    return selected;
  }

  @Test
  void lists_thatAreEmpty_orHaveANameTwice_orAllDown() {
    HashRing<String> ring = HashRing.of("a", "b", "c");
    Listed group = new Listed(strategy);
    assertThat(select(group, "k")).isNull();
    group.set(endpoint("c", 1), endpoint("b", 2), endpoint("a", 3));
    assertThat(selected(group)).isEqualTo(owners(ring));
    group.set(endpoint("c", 3), endpoint("a", 2), endpoint("b", 1)); // other addresses and order
    assertThat(selected(group)).isEqualTo(owners(ring));
    assertThat(select(group, null)).isNotNull();

    group.set(endpoint("a", 1), endpoint("b", 2), endpoint("c", 3), endpoint("b", 4));
    assertThat(selected(group)).isEqualTo(owners(ring));
    KEYS.stream()
        .filter(key -> ring.locate(key).equals("b"))
        .forEach(key -> assertThat(select(group, key).port()).isEqualTo(4));

    down.addAll(List.of("a", "b", "c"));
    assertThat(selected(group)).isEqualTo(owners(ring));
    down.clear();
    group.set();
    assertThat(select(group, "k")).isNull();
  }

  /** One thread is still at an older list when another one has set a newer one. */
  @Test
  void lists_setByTwoThreads_theNewerOneCounts() throws Exception {
    CountDownLatch reads = new CountDownLatch(1);
    CountDownLatch mayReadOn = new CountDownLatch(1);
    EndpointSelectionStrategy slow = new RingStrategy(
        endpoint -> {
          if (endpoint.port() == 99) {
            reads.countDown();
            await(mayReadOn);
          }
          return endpoint.attr(ID);
        },
        RingStrategyTest::key,
        endpoint -> true);
    Listed group = new Listed(slow);
    group.set(endpoint("a", 1));
    assertThat(select(group, "k").attr(ID)).isEqualTo("a");
    Thread older = new Thread(() -> group.set(endpoint("a", 1), endpoint("old", 99)));
    older.start();
    reads.await();
    Thread newer = new Thread(() -> group.set(endpoint("b", 2)));
    newer.start();
    while (newer.getState() != Thread.State.TERMINATED
        && newer.getState() != Thread.State.BLOCKED) {
      Thread.onSpinWait();
    }
    mayReadOn.countDown();
    older.join();
    newer.join();
    assertThat(select(group, "k").attr(ID)).isEqualTo("b");
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<String> selected(EndpointSelectionStrategy strategy, List<Endpoint> list) {
    EndpointGroup group = EndpointGroup.of(strategy, list);
    List<String> selected = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      RequestHeaders headers = RequestHeaders.of(HttpMethod.GET, "/", "x-key", "k" + i);
      selected.add(
          group.selectNow(ClientRequestContext.of(HttpRequest.of(headers))).attr(ID));
    }
    return selected;
  }

  private static double moved(EndpointSelectionStrategy strategy, int leaving) {
    List<Endpoint> ten = new ArrayList<>(IntStream.range(0, 10)
        .mapToObj(i -> Endpoint.of("10.0.0." + i, 80).withAttr(ID, "" + i))
        .toList());
    List<String> before = selected(strategy, ten);
    ten.remove(leaving);
    List<String> after = selected(strategy, ten);
    return IntStream.range(0, before.size())
            .filter(i -> !before.get(i).equals(after.get(i)))
            .count()
        * 100.0
        / before.size();
  }

  @Test
  void endpointLeaves_besideTheStickyStrategy() {
    System.out.println(
        "| one of ten endpoints leaves | `sticky`: keys that move | this one | at least, mean |");
    HashRing<String> ring = HashRing.of("x");
    EndpointSelectionStrategy sticky =
        EndpointSelectionStrategy.sticky(context -> ring.position(key(context)));
    for (int leaving : new int[] {0, 4, 9}) {
      double theirs = moved(sticky, leaving);
      double ours = moved(strategy, leaving);
      System.out.printf(
          "| the one at index %d | %.1f %% | %.1f %% | 10 %% |%n", leaving, theirs, ours);
      assertThat(ours).isBetween(8.0, 12.0);
    }
  }
}
