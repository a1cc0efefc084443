package org.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.HashRing;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import reactor.core.publisher.Flux;

/** Lists of a registry as they should not be, and choices side by side; without a context. */
final class InstanceListsTest {

  private static final List<String> KEYS =
      IntStream.range(0, 300).mapToObj(i -> "user:" + i).toList();

  private static RingLoadBalancer balancer(
      Supplier<Flux<List<ServiceInstance>>> lists, Predicate<ServiceInstance> isUp) {
    ServiceInstanceListSupplier supplier = new ServiceInstanceListSupplier() {
      @Override
      public String getServiceId() {
        return "users";
      }

      @Override
      public Flux<List<ServiceInstance>> get() {
        return lists.get();
      }
    };
    return new RingLoadBalancer(supplier, "X-Key", isUp);
  }

  private static ServiceInstance instance(String id, int port) {
    return new DefaultServiceInstance(id, "users", "127.0.0.1", port, false);
  }

  /** The port of the instance that is chosen for a key, from a list; 0 if none is. */
  private static int choose(RingLoadBalancer balancer, String key) {
    HttpHeaders headers = new HttpHeaders();
    headers.add("X-Key", key);
    RequestData data = new RequestData(HttpMethod.GET, URI.create("/"), headers, null, Map.of());
    var chosen =
        balancer.choose(new DefaultRequest<>(new RequestDataContext(data))).block();
    return chosen.hasServer() ? chosen.getServer().getPort() : 0;
  }

  @Test
  void lists_thatAreEmpty_orHaveAnIdTwiceOrNone_orAllDown() {
    AtomicReference<Flux<List<ServiceInstance>>> lists = new AtomicReference<>(Flux.empty());
    Set<Integer> down = ConcurrentHashMap.newKeySet();
    RingLoadBalancer balancer =
        balancer(lists::get, instance -> !down.contains(instance.getPort()));
    HashRing<String> ring = HashRing.of("a", "b", "c");
    Map<String, Integer> ports = Map.of("a", 1, "b", 2, "c", 3);
    assertThat(choose(balancer, "k")).isZero();
    lists.set(Flux.just(List.of()));
    assertThat(choose(balancer, "k")).isZero();

    lists.set(Flux.just(List.of(instance("c", 3), instance("a", 1), instance("b", 2))));
    KEYS.forEach(key -> assertThat(choose(balancer, key)).isEqualTo(ports.get(ring.locate(key))));
    lists.set(
        Flux.just(List.of(instance("b", 9), instance("a", 1), instance("b", 2), instance("c", 3))));
    KEYS.forEach(key -> assertThat(choose(balancer, key)).isEqualTo(ports.get(ring.locate(key))));
    down.addAll(List.of(1, 2, 3));
    KEYS.forEach(key -> assertThat(choose(balancer, key)).isEqualTo(ports.get(ring.locate(key))));
    down.clear();

    HashRing<String> addresses = HashRing.of("127.0.0.1:1", "127.0.0.1:2");
    lists.set(Flux.just(List.of(instance(null, 1), instance(null, 2))));
    KEYS.forEach(
        key -> assertThat("127.0.0.1:" + choose(balancer, key)).isEqualTo(addresses.locate(key)));
  }

  /** Requests with the list of then and of now, side by side: each goes by its own list. */
  @Test
  void lists_ofRequestsSideBySide_areTheirOwn() throws Exception {
    ThreadLocal<List<ServiceInstance>> lists = new ThreadLocal<>();
    RingLoadBalancer balancer = balancer(() -> Flux.just(lists.get()), instance -> true);
    List<Callable<Void>> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      int first = 10 * (t + 1);
      threads.add(() -> {
        lists.set(List.of(instance("a", first), instance("b", first + 1)));
        HashRing<String> ring = HashRing.of("a", "b");
        for (String key : KEYS) {
          assertThat(choose(balancer, key))
              .isEqualTo(ring.locate(key).equals("a") ? first : first + 1);
        }
        return null;
      });
    }
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      for (Future<Void> thread : pool.invokeAll(threads)) {
        thread.get();
      }
    } finally {
      pool.shutdownNow();
    }
  }
}
