package io.hashring.demo;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A balancer by itself, whose list of members ends with it. */
final class ClusterOfOne implements Cluster {

  private List<Member> members = List.of();
  private long revision;
  private @Nullable Membership membership;
  private volatile long settled;

  @Override
  public String self() {
    return "self";
  }

  @Override
  public synchronized void join(Membership membership) {
    this.membership = membership;
  }

  @Override
  public synchronized void change(Edit edit) throws Exception {
    members = List.copyOf(edit.apply(members));
    revision++;
    requireNonNull(membership).follow(members, revision);
  }

  @Override
  public boolean leads() {
    return true;
  }

  @Override
  public Set<String> balancers() {
    return Set.of(self());
  }

  @Override
  public void settle(long revision) {
    settled = revision;
  }

  @Override
  public long settled() {
    return settled;
  }

  @Override
  public void leave() {
    // nobody is told
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
