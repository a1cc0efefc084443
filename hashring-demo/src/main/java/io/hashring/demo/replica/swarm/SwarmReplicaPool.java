package io.hashring.demo.replica.swarm;

import static io.hashring.demo.replica.docker.DockerEngine.BALANCER_LABEL;
import static io.hashring.demo.replica.docker.DockerEngine.GROUP_LABEL;
import static io.hashring.demo.replica.docker.DockerEngine.NAME_LABEL;
import static io.hashring.demo.replica.docker.DockerEngine.WEIGHT_LABEL;

import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Service;
import io.hashring.demo.replica.Heartbeat;
import io.hashring.demo.replica.RefusedException;
import io.hashring.demo.replica.ReplicaException;
import io.hashring.demo.replica.ReplicaPool;
import io.hashring.demo.replica.docker.DockerEngine;
import io.hashring.demo.replica.docker.GroupOwner;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Replicas that are services of a swarm, of one task each, so that the name of the service is the
 * name of the replica wherever its task runs. The swarm chooses the host, and replaces what dies;
 * this pool only makes services, removes them, and follows where their tasks are.
 */
public final class SwarmReplicaPool implements ReplicaPool {

  private static final Logger LOG = Logger.getLogger(SwarmReplicaPool.class.getName());

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);
  private static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration BETWEEN_RENEWALS = Duration.ofSeconds(5);

  /** The swarm says so of a task of which it may say something else a moment later. */
  private static final Duration NO_NODE_PATIENCE = Duration.ofSeconds(3);

  private static final String NO_NODE = "no suitable node";

  private final SwarmSettings settings;
  private final ServiceClaims claims;
  private final Heartbeat heartbeat;
  private final Set<String> mine = ConcurrentHashMap.newKeySet();
  private @Nullable Swarm swarm;
  private volatile @Nullable SwarmWatch watch;
  private volatile boolean closed;

  public SwarmReplicaPool(Vertx vertx, SwarmSettings settings, GroupOwner owner) {
    this.settings = settings;
    this.claims = new ServiceClaims(owner, BETWEEN_RENEWALS);
    this.heartbeat = new Heartbeat(vertx, Heartbeat.PATH, HEARTBEAT_TIMEOUT);
  }

  private synchronized Swarm swarm() throws ReplicaException {
    if (swarm == null) {
      swarm = Swarm.connect(settings.network(), docker -> List.of());
    }
    return swarm;
  }

  private interface Ask<T> {
    T of(Swarm swarm) throws Exception;
  }

  private <T> T ask(Ask<T> question) throws Exception {
    try {
      return question.of(swarm());
    } catch (RefusedException e) {
      throw e;
    } catch (RuntimeException e) {
      throw DockerEngine.failure(e);
    }
  }

  @Override
  public Stream<String> names() {
    return IntStream.iterate(1, i -> i + 1).mapToObj(i -> "server" + i);
  }

  @Override
  public List<String> found() throws Exception {
    return ask(swarm -> {
      List<Service> services = swarm.services(group());
      claims.check(services);
      return services.stream()
          .sorted(Comparator.comparing(Service::getCreatedAt).thenComparing(SwarmReplicaPool::name))
          .map(SwarmReplicaPool::name)
          .distinct()
          .toList();
    });
  }

  @Override
  public boolean isShared() {
    return true;
  }

  private Map<String, String> group() {
    return Map.of(GROUP_LABEL, settings.group());
  }

  private static String name(Service service) {
    return ServiceClaims.labels(service).getOrDefault(NAME_LABEL, "");
  }

  private Optional<Service> service(Swarm swarm, String name) {
    return swarm.services(Map.of(GROUP_LABEL, settings.group(), NAME_LABEL, name)).stream()
        .findFirst();
  }

  @Override
  public double weight(String name) throws Exception {
    return ask(swarm -> service(swarm, name)
        .map(service -> DockerEngine.weight(name, ServiceClaims.labels(service)))
        .orElse(1.0));
  }

  // Start

  /** A service that there is already, and nobody's, is left to the swarm, however it is. */
  @Override
  public SocketAddress start(String name, double weight) throws Exception {
    SocketAddress address = ask(swarm -> {
      Optional<Service> there = service(swarm, name);
      return there.isPresent() ? takeOver(swarm, there.get()) : startNew(swarm, name, weight);
    });
    mine.add(name);
    return address;
  }

  private SocketAddress takeOver(Swarm swarm, Service service) throws ReplicaException {
    claims.claim(swarm, service);
    return SwarmTask.current(swarm.tasks(service.getId())).map(Places::of).orElse(Places.NOWHERE);
  }

  private SocketAddress startNew(Swarm swarm, String name, double weight) throws Exception {
    Map<String, String> labels = Map.of(
        GROUP_LABEL,
        settings.group(),
        NAME_LABEL,
        name,
        WEIGHT_LABEL,
        Double.toString(weight),
        BALANCER_LABEL,
        claims.label(swarm));
    String id;
    try {
      id = swarm
          .docker()
          .createServiceCmd(ServiceOfOne.spec(settings, name, labels, swarm.networkId()))
          .exec()
          .getId();
    } catch (ConflictException e) {
      Optional<Service> faster = service(swarm, name); // another balancer's
      if (faster.isPresent()) {
        return takeOver(swarm, faster.get());
      }
      throw RefusedException.conflict(
          "hostnames must be free in the swarm, where there is a service already: "
              + ServiceOfOne.name(settings, name));
    }
    try {
      return awaitAnswer(swarm, name, id);
    } catch (Exception e) {
      removeAfter(e, swarm, id);
      throw e;
    }
  }

  private SocketAddress awaitAnswer(Swarm swarm, String name, String id) throws Exception {
    long start = System.nanoTime();
    while (true) {
      List<SwarmTask> tasks = swarm.tasks(id);
      Optional<SocketAddress> place = SwarmTask.current(tasks).map(Places::of);
      if (place.isPresent() && SwarmWatch.answers(heartbeat, place.get())) {
        return place.get();
      }
      if (closed) {
        throw new ReplicaException(name + " was not started, because the balancer stops");
      }
      long waited = System.nanoTime() - start;
      checkHopes(swarm, name, tasks, waited);
      if (waited > settings.startTimeout().toNanos()) {
        throw new ReplicaException(name + " did not answer /heartbeat within --start-timeout ("
            + settings.startTimeout().toMillis() + " ms)" + lastWords(tasks));
      }
      TimeUnit.NANOSECONDS.sleep(BETWEEN_LOOKS.toNanos());
    }
  }

  /** The swarm would try for ever; whoever asked is told why it did not succeed at once. */
  private void checkHopes(Swarm swarm, String name, List<SwarmTask> tasks, long waited)
      throws ReplicaException {
    for (SwarmTask task : tasks) {
      if (task.isPendingFor(NO_NODE) && waited > NO_NODE_PATIENCE.toNanos()) {
        throw new ReplicaException(name + " finds no host in the swarm: " + task.error()
            + (settings.constraints().isEmpty()
                ? ""
                : "; --swarm-constraint " + String.join(", ", settings.constraints())));
      }
      if (task.hasEnded()) {
        boolean noImage = task.error().contains("No such image");
        throw new ReplicaException(name + " does not run on " + swarm.nodeName(task.node()) + ": "
            + (task.error().isEmpty() ? "it ended" : task.error())
            + (noImage
                ? "; have the image there, or choose hosts that do with --swarm-constraint"
                : ""));
      }
    }
  }

  private static String lastWords(List<SwarmTask> tasks) {
    return tasks.stream()
        .max(Comparator.comparing(SwarmTask::created))
        .map(task -> ": its task is " + task.state().getValue()
            + (task.error().isEmpty() ? "" : ", " + task.error()))
        .orElse("");
  }

  // Stop

  @Override
  public void stop(String name) throws Exception {
    ask(swarm -> {
      List<Service> services =
          swarm.services(Map.of(GROUP_LABEL, settings.group(), NAME_LABEL, name));
      claims.check(services);
      services.forEach(service -> remove(swarm, service.getId()));
      return name;
    });
    mine.remove(name);
  }

  /** Its task has the time of its service to end. */
  private static void remove(Swarm swarm, String id) {
    try {
      swarm.docker().removeServiceCmd(id).exec();
    } catch (NotFoundException e) {
      LOG.log(Level.FINE, "{0} was removed by somebody else", id);
    }
  }

  private static void removeAfter(Exception failure, Swarm swarm, String id) {
    try {
      remove(swarm, id);
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  // What there is

  @Override
  public void watch(Watcher watcher) {
    try {
      watch = SwarmWatch.start(swarm(), this::look, heartbeat, watcher);
    } catch (ReplicaException e) {
      throw new IllegalStateException("start comes first", e);
    }
  }

  /** A service that somebody removed is made anew, like a container that somebody removed. */
  private Map<String, SocketAddress> look(Swarm swarm, Watcher watcher) {
    List<Service> services = swarm.services(group());
    Map<String, List<SwarmTask>> tasks =
        swarm.wanted().stream().collect(Collectors.groupingBy(SwarmTask::service));
    watcher.running(services.stream().map(SwarmReplicaPool::name).collect(Collectors.toSet()));
    Map<String, SocketAddress> places = new HashMap<>();
    for (Service service : services) {
      SwarmTask.current(tasks.getOrDefault(service.getId(), List.of()))
          .ifPresent(task -> places.put(name(service), Places.of(task)));
    }
    claims.renew(swarm, services);
    return places;
  }

  @Override
  public void close() {
    closed = true;
    SwarmWatch watching = watch;
    if (watching != null) {
      watching.close();
    }
    if (!settings.keep()) {
      List.copyOf(mine).forEach(this::stopQuietly);
    }
    closeSwarm();
  }

  private void stopQuietly(String name) {
    try {
      stop(name);
    } catch (Exception e) {
      LOG.log(Level.WARNING, "{0} is left behind: {1}", new Object[] {name, e.getMessage()});
    }
  }

  private synchronized void closeSwarm() {
    if (swarm != null) {
      swarm.close();
    }
  }
}
