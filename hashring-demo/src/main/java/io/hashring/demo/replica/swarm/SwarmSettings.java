package io.hashring.demo.replica.swarm;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How replicas run as services of a swarm.
 *
 * @param image of the replicas, on every node that they may run on
 * @param group what the services are labelled with, and their names begin with
 * @param network of the swarm to reach tasks on; null for the only one that this balancer is on
 * @param memory that each task may have, in megabytes
 * @param constraints which nodes have to satisfy, as in {@code node.role==worker}
 * @param spread labels of nodes to spread over, as in {@code node.labels.zone}
 * @param keep whether the services outlive the pool
 * @param startTimeout how long a new task may take to answer {@code /heartbeat}
 */
public record SwarmSettings(
    String image,
    String group,
    @Nullable String network,
    long memory,
    List<String> constraints,
    List<String> spread,
    boolean keep,
    Duration startTimeout) {}
