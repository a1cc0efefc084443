package io.hashring.demo.replica.docker;

import io.hashring.demo.replica.ReplicaException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who looks after a group of containers, or of services: one balancer, or those of one cluster. Two
 * that do not know of each other start what the other has stopped, and stop what the other uses. So
 * each container and each service has the address of a balancer as a label, and whoever comes later
 * asks there.
 */
public final class GroupOwner {

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** A balancer says who it is in far less. */
  private static final long MOST_BYTES = 1 << 14;

  private static final String ID = "id";
  private static final String CLUSTER = "cluster";

  private final String kind;
  private final String group;
  private final String id;
  private final @Nullable String cluster;
  private final UnaryOperator<String> live;

  /** Who answers at an address. */
  public enum Answer {
    /** None that looks after this group. */
    NOBODY,
    /** This balancer, or one of its cluster. */
    OURS,
    ANOTHER
  }

  /**
   * This balancer.
   *
   * @param kind what the group consists of, such as {@code containers}
   * @param id of this process
   * @param cluster whose balancers share the group; null if there is none
   * @param live the URL where this balancer says who it is, once it listens, for somebody who
   *     reaches it under that name or address
   */
  public GroupOwner(
      String kind, String group, String id, @Nullable String cluster, UnaryOperator<String> live) {
    this.kind = kind;
    this.group = group;
    this.id = id;
    this.cluster = cluster;
    this.live = live;
  }

  /** What this balancer says of itself there. */
  public Map<String, String> identity() {
    Map<String, String> identity = new LinkedHashMap<>();
    identity.put(ID, id);
    identity.put(kind, group);
    if (cluster != null) {
      identity.put(CLUSTER, cluster);
    }
    return identity;
  }

  /** For what this balancer looks after, where others reach it as that host. */
  public String label(String host) {
    return live.apply(host);
  }

  /**
   * Of labels, those that name a balancer.
   *
   * @throws ReplicaException if another that lives is named
   */
  public void checkAlone(Stream<Map<String, String>> labels) throws ReplicaException {
    Optional<String> other = labels
        .flatMap(some -> Stream.ofNullable(some.get(DockerEngine.BALANCER_LABEL)))
        .distinct()
        .filter(this::isAnother)
        .findFirst();
    if (other.isPresent()) {
      throw refusal(other.get());
    }
  }

  /** What whoever comes second is told. */
  public ReplicaException refusal(String other) {
    return new ReplicaException("the " + kind + " of the group " + group
        + " are those of the balancer that lives at " + other
        + ": have both in one --cluster, or take another --docker-group");
  }

  /** Whether a balancer lives there that looks after this group, and is none of ours. */
  boolean isAnother(String url) {
    return ask(url) == Answer.ANOTHER;
  }

  /**
   * Who answers there, for which it has a second. That may be anybody by now, for addresses of
   * containers are given again; so neither an answer without an end nor a long one does harm.
   */
  public Answer ask(String url) {
    CompletableFuture<HttpResponse<String>> answer = null;
    try {
      answer = HttpClient.newBuilder()
          .connectTimeout(PATIENCE)
          .build()
          .sendAsync(HttpRequest.newBuilder(URI.create(url)).build(), GroupOwner::shortBody);
      return whose(
          new JsonObject(answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS).body()));
    } catch (ExecutionException
        | TimeoutException
        | IllegalArgumentException
        | DecodeException
        | ClassCastException e) {
      return Answer.NOBODY; // or somebody else
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Answer.NOBODY;
    } finally {
      if (answer != null) {
        answer.cancel(true); // no effect on one that is there
      }
    }
  }

  private static BodySubscriber<String> shortBody(ResponseInfo head) {
    long length = head.headers().firstValueAsLong("content-length").orElse(Long.MAX_VALUE);
    return length <= MOST_BYTES
        ? BodySubscribers.ofString(StandardCharsets.UTF_8)
        : BodySubscribers.replacing("");
  }

  private Answer whose(JsonObject theirs) {
    if (!group.equals(theirs.getString(kind))) {
      return Answer.NOBODY;
    }
    boolean same = id.equals(theirs.getString(ID));
    boolean shared = cluster != null && Objects.equals(cluster, theirs.getString(CLUSTER));
    return same || shared ? Answer.OURS : Answer.ANOTHER;
  }
}
