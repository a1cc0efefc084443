package io.hashring.demo.cluster;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A balancer by itself, whose list of members ends with it. */
final class ClusterOfOne implements Cluster {

  private final String self = UUID.randomUUID().toString();
  private List<Member> members = List.of();
  private long revision;
  private @Nullable Listener listener;
  private volatile Acknowledgement acknowledged = Acknowledgement.NONE;

  @Override
  public String self() {
    return self;
  }

  @Override
  public void describe(String address, Map<String, String> settings) {
    // nobody asks
  }

  @Override
  public List<Peer> peers() {
    return List.of();
  }

  @Override
  public synchronized void join(Listener listener) {
    this.listener = listener;
  }

  @Override
  public synchronized void change(Edit edit) throws Exception {
    List<Member> next = List.copyOf(edit.apply(members));
    if (!next.equals(members)) {
      members = next;
      revision++;
      requireNonNull(listener).onRevision(members, revision);
    }
  }

  @Override
  public boolean isLeader() {
    return true;
  }

  @Override
  public Set<String> balancers() {
    return Set.of(self());
  }

  @Override
  public void acknowledge(long revision, Set<String> draining) {
    acknowledged = new Acknowledgement(revision, draining);
  }

  @Override
  public boolean isReleased(String name, long revision) {
    return acknowledged.releases(name, revision);
  }

  @Override
  public void leave() {
    // nobody is told
  }

  @Override
  public boolean isConnected() {
    return true;
  }

  @Override
  public boolean hasOthers() {
    return false;
  }

  @Override
  public void close() {
    // holds nothing
  }
}
