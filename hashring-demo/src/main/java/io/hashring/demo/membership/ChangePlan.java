package io.hashring.demo.membership;

import io.hashring.demo.cluster.Member;
import io.hashring.demo.replica.RefusedException;
import io.hashring.demo.replica.ReplicaPool;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Who joins or leaves when somebody asks for it: checks the request against the members.
 *
 * @param members on the ring
 * @param listed all that the cluster knows, those included that are leaving
 */
record ChangePlan(Members members, List<Member> listed, ReplicaPool pool) {

  /** The names of the replicas to start. */
  List<String> joining(MembershipRequest request) {
    Set<String> taken = new LinkedHashSet<>(listed.stream().map(Member::name).toList());
    for (String name : request.named()) {
      if (members.named(name).isPresent()) {
        throw RefusedException.conflict("hostnames must be new, but this one is taken: " + name);
      }
      if (taken.contains(name)) {
        throw RefusedException.conflict(
            "hostnames must be new, but this one still has requests to end: " + name);
      }
    }
    int size = members.size();
    if (request.n() > ReplicaPool.MAX_REPLICAS - size) {
      throw RefusedException.invalid("n must leave at most " + ReplicaPool.MAX_REPLICAS
          + " replicas, " + size + " run already: " + request.n());
    }
    List<String> names = firstN(
        request.n(),
        Stream.concat(
            request.named().stream(), pool.names().filter(name -> !taken.contains(name))));
    if (names.size() < request.n()) {
      throw RefusedException.invalid(
          "n must be at most " + names.size() + ", no more replicas are known: " + request.n());
    }
    return names;
  }

  /** The names of the replicas to take off the ring. */
  List<String> leaving(MembershipRequest request) {
    if (request.n() > members.size()) {
      throw RefusedException.invalid(
          "n must be at most " + members.size() + ", the replicas there are: " + request.n());
    }
    for (String name : request.named()) {
      if (members.named(name).isEmpty()) {
        throw RefusedException.invalid("hostnames must be among " + members.names() + ": " + name);
      }
    }
    List<String> newestFirst = new ArrayList<>(members.names());
    Collections.reverse(newestFirst);
    return firstN(request.n(), Stream.concat(request.named().stream(), newestFirst.stream()));
  }

  /** Distinct before limit: a name given and met again among the others counts once. */
  private static List<String> firstN(int n, Stream<String> candidates) {
    return candidates.distinct().limit(n).toList();
  }
}
