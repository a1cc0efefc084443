package io.hashring.demo;

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
import java.util.concurrent.ConcurrentHashMap;
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
final class DockerReplicaPool implements ReplicaPool {

  static final String GROUP_LABEL = "io.hashring.group";
  static final String NAME_LABEL = "io.hashring.replica";

  private static final Logger LOG = Logger.getLogger(DockerReplicaPool.class.getName());

  private static final String LOOPBACK = "127.0.0.1";
  private static final ExposedPort PORT = ExposedPort.tcp(5000);
  private static final int SHORT_ID = 12;
  private static final long MEGABYTE = 1 << 20;
  private static final long MOST_PROCESSES = 256;

  private static final Duration BETWEEN_HEARTBEATS = Duration.ofMillis(20);
  private static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(2);

  /** What the engine gives a container between SIGTERM and SIGKILL. */
  private static final int STOP_SECONDS = 10;

  private static final int LOG_SECONDS = 2;

  private final DockerOptions options;
  private final Heartbeat heartbeat;
  private final Striped<Lock> locks = Striped.lazyWeakLock(Membership.MAX_REPLICAS);
  private final Set<String> mine = ConcurrentHashMap.newKeySet();
  private @Nullable DockerClient docker;
  private volatile @Nullable DockerWatch watch;
  private volatile boolean closed;

  DockerReplicaPool(Vertx vertx, DockerOptions options) {
    this.options = options;
    this.heartbeat = new Heartbeat(vertx, HEARTBEAT_TIMEOUT);
  }

  private synchronized DockerClient docker() throws ContainerException {
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
  public List<String> found() throws ContainerException {
    try {
      return containers(Map.of()).stream()
          .sorted(
              Comparator.comparing(Container::getCreated).thenComparing(DockerReplicaPool::name))
          .map(DockerReplicaPool::name)
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
  public SocketAddress start(String name) throws Exception {
    Lock lock = locks.get(name);
    lock.lock();
    try {
      Optional<SocketAddress> running = takeOver(name);
      SocketAddress address = running.isPresent() ? running.get() : startNew(name);
      mine.add(name);
      return address;
    } catch (IllegalArgumentException e) {
      throw e;
    } catch (RuntimeException e) {
      throw DockerEngine.failure(e);
    } finally {
      lock.unlock();
    }
  }

  /** The replica of that name, if it is well; if there is one that is not, makes room for it. */
  private Optional<SocketAddress> takeOver(String name) throws Exception {
    for (Container container : containers(Map.of(NAME_LABEL, name))) {
      try {
        return Optional.of(awaitWell(name, container.getId()));
      } catch (ContainerException | NotFoundException e) {
        LOG.log(Level.INFO, "{0} is replaced: {1}", new Object[] {name, e.getMessage()});
        remove(container.getId());
      }
    }
    return Optional.empty();
  }

  private SocketAddress startNew(String name) throws Exception {
    String id = create(name);
    try {
      docker().startContainerCmd(id).exec();
      return awaitWell(name, id);
    } catch (Exception e) {
      removeAfter(e, id);
      throw e;
    }
  }

  private String create(String name) throws ContainerException {
    try (CreateContainerCmd command = docker().createContainerCmd(options.image)) {
      command
          .withName(options.group + "-" + name)
          .withLabels(Map.of(GROUP_LABEL, options.group, NAME_LABEL, name))
          .withHostConfig(hostConfig())
          .withCmd("replica", "--name", name, "--bind", "0.0.0.0", "--port", PORT.getPort() + "");
      if (options.network == null) {
        command.withExposedPorts(PORT);
      } else {
        command.withAliases(name);
      }
      return command.exec().getId();
    } catch (NotFoundException e) {
      throw new ContainerException(
          DockerEngine.reason(e) + "; build it, or name another with --docker-image", e);
    } catch (ConflictException e) {
      throw new IllegalArgumentException(
          "hostnames must be free on the Docker engine: " + DockerEngine.reason(e), e);
    }
  }

  private HostConfig hostConfig() {
    HostConfig config = HostConfig.newHostConfig()
        .withInit(true)
        .withReadonlyRootfs(true)
        .withCapDrop(Capability.ALL)
        .withSecurityOpts(List.of("no-new-privileges"))
        .withPidsLimit(MOST_PROCESSES)
        .withMemory(options.memory * MEGABYTE)
        .withMemorySwap(options.memory * MEGABYTE);
    return options.network == null
        ? config.withPortBindings(new PortBinding(new Ports.Binding(LOOPBACK, options.ports), PORT))
        : config.withNetworkMode(options.network);
  }

  // Readiness

  /** Waits until the replica answers, and returns where. */
  private SocketAddress awaitWell(String name, String id) throws Exception {
    long start = System.nanoTime();
    while (true) {
      InspectContainerResponse container = docker().inspectContainerCmd(id).exec();
      if (!isRunning(container.getState())) {
        throw new ContainerException(name + " " + ending(container.getState()) + lastWords(id));
      }
      SocketAddress address = address(name, container);
      if (Futures.await(heartbeat.ask(address).otherwise(false))) {
        return address;
      }
      if (closed) {
        throw new ContainerException(name + " was not started, because the balancer stops");
      }
      if (System.nanoTime() - start > options.startTimeout.toNanos()) {
        throw new ContainerException(name + " did not answer /heartbeat within --start-timeout ("
            + options.startTimeout.toMillis() + " ms)" + lastWords(id));
      }
      TimeUnit.NANOSECONDS.sleep(BETWEEN_HEARTBEATS.toNanos());
    }
  }

  private static boolean isRunning(ContainerState state) {
    return Boolean.TRUE.equals(state.getRunning()) && !Boolean.TRUE.equals(state.getPaused());
  }

  private static String ending(ContainerState state) {
    if (Boolean.TRUE.equals(state.getPaused())) {
      return "is paused";
    }
    String memory = Boolean.TRUE.equals(state.getOOMKilled()) ? ", for want of memory" : "";
    return "ended with exit code " + state.getExitCodeLong() + memory;
  }

  private SocketAddress address(String name, InspectContainerResponse container)
      throws ContainerException {
    if (options.network != null) {
      if (container.getNetworkSettings().getNetworks().containsKey(options.network)) {
        return SocketAddress.inetSocketAddress(
            PORT.getPort(), container.getId().substring(0, SHORT_ID));
      }
      throw new ContainerException(name + " is not on the network " + options.network);
    }
    Ports.Binding[] bindings =
        container.getNetworkSettings().getPorts().getBindings().get(PORT);
    if (bindings == null || bindings.length == 0) {
      throw new ContainerException(name + " has no published port");
    }
    return SocketAddress.inetSocketAddress(
        Integer.parseInt(bindings[0].getHostPortSpec()), LOOPBACK);
  }

  /** The end of its log, which says why it did not start. */
  private String lastWords(String id) throws Exception {
    StringBuilder words = new StringBuilder();
    try (ResultCallback.Adapter<Frame> log = new ResultCallback.Adapter<>() {
      @Override
      public void onNext(Frame frame) {
        words.append(new String(frame.getPayload(), StandardCharsets.UTF_8));
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
    return words.isEmpty() ? "" : ": " + words.toString().strip();
  }

  // Stop

  @Override
  public void stop(String name) throws Exception {
    Lock lock = locks.get(name);
    lock.lock();
    try {
      for (Container container : containers(Map.of(NAME_LABEL, name))) {
        remove(container.getId());
      }
      mine.remove(name);
    } catch (RuntimeException e) {
      throw DockerEngine.failure(e);
    } finally {
      lock.unlock();
    }
  }

  private void remove(String id) throws ContainerException {
    try {
      docker().stopContainerCmd(id).withTimeout(STOP_SECONDS).exec();
    } catch (NotModifiedException e) {
      LOG.log(Level.FINE, "{0} had ended already", id);
    } catch (NotFoundException e) {
      return;
    }
    try {
      docker().removeContainerCmd(id).withForce(true).withRemoveVolumes(true).exec();
    } catch (NotFoundException e) {
      LOG.log(Level.FINE, "{0} was removed by somebody else", id);
    }
  }

  private void removeAfter(Exception failure, String id) {
    try {
      remove(id);
    } catch (ContainerException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  // What there is

  /** The containers of the group, running or not, that have these labels too. */
  private List<Container> containers(Map<String, String> labels) throws ContainerException {
    Map<String, String> all = new HashMap<>(labels);
    all.put(GROUP_LABEL, options.group);
    return docker().listContainersCmd().withShowAll(true).withLabelFilter(all).exec();
  }

  static String name(Container container) {
    return container.getLabels().getOrDefault(NAME_LABEL, "");
  }

  @Override
  public synchronized void watch(Watcher watcher) {
    watch = DockerWatch.start(requireNonNull(docker, "start comes first"), options.group, watcher);
  }

  @Override
  public void close() {
    closed = true;
    DockerWatch watching = watch;
    if (watching != null) {
      watching.close();
    }
    if (!options.keep) {
      mine.parallelStream().forEach(this::stopQuietly);
    }
    closeClient();
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
