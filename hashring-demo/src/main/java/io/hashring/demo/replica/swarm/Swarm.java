package io.hashring.demo.replica.swarm;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonValue;
import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.LocalNodeState;
import com.github.dockerjava.api.model.Network;
import com.github.dockerjava.api.model.Service;
import com.github.dockerjava.api.model.ServiceSpec;
import com.github.dockerjava.api.model.SwarmInfo;
import com.github.dockerjava.api.model.TaskState;
import io.hashring.demo.replica.ReplicaException;
import io.hashring.demo.replica.docker.DockerEngine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The swarm that an engine is a manager of: its services and tasks, and one network of theirs. */
final class Swarm implements ServiceClaims.Services, AutoCloseable {

  private static final Logger LOG = Logger.getLogger(Swarm.class.getName());

  private static final String OVERLAY = "overlay";

  /** Every published port of the swarm leads there; it is no way from one task to another. */
  private static final String INGRESS = "ingress";

  /** How the engine refuses a change of what is not any more as it was. */
  private static final String CHANGED = "update out of sequence";

  private final DockerClient docker;
  private final Network network;
  private final String address;

  private Swarm(DockerClient docker, Network network) {
    this.docker = docker;
    this.network = network;
    this.address = here(network).map(InetAddress::getHostAddress).orElseThrow();
  }

  /**
   * Asks the engine that DOCKER_HOST and its like name, or else this machine's.
   *
   * @param name of the network; null for the only one that this process is on
   * @param among the ids of those it may be; empty for any
   * @throws ReplicaException if that engine is no manager, or this process is not on the network
   */
  static Swarm connect(@Nullable String name, Networks among) throws ReplicaException {
    DockerClient docker = DockerEngine.connect();
    try {
      checkManager(docker.infoCmd().exec().getSwarm());
      return new Swarm(docker, network(docker, name, among.of(docker)));
    } catch (RuntimeException e) {
      close(docker);
      throw DockerEngine.failure(e);
    } catch (ReplicaException e) {
      close(docker);
      throw e;
    }
  }

  /** The ids of networks; empty for any. */
  interface Networks {
    Collection<String> of(DockerClient docker) throws ReplicaException;
  }

  private static void checkManager(@Nullable SwarmInfo swarm) throws ReplicaException {
    LocalNodeState state = swarm == null ? null : swarm.getLocalNodeState();
    if (swarm == null || state == null || state == LocalNodeState.INACTIVE) {
      throw new ReplicaException("--replicas swarm: the Docker engine is not in a swarm; 'docker"
          + " swarm init' makes one, and 'docker swarm join' enters one");
    }
    if (state != LocalNodeState.ACTIVE) {
      throw new ReplicaException("--replicas swarm: the Docker engine is not active in its swarm,"
          + " but " + state + (swarm.getError() == null ? "" : ": " + swarm.getError()));
    }
    if (!Boolean.TRUE.equals(swarm.getControlAvailable())) {
      throw new ReplicaException(
          "--replicas swarm: the Docker engine is not a manager of its swarm,"
              + " and only managers know the services; run the balancer on a manager, or let"
              + " DOCKER_HOST name one");
    }
  }

  // The network

  private static Network network(
      DockerClient docker, @Nullable String name, Collection<String> among)
      throws ReplicaException {
    List<Network> candidates = docker.listNetworksCmd().exec().stream()
        .filter(one -> name != null
            ? name.equals(one.getName()) || name.equals(one.getId())
            : OVERLAY.equals(one.getDriver()) && !INGRESS.equals(one.getName()))
        .filter(one -> name != null || among.isEmpty() || among.contains(one.getId()))
        .toList();
    if (name == null) {
      return only(candidates);
    }
    if (candidates.isEmpty()) {
      throw new ReplicaException("--docker-network must name a network of the swarm, as 'docker"
          + " network create -d overlay --attachable " + name + "' makes it: there is no " + name);
    }
    Network network = candidates.get(0);
    if (!OVERLAY.equals(network.getDriver())) {
      throw new ReplicaException("--docker-network must name a network of the swarm, as 'docker"
          + " network create -d overlay' makes it: " + name + " is a " + network.getDriver()
          + " of one engine, to which no task of a swarm can be attached");
    }
    if (!among.isEmpty() && !among.contains(network.getId())) {
      throw new ReplicaException(
          "--docker-network must be a network of the service, which is not attached to it: "
              + name);
    }
    if (!isHere(network)) {
      throw new ReplicaException("this balancer is not on the network " + name + " ("
          + subnets(network) + "), and reaches no task there: "
          + (Boolean.TRUE.equals(network.isAttachable())
              ? "run it in a container with --network " + name + ", or as a service"
              : "the network is not attachable, so run the balancer as a service on it, or make the"
                  + " network anew with --attachable and run it in a container with --network "
                  + name));
    }
    return network;
  }

  private static Network only(List<Network> candidates) throws ReplicaException {
    List<Network> here = candidates.stream().filter(Swarm::isHere).toList();
    if (here.size() == 1) {
      return here.get(0);
    }
    throw new ReplicaException("--docker-network must name the overlay network on which this"
        + " balancer reaches the tasks: it is on "
        + (here.isEmpty()
            ? "none"
            : here.stream().map(Network::getName).sorted().toList()) + " of "
        + candidates.stream().map(Network::getName).sorted().toList());
  }

  private static List<String> subnets(Network network) {
    Network.Ipam ipam = network.getIpam();
    return ipam == null || ipam.getConfig() == null
        ? List.of()
        : ipam.getConfig().stream().map(Network.Ipam.Config::getSubnet).toList();
  }

  private static boolean isHere(Network network) {
    return here(network).isPresent();
  }

  /** The address that this process has on the network; a virtual one stands for itself alone. */
  private static Optional<InetAddress> here(Network network) {
    List<Subnet> subnets = subnets(network).stream().map(Subnet::parse).toList();
    try {
      return NetworkInterface.networkInterfaces()
          .flatMap(one -> one.getInterfaceAddresses().stream())
          .filter(one ->
              one.getNetworkPrefixLength() < Byte.SIZE * one.getAddress().getAddress().length)
          .map(InterfaceAddress::getAddress)
          .filter(address -> subnets.stream().anyMatch(subnet -> subnet.contains(address)))
          .findFirst();
    } catch (SocketException e) {
      throw new IllegalStateException(e);
    }
  }

  String networkId() {
    return network.getId();
  }

  /** On the network. */
  @Override
  public String address() {
    return address;
  }

  // Services and tasks

  DockerClient docker() {
    return docker;
  }

  /** The services with these labels. */
  List<Service> services(Map<String, String> labels) {
    return docker.listServicesCmd().withLabelFilter(labels).exec();
  }

  /** The service of that name or id. */
  @Override
  public Optional<Service> service(String name) {
    try {
      return Optional.of(docker.inspectServiceCmd(name).exec());
    } catch (NotFoundException e) {
      return Optional.empty();
    }
  }

  /** Its tasks run on. */
  @Override
  public void label(Service service, String label, String value) {
    ServiceSpec spec = labelled(service, label, value);
    try {
      docker
          .updateServiceCmd(requireNonNull(service.getId()), spec)
          .withVersion(requireNonNull(service.getVersion()).getIndex())
          .exec();
    } catch (NotFoundException e) {
      LOG.log(Level.FINE, "{0} was removed by somebody else", service.getId());
    } catch (DockerException e) {
      if (!DockerEngine.reason(e).contains(CHANGED)) {
        throw e;
      }
      LOG.log(Level.FINE, "{0} was changed by somebody else", service.getId());
    }
  }

  /** What there is of a service in the engine's own words, with that label. */
  static ServiceSpec labelled(Service service, String label, String value) {
    Map<String, Object> json = copy(service.getRawValues().get("Spec"));
    Map<String, Object> labels = copy(json.get("Labels"));
    labels.put(label, value);
    json.put("Labels", labels);
    return new AsItCame(json);
  }

  private static Map<String, Object> copy(@Nullable Object json) {
    Map<String, Object> copy = new HashMap<>();
    if (json instanceof Map<?, ?> map) {
      map.forEach((name, value) -> copy.put(String.valueOf(name), value));
    }
    return copy;
  }

  /** The client's model of a service leaves out what it does not know, which would be lost. */
  private static final class AsItCame extends ServiceSpec {

    private static final long serialVersionUID = 1L;

    private final transient Map<String, Object> json;

    AsItCame(Map<String, Object> json) {
      this.json = json;
    }

    @JsonValue
    public Map<String, Object> json() {
      return json;
    }
  }

  /** Tasks of all services that are to run, however they are. */
  List<SwarmTask> wanted() {
    return docker.listTasksCmd().withStateFilter(TaskState.RUNNING, TaskState.READY).exec().stream()
        .map(task -> SwarmTask.of(task, network.getId()))
        .filter(SwarmTask::isWanted)
        .toList();
  }

  /** All tasks of a service, those of the past included; none if there is no such service. */
  List<SwarmTask> tasks(String serviceId) {
    try {
      return docker.listTasksCmd().withServiceFilter(serviceId).exec().stream()
          .map(task -> SwarmTask.of(task, network.getId()))
          .toList();
    } catch (NotFoundException e) {
      return List.of();
    }
  }

  /** What people call a node. */
  String nodeName(@Nullable String id) {
    return docker.listSwarmNodesCmd().exec().stream()
        .filter(node -> node.getId() != null && node.getId().equals(id))
        .filter(node -> node.getDescription() != null)
        .map(node -> String.valueOf(node.getDescription().getHostname()))
        .findFirst()
        .orElse("a node that is gone");
  }

  @Override
  public void close() {
    close(docker);
  }

  private static void close(DockerClient docker) {
    try {
      docker.close();
    } catch (IOException e) {
      LOG.log(Level.FINE, "could not close", e);
    }
  }
}
