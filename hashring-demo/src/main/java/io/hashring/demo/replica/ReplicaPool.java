package io.hashring.demo.replica;

import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where replicas come from. Calls may block; those that start and stop come from several threads. A
 * replica is known by its logical name; the address belongs to one start of it.
 */
public interface ReplicaPool extends AutoCloseable {

  /** Far above what one machine runs well; guards against a typo. */
  int MAX_REPLICAS = 256;

  /** Names for replicas that nobody named, best first; endless if the pool can make any number. */
  Stream<String> names();

  /** Names of replicas that an earlier process left to be taken over, oldest first. */
  default List<String> found() throws Exception {
    return List.of();
  }

  /**
   * Whether the balancers of a cluster share these replicas: each reaches, starts and stops the
   * same ones. Else they live in this process, and end with it.
   */
  default boolean isShared() {
    return false;
  }

  /**
   * To be asked before somebody adds or removes replicas.
   *
   * @throws RefusedException if which there are is decided elsewhere
   */
  default void checkChangeable() {}

  /** The replicas that somebody lists, with their addresses; none where they are started here. */
  default List<ReplicaSpec> listed() {
    return List.of();
  }

  /** The weight that the replica of that name has where nobody asks for another. */
  default double weight(String name) throws Exception {
    return 1;
  }

  /**
   * Starts the replica of that name and returns where it accepts connections; one that was found,
   * or runs already, stays as it is.
   *
   * @param weight to be found again with the replica, if this pool can keep it
   * @throws RefusedException if this pool can have no replica of that name
   */
  SocketAddress start(String name, double weight) throws Exception;

  /**
   * Takes a replica that runs at that address already.
   *
   * @throws RefusedException if this pool takes none
   */
  default SocketAddress admit(String name, SocketAddress address) throws Exception {
    throw RefusedException.invalid("hostnames must be names alone, for --replicas is not a list of"
        + " addresses: " + name + "=" + address);
  }

  /**
   * Looks whether a replica that somebody asks for could be had here, and starts nothing.
   *
   * @throws RefusedException as {@link #start} or {@link #admit} would
   */
  default void check(ReplicaSpec spec) throws Exception {
    if (spec.address() != null) {
      admit(spec.name(), spec.address());
    }
  }

  /** Whether a replica that runs, and cannot be reached, can be replaced by {@link #restart}. */
  default boolean canReplace() {
    return false;
  }

  /**
   * Ends the replica of that name, however it is, and starts it anew.
   *
   * @throws RefusedException if somebody keeps it from running on purpose
   */
  default SocketAddress restart(String name, double weight) throws Exception {
    stop(name);
    return start(name, weight);
  }

  /** Stops the replica of that name; no effect if it does not run. */
  void stop(String name) throws Exception;

  /**
   * From now on tells what becomes of replicas between their start and their stop. A pool whose
   * replicas live as long as this process has nothing to tell.
   */
  default void watch(Watcher watcher) {}

  /** Is told of replicas by their names, on a thread that it must not block. */
  interface Watcher {

    /** The replica has ended, and nobody of this process stopped it. */
    void died(String name);

    /** The replica is there but does not answer for now. */
    void stalled(String name);

    /** Now and then, for what went unseen: these run, and no others. */
    void running(Set<String> names);

    /**
     * Now and then, of replicas that others start, move and replace: these run, there, and no
     * others for now.
     */
    void placed(Map<String, SocketAddress> running);

    /** Now and then, where which there are is decided elsewhere: these are all, well or not. */
    void decided(Set<String> names);
  }

  /** Stops whatever this pool started or took over, and tells no more. */
  @Override
  void close();
}
