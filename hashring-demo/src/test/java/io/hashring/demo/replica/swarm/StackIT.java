package io.hashring.demo.replica.swarm;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.HashRing;
import io.hashring.demo.Balancer;
import io.hashring.demo.Required;
import io.hashring.demo.replica.docker.Engine;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code stack.yaml} as it is deployed: two balancers on two managers, which agree through a
 * ZooKeeper on the network that the stack expects.
 */
@ExtendWith({Engine.Extension.class, TwoHosts.Extension.class})
final class StackIT {

  private static final String TOKEN = "0123456789abcdef";

  private static final HashRing<String> RING = HashRing.of(
      IntStream.rangeClosed(1, 6).mapToObj(i -> "hashring_replica-" + i).toArray(String[]::new));

  private static final BalancerOnHost ONE = new BalancerOnHost(1, TOKEN);
  private static final BalancerOnHost TWO = new BalancerOnHost(2, TOKEN);

  private static TwoHosts hosts;

  @BeforeAll
  static void deploy(TwoHosts given, @TempDir Path folder) throws Exception {
    Required.require(
        "zookeeper",
        Files.exists(Path.of("/usr/share/java/zookeeper.jar")),
        "install Debian's package zookeeper");
    hosts = given;
    hosts.docker(1, "node", "promote", "hr2");
    hosts.docker(1, "network", "create", "-d", "overlay", "zookeeper");
    startZooKeeper();
    Path token = Files.writeString(folder.resolve("token"), TOKEN + "\n");
    hosts.docker(1, "secret", "create", "hashring_admin_token", token.toString());
    hosts.docker(
        Map.of("HASHRING_IMAGE", hosts.image()),
        1,
        "stack",
        "deploy",
        "--resolve-image",
        "never",
        "-c",
        "stack.yaml",
        "hashring");
    try {
      ONE.awaitUp(6);
      TWO.awaitUp(6);
    } catch (AssertionError e) {
      throw new AssertionError(hosts.docker(1, "service", "logs", "hashring_balancer"), e);
    }
  }

  /** That of Debian's package, which is not in the image. */
  private static void startZooKeeper() throws Exception {
    hosts.createService(
        "zookeeper",
        "--no-healthcheck",
        "--network",
        "zookeeper",
        "--endpoint-mode",
        "dnsrr", // its virtual IP would need IPVS in the kernel
        "--mount",
        "type=bind,src=/usr/share/java,dst=/usr/share/java,readonly",
        "--entrypoint",
        "java",
        hosts.image(),
        "-Xmx128m",
        "-Dzookeeper.admin.enableServer=false",
        "-cp",
        "/usr/share/java/zookeeper.jar",
        "org.apache.zookeeper.server.ZooKeeperServerMain",
        "2181",
        "/tmp/zookeeper");
  }

  /** Leaves one manager and no service to the next test. */
  @AfterAll
  static void remove() throws Exception {
    hosts.docker(1, "stack", "rm", "hashring");
    hosts.awaitNothingRuns("name=hashring_"); // while the ZooKeeper is there to say goodbye to
    hosts.removeServices();
    hosts.docker(1, "network", "rm", "zookeeper");
    hosts.docker(1, "secret", "rm", "hashring_admin_token");
    hosts.docker(1, "node", "demote", "hr2");
    eventually(
        "there is one manager",
        () -> hosts.docker(1, "info", "--format", "{{.Swarm.Managers}}").equals("1"));
  }

  private static List<String> hostsOf(String service) throws Exception {
    return hosts
        .docker(
            1,
            "service",
            "ps",
            "--filter",
            "desired-state=running",
            "--format",
            "{{.Node}}",
            service)
        .lines()
        .sorted()
        .toList();
  }

  @Test
  void balancers_areOnBothManagers_andReplicasOnBothHosts() throws Exception {
    assertThat(hostsOf("hashring_balancer")).containsExactly("hr1", "hr2");
    assertThat(hostsOf("hashring_replica")).hasSize(6).contains("hr1", "hr2");
  }

  @Test
  void balancers_haveTheSameRing_andEachKeyIsWhereItSays() throws Exception {
    assertThat(ONE.checksum()).isEqualTo(TWO.checksum());
    ONE.assertEachKeyIsWhereItsRingSays(RING, 500);
    TWO.assertEachKeyIsWhereItsRingSays(RING, 500);
    for (BalancerOnHost one : List.of(ONE, TWO)) {
      JsonObject cluster = one.ring().getJsonObject("cluster");
      assertThat(cluster.getBoolean("connected")).isTrue();
      assertThat(cluster.getJsonArray("peers"))
          .hasSize(1)
          .allSatisfy(
              peer -> assertThat(((JsonObject) peer).getJsonArray("differsIn")).isEmpty());
    }
  }

  @Test
  void weightGivenThroughOne_isThatOfBoth() throws Exception {
    String before = ONE.checksum();
    HashRing<String> weighted = RING.change(change -> change.set("hashring_replica-6", 2));
    assertThat(
            TWO.call("PATCH", "/_lb/nodes/hashring_replica-6", "{\"weight\":2}").statusCode())
        .isEqualTo(200);
    eventually("the other has it", () -> ONE.checksum().equals(TWO.checksum()));
    assertThat(ONE.checksum()).isNotEqualTo(before);
    ONE.assertEachKeyIsWhereItsRingSays(weighted, 200);
    assertThat(
            ONE.call("PATCH", "/_lb/nodes/hashring_replica-6", "{\"weight\":1}").statusCode())
        .isEqualTo(200);
    eventually("as before, for both", () -> TWO.checksum().equals(before));
    assertThat(ONE.checksum()).isEqualTo(before);
  }

  @Test
  void token_isThatOfTheSecret() throws Exception {
    BalancerOnHost without = new BalancerOnHost(2, "");
    BalancerOnHost wrong = new BalancerOnHost(2, TOKEN + "0");
    for (String path : List.of("/add", "/rm")) {
      String body = "{\"n\":1,\"hostnames\":[\"x\"]}";
      assertThat(without.call("POST", path, body).statusCode()).isEqualTo(401);
      assertThat(wrong.call("POST", path, body).statusCode()).isEqualTo(401);
      assertThat(TWO.call("POST", path, body).statusCode()).as("only watched").isEqualTo(409);
    }
    assertThat(without.call("GET", "/_lb/ring", "").statusCode()).isEqualTo(401);
    assertThat(Balancer.replicas(without.call("GET", "/rep", ""))).hasSize(6);
  }
}
