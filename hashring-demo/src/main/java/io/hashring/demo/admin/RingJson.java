package io.hashring.demo.admin;

import com.google.common.base.Ascii;
import io.hashring.HashRing;
import io.hashring.Ownership;
import io.hashring.demo.cluster.Cluster;
import io.hashring.demo.cluster.Cluster.Peer;
import io.hashring.demo.cluster.Member;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.membership.Health;
import io.hashring.demo.membership.Members;
import io.hashring.demo.membership.Membership;
import io.hashring.demo.membership.RingChange;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Collectors;

/** What an operator sees: the ring and its nodes, who balances, and by which settings. */
public final class RingJson {

  private final Membership membership;
  private final Cluster cluster;
  private final JsonObject settings = new JsonObject();

  /** @param settings in force, without secrets */
  public RingJson(Membership membership, Cluster cluster, Map<String, String> settings) {
    this.membership = membership;
    this.cluster = cluster;
    settings.forEach(this.settings::put);
  }

  JsonObject json() {
    Members members = membership.current();
    HashRing<Backend> ring = members.ring();
    Ownership<Backend> ownership = ring.ownership();
    Map<String, Double> weights = membership.list().stream()
        .filter(member -> !member.leaving())
        .collect(Collectors.toMap(Member::name, Member::weight));
    RingChange last = members.lastChange();
    JsonArray nodes = new JsonArray();
    for (Backend backend : ring.nodes()) {
      double now = ring.weight(backend);
      nodes.add(node(backend)
          .put("weight", weights.getOrDefault(backend.name(), now))
          .put("weightNow", now)
          .put("share", ownership.share(backend)));
    }
    return new JsonObject()
        .put("checksum", checksum(ring))
        .put("placement", ring.placement().definition())
        .put("probes", ring.probes())
        .put("version", members.version())
        .put("points", ring.points().size())
        .put("nodes", nodes)
        .put("draining", draining())
        .put("cluster", cluster())
        .put("lastChange", last == null ? null : ChangesJson.of(last))
        .put("settings", settings);
  }

  /** All 64 bits, which a number of JSON or Prometheus could not hold. */
  public static String checksum(HashRing<Backend> ring) {
    return HexFormat.of().toHexDigits(ring.checksum());
  }

  private static JsonObject node(Backend backend) {
    Health health = backend.health();
    Health.Status status = health.status();
    JsonObject node = new JsonObject()
        .put("name", backend.name())
        .put("address", backend.address().toString())
        .put("connectsTo", backend.resolved().toString())
        .put("up", backend.isEligible())
        .put("state", Ascii.toLowerCase(status.state().name()))
        .put("reason", status.reason())
        .put("since", status.since().toString())
        .put("ejections", health.ejections())
        .put("inFlight", backend.requests().count());
    Health.Failure failure = health.lastFailure();
    return node.put(
        "lastError",
        failure == null
            ? null
            : new JsonObject().put("at", failure.at().toString()).put("what", failure.what()));
  }

  private JsonArray draining() {
    JsonArray draining = new JsonArray();
    membership
        .draining()
        .forEach((backend, since) -> draining.add(new JsonObject()
            .put("name", backend.name())
            .put("address", backend.address().toString())
            .put("since", since.toString())
            .put("inFlight", backend.requests().count())));
    return draining;
  }

  private JsonObject cluster() {
    JsonArray peers = new JsonArray();
    for (Peer peer : cluster.peers()) {
      peers.add(new JsonObject()
          .put("id", peer.id())
          .put("address", peer.address())
          .put("leads", peer.leads())
          .put("differsIn", new JsonArray(peer.differsIn())));
    }
    return new JsonObject()
        .put("self", cluster.self())
        .put("leads", cluster.isLeader())
        .put("connected", cluster.isConnected())
        .put("peers", peers);
  }
}
