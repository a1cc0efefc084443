package io.hashring.demo.replica.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the engine is sent. */
final class ServiceOfOneTest {

  private static final ObjectMapper CLIENT =
      DefaultDockerClientConfig.createDefaultConfigBuilder().build().getObjectMapper();

  private static JsonNode sent(List<String> constraints, List<String> spread) {
    SwarmSettings settings = new SwarmSettings(
        "image", "shop", null, 96, constraints, spread, false, Duration.ofSeconds(30));
    return CLIENT.valueToTree(
        ServiceOfOne.spec(settings, "s1", Map.of("io.hashring.weight", "2.0"), "net"));
  }

  @Test
  void spec_isAServiceOfOneTask_thatAnswersItself() {
    JsonNode spec = sent(List.of(), List.of());
    assertThat(spec.at("/Name").asText()).isEqualTo("shop-s1");
    assertThat(spec.at("/Labels/io.hashring.weight").asText()).isEqualTo("2.0");
    assertThat(spec.at("/Mode/Replicated/Replicas").asInt()).isEqualTo(1);
    assertThat(spec.at("/EndpointSpec/Mode").asText()).as("no virtual IP").isEqualTo("dnsrr");
    JsonNode task = spec.at("/TaskTemplate");
    assertThat(task.at("/ContainerSpec/Image").asText()).isEqualTo("image");
    assertThat(task.at("/ContainerSpec/Args").toString())
        .isEqualTo("[\"replica\",\"--name\",\"s1\",\"--bind\",\"0.0.0.0\",\"--port\",\"5000\"]");
    assertThat(task.at("/ContainerSpec/ReadOnly").asBoolean()).isTrue();
    assertThat(task.at("/Resources/Limits/MemoryBytes").asLong()).isEqualTo(96L << 20);
    assertThat(task.at("/RestartPolicy/Condition").asText()).isEqualTo("any");
    assertThat(task.at("/Networks/0/Target").asText()).isEqualTo("net");
    assertThat(task.at("/Networks/0/Aliases/0").asText()).isEqualTo("s1");
  }

  @Test
  void placement_hasConstraintsAndPreferences() {
    JsonNode placement = sent(
            List.of("node.role==worker", "node.labels.disk==ssd"),
            List.of("node.labels.zone", "node.labels.rack"))
        .at("/TaskTemplate/Placement");
    assertThat(placement.at("/Constraints").toString())
        .isEqualTo("[\"node.role==worker\",\"node.labels.disk==ssd\"]");
    assertThat(placement.at("/Preferences").toString())
        .isEqualTo("[{\"Spread\":{\"SpreadDescriptor\":\"node.labels.zone\"}},"
            + "{\"Spread\":{\"SpreadDescriptor\":\"node.labels.rack\"}}]");
  }
}
