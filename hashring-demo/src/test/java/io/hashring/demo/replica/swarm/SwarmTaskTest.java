package io.hashring.demo.replica.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.api.model.Service;
import com.github.dockerjava.api.model.Task;
import com.github.dockerjava.api.model.TaskState;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SwarmTaskTest {

  private static SwarmTask task(String address, TaskState desired, TaskState state, String when) {
    return new SwarmTask("s", 1, desired, state, when, "", "n", address);
  }

  @Test
  void of_findsTheAddressOnTheNetworkThatIsAskedFor() throws Exception {
    String json =
        "{\"ServiceID\":\"s\",\"Slot\":2,\"NodeID\":\"n\",\"CreatedAt\":\"2026-11-27T18:00:00Z\","
            + "\"DesiredState\":\"running\",\"Status\":{\"State\":\"running\"},"
            + "\"NetworksAttachments\":["
            + "{\"Network\":{\"ID\":\"ingress\"},\"Addresses\":[\"10.0.0.7/24\"]},"
            + "{\"Network\":{\"ID\":\"rep\"},\"Addresses\":[\"10.0.1.5/24\"]}]}";
    ObjectMapper client =
        DefaultDockerClientConfig.createDefaultConfigBuilder().build().getObjectMapper();
    Task task = client.readValue(json, Task.class);
    assertThat(SwarmTask.of(task, "rep").address()).isEqualTo("10.0.1.5");
    assertThat(SwarmTask.of(task, "rep").slot()).isEqualTo(2);
    assertThat(SwarmTask.of(task, "other").address()).isNull();
  }

  /** A host that was cut off goes on running what the swarm has started elsewhere by then. */
  @Test
  void current_isNoneThatTheSwarmHasGivenUp() {
    SwarmTask old = task("10.0.1.1", TaskState.SHUTDOWN, TaskState.RUNNING, "1");
    assertThat(SwarmTask.current(List.of(old))).isEmpty();
    SwarmTask next = task("10.0.1.2", TaskState.RUNNING, TaskState.STARTING, "2");
    assertThat(SwarmTask.current(List.of(old, next))).contains(next);
  }

  @Test
  void current_staysWithTheOldUntilTheNewRuns() {
    SwarmTask old = task("10.0.1.1", TaskState.RUNNING, TaskState.RUNNING, "1");
    SwarmTask starting = task("10.0.1.2", TaskState.RUNNING, TaskState.STARTING, "2");
    SwarmTask runs = task("10.0.1.2", TaskState.RUNNING, TaskState.RUNNING, "2");
    assertThat(SwarmTask.current(List.of(starting, old))).contains(old);
    assertThat(SwarmTask.current(List.of(runs, old))).contains(runs);
  }

  @Test
  void current_hasAnAddress_andHasBegun() {
    assertThat(SwarmTask.current(List.of(
            task(null, TaskState.RUNNING, TaskState.RUNNING, "1"),
            task("10.0.1.1", TaskState.RUNNING, TaskState.PREPARING, "1"))))
        .isEmpty();
  }

  @Test
  void subnet_holdsTheAddressesThatBeginWithItsBits() throws Exception {
    Subnet subnet = Subnet.parse("10.0.1.0/23");
    assertThat(subnet.contains(InetAddress.getByName("10.0.0.9"))).isTrue();
    assertThat(subnet.contains(InetAddress.getByName("10.0.1.255"))).isTrue();
    assertThat(subnet.contains(InetAddress.getByName("10.0.2.1"))).isFalse();
    assertThat(subnet.contains(InetAddress.getByName("::1"))).isFalse();
  }

  /** What is lost of it would move its tasks, or have the engine refuse it. */
  @Test
  void serviceWithALabelMore_isElseAsItCame() throws Exception {
    String json = "{\"Name\":\"s\",\"Labels\":{\"a\":\"1\"},\"TaskTemplate\":{\"ContainerSpec\":{"
        + "\"Image\":\"i\",\"Isolation\":\"default\"},\"Placement\":{"
        + "\"Preferences\":[{\"Spread\":{\"SpreadDescriptor\":\"node.labels.zone\"}}]},"
        + "\"ForceUpdate\":0,\"Runtime\":\"container\"},\"Unheard\":{\"Of\":[1,2]}}";
    ObjectMapper client =
        DefaultDockerClientConfig.createDefaultConfigBuilder().build().getObjectMapper();
    Service service =
        client.readValue("[{\"ID\":\"x\",\"Spec\":" + json + "}]", Service[].class)[0];
    ObjectNode expected = (ObjectNode) client.readTree(json);
    ((ObjectNode) expected.get("Labels")).put("b", "2");
    JsonNode sent = client.readTree(client.writeValueAsString(Swarm.labelled(service, "b", "2")));
    assertThat(sent).isEqualTo(expected);
  }
}
