package io.hashring.demo;

import static com.google.common.base.Preconditions.checkArgument;

import io.hashring.demo.replica.ReplicaNames;
import io.hashring.demo.replica.docker.DockerSettings;
import io.hashring.demo.replica.swarm.SwarmSettings;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the command line says of containers; the fields are set by picocli only. */
final class DockerOptions {

  private static final long SMALLEST_MEMORY = 32;

  @Option(
      names = "--docker-image",
      paramLabel = "IMAGE",
      description = "Image of the replicas, there already (default: ${DEFAULT-VALUE}).")
  String image = "hashring-demo";

  @Option(
      names = "--docker-group",
      paramLabel = "NAME",
      description = "What the containers are labelled with and their names begin with. A balancer"
          + " takes over the containers of its group that it finds (default: ${DEFAULT-VALUE}).")
  String group = "hashring";

  @Option(
      names = "--docker-network",
      paramLabel = "NETWORK",
      description = "Network to reach the containers on by name, for a balancer that is itself a"
          + " container on it (default: none, their ports are published on 127.0.0.1); in a swarm,"
          + " its network to reach tasks on (default: the only one that this balancer is on).")
  @Nullable
  String network;

  @Option(
      names = "--docker-ports",
      paramLabel = "FIRST-LAST",
      description = "Ports of 127.0.0.1 to publish on (default: any that is free).")
  String ports = "";

  @Option(
      names = "--docker-memory",
      paramLabel = "MEGABYTES",
      description = "Memory that each container may have (default: ${DEFAULT-VALUE}).")
  long memory = 128;

  @Option(
      names = "--docker-keep",
      description =
          "Leave the containers running when the balancer stops, for the next to take over.")
  boolean keep;

  @Option(
      names = "--swarm-constraint",
      paramLabel = "CONSTRAINT",
      split = ",",
      description = "With --replicas swarm: what a host has to be for a replica, such as"
          + " node.role==worker; may be given again (default: any host).")
  List<String> constraints = List.of();

  @Option(
      names = "--swarm-spread",
      paramLabel = "LABEL",
      split = ",",
      description = "With --replicas swarm: a label of hosts over whose values Swarm spreads, such"
          + " as node.labels.zone; may be given again (default: none).")
  List<String> spread = List.of();

  @Option(
      names = "--start-timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Time a new container has to answer /heartbeat (default: 30s).")
  Duration startTimeout = Duration.ofSeconds(30);

  /** @throws IllegalArgumentException that names the option, its rule and the value */
  void check() {
    checkArgument(!image.isBlank(), "--docker-image must be an image, such as hashring-demo");
    checkArgument(ReplicaNames.isValid(group), "--docker-group %s: %s", ReplicaNames.RULE, group);
    checkArgument(
        network == null || !network.isBlank(), "--docker-network must be the name of a network");
    checkArgument(
        ports.matches("([1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?)?"),
        "--docker-ports must be a port or two, such as 5001-5099: %s",
        ports);
    checkArgument(
        memory >= SMALLEST_MEMORY,
        "--docker-memory must be at least %s: %s",
        SMALLEST_MEMORY,
        memory);
    constraints.forEach(constraint -> checkArgument(
        constraint.matches("[^=!]+[=!]=.+"),
        "--swarm-constraint must be KEY==VALUE or KEY!=VALUE, such as node.role==worker: %s",
        constraint));
    spread.forEach(label -> checkArgument(
        label.matches("(node|engine)\\.labels\\..+"),
        "--swarm-spread must be a label of hosts, such as node.labels.zone: %s",
        label));
  }

  SwarmSettings swarm() {
    return new SwarmSettings(
        image, group, network, memory, constraints, spread, keep, startTimeout);
  }

  DockerSettings settings() {
    return new DockerSettings(image, group, network, ports, memory, keep, startTimeout);
  }
}
