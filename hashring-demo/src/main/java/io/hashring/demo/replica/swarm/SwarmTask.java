package io.hashring.demo.replica.swarm;

import com.github.dockerjava.api.model.Task;
import com.github.dockerjava.api.model.TaskState;
import com.github.dockerjava.api.model.TaskStatus;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the swarm says of one task.
 *
 * @param slot of its service; 0 where there is one task per node
 * @param desired what the swarm wants it to be; one that it has given up is to be shut down, though
 *     it may run on, on a host that was cut off
 * @param created by whose order in text the later is the greater
 * @param error why it is not what it is to be, in the swarm's words; empty if it says nothing
 * @param node that it was given to, by id; null if to none
 * @param address on the network that was asked for; null as long as it has none
 */
record SwarmTask(
    String service,
    int slot,
    TaskState desired,
    TaskState state,
    String created,
    String error,
    @Nullable String node,
    @Nullable String address) {

  /** A task is starting to the swarm until the health check of its image has passed once. */
  private static final Set<TaskState> MAY_ANSWER = Set.of(TaskState.STARTING, TaskState.RUNNING);

  private static final Set<TaskState> REFUSED =
      Set.of(TaskState.REJECTED, TaskState.FAILED, TaskState.COMPLETE);

  static SwarmTask of(Task task, String network) {
    TaskStatus status = task.getStatus();
    return new SwarmTask(
        task.getServiceId(),
        task.getSlot() == null ? 0 : task.getSlot(),
        task.getDesiredState(),
        status.getState(),
        task.getCreatedAt(),
        status.getErr() == null ? "" : status.getErr(),
        task.getNodeId() == null || task.getNodeId().isEmpty() ? null : task.getNodeId(),
        address(task.getRawValues().get("NetworksAttachments"), network));
  }

  /** The client's model of a task leaves its networks out, but keeps them as they came. */
  private static @Nullable String address(@Nullable Object attachments, String network) {
    if (!(attachments instanceof List<?> list)) {
      return null;
    }
    for (Object one : list) {
      if (one instanceof Map<?, ?> attachment
          && attachment.get("Network") instanceof Map<?, ?> of
          && network.equals(of.get("ID"))
          && attachment.get("Addresses") instanceof List<?> addresses
          && !addresses.isEmpty()) {
        String address = String.valueOf(addresses.get(0));
        int slash = address.indexOf('/');
        return slash < 0 ? address : address.substring(0, slash);
      }
    }
    return null;
  }

  /** Whether the swarm has not given it up. */
  boolean isWanted() {
    return desired == TaskState.RUNNING || desired == TaskState.READY;
  }

  private boolean mayAnswer() {
    return desired == TaskState.RUNNING && MAY_ANSWER.contains(state) && address != null;
  }

  boolean isRunning() {
    return state == TaskState.RUNNING;
  }

  boolean isPendingFor(String reason) {
    return state == TaskState.PENDING && error.contains(reason);
  }

  boolean hasEnded() {
    return REFUSED.contains(state);
  }

  /**
   * The one of these, all of one slot, to send requests to: where an update starts the new before
   * it stops the old there are two, and the old is left when the new runs.
   */
  static Optional<SwarmTask> current(Collection<SwarmTask> tasks) {
    return tasks.stream()
        .filter(SwarmTask::mayAnswer)
        .max(Comparator.comparing(SwarmTask::isRunning).thenComparing(SwarmTask::created));
  }
}
