package io.hashring.demo.replica.docker;

import static java.util.Objects.requireNonNull;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import com.google.common.util.concurrent.Striped;
import com.google.common.util.concurrent.Uninterruptibles;
import io.hashring.demo.http.BlockingFutures;
import io.hashring.demo.replica.ContainerReplica;
import io.hashring.demo.replica.Heartbeat;
import io.hashring.demo.replica.RefusedException;
import io.hashring.demo.replica.ReplicaException;
import io.hashring.demo.replica.ReplicaPool;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Replicas in containers, one each. The engine knows them by two labels, the group that they belong
 * to and their name, so that a balancer that restarts finds them again.
 *
 * <p>A balancer on the host reaches a container through a port that is published on 127.0.0.1. One
 * in a container reaches it on a network that both are on, by the name that the engine gives each
 * container there: the beginning of its id, which no other container ever gets.
 */
public final class DockerReplicaPool implements ReplicaPool {

  private static final Logger LOG = Logger.getLogger(DockerReplicaPool.class.getName());

  private static final String LOOPBACK = "127.0.0.1";
  private static final ExposedPort PORT = ExposedPort.tcp(ContainerReplica.PORT);
  private static final int SHORT_ID = 12;
  private static final long MEGABYTE = 1 << 20;
  private static final long MOST_PROCESSES = 256;

  private static final Duration BETWEEN_HEARTBEATS = Duration.ofMillis(20);
  private static final Duration BETWEEN_INSPECTIONS = Duration.ofMillis(250);
  private static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(2);

  /** What the engine gives a container between SIGTERM and SIGKILL. */
  private static final int STOP_SECONDS = 10;

  private static final int LOG_SECONDS = 2;

  /** Stops at the same time, when the balancer does. */
  private static final int STOP_THREADS = 8;

  /** What the engine calls a container between its creation and its start, by whomever. */
  private static final String CREATED = "created";

  private static final Duration START_PATIENCE = Duration.ofSeconds(5);

  /** How the engine's list ends what it says of such a container. */
  private static final String PAUSED = "(Paused)";

  private final DockerSettings settings;
  private final GroupOwner owner;
  private final Heartbeat heartbeat;
  private final Striped<Lock> locks = Striped.lazyWeakLock(MAX_REPLICAS);
  private final Set<String> mine = ConcurrentHashMap.newKeySet();
  private @Nullable DockerClient docker;
  private volatile @Nullable DockerWatch watch;
  private volatile boolean closed;

  public DockerReplicaPool(Vertx vertx, DockerSettings settings, GroupOwner owner) {
    this.settings = settings;
    this.owner = owner;
    this.heartbeat = new Heartbeat(vertx, Heartbeat.PATH, HEARTBEAT_TIMEOUT);
  }

  private synchronized DockerClient docker() throws ReplicaException {
    if (docker == null) {
      docker = DockerEngine.connect();
    }
    return docker;
  }

  @Override
  public Stream<String> names() {
    return IntStream.iterate(1, i -> i + 1).mapToObj(i -> "server" + i);
  }

  @Override
  public List<String> found() throws ReplicaException {
    try {
      List<Container> found = containers(Map.of());
      owner.checkAlone(found.stream().map(Container::getLabels));
      return found.stream()
          .sorted(Comparator.comparing(Container::getCreated).thenComparing(DockerEngine::name))
          .map(DockerEngine::name)
          .distinct()
          .toList();
    } catch (RuntimeException e) {
      throw DockerEngine.failure(e);
    }
  }

  @Override
  public boolean isShared() {
    return true;
  }

  // Start

  @Override
  public double weight(String name) throws ReplicaException {
    try {
      return containers(Map.of(DockerEngine.NAME_LABEL, name)).stream()
          .findFirst()
          .map(DockerEngine::weight)
          .orElse(1.0);
    } catch (RuntimeException e) {
      throw DockerEngine.failure(e);
    }
  }

  @Override
  public SocketAddress start(String name, double weight) throws Exception {
    return locked(name, () -> {
      Optional<SocketAddress> running = takeOver(name);
      return running.isPresent() ? running.get() : startNewOrTakeOver(name, weight);
    });
  }

  @Override
  public boolean canReplace() {
    return true;
  }

  @Override
  public SocketAddress restart(String name, double weight) throws Exception {
    return locked(name, () -> {
      for (Container container : containers(Map.of(DockerEngine.NAME_LABEL, name))) {
        if (container.getStatus().endsWith(PAUSED)) {
          throw RefusedException.conflict(name + " is paused, and nobody but who did that ends it");
        }
        LOG.log(Level.WARNING, "{0} runs and cannot be reached: it is replaced", name);
        kill(container.getId());
      }
      return startNewOrTakeOver(name, weight);
    });
  }

  private SocketAddress locked(String name, Callable<SocketAddress> start) throws Exception {
    Lock lock = locks.get(name);
    lock.lock();
    try {
      SocketAddress address = start.call();
      mine.add(name);
      return address;
    } catch (RefusedException e) {
      throw e;
    } catch (RuntimeException e) {
      throw DockerEngine.failure(e);
    } finally {
      lock.unlock();
    }
  }

  /**
   * A new container; or that of another balancer which was faster. The name of a container, of
   * which the engine has one, decides between them where nothing else can.
   */
  private SocketAddress startNewOrTakeOver(String name, double weight) throws Exception {
    try {
      return startNew(name, weight);
    } catch (RefusedException e) {
      return takeOver(name).orElseThrow(() -> e);
    }
  }

  /** The replica of that name, if it is well; if there is one that is not, makes room for it. */
  private Optional<SocketAddress> takeOver(String name) throws Exception {
    for (Container container : containers(Map.of(DockerEngine.NAME_LABEL, name))) {
      try {
        return Optional.of(awaitHealthy(name, container.getId()));
      } catch (ReplicaException | NotFoundException e) {
        LOG.log(Level.INFO, "{0} is replaced: {1}", new Object[] {name, e.getMessage()});
        remove(container.getId());
      }
    }
    return Optional.empty();
  }

  private SocketAddress startNew(String name, double weight) throws Exception {
    String id = create(name, weight);
    try {
      docker().startContainerCmd(id).exec();
      return awaitHealthy(name, id);
    } catch (Exception e) {
      removeAfter(e, id);
      throw e;
    }
  }

  private String create(String name, double weight) throws ReplicaException {
    try (CreateContainerCmd command = docker().createContainerCmd(settings.image())) {
      command
          .withName(settings.group() + "-" + name)
          .withLabels(Map.of(
              DockerEngine.GROUP_LABEL,
              settings.group(),
              DockerEngine.NAME_LABEL,
              name,
              DockerEngine.WEIGHT_LABEL,
              Double.toString(weight),
              DockerEngine.BALANCER_LABEL,
              owner.label(host())))
          .withHostConfig(hostConfig())
          .withCmd(ContainerReplica.command(name));
      if (settings.network() == null) {
        command.withExposedPorts(PORT);
      } else {
        command.withAliases(name);
      }
      return command.exec().getId();
    } catch (NotFoundException e) {
      throw new ReplicaException(
          DockerEngine.reason(e) + "; build it, or name another with --docker-image", e);
    } catch (ConflictException e) {
      throw RefusedException.conflict(
          "hostnames must be free on the Docker engine: " + DockerEngine.reason(e));
    }
  }

  /** Where other balancers reach this one: on the same network, or else on the same machine. */
  private String host() {
    return settings.network() == null
        ? LOOPBACK
        : System.getenv().getOrDefault("HOSTNAME", "localhost");
  }

  private HostConfig hostConfig() {
    HostConfig config = HostConfig.newHostConfig()
        .withInit(true)
        .withReadonlyRootfs(true)
        .withCapDrop(Capability.ALL)
        .withSecurityOpts(List.of("no-new-privileges"))
        .withPidsLimit(MOST_PROCESSES)
        .withMemory(settings.memory() * MEGABYTE)
        .withMemorySwap(settings.memory() * MEGABYTE);
    return settings.network() == null
        ? config.withPortBindings(
            new PortBinding(new Ports.Binding(LOOPBACK, settings.ports()), PORT))
        : config.withNetworkMode(settings.network());
  }

  // Readiness

  /**
   * Waits until the replica answers, and returns where. The engine is asked now and then whether
   * the container runs: each question costs it time that the start needs, of this one and of
   * others.
   */
  private SocketAddress awaitHealthy(String name, String id) throws Exception {
    long start = System.nanoTime();
    while (true) {
      Optional<SocketAddress> address = addressIfRunning(name, id, start);
      long asked = System.nanoTime();
      do {
        if (address.isPresent()
            && BlockingFutures.await(heartbeat.ask(address.get()).otherwise(false))) {
          return address.get();
        }
        if (closed) {
          throw new ReplicaException(name + " was not started, because the balancer stops");
        }
        if (System.nanoTime() - start > settings.startTimeout().toNanos()) {
          throw new ReplicaException(name + " did not answer /heartbeat within --start-timeout ("
              + settings.startTimeout().toMillis() + " ms)" + lastLogLine(id));
        }
        TimeUnit.NANOSECONDS.sleep(BETWEEN_HEARTBEATS.toNanos());
      } while (System.nanoTime() - asked < BETWEEN_INSPECTIONS.toNanos());
    }
  }

  /** Where it will answer; nothing while another balancer has created it and not yet started it. */
  private Optional<SocketAddress> addressIfRunning(String name, String id, long since)
      throws Exception {
    InspectContainerResponse container = docker().inspectContainerCmd(id).exec();
    ContainerState state = container.getState();
    if (CREATED.equals(state.getStatus()) && System.nanoTime() - since < START_PATIENCE.toNanos()) {
      return Optional.empty();
    }
    if (!isRunning(state)) {
      throw new ReplicaException(name + " " + exitReason(state) + lastLogLine(id));
    }
    return Optional.of(address(name, container));
  }

  private static boolean isRunning(ContainerState state) {
    return Boolean.TRUE.equals(state.getRunning()) && !Boolean.TRUE.equals(state.getPaused());
  }

  private static String exitReason(ContainerState state) {
    if (Boolean.TRUE.equals(state.getPaused())) {
      return "is paused";
    }
    String memory = Boolean.TRUE.equals(state.getOOMKilled()) ? ", for want of memory" : "";
    return "ended with exit code " + state.getExitCodeLong() + memory;
  }

  private SocketAddress address(String name, InspectContainerResponse container)
      throws ReplicaException {
    if (settings.network() != null) {
      if (container.getNetworkSettings().getNetworks().containsKey(settings.network())) {
        return SocketAddress.inetSocketAddress(
            PORT.getPort(), container.getId().substring(0, SHORT_ID));
      }
      throw new ReplicaException(name + " is not on the network " + settings.network());
    }
    Ports.Binding[] bindings =
        container.getNetworkSettings().getPorts().getBindings().get(PORT);
    if (bindings == null || bindings.length == 0) {
      throw new ReplicaException(name + " has no published port");
    }
    return SocketAddress.inetSocketAddress(
        Integer.parseInt(bindings[0].getHostPortSpec()), LOOPBACK);
  }

  /** The end of its log, which says why it did not start. */
  private String lastLogLine(String id) throws Exception {
    StringBuilder line = new StringBuilder();
    try (ResultCallback.Adapter<Frame> log = new ResultCallback.Adapter<>() {
      @Override
      public void onNext(Frame frame) {
        line.append(new String(frame.getPayload(), StandardCharsets.UTF_8));
      }
    }) {
      docker()
          .logContainerCmd(id)
          .withStdOut(true)
          .withStdErr(true)
          .withTail(1)
          .exec(log)
          .awaitCompletion(LOG_SECONDS, TimeUnit.SECONDS);
    } catch (DockerException e) {
      return ""; // somebody removes it at the same time
    }
    return line.isEmpty() ? "" : ": " + line.toString().strip();
  }

  // Stop

  @Override
  public void stop(String name) throws Exception {
    Lock lock = locks.get(name);
    lock.lock();
    try {
      for (Container container : containers(Map.of(DockerEngine.NAME_LABEL, name))) {
        remove(container.getId());
      }
      mine.remove(name);
    } catch (RuntimeException e) {
      throw DockerEngine.failure(e);
    } finally {
      lock.unlock();
    }
  }

  private void remove(String id) throws ReplicaException {
    try {
      docker().stopContainerCmd(id).withTimeout(STOP_SECONDS).exec();
    } catch (NotModifiedException e) {
      LOG.log(Level.FINE, "{0} had ended already", id);
    } catch (NotFoundException e) {
      return;
    }
    kill(id);
  }

  private void kill(String id) throws ReplicaException {
    try {
      docker().removeContainerCmd(id).withForce(true).withRemoveVolumes(true).exec();
    } catch (NotFoundException e) {
      LOG.log(Level.FINE, "{0} was removed by somebody else", id);
    }
  }

  private void removeAfter(Exception failure, String id) {
    try {
      remove(id);
    } catch (ReplicaException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  // What there is

  /** The containers of the group, running or not, that have these labels too. */
  private List<Container> containers(Map<String, String> labels) throws ReplicaException {
    Map<String, String> all = new HashMap<>(labels);
    all.put(DockerEngine.GROUP_LABEL, settings.group());
    return docker().listContainersCmd().withShowAll(true).withLabelFilter(all).exec();
  }

  @Override
  public synchronized void watch(Watcher watcher) {
    watch = DockerWatch.start(
        requireNonNull(docker, "start comes first"), settings.group(), owner, watcher);
  }

  @Override
  public void close() {
    closed = true;
    DockerWatch watching = watch;
    if (watching != null) {
      watching.close();
    }
    if (!settings.keep()) {
      stopAll();
    }
    closeClient();
  }

  private void stopAll() {
    ExecutorService threads = Executors.newFixedThreadPool(STOP_THREADS);
    mine.forEach(name -> threads.execute(() -> stopQuietly(name)));
    threads.shutdown();
    // each ends by itself: the engine kills what does not stop, and the client has time-outs
    Uninterruptibles.awaitTerminationUninterruptibly(threads);
  }

  private void stopQuietly(String name) {
    try {
      stop(name);
    } catch (Exception e) {
      LOG.log(Level.WARNING, "{0} is left behind: {1}", new Object[] {name, e.getMessage()});
    }
  }

  private synchronized void closeClient() {
    if (docker == null) {
      return;
    }
    try {
      docker.close();
    } catch (IOException e) {
      LOG.log(Level.FINE, "could not close", e);
    }
  }
}
