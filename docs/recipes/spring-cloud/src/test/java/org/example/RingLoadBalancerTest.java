package org.example;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.hashring.HashRing;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancedExchangeFilterFunction;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;

@Timeout(60)
final class RingLoadBalancerTest {

  private static final List<String> KEYS =
      IntStream.range(0, 300).mapToObj(i -> "user:" + i).toList();

  /** What a registry would hold. */
  private static final Map<String, ServiceInstance> REGISTRY = new ConcurrentSkipListMap<>();

  private static final Set<String> DOWN = ConcurrentHashMap.newKeySet();

  /** The beans of one client, {@code users}. */
  static class Users {
    @Bean
    ServiceInstanceListSupplier instances() {
      return new ServiceInstanceListSupplier() {
        @Override
        public String getServiceId() {
          return "users";
        }

        @Override
        public Flux<List<ServiceInstance>> get() {
          return Flux.defer(() -> Flux.just(List.copyOf(REGISTRY.values())));
        }
      };
    }

    @Bean
    ReactorServiceInstanceLoadBalancer balancer(ServiceInstanceListSupplier instances) {
      return new RingLoadBalancer(
          instances, "X-Key", instance -> !DOWN.contains(instance.getInstanceId()));
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @LoadBalancerClient(name = "users", configuration = Users.class)
  static class Application {}

  private final Map<String, HttpServer> servers = new HashMap<>();
  private final ConfigurableApplicationContext context = new SpringApplicationBuilder(
          Application.class)
      .web(WebApplicationType.NONE)
      .properties(
          "spring.main.banner-mode=off",
          "logging.level.root=warn",
          "spring.cloud.loadbalancer.retry.enabled=true",
          "spring.cloud.loadbalancer.retry.max-retries-on-same-service-instance=0",
          "spring.cloud.loadbalancer.retry.max-retries-on-next-service-instance=1")
      .run();
  private final WebClient client = WebClient.builder()
      .clientConnector(new JdkClientHttpConnector())
      .filter(context.getBean(LoadBalancedExchangeFilterFunction.class))
      .baseUrl("http://users")
      .build();

  static {
    System.setProperty("sun.net.httpserver.nodelay", "true"); // or each answer takes 40 ms
  }

  private void start(String id) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/", exchange -> {
      try (exchange) {
        exchange.sendResponseHeaders(200, id.length());
        exchange.getResponseBody().write(id.getBytes());
      }
    });
    server.start();
    servers.put(id, server);
    int port = server.getAddress().getPort();
    REGISTRY.put(id, new DefaultServiceInstance(id, "users", "127.0.0.1", port, false));
  }

  private Map<String, String> answers() {
    Map<String, String> answers = new HashMap<>();
    for (String key : KEYS) {
      answers.put(
          key,
          client
              .get()
              .uri("/")
              .header("X-Key", key)
              .retrieve()
              .bodyToMono(String.class)
              .block());
    }
    return answers;
  }

  private static Map<String, String> without(HashRing<String> ring, String id) {
    Map<String, String> answers = new HashMap<>();
    KEYS.forEach(key -> answers.put(
        key, ring.preferenceList(key).where(node -> !node.equals(id)).first().orElseThrow()));
    return answers;
  }

  private static void print(String what, Map<String, String> before, Map<String, String> after) {
    long moved =
        KEYS.stream().filter(key -> !before.get(key).equals(after.get(key))).count();
    System.out.printf("| %s | %d |%n", what, moved);
  }

  @AfterEach
  void stop() {
    servers.values().forEach(server -> server.stop(0));
    context.close();
  }

  @Test
  void requests_goToTheInstanceOfTheirKey_whileInstancesComeAndGo() throws Exception {
    System.out.println("| what happens | of 300 requests, answered elsewhere than at first |");
    HashRing<String> ring = HashRing.of("a", "b", "c");
    for (String id : ring.nodes()) {
      start(id);
    }
    Map<String, String> first = answers();
    assertThat(first).isEqualTo(without(ring, "none"));

    start("d");
    Map<String, String> joined = answers();
    assertThat(joined).isEqualTo(without(ring.with("d"), "none"));
    print("a fourth instance joins", first, joined);
    REGISTRY.remove("d");
    Map<String, String> left = answers();
    assertThat(left).isEqualTo(first);
    print("it leaves", first, left);

    DOWN.add("c");
    Map<String, String> passed = answers();
    assertThat(passed).isEqualTo(without(ring, "c"));
    print("one is known to be down", first, passed);
    DOWN.clear();

    servers.get("b").stop(0);
    Map<String, String> died = answers();
    assertThat(died).isEqualTo(without(ring, "b"));
    print("one has died: Spring's retry, on the next", first, died);

    start("b");
    Map<String, String> back = answers();
    assertThat(back).isEqualTo(first);
    print("it is back, at another port", first, back);
  }
}
