package org.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.HashRing;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.Address;
import io.vertx.core.net.AddressResolver;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.endpoint.InteractionMetrics;
import io.vertx.core.net.endpoint.LoadBalancer;
import io.vertx.core.net.endpoint.ServerEndpoint;
import io.vertx.core.net.endpoint.ServerInteraction;
import io.vertx.core.net.endpoint.ServerSelector;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class RingBalancerTest {

  private record Service(String name) implements Address {}

  private static final List<String> KEYS =
      IntStream.range(0, 300).mapToObj(i -> "user:" + i).toList();

  private final Vertx vertx = Vertx.vertx();
  private final Map<String, SocketAddress> registry = new ConcurrentSkipListMap<>();
  private final Map<String, HttpServer> servers = new HashMap<>();
  private final HttpClient client = vertx
      .httpClientBuilder()
      .withAddressResolver(
          AddressResolver.mappingResolver((Service service) -> List.copyOf(registry.values())))
      .withLoadBalancer(new RingBalancer(this::idOf))
      .build();

  private String idOf(ServerEndpoint endpoint) {
    return registry.entrySet().stream()
        .filter(entry -> entry.getValue().equals(endpoint.address()))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseGet(endpoint::key);
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private SocketAddress start(String id) throws Exception {
    HttpServer server = await(vertx
        .createHttpServer()
        .requestHandler(request -> request.response().end(id))
        .listen(0, "127.0.0.1"));
    servers.put(id, server);
    return SocketAddress.inetSocketAddress(server.actualPort(), "127.0.0.1");
  }

  /** The body is asked for where the response comes, or it may have passed by already. */
  private Future<String> send(String key) {
    RequestOptions options = new RequestOptions()
        .setServer(new Service("users"))
        .setHost("users")
        .setURI("/")
        .setRoutingKey(key);
    return client
        .request(options)
        .compose(request -> request.send().compose(response -> response.body()))
        .map(body -> body.toString());
  }

  private Map<String, String> answers() throws Exception {
    Map<String, String> answers = new HashMap<>();
    for (String key : KEYS) {
      answers.put(key, await(send(key).recover(failure -> send(key)))); // a GET may be repeated
    }
    return answers;
  }

  private Map<String, String> owners(HashRing<String> ring) {
    Map<String, String> owners = new HashMap<>();
    KEYS.forEach(key -> owners.put(key, ring.locate(key)));
    return owners;
  }

  private static long moved(Map<String, String> before, Map<String, String> after) {
    return KEYS.stream().filter(key -> !before.get(key).equals(after.get(key))).count();
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  @Test
  void requests_goToTheServerOfTheirKey_whileServersComeAndGo() throws Exception {
    System.out.println("| what happens | of 300 requests, answered elsewhere than at first |");
    HashRing<String> ring = HashRing.of("a", "b", "c");
    for (String id : ring.nodes()) {
      registry.put(id, start(id));
    }
    Map<String, String> first = answers();
    assertThat(first).isEqualTo(owners(ring));

    registry.put("d", start("d"));
    Map<String, String> joined = answers();
    assertThat(joined).isEqualTo(owners(ring.with("d")));
    System.out.printf("| a fourth server joins | %d |%n", moved(first, joined));
    registry.remove("d");
    assertThat(answers()).isEqualTo(first);
    System.out.println("| it leaves | 0, as at first |");

    await(servers.get("b").close());
    Map<String, String> died = answers();
    first.forEach((key, id) -> assertThat(died.get(key))
        .isEqualTo(id.equals("b") ? ring.preferenceList(key).first(2).get(1) : id));
    System.out.printf("| one dies: repeated on the next | %d |%n", moved(first, died));

    registry.put("b", start("b"));
    assertThat(answers()).isEqualTo(first);
    System.out.println("| it is back, at another port | 0, as at first |");
  }

  /** An endpoint that is only a name. */
  private record Named(String key) implements ServerEndpoint {
    @Override
    public SocketAddress address() {
      return SocketAddress.inetSocketAddress(80, key);
    }

    @Override
    public String protocolId() {
      return "http";
    }

    @Override
    public ServerInteraction newInteraction() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Object unwrap() {
      return key;
    }

    @Override
    public InteractionMetrics<?> metrics() {
      return InteractionMetrics.INSTANCE;
    }
  }

  /** What a selector chooses for each key, by the host of the endpoint; -1 is none. */
  private static String selected(RingBalancer balancer, String key, Named... endpoints) {
    int index = balancer.selector(List.of(endpoints)).select(key);
    return index < 0 ? "none" : endpoints[index].key();
  }

  @Test
  void lists_thatAreEmpty_orInAnotherOrder_orHaveANameTwice() {
    RingBalancer balancer = new RingBalancer(endpoint -> endpoint.key().substring(0, 1));
    HashRing<String> ring = HashRing.of("a", "b", "c");
    Named a = new Named("a");
    Named b = new Named("b");
    Named c = new Named("c");
    assertThat(selected(balancer, "k")).isEqualTo("none");
    assertThat(balancer.selector(List.of()).select()).isEqualTo(-1);
    for (String key : KEYS) {
      String owner = ring.locate(key);
      assertThat(selected(balancer, key, a, b, c)).isEqualTo(owner);
      assertThat(selected(balancer, key, c, a, b)).isEqualTo(owner);
      assertThat(selected(balancer, key, new Named("b, old"), c, a, b)).isEqualTo(owner);
    }
    assertThat(selected(balancer, "k")).isEqualTo("none");
  }

  /** Vert.x asks for selectors of several services, and from several threads. */
  @Test
  void selectors_madeSideBySide_areEachOfTheirList() throws Exception {
    RingBalancer balancer = new RingBalancer(ServerEndpoint::key);
    List<Callable<Void>> threads = new ArrayList<>();
    for (String service : List.of("x", "y")) {
      threads.add(() -> {
        Named[] mine = {new Named(service + 1), new Named(service + 2), new Named(service + 3)};
        HashRing<String> ring = HashRing.of(service + 1, service + 2, service + 3);
        for (String key : KEYS) {
          assertThat(selected(balancer, key, mine)).isEqualTo(ring.locate(key));
        }
        return null;
      });
    }
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      for (var thread : pool.invokeAll(threads)) {
        thread.get();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  /** Each has failed a moment ago, so the owner is asked all the same. */
  @Test
  void allDown_theOwnerIsAsked() throws Exception {
    HashRing<String> ring = HashRing.of("a", "b");
    for (String id : ring.nodes()) {
      registry.put(id, start(id));
    }
    for (String id : ring.nodes()) {
      await(servers.get(id).close());
    }
    for (String key : KEYS.subList(0, 10)) {
      assertThatThrownBy(() -> await(send(key))).hasCauseInstanceOf(IOException.class);
    }
    for (String id : ring.nodes()) {
      int port = registry.get(id).port();
      servers.put(
          id,
          await(vertx
              .createHttpServer()
              .requestHandler(request -> request.response().end(id))
              .listen(port, "127.0.0.1")));
    }
    for (String key : KEYS.subList(0, 10)) {
      assertThat(await(send(key))).isEqualTo(ring.locate(key));
    }
  }

  private static double peakToMean(LoadBalancer balancer, int servers) {
    List<Named> endpoints = IntStream.range(0, servers)
        .mapToObj(i -> new Named("10.0." + i / 10 + "." + i % 10 + ":8080"))
        .toList();
    ServerSelector selector = balancer.selector(new ArrayList<>(endpoints));
    Map<Integer, Integer> counts = new HashMap<>();
    for (int i = 0; i < 100_000; i++) {
      counts.merge(selector.select("user:" + i), 1, Integer::sum);
    }
    return Collections.max(counts.values()) * (double) servers / 100_000;
  }

  @Test
  void balance_besideThatOfVertx() {
    System.out.println("| servers, of 160 points | `LoadBalancer.consistentHashing`, peak to mean "
        + "| this one | keys |");
    for (int servers : new int[] {10, 100}) {
      double theirs =
          peakToMean(LoadBalancer.consistentHashing(160, LoadBalancer.ROUND_ROBIN), servers);
      double ours = peakToMean(new RingBalancer(ServerEndpoint::key), servers);
      System.out.printf("| %d | %.2f | %.2f | 100,000 |%n", servers, theirs, ours);
      assertThat(ours).isLessThan(1.5);
    }
  }
}
