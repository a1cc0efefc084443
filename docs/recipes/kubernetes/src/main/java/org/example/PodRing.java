package org.example;

import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetSpec;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.hashring.HashRing;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The pods of a StatefulSet on a ring, by their names. Which pods there are to be is said by the
 * StatefulSet; where each of them is now, and whether it is ready, by the slices of its service.
 */
final class PodRing implements AutoCloseable {

  /** A pod as it is now; another address under the same name is the same node of the ring. */
  record Pod(String name, String address, int port, boolean ready) {}

  /** Of one moment; replaced as a whole. */
  private record View(HashRing<String> ring, Map<String, Pod> pods) {}

  private static final String SERVICE_LABEL = "kubernetes.io/service-name";

  private final SharedIndexInformer<StatefulSet> sets;
  private final SharedIndexInformer<EndpointSlice> slices;
  private volatile View view = new View(HashRing.builder().build(), Map.of());

  /** Follows them from now on; what there is already is on the ring when this returns. */
  PodRing(KubernetesClient client, String namespace, String statefulSet, String service) {
    sets = client
        .apps()
        .statefulSets()
        .inNamespace(namespace)
        .withName(statefulSet)
        .runnableInformer(0);
    slices = client
        .discovery()
        .v1()
        .endpointSlices()
        .inNamespace(namespace)
        .withLabel(SERVICE_LABEL, service)
        .runnableInformer(0);
    sets.addEventHandler(new Changes<>());
    slices.addEventHandler(new Changes<>());
    sets.run();
    slices.run();
    refresh();
  }

  /** Whatever has changed, both are looked at. */
  private final class Changes<T> implements ResourceEventHandler<T> {

    @Override
    public void onAdd(T added) {
      refresh();
    }

    @Override
    public void onUpdate(T before, T after) {
      refresh();
    }

    @Override
    public void onDelete(T deleted, boolean finalStateUnknown) {
      refresh();
    }
  }

  private synchronized void refresh() {
    HashRing<String> ring = view.ring;
    for (StatefulSet set : sets.getStore().list()) { // none while it is made anew: all stay
      ring = resized(ring, names(set));
    }
    view = new View(ring, pods());
  }

  /** A pod keeps its place as long as it is to be there, however it is. */
  private static HashRing<String> resized(HashRing<String> ring, List<String> names) {
    HashRing<String> resized = ring;
    for (String name : names) {
      resized = resized.contains(name) ? resized : resized.with(name);
    }
    for (String name : ring.nodes()) {
      resized = names.contains(name) ? resized : resized.without(name);
    }
    return resized;
  }

  private static List<String> names(StatefulSet set) {
    StatefulSetSpec spec = set.getSpec();
    int start = spec.getOrdinals() == null || spec.getOrdinals().getStart() == null
        ? 0
        : spec.getOrdinals().getStart();
    int size = spec.getReplicas() == null ? 1 : spec.getReplicas(); // Kubernetes' own default
    return IntStream.range(start, start + size)
        .mapToObj(ordinal -> set.getMetadata().getName() + "-" + ordinal)
        .toList();
  }

  private Map<String, Pod> pods() {
    Map<String, Pod> pods = new HashMap<>();
    for (EndpointSlice slice : slices.getStore().list()) {
      Integer port = slice.getPorts().isEmpty() ? null : slice.getPorts().get(0).getPort();
      if (!slice.getAddressType().equals("IPv4") || port == null) {
        continue; // of a service with two families there are slices for each
      }
      for (Endpoint endpoint : slice.getEndpoints()) {
        if (endpoint.getTargetRef() != null) {
          String name = endpoint.getTargetRef().getName();
          Pod pod = new Pod(name, endpoint.getAddresses().get(0), port, isReady(endpoint));
          // one that moves may be in two slices for a moment
          pods.merge(name, pod, (one, other) -> one.ready() ? one : other);
        }
      }
    }
    return pods;
  }

  /** What is not said counts as true, by the contract of the API. */
  private static boolean isReady(Endpoint endpoint) {
    return endpoint.getConditions() == null
        || !Boolean.FALSE.equals(endpoint.getConditions().getReady());
  }

  /** The pods that are ready, the owner of the key first, then those to be tried after it. */
  Stream<Pod> pods(String key) {
    View now = view;
    return now.ring.preferenceList(key).stream()
        .map(now.pods::get)
        .filter(Objects::nonNull)
        .filter(Pod::ready);
  }

  /** The names that are to be, ready or not. */
  HashRing<String> ring() {
    return view.ring;
  }

  @Override
  public void close() {
    sets.stop();
    slices.stop();
  }
}
