package io.hashring.demo.replica.swarm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.dockerjava.api.model.LocalNodeState;
import com.github.dockerjava.api.model.SwarmInfo;
import io.hashring.demo.Balancer;
import io.hashring.demo.replica.ReplicaException;
import io.hashring.demo.replica.docker.Engine;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A balancer that cannot have its replicas in a swarm says why, and leaves nothing behind. */
@ExtendWith({Engine.Extension.class, TwoHosts.Extension.class})
final class SwarmRefusalsIT {

  private static final String DOCKER_HOST = "DOCKER_HOST";

  private final Engine engine;
  private final TwoHosts hosts;
  private Set<String> before;

  SwarmRefusalsIT(Engine engine, TwoHosts hosts) {
    this.engine = engine;
    this.hosts = hosts;
  }

  @BeforeEach
  void look() throws Exception {
    before = hosts.services();
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    System.clearProperty(DOCKER_HOST);
    assertThat(hosts.services()).isEqualTo(before);
  }

  /** Of this process, which is on none of the hosts. */
  private static String refusal(String... options) {
    String[] all = new String[options.length + 2];
    all[0] = "--replicas";
    all[1] = "swarm";
    System.arraycopy(options, 0, all, 2, options.length);
    Throwable[] refusal = new Throwable[1];
    assertThatThrownBy(() -> Balancer.start(all))
        .isInstanceOf(ReplicaException.class)
        .satisfies(thrown -> refusal[0] = thrown);
    return refusal[0].getMessage();
  }

  @Test
  void engineInNoSwarm() {
    SwarmInfo swarm = engine.docker().infoCmd().exec().getSwarm();
    assumeTrue(
        swarm == null || swarm.getLocalNodeState() == LocalNodeState.INACTIVE,
        "the engine of this machine is in a swarm");
    assertThat(refusal())
        .isEqualTo("--replicas swarm: the Docker engine is not in a swarm; 'docker swarm init'"
            + " makes one, and 'docker swarm join' enters one");
  }

  @Test
  void engineThatIsNoManager() {
    System.setProperty(DOCKER_HOST, TwoHosts.engine(2));
    assertThat(refusal())
        .isEqualTo("--replicas swarm: the Docker engine is not a manager of its swarm, and only"
            + " managers know the services; run the balancer on a manager, or let DOCKER_HOST name"
            + " one");
  }

  @Test
  void networkOfOneEngine() {
    System.setProperty(DOCKER_HOST, TwoHosts.engine(1));
    assertThat(refusal("--docker-network", "bridge"))
        .isEqualTo("--docker-network must name a network of the swarm, as 'docker network create"
            + " -d overlay' makes it: bridge is a bridge of one engine, to which no task of a swarm"
            + " can be attached");
  }

  @Test
  void networkThatThereIsNot() {
    System.setProperty(DOCKER_HOST, TwoHosts.engine(1));
    assertThat(refusal("--docker-network", "nowhere"))
        .startsWith("--docker-network must name a network of the swarm")
        .endsWith("there is no nowhere");
  }

  @Test
  void networkThatIsNotAttachable() throws Exception {
    System.setProperty(DOCKER_HOST, TwoHosts.engine(1));
    hosts.docker(1, "network", "create", "-d", "overlay", "--subnet", "10.88.0.0/24", "closed");
    try {
      assertThat(refusal("--docker-network", "closed"))
          .isEqualTo("this balancer is not on the network closed ([10.88.0.0/24]), and reaches no"
              + " task there: the network is not attachable, so run the balancer as a service on"
              + " it, or make the network anew with --attachable and run it in a container with"
              + " --network closed");
    } finally {
      hosts.docker(1, "network", "rm", "closed");
    }
  }

  @Test
  void networkThatTheBalancerIsNotOn() {
    System.setProperty(DOCKER_HOST, TwoHosts.engine(1));
    assertThat(refusal("--docker-network", TwoHosts.NETWORK))
        .startsWith("this balancer is not on the network rep ([")
        .endsWith("run it in a container with --network rep, or as a service");
    assertThat(refusal())
        .startsWith("--docker-network must name the overlay network on which this balancer reaches"
            + " the tasks: it is on none of [")
        .contains(TwoHosts.NETWORK);
  }
}
