package io.hashring.demo.membership;

import io.hashring.demo.cluster.Member;
import io.hashring.demo.replica.RefusedException;
import io.hashring.demo.replica.ReplicaPool;
import io.hashring.demo.replica.ReplicaSpec;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who joins or leaves when somebody asks for it: checks the request against the members.
 *
 * @param members on the ring
 * @param listed all that the cluster knows, those included that are leaving
 * @param points for a weight of 1
 */
record ChangePlan(Members members, List<Member> listed, ReplicaPool pool, int points) {

  private static final Logger LOG = Logger.getLogger(ChangePlan.class.getName());

  /** A ring of that many points takes some hundred megabytes, and a second or so to make. */
  private static final long MOST_POINTS = 8_000_000;

  /** The replicas to start or to take, each with its weight. */
  List<ReplicaSpec> joining(MembershipRequest request) throws Exception {
    List<String> names = namesOfJoining(request);
    for (String name : request.weights().keySet()) {
      if (!names.contains(name)) {
        throw RefusedException.invalid(
            "weights must be of replicas that are added, " + names + ": " + name);
      }
    }
    List<ReplicaSpec> joining = weighed(names.stream().map(request::spec).toList());
    checkPoints(listed, joining);
    return joining;
  }

  /** Each with its weight, which somebody said, or the pool knows. */
  private List<ReplicaSpec> weighed(List<ReplicaSpec> asked) throws Exception {
    List<ReplicaSpec> weighed = new ArrayList<>();
    for (ReplicaSpec spec : asked) {
      double weight = spec.weight() == null ? pool.weight(spec.name()) : spec.weight();
      checkWeight(spec.name(), weight);
      weighed.add(new ReplicaSpec(spec.name(), spec.address(), weight));
    }
    return weighed;
  }

  /** The replicas that an edit, of which all is checked, starts or takes, with their weights. */
  List<ReplicaSpec> joining(MembershipEdit edit) throws Exception {
    checkNew("names to add", edit.add().stream().map(ReplicaSpec::name).toList());
    checkRoom("add", edit.add().size());
    edit.remove().forEach(this::checkKnown);
    edit.weights().forEach((name, weight) -> {
      checkKnown(name);
      checkWeight(name, weight);
    });
    List<ReplicaSpec> joining = weighed(edit.add());
    for (ReplicaSpec spec : joining) {
      pool.check(spec);
    }
    checkPoints(staying(edit), joining);
    return joining;
  }

  /** The members that are there, as the edit leaves them. */
  List<Member> staying(MembershipEdit edit) {
    return listed.stream()
        .map(member -> member.leaving() ? member : edited(member, edit))
        .toList();
  }

  private static Member edited(Member member, MembershipEdit edit) {
    Double weight = edit.weights().get(member.name());
    if (edit.remove().contains(member.name())) {
      return member.leaves();
    }
    return weight == null ? member : member.weighing(weight);
  }

  private void checkKnown(String name) {
    if (members.named(name).isEmpty()) {
      throw RefusedException.unknown(
          "there is no replica of this name, but " + members.names() + ": " + name);
    }
  }

  /** Whoever starts with a list means it: its addresses count from now on, in the whole cluster. */
  List<Member> asListed() throws Exception {
    Map<String, SocketAddress> addresses = new HashMap<>();
    for (ReplicaSpec spec : pool.listed()) {
      Optional<Member> known = listed.stream()
          .filter(m -> m.name().equals(spec.name()) && !m.leaving())
          .findFirst();
      if (known.isPresent()) {
        addresses.put(spec.name(), pool.start(spec.name(), known.get().weight()));
        tellDifferences(known.get(), spec);
      } else {
        LOG.log(
            Level.WARNING,
            "{0} is listed in --replicas, but no member of the cluster: POST /add makes it one",
            spec.name());
      }
    }
    return listed.stream()
        .map(m -> m.leaving() ? m : m.at(addresses.getOrDefault(m.name(), m.address())))
        .toList();
  }

  private static void tellDifferences(Member known, ReplicaSpec spec) {
    if (!known.address().equals(spec.address())) {
      LOG.log(
          Level.WARNING,
          "{0} is at {1} from now on, as listed in --replicas, and no more at {2}",
          new Object[] {known.name(), spec.address(), known.address()});
    }
    if (spec.weight() != null && spec.weight() != known.weight()) {
      LOG.log(
          Level.WARNING,
          "{0} keeps the weight {1} of the cluster, though --replicas lists {2}: PATCH changes it",
          new Object[] {known.name(), known.weight(), spec.weight()});
    }
  }

  private void checkWeight(String name, double weight) {
    if (!ReplicaSpec.isWeight(weight)) {
      throw RefusedException.invalid(
          "the weight of " + name + " " + ReplicaSpec.WEIGHT_RULE + ": " + weight);
    }
    if (weight > 0 && Math.round(weight * points) == 0) {
      throw RefusedException.invalid("the weight of " + name + " must be worth a point, of which"
          + " there are " + points + " for 1 (--points): " + weight);
    }
  }

  private void checkPoints(List<Member> staying, List<ReplicaSpec> joining) {
    double sum = Stream.concat(
            staying.stream().filter(m -> !m.leaving()).map(Member::weight),
            joining.stream().map(ReplicaSpec::weight))
        .mapToDouble(weight -> weight * points)
        .sum();
    if (sum > MOST_POINTS) {
      throw RefusedException.invalid(
          "all weights times --points must be at most " + MOST_POINTS + ": " + Math.round(sum));
    }
  }

  private List<String> namesOfJoining(MembershipRequest request) {
    checkNew("hostnames", request.names());
    checkRoom("n", request.n());
    Set<String> taken = taken();
    List<String> names = firstN(
        request.n(),
        Stream.concat(
            request.names().stream(), pool.names().filter(name -> !taken.contains(name))));
    if (names.size() < request.n()) {
      throw RefusedException.invalid(
          "n must be at most " + names.size() + ", no more replicas are known: " + request.n());
    }
    return names;
  }

  private Set<String> taken() {
    return listed.stream().map(Member::name).collect(Collectors.toSet());
  }

  /** @param what the names are called where they are asked for */
  private void checkNew(String what, List<String> names) {
    Set<String> taken = taken();
    for (String name : names) {
      if (members.named(name).isPresent()) {
        throw RefusedException.conflict(what + " must be new, but this one is taken: " + name);
      }
      if (taken.contains(name)) {
        throw RefusedException.conflict(
            what + " must be new, but this one still has requests to end: " + name);
      }
    }
  }

  private void checkRoom(String what, int n) {
    int size = members.size();
    if (n > ReplicaPool.MAX_REPLICAS - size) {
      throw RefusedException.invalid(what + " must leave at most " + ReplicaPool.MAX_REPLICAS
          + " replicas, " + size + " run already: " + n);
    }
  }

  /** The names of the replicas to take off the ring. */
  List<String> leaving(MembershipRequest request) {
    if (request.n() > members.size()) {
      throw RefusedException.invalid(
          "n must be at most " + members.size() + ", the replicas there are: " + request.n());
    }
    for (String name : request.names()) {
      if (members.named(name).isEmpty()) {
        throw RefusedException.invalid("hostnames must be among " + members.names() + ": " + name);
      }
    }
    List<String> newestFirst = new ArrayList<>(members.names());
    Collections.reverse(newestFirst);
    return firstN(request.n(), Stream.concat(request.names().stream(), newestFirst.stream()));
  }

  /** Distinct before limit: a name given and met again among the others counts once. */
  private static List<String> firstN(int n, Stream<String> candidates) {
    return candidates.distinct().limit(n).toList();
  }
}
