package io.hashring.demo.replica.docker;

import com.github.dockerjava.api.model.Container;
import io.hashring.demo.replica.ReplicaException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who looks after a group of containers: one balancer, or those of one cluster. Two that do not
 * know of each other start what the other has stopped, and stop what the other uses. So each
 * container has the address of the balancer that started it as a label, and whoever comes later
 * asks there.
 */
public final class GroupOwner {

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private static final String ID = "id";
  private static final String GROUP = "containers";
  private static final String CLUSTER = "cluster";

  private final String group;
  private final String id;
  private final @Nullable String cluster;
  private final Supplier<String> live;

  /**
   * This balancer.
   *
   * @param id of this process
   * @param cluster whose balancers share the containers; null if there is none
   * @param live where this balancer says who it is, once it listens
   */
  public GroupOwner(String group, String id, @Nullable String cluster, Supplier<String> live) {
    this.group = group;
    this.id = id;
    this.cluster = cluster;
    this.live = live;
  }

  /** What this balancer says of itself there. */
  public Map<String, String> identity() {
    Map<String, String> identity = new LinkedHashMap<>();
    identity.put(ID, id);
    identity.put(GROUP, group);
    if (cluster != null) {
      identity.put(CLUSTER, cluster);
    }
    return identity;
  }

  /** For each container that is started. */
  String label() {
    return live.get();
  }

  /** @throws ReplicaException if another balancer that lives has started one of these */
  void checkAlone(Collection<Container> containers) throws ReplicaException {
    Optional<String> other = containers.stream()
        .map(container -> container.getLabels().get(DockerEngine.BALANCER_LABEL))
        .flatMap(Stream::ofNullable)
        .distinct()
        .filter(this::isAnother)
        .findFirst();
    if (other.isPresent()) {
      throw new ReplicaException("the containers of the group " + group
          + " are those of the balancer that lives at " + other.get()
          + ": have both in one --cluster, or take another --docker-group");
    }
  }

  /** Whether a balancer lives there that looks after this group, and is none of ours. */
  boolean isAnother(String url) {
    if (url.equals(label())) {
      return false;
    }
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build();
      HttpResponse<String> answer = HttpClient.newBuilder()
          .connectTimeout(PATIENCE)
          .build()
          .send(request, BodyHandlers.ofString());
      JsonObject theirs = new JsonObject(answer.body());
      return group.equals(theirs.getString(GROUP))
          && !id.equals(theirs.getString(ID))
          && (cluster == null || !Objects.equals(cluster, theirs.getString(CLUSTER)));
    } catch (IOException | IllegalArgumentException | DecodeException | ClassCastException e) {
      return false; // there is nobody, or somebody else
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
