package io.hashring.demo.replica.swarm;

import com.github.dockerjava.api.model.NetworkAttachmentConfig;
import com.github.dockerjava.api.model.Service;
import com.github.dockerjava.api.model.ServiceReplicatedModeOptions;
import com.github.dockerjava.api.model.ServiceSpec;
import io.hashring.demo.replica.RefusedException;
import io.hashring.demo.replica.ReplicaException;
import io.hashring.demo.replica.ReplicaPool;
import io.hashring.demo.replica.docker.DockerEngine;
import io.vertx.core.net.SocketAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Replicas that are the tasks of one service of a swarm, which is only watched. The slot of a task
 * is its name, {@code web-1} and on: a task that the swarm starts in place of another has its slot.
 */
public final class WatchedService implements ReplicaPool {

  private final String serviceName;
  private final int port;
  private final @Nullable String network;
  private @Nullable Swarm swarm;
  private volatile @Nullable SwarmWatch watch;

  /** Those that there were when it was looked last. Guarded by this. */
  private Set<Integer> slots = new TreeSet<>();

  private WatchedService(String serviceName, int port, @Nullable String network) {
    this.serviceName = serviceName;
    this.port = port;
    this.network = network;
  }

  /**
   * Reads {@code SERVICE} or {@code SERVICE:PORT}.
   *
   * @param network to reach tasks on; null for the only one of the service that this balancer is on
   * @throws IllegalArgumentException that says what is wrong
   */
  public static WatchedService of(String text, @Nullable String network) {
    int colon = text.indexOf(':');
    String name = colon < 0 ? text : text.substring(0, colon);
    String port = colon < 0 ? Places.PORT + "" : text.substring(colon + 1);
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,57}")) { // and a slot behind it
      throw new IllegalArgumentException(
          "--replicas swarm:SERVICE must have the name of a service, of at most 58 letters: "
              + name);
    }
    if (!port.matches("[1-9][0-9]{0,4}") || Integer.parseInt(port) > 65_535) {
      throw new IllegalArgumentException(
          "--replicas swarm:SERVICE:PORT must have a port, from 1 to 65535: " + port);
    }
    return new WatchedService(name, Integer.parseInt(port), network);
  }

  private synchronized Swarm swarm() throws ReplicaException {
    if (swarm == null) {
      swarm = Swarm.connect(
          network,
          docker -> docker.listServicesCmd().withNameFilter(List.of(serviceName)).exec().stream()
              .filter(service -> serviceName.equals(spec(service).getName()))
              .flatMap(WatchedService::networks)
              .toList());
    }
    return swarm;
  }

  private static Stream<String> networks(Service service) {
    List<NetworkAttachmentConfig> attached = spec(service).getTaskTemplate() == null
        ? null
        : spec(service).getTaskTemplate().getNetworks();
    return attached == null
        ? Stream.empty()
        : attached.stream().map(one -> String.valueOf(one.getTarget()));
  }

  private static ServiceSpec spec(Service service) {
    return service.getSpec() == null ? new ServiceSpec() : service.getSpec();
  }

  private Service service() throws ReplicaException {
    return swarm()
        .service(serviceName)
        .orElseThrow(() -> new ReplicaException(
            "--replicas swarm:" + serviceName + ": the swarm has no service of this name"));
  }

  private String name(int slot) {
    return serviceName + "-" + slot;
  }

  @Override
  public Stream<String> names() {
    return Stream.empty();
  }

  @Override
  public void checkChangeable() {
    throw RefusedException.conflict("the replicas are the tasks of the service " + serviceName
        + ", which is only watched (--replicas swarm:" + serviceName
        + "): 'docker service scale " + serviceName + "=N' changes how many there are");
  }

  @Override
  public List<String> found() throws Exception {
    try {
      Service service = service();
      if (replicated(service).isEmpty()) {
        throw new ReplicaException("--replicas swarm:" + serviceName + ": the service must be"
            + " replicated; of a global one the tasks have no slots to be told by");
      }
      Set<Integer> seen = slots(service, tasks(service.getId()));
      if (seen.isEmpty()) {
        throw new ReplicaException("--replicas swarm:" + serviceName + ": the service has no tasks;"
            + " 'docker service scale " + serviceName + "=3' gives it three");
      }
      return seen.stream().map(this::name).toList();
    } catch (RuntimeException e) {
      throw DockerEngine.failure(e);
    }
  }

  @Override
  public boolean isShared() {
    return true;
  }

  @Override
  public double weight(String name) throws Exception {
    try {
      Map<String, String> labels = spec(service()).getLabels();
      return labels == null ? 1 : DockerEngine.weight(serviceName, labels);
    } catch (RuntimeException e) {
      throw DockerEngine.failure(e);
    }
  }

  /** Starts nothing: a slot that runs nowhere has its keys, and the swarm gives it a task. */
  @Override
  public SocketAddress start(String name, double weight) throws Exception {
    try {
      return places(tasks(service().getId())).getOrDefault(name, Places.NOWHERE);
    } catch (RuntimeException e) {
      throw DockerEngine.failure(e);
    }
  }

  @Override
  public void stop(String name) {
    // not ours to stop
  }

  // What there is

  private static Optional<ServiceReplicatedModeOptions> replicated(Service service) {
    return Optional.ofNullable(spec(service).getMode())
        .flatMap(mode -> Optional.ofNullable(mode.getReplicated()));
  }

  private List<SwarmTask> tasks(String serviceId) throws ReplicaException {
    return swarm().wanted().stream()
        .filter(task -> task.service().equals(serviceId))
        .toList();
  }

  /**
   * The slots of tasks that are wanted; and, if the service is to have more, those that were there
   * before, and else the first that are free: what has no task for a moment leaves no keys behind.
   */
  private synchronized Set<Integer> slots(Service service, Collection<SwarmTask> tasks) {
    long size =
        replicated(service).map(ServiceReplicatedModeOptions::getReplicas).orElse(0L);
    Set<Integer> now =
        tasks.stream().map(SwarmTask::slot).collect(Collectors.toCollection(TreeSet::new));
    Stream<Integer> others =
        Stream.concat(slots.stream(), Stream.iterate(1, slot -> slot + 1).limit(size));
    for (int slot : (Iterable<Integer>) others::iterator) {
      if (now.size() < size) {
        now.add(slot);
      }
    }
    slots = now;
    return new LinkedHashSet<>(now);
  }

  private Map<String, SocketAddress> places(Collection<SwarmTask> tasks) {
    Map<String, SocketAddress> places = new HashMap<>();
    tasks.stream()
        .collect(Collectors.groupingBy(SwarmTask::slot))
        .forEach((slot, ofSlot) -> SwarmTask.current(ofSlot)
            .filter(SwarmTask::isRunning)
            .ifPresent(task -> places.put(name(slot), Places.of(task, port))));
    return places;
  }

  @Override
  public void watch(Watcher watcher) {
    try {
      watch = SwarmWatch.start(swarm(), this::look, null, watcher);
    } catch (ReplicaException e) {
      throw new IllegalStateException("start comes first", e);
    }
  }

  /** While there is no such service its slots keep their keys, for whoever makes it anew. */
  private Map<String, SocketAddress> look(Swarm at, Watcher watcher) {
    Service service = at.service(serviceName).orElse(null);
    if (service == null) {
      return Map.of();
    }
    List<SwarmTask> tasks = at.wanted().stream()
        .filter(task -> task.service().equals(service.getId()))
        .toList();
    watcher.decided(slots(service, tasks).stream().map(this::name).collect(Collectors.toSet()));
    return places(tasks);
  }

  @Override
  public void close() {
    SwarmWatch watching = watch;
    if (watching != null) {
      watching.close();
    }
    synchronized (this) {
      if (swarm != null) {
        swarm.close();
      }
    }
  }
}
