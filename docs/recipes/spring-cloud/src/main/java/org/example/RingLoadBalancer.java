package org.example;

import io.hashring.HashRing;
import io.hashring.PreferenceList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Predicate;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultResponse;
import org.springframework.cloud.client.loadbalancer.EmptyResponse;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.client.loadbalancer.RetryableRequestContext;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import reactor.core.publisher.Mono;

/**
 * Chooses the instance that owns the key of a request, a header of it. A retry goes to the next one
 * on the key's list. A request without a key goes anywhere.
 */
final class RingLoadBalancer implements ReactorServiceInstanceLoadBalancer {

  private final ServiceInstanceListSupplier supplier;
  private final String header;
  private final Predicate<ServiceInstance> isUp;
  private List<ServiceInstance> instances = List.of();
  private HashRing<ServiceInstance> ring =
      HashRing.builder(RingLoadBalancer::idOf).build();

  RingLoadBalancer(
      ServiceInstanceListSupplier supplier, String header, Predicate<ServiceInstance> isUp) {
    this.supplier = supplier;
    this.header = header;
    this.isUp = isUp;
  }

  /** Some registries give no id; then it is the address. */
  private static String idOf(ServiceInstance instance) {
    return Objects.requireNonNullElseGet(
        instance.getInstanceId(), () -> instance.getHost() + ":" + instance.getPort());
  }

  @Override
  @SuppressWarnings("rawtypes") // so the interface has it
  public Mono<Response<ServiceInstance>> choose(Request request) {
    return supplier
        .get(request)
        .next()
        .defaultIfEmpty(List.of())
        .map(list -> choose(ringOf(list), request.getContext()));
  }

  private Response<ServiceInstance> choose(HashRing<ServiceInstance> current, Object context) {
    PreferenceList<ServiceInstance> all = current.preferenceList(key(context));
    PreferenceList<ServiceInstance> up = all.where(isUp);
    String failed = context instanceof RetryableRequestContext retry
            && retry.getPreviousServiceInstance() != null
        ? idOf(retry.getPreviousServiceInstance())
        : "";
    return up.where(instance -> !idOf(instance).equals(failed))
        .first()
        .or(up::first)
        .or(all::first) // what says that all are down may be wrong
        .<Response<ServiceInstance>>map(DefaultResponse::new)
        .orElseGet(EmptyResponse::new);
  }

  private String key(Object context) {
    String key = context instanceof RequestDataContext data && data.getClientRequest() != null
        ? data.getClientRequest().getHeaders().getFirst(header)
        : null;
    return Objects.requireNonNullElseGet(key, () -> UUID.randomUUID().toString());
  }

  /** What has changed in the list is changed in the ring. */
  private synchronized HashRing<ServiceInstance> ringOf(List<ServiceInstance> list) {
    if (!list.equals(instances)) {
      Map<String, ServiceInstance> left = new HashMap<>();
      ring.nodes().forEach(instance -> left.put(idOf(instance), instance));
      ring = ring.change(change -> {
        for (ServiceInstance instance : list) {
          change.set(instance);
          left.remove(idOf(instance));
        }
        left.values().forEach(change::remove);
      });
      instances = List.copyOf(list);
    }
    return ring;
  }
}
