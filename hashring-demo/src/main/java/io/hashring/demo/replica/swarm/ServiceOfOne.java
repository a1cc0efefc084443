package io.hashring.demo.replica.swarm;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.github.dockerjava.api.model.ContainerSpec;
import com.github.dockerjava.api.model.EndpointResolutionMode;
import com.github.dockerjava.api.model.EndpointSpec;
import com.github.dockerjava.api.model.NetworkAttachmentConfig;
import com.github.dockerjava.api.model.ResourceRequirements;
import com.github.dockerjava.api.model.ResourceSpecs;
import com.github.dockerjava.api.model.ServiceModeConfig;
import com.github.dockerjava.api.model.ServicePlacement;
import com.github.dockerjava.api.model.ServiceReplicatedModeOptions;
import com.github.dockerjava.api.model.ServiceRestartCondition;
import com.github.dockerjava.api.model.ServiceRestartPolicy;
import com.github.dockerjava.api.model.ServiceSpec;
import com.github.dockerjava.api.model.TaskSpec;
import com.google.common.collect.ImmutableList;
import io.hashring.demo.replica.ContainerReplica;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The service of one replica, as the swarm is told of it. */
final class ServiceOfOne {

  private static final long MEGABYTE = 1 << 20;

  /** What a task has between SIGTERM and SIGKILL. */
  private static final Duration STOP = Duration.ofSeconds(10);

  /** Between the end of a task and the start of the next; the engine's own is 5 s. */
  private static final Duration RESTART = Duration.ofSeconds(1);

  private ServiceOfOne() {}

  static String name(SwarmSettings settings, String replica) {
    return settings.group() + "-" + replica;
  }

  static ServiceSpec spec(
      SwarmSettings settings, String replica, Map<String, String> labels, String network) {
    ContainerSpec container = new ContainerSpec()
        .withImage(settings.image())
        .withArgs(ContainerReplica.command(replica))
        .withInit(true)
        .withReadOnly(true)
        .withStopGracePeriod(STOP.toNanos());
    TaskSpec task = new TaskSpec()
        .withContainerSpec(container)
        .withResources(new ResourceRequirements()
            .withLimits(new ResourceSpecs().withMemoryBytes(settings.memory() * MEGABYTE)))
        .withRestartPolicy(new ServiceRestartPolicy()
            .withCondition(ServiceRestartCondition.ANY)
            .withDelay(RESTART.toNanos()))
        .withPlacement(new Spread(settings.spread()).withConstraints(settings.constraints()))
        .withNetworks(List.of(
            new NetworkAttachmentConfig().withTarget(network).withAliases(List.of(replica))));
    return new ServiceSpec()
        .withName(name(settings, replica))
        .withLabels(labels)
        .withTaskTemplate(task)
        .withMode(new ServiceModeConfig()
            .withReplicated(new ServiceReplicatedModeOptions().withReplicas(1)))
        // no virtual IP: nobody would use it, for each name stands for one task
        .withEndpointSpec(new EndpointSpec().withMode(EndpointResolutionMode.DNSRR));
  }

  /** A placement with preferences, which the client's model has not. */
  private static final class Spread extends ServicePlacement {

    private static final long serialVersionUID = 1L;

    private final ImmutableList<String> over;

    Spread(List<String> over) {
      this.over = ImmutableList.copyOf(over);
    }

    @JsonProperty("Preferences")
    public List<Map<String, Map<String, String>>> preferences() {
      return over.stream()
          .map(label -> Map.of("Spread", Map.of("SpreadDescriptor", label)))
          .toList();
    }
  }
}
