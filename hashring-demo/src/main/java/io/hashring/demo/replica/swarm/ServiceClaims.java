package io.hashring.demo.replica.swarm;

import static io.hashring.demo.replica.docker.DockerEngine.BALANCER_LABEL;

import com.github.dockerjava.api.model.Service;
import io.hashring.demo.replica.ReplicaException;
import io.hashring.demo.replica.docker.GroupOwner;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Which balancer looks after each service of a group: a label of the service says so. A swarm takes
 * the change of a service only from somebody who knows its last version, so of two that want what a
 * third has left, one gets it.
 */
final class ServiceClaims {

  private static final Logger LOG = Logger.getLogger(ServiceClaims.class.getName());

  private final GroupOwner owner;
  private final Duration betweenRenewals;

  /** Of the watch's thread, as is the time. */
  private final Set<String> told = new HashSet<>();

  private long lastNanos = System.nanoTime();

  /** The services that there are, and where this process is reached by others that claim them. */
  interface Services {

    Optional<Service> service(String id);

    /** No effect if the service has changed since it was asked for. */
    void label(Service service, String label, String value);

    String address();
  }

  ServiceClaims(GroupOwner owner, Duration betweenRenewals) {
    this.owner = owner;
    this.betweenRenewals = betweenRenewals;
  }

  static Map<String, String> labels(Service service) {
    return service.getSpec() == null || service.getSpec().getLabels() == null
        ? Map.of()
        : service.getSpec().getLabels();
  }

  /** What the services of this balancer have as {@code io.hashring.balancer}. */
  String label(Services swarm) {
    return owner.label(swarm.address());
  }

  /** @throws ReplicaException if another balancer that lives looks after one of these */
  void check(List<Service> services) throws ReplicaException {
    owner.checkAlone(services.stream().map(ServiceClaims::labels));
  }

  /**
   * Takes over a service that nobody looks after; one of ours stays as it is.
   *
   * @throws ReplicaException if another balancer that lives looks after it
   */
  void claim(Services swarm, Service service) throws ReplicaException {
    Optional<Service> now = Optional.of(service);
    while (now.isPresent()) {
      String holder = labels(now.get()).getOrDefault(BALANCER_LABEL, "");
      switch (whose(swarm, holder)) {
        case ANOTHER -> throw owner.refusal(holder);
        case OURS -> {
          return;
        }
        case NOBODY -> swarm.label(now.get(), BALANCER_LABEL, label(swarm));
      }
      now = swarm.service(service.getId()); // to see whether somebody was faster
    }
  }

  private GroupOwner.Answer whose(Services swarm, String holder) {
    return holder.equals(label(swarm)) ? GroupOwner.Answer.OURS : owner.ask(holder);
  }

  /**
   * Now and then: takes over what a balancer of the same cluster has left, and tells of another,
   * who may have started at the same moment.
   */
  void renew(Services swarm, List<Service> services) {
    if (System.nanoTime() - lastNanos < betweenRenewals.toNanos()) {
      return;
    }
    Map<String, GroupOwner.Answer> asked = new HashMap<>();
    for (Service service : services) {
      String holder = labels(service).getOrDefault(BALANCER_LABEL, "");
      switch (asked.computeIfAbsent(holder, one -> whose(swarm, one))) {
        case OURS -> {}
        case NOBODY -> swarm.label(service, BALANCER_LABEL, label(swarm));
        case ANOTHER -> tell(holder);
      }
    }
    lastNanos = System.nanoTime();
  }

  private void tell(String holder) {
    if (told.add(holder)) {
      LOG.log(
          Level.WARNING,
          "{0}; until then each undoes what the other does",
          owner.refusal(holder).getMessage());
    }
  }
}
