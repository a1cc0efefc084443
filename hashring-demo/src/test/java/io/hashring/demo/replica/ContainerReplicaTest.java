package io.hashring.demo.replica;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers that run: {@code DockerReplicasIT}. */
final class ContainerReplicaTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "replica",
        "replica --help",
        "replica --name server1",
        "replica --name server1 --bind 0.0.0.0 --port 5001",
        "replica --name server1 --port 5000 --bind 0.0.0.0",
        "replica --name server1 --bind 0.0.0.0 --port 5000 --port 1",
        "replica --name -x --bind 0.0.0.0 --port 5000",
        "rehearse twice"
      })
  void anythingElse_isForTheCommandLine(String command) {
    assertThat(ContainerReplica.run(command.split(" "))).isFalse();
  }
}
