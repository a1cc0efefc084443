package io.hashring.demo.replica.docker;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How replicas run in containers.
 *
 * @param image of the replicas, there already
 * @param group what the containers are labelled with, and their names begin with
 * @param network to reach the containers on by name; null to publish their ports on 127.0.0.1
 * @param ports to publish on, as {@code FIRST-LAST}; empty for any
 * @param memory of each container, in megabytes
 * @param keep whether the containers outlive the pool
 * @param startTimeout how long a new container may take to answer {@code /heartbeat}
 */
public record DockerSettings(
    String image,
    String group,
    @Nullable String network,
    String ports,
    long memory,
    boolean keep,
    Duration startTimeout) {}
