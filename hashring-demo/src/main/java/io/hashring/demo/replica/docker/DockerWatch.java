package io.hashring.demo.replica.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.HealthState;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.EventType;
import com.github.dockerjava.api.model.HealthCheck;
import io.hashring.demo.replica.ReplicaPool;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Follows what the engine says of the containers of one group, until it is closed. Its events are
 * for speed; for certainty there is a look at its list now and then, because events are lost while
 * the engine or the way to it is away.
 */
final class DockerWatch implements AutoCloseable {

  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(2);

  /** How the engine's list ends what it says of such a container. */
  private static final String UNHEALTHY = "(unhealthy)";

  /** The engine's own, for an image that says nothing of it. */
  private static final int DEFAULT_RETRIES = 3;

  private static final Logger LOG = Logger.getLogger(DockerWatch.class.getName());

  private final DockerClient docker;
  private final String group;
  private final GroupOwner owner;
  private final ReplicaPool.Watcher watcher;
  private final Set<String> told = ConcurrentHashMap.newKeySet();
  private final Thread thread = new Thread(this::follow, "docker-watch");
  private volatile boolean closed;
  private boolean away;

  private DockerWatch(
      DockerClient docker, String group, GroupOwner owner, ReplicaPool.Watcher watcher) {
    this.docker = docker;
    this.group = group;
    this.owner = owner;
    this.watcher = watcher;
  }

  static DockerWatch start(
      DockerClient docker, String group, GroupOwner owner, ReplicaPool.Watcher watcher) {
    DockerWatch watch = new DockerWatch(docker, group, owner, watcher);
    watch.thread.setDaemon(true);
    watch.thread.start();
    return watch;
  }

  private void follow() {
    try {
      while (!closed) {
        try (EngineEvents events = new EngineEvents(this::tell)) {
          docker
              .eventsCmd()
              .withEventTypeFilter(EventType.CONTAINER)
              .withLabelFilter(Map.of(DockerEngine.GROUP_LABEL, group))
              .exec(events);
          do {
            look();
          } while (!events.haveEnded(BETWEEN_LOOKS));
        } catch (IOException | RuntimeException e) {
          lost(e);
          TimeUnit.NANOSECONDS.sleep(BETWEEN_LOOKS.toNanos());
        }
      }
    } catch (InterruptedException e) {
      LOG.log(Level.FINE, "closed"); // by whom the thread is interrupted
    }
  }

  private void look() {
    List<Container> running = docker
        .listContainersCmd()
        .withLabelFilter(Map.of(DockerEngine.GROUP_LABEL, group))
        .exec();
    if (away) {
      LOG.log(Level.INFO, "the Docker engine is back");
      away = false;
    }
    watcher.running(running.stream().map(DockerEngine::name).collect(Collectors.toSet()));
    running.stream()
        .filter(container -> container.getStatus().endsWith(UNHEALTHY))
        .forEach(container -> killIfSick(DockerEngine.name(container), container.getId()));
  }

  private void lost(Exception e) {
    if (!away && !closed) {
      LOG.log(
          Level.WARNING,
          "{0}; until it is back nothing is replaced",
          DockerEngine.failure(e).getMessage());
      away = true;
    }
  }

  private void tell(Event event) {
    Map<String, String> attributes =
        event.getActor() == null ? Map.of() : event.getActor().getAttributes();
    String name = attributes == null ? null : attributes.get(DockerEngine.NAME_LABEL);
    if (name == null || event.getAction() == null || closed) {
      return;
    }
    switch (event.getAction()) {
      case "die" -> {
        LOG.log(Level.INFO, "{0} died with exit code {1}", new Object[] {
          name, attributes.get("exitCode")
        });
        watcher.died(name);
      }
      case "oom" -> LOG.log(Level.WARNING, "{0} wants more memory than it may have", name);
      case "start" -> tellOther(name, attributes.get(DockerEngine.BALANCER_LABEL));
      case "pause" -> watcher.stalled(name);
      case "health_status: unhealthy" ->
        killIfSick(name, String.valueOf(event.getActor().getId()));
      default -> LOG.log(Level.FINE, "{0}: {1}", new Object[] {name, event.getAction()});
    }
  }

  /** Two that start at once do not see each other before. */
  private void tellOther(String name, @Nullable String balancer) {
    if (balancer != null && owner.isAnother(balancer) && told.add(balancer)) {
      LOG.log(
          Level.WARNING,
          "{0} was started by another balancer of the group {1}, at {2}, and each undoes what the"
              + " other does: have both in one --cluster, or take another --docker-group",
          new Object[] {name, group, balancer});
    }
  }

  /** What has not answered for so long will not: its death is seen here in turn. */
  private void killIfSick(String name, String id) {
    try {
      if (isSick(docker.inspectContainerCmd(id).exec())) {
        LOG.log(Level.WARNING, "{0} is found unhealthy by the Docker engine, and killed", name);
        docker.killContainerCmd(id).exec();
      }
    } catch (NotFoundException | ConflictException e) {
      LOG.log(Level.FINE, "{0} has ended already", name);
    }
  }

  /**
   * True if as many checks failed in a row as the image allows. The status alone does not say so: a
   * container that was paused is unhealthy to the engine until its next check passes.
   */
  private static boolean isSick(InspectContainerResponse container) {
    HealthState health = container.getState().getHealth();
    HealthCheck check = container.getConfig().getHealthcheck();
    if (health == null || health.getFailingStreak() == null || check == null) {
      return false;
    }
    Integer retries = check.getRetries();
    return health.getFailingStreak()
        >= (retries == null || retries == 0 ? DEFAULT_RETRIES : retries);
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
