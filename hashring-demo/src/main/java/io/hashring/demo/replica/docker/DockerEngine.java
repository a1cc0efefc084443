package io.hashring.demo.replica.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Version;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.core.RemoteApiVersion;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import io.hashring.demo.replica.ReplicaException;
import io.hashring.demo.replica.ReplicaSpec;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The way to the Docker engine, and what its refusals mean. */
public final class DockerEngine {

  public static final String GROUP_LABEL = "io.hashring.group";
  public static final String NAME_LABEL = "io.hashring.replica";
  public static final String BALANCER_LABEL = "io.hashring.balancer";
  public static final String WEIGHT_LABEL = "io.hashring.weight";

  private static final Logger LOG = Logger.getLogger(DockerEngine.class.getName());

  /** The newest version of the API that the client was written for. */
  private static final RemoteApiVersion NEWEST = RemoteApiVersion.VERSION_1_44;

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** Longer than any call takes; it also ends a stream of events in which nothing happens. */
  private static final Duration RESPONSE_TIMEOUT = Duration.ofMinutes(1);

  private DockerEngine() {}

  /**
   * A client of the engine that DOCKER_HOST and its like name, or else of this machine's, which
   * speaks a version of the API that both know.
   */
  public static DockerClient connect() throws ReplicaException {
    DefaultDockerClientConfig.Builder config =
        DefaultDockerClientConfig.createDefaultConfigBuilder();
    try (DockerClient first = client(config.build())) {
      RemoteApiVersion version = negotiate(first.versionCmd().exec());
      return client(config.withApiVersion(version).build());
    } catch (IOException | RuntimeException e) {
      throw failure(e);
    }
  }

  private static DockerClient client(DockerClientConfig config) {
    return DockerClientImpl.getInstance(
        config,
        new ZerodepDockerHttpClient.Builder()
            .dockerHost(config.getDockerHost())
            .sslConfig(config.getSSLConfig())
            .connectionTimeout(CONNECT_TIMEOUT)
            .responseTimeout(RESPONSE_TIMEOUT)
            .build());
  }

  /** The newest version that both know; where the engine has left ours behind, its oldest. */
  static RemoteApiVersion negotiate(Version engine) {
    RemoteApiVersion newest = RemoteApiVersion.parseConfig(engine.getApiVersion());
    if (!newest.isGreaterOrEqual(NEWEST)) {
      return newest;
    }
    RemoteApiVersion oldest = RemoteApiVersion.parseConfig(engine.getMinAPIVersion());
    return oldest.isGreaterOrEqual(NEWEST) ? oldest : NEWEST;
  }

  /** The name of the replica in this container; empty if nobody gave it one. */
  static String name(Container container) {
    return container.getLabels().getOrDefault(NAME_LABEL, "");
  }

  /** The weight that the container was started with, or that somebody labelled it with. */
  static double weight(Container container) {
    return weight(name(container), container.getLabels());
  }

  /** The weight that labels give a replica; 1 if they give none. */
  public static double weight(String name, Map<String, String> labels) {
    String label = labels.get(WEIGHT_LABEL);
    if (label == null) {
      return 1;
    }
    try {
      double weight = Double.parseDouble(label);
      if (ReplicaSpec.isWeight(weight)) {
        return weight;
      }
    } catch (NumberFormatException e) {
      // told like any other that is no weight
    }
    LOG.log(Level.WARNING, "{0}: the label {1} {2}, and counts as 1: {3}", new Object[] {
      name, WEIGHT_LABEL, ReplicaSpec.WEIGHT_RULE, label
    });
    return 1;
  }

  /** What went wrong, in words for somebody who knows docker and not this program. */
  public static ReplicaException failure(Exception e) {
    if (e instanceof DockerException refusal) {
      return new ReplicaException("the Docker engine refused: " + reason(refusal), e);
    }
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return new ReplicaException("the Docker engine does not answer: " + cause.getMessage(), e);
  }

  /** The engine sends its reason as JSON, and the client puts the status before it. */
  public static String reason(DockerException e) {
    String message = String.valueOf(e.getMessage());
    try {
      String json = message.substring(Math.max(0, message.indexOf('{')));
      return new JsonObject(json).getString("message", message).strip();
    } catch (DecodeException notJson) {
      return message.strip();
    }
  }
}
