package io.hashring.demo.cluster;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The balancers that have the same members. It keeps the list of these, of which every change is a
 * revision, and tells the {@link Listener} of each balancer the newest revision. Methods are safe
 * to be called by any thread.
 */
public interface Cluster extends AutoCloseable {

  /** What shall become of the list of members. */
  @FunctionalInterface
  interface Edit {
    List<Member> apply(List<Member> members) throws Exception;
  }

  /** The members cannot be changed now, because other balancers could not be told. */
  final class UnreachableException extends Exception {
    private static final long serialVersionUID = 1L;

    UnreachableException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The members were not changed, because another balancer changes them. */
  final class ConflictException extends Exception {
    private static final long serialVersionUID = 1L;

    ConflictException(String message) {
      super(message);
    }
  }

  /** What the cluster tells a balancer. */
  interface Listener {

    /** These are the members now. */
    void onRevision(List<Member> members, long revision);

    /** Something happened, so that there may be something to do. */
    void wake();
  }

  /**
   * Another balancer.
   *
   * @param address where it listens, as it says
   * @param leads whether it says that it leads
   * @param differsIn the settings that should be equal to this balancer's, and are not
   */
  record Peer(String id, String address, boolean leads, List<String> differsIn) {}

  /** A cluster of one balancer. */
  static Cluster ofOne() {
    return new ClusterOfOne();
  }

  /** What this balancer is known by. */
  String self();

  /**
   * What the others are to know of this balancer; to be called before it takes part.
   *
   * @param address where it listens
   * @param settings that should be equal in the whole cluster
   */
  void describe(String address, Map<String, String> settings);

  /** The other balancers that take part, as far as is known. */
  List<Peer> peers();

  /**
   * Begins to take part.
   *
   * @param listener is told every revision that is the newest for some time, in order
   */
  void join(Listener listener) throws Exception;

  /**
   * Changes the list, as the only one to do so anywhere. The listener is told what others made of
   * the list before the edit is asked, and the result of the edit before this returns.
   *
   * @throws UnreachableException if the others cannot be told
   * @throws ConflictException if another balancer does not let this one change the list
   * @throws Exception what the edit throws; the list is then as it was
   */
  void change(Edit edit) throws Exception;

  /** Whether this balancer is the one to look after what has no living balancer of its own. */
  boolean isLeader();

  /** The balancers that take part now. */
  Set<String> balancers() throws Exception;

  /**
   * Tells all that this balancer sends no requests any more to what left up to this revision.
   *
   * @param draining the names among it that still have requests of this balancer under way
   */
  void acknowledge(long revision, Set<String> draining);

  /** Whether nobody sends requests to what left with this name and up to this revision. */
  boolean isReleased(String name, long revision);

  /** Ends taking part, but goes on following; others may now take over what this one hosts. */
  void leave();

  /** Whether the list can be read and changed at the moment, as far as is known. */
  boolean isConnected();

  /** Whether other balancers take part, as far as is known. */
  boolean hasOthers();

  @Override
  void close();
}
