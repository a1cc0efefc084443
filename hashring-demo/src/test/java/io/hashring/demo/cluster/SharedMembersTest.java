package io.hashring.demo.cluster;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.Balancer;
import io.hashring.demo.Logged;
import io.hashring.demo.Origin;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What balancers of one cluster know of each other's members and settings. */
final class SharedMembersTest {

  /** Held, for a logger that nobody holds forgets its level. */
  private static final Logger LIBRARY = Logger.getLogger("org.apache");

  private interface Opened extends AutoCloseable {
    @Override
    void close() throws IOException;
  }

  private final List<Opened> open = new ArrayList<>();
  private TestingServer zooKeeper;
  private Logged log;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    LIBRARY.setLevel(Level.OFF);
    zooKeeper =
        new TestingServer(new InstanceSpec(folder.toFile(), -1, -1, -1, false, -1, 500, -1), true);
    log = Logged.below("io.hashring.demo");
  }

  @AfterEach
  void stop() throws Exception {
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
    log.close();
    zooKeeper.close();
  }

  private Balancer balancer(String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(
        "--cluster",
        "zookeeper://127.0.0.1:" + zooKeeper.getPort() + "/c",
        "--cluster-timeout",
        "2s"));
    arguments.addAll(List.of(more));
    Balancer balancer = Balancer.start(arguments.toArray(String[]::new));
    open.add(balancer::close);
    return balancer;
  }

  private String origin(String answer) throws Exception {
    Origin origin = Origin.answering(
        "HTTP/1.1 200 OK\r\nContent-Length: " + answer.length() + "\r\n\r\n" + answer);
    open.add(origin::close);
    return "127.0.0.1:" + origin.port();
  }

  private static JsonObject ring(Balancer balancer) throws Exception {
    return new JsonObject(balancer.get("/_lb/ring").body());
  }

  private static double weight(Balancer balancer, String name) {
    return balancer
        .members()
        .named(name)
        .map(b -> balancer.members().ring().weight(b))
        .orElse(-1.0);
  }

  // B7

  @Test
  void listWithAnotherAddress_isTakenOver_byAllBalancers_andLogged() throws Exception {
    String old = origin("old");
    String moved = origin("new");
    String other = origin("other");
    Balancer first = balancer("--replicas", "app1=" + old + ",app2=" + other);
    long checksum = first.members().ring().checksum();
    Balancer second = balancer("--replicas", "app1=" + moved + ",app2=" + other);
    for (Balancer balancer : List.of(first, second)) {
      eventually("it goes where app1 is now", () -> {
        for (int i = 0; i < 20; i++) {
          if (balancer.get("/" + i).body().equals("old")) {
            return false;
          }
        }
        return true;
      });
      assertThat(balancer.members().ring().checksum()).as("no key moved").isEqualTo(checksum);
    }
    assertThat(log.lines("app1 is at"))
        .containsExactly(
            "app1 is at " + moved + " from now on, as listed in --replicas, and no more at " + old);
    second.close();
    first.close();
    Balancer third = balancer("--replicas", "app1=" + old + ",app2=" + other);
    assertThat(third.members().named("app1").orElseThrow().address().toString()).isEqualTo(old);
  }

  @Test
  void listWithOtherMembersAndWeights_isNotIgnored_butSaid() throws Exception {
    String one = origin("one");
    Balancer first = balancer("--replicas", "app1=" + one);
    first.call("PATCH", "/_lb/nodes/app1", "{\"weight\":3}");
    Balancer second = balancer("--replicas", "app1=" + one + "*2,app9=" + one);
    assertThat(weight(second, "app1"))
        .as("an operator's weight outlives a restart")
        .isEqualTo(3);
    assertThat(log.lines("app1 keeps the weight 3 of the cluster, though --replicas lists 2"))
        .hasSize(1);
    assertThat(log.lines("app9 is listed in --replicas, but no member")).hasSize(1);
  }

  // Weights

  @Test
  void weight_isThatOfTheCluster_whoeverIsTold() throws Exception {
    Balancer first = balancer("--count", "2");
    Balancer second = balancer();
    first.add("{\"hostnames\":[\"x\"],\"weight\":2.5}");
    eventually("both know", () -> weight(second, "x") == 2.5);
    second.call("PATCH", "/_lb/nodes/x", "{\"weight\":0}");
    eventually("both know", () -> weight(first, "x") == 0);
    assertThat(first.members().ring().checksum())
        .isEqualTo(second.members().ring().checksum());
    Balancer third = balancer();
    assertThat(weight(third, "x")).isZero();
  }

  /** The leader takes the steps, for all. */
  @Test
  void slowStart_isOneForAll_whoeverIsTold() throws Exception {
    Balancer first = balancer("--count", "2", "--slow-start", "900ms");
    Balancer second = balancer("--slow-start", "900ms");
    Set<Double> seenByFirst = new java.util.TreeSet<>();
    Set<Double> seenBySecond = new java.util.TreeSet<>();
    second.add("{\"hostnames\":[\"x\"]}");
    eventually("it has all its weight", () -> {
      seenByFirst.add(weight(first, "x"));
      seenBySecond.add(weight(second, "x"));
      return seenByFirst.contains(1.0) && seenBySecond.contains(1.0);
    });
    assertThat(seenBySecond).contains(0.1).hasSizeGreaterThan(4);
    assertThat(seenBySecond).containsAll(seenByFirst.stream().filter(w -> w > 0).toList());
    assertThat(first.members().ring().checksum())
        .isEqualTo(second.members().ring().checksum());
  }

  // B35: who leads, who else balances, and how

  @Test
  void ring_saysWhoElseBalances_whoLeads_andWhatDiffers() throws Exception {
    Balancer first = balancer("--count", "1", "--key", "header:X-User");
    Balancer second = balancer("--key", "header:X-Other", "--max-load", "1.5", "--access-log");
    eventually(
        "each knows the other",
        () -> ring(first).getJsonObject("cluster").getJsonArray("peers").size() == 1
            && ring(second).getJsonObject("cluster").getJsonArray("peers").size() == 1);
    eventually("one leads, and the other says so", () -> {
      JsonObject mine = ring(first).getJsonObject("cluster");
      JsonObject theirs = ring(second).getJsonObject("cluster");
      JsonObject peer = theirs.getJsonArray("peers").getJsonObject(0);
      return mine.getBoolean("leads")
          && !theirs.getBoolean("leads")
          && peer.getBoolean("leads")
          && peer.getString("id").equals(mine.getString("self"))
          && peer.getString("address").equals("127.0.0.1:" + first.port());
    });
    JsonArray differsIn = ring(first)
        .getJsonObject("cluster")
        .getJsonArray("peers")
        .getJsonObject(0)
        .getJsonArray("differsIn");
    assertThat(differsIn.encode()).isEqualTo("[\"--key\",\"--max-load\"]");
    eventually("each has said so once", () -> log.lines("has other settings").size() == 2);
    assertThat(log.lines("has other settings"))
        .contains("the balancer at 127.0.0.1:" + second.port()
            + " has other settings, by which keys may go elsewhere: [--key, --max-load]");
  }

  @Test
  void sameSettings_areNoReasonForALine() throws Exception {
    Balancer first = balancer("--count", "1");
    Balancer second = balancer("--count", "1", "--access-log");
    eventually(
        "they know each other",
        () -> ring(first).getJsonObject("cluster").getJsonArray("peers").size() == 1);
    first.add("{\"n\":1}");
    eventually("both have both", () -> second.members().size() == 2);
    Balancer third = balancer("--key", "header:X"); // by whose line all before it would be there
    eventually(
        "both have said so of the third",
        () -> log.lines("the balancer at 127.0.0.1:" + third.port() + " has other")
                .size()
            >= 2);
    assertThat(log.lines("the balancer at 127.0.0.1:" + first.port() + " has other"))
        .allMatch(line -> line.contains("[--key]"));
    assertThat(log.lines("has other settings")).allMatch(line -> line.contains("[--key]"));
  }
}
