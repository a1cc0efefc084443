package io.hashring.demo.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.model.Version;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DockerEngineTest {

  @ParameterizedTest
  @CsvSource({
    "1.41, 1.12, 1.41", // 20.10: its newest
    "1.44, 1.24, 1.44",
    "1.52, 1.44, 1.44", // 29: ours
    "1.60, 1.48, 1.48" // some day: its oldest
  })
  void negotiate(String newest, String oldest, String chosen) throws Exception {
    Version engine = new ObjectMapper()
        .readValue(
            "{\"ApiVersion\":\"" + newest + "\",\"MinAPIVersion\":\"" + oldest + "\"}",
            Version.class);
    assertThat(DockerEngine.negotiate(engine).getVersion()).isEqualTo(chosen);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"message\":\"No such image: x\"} | No such image: x",
        "gone                               | Status 409: gone",
        "{\"message\":                      | Status 409: {\"message\":"
      })
  void reason(String body, String reason) {
    assertThat(DockerEngine.reason(new ConflictException(body + "\n"))).isEqualTo(reason);
  }

  @Test
  void failure_withoutAnEngine() {
    assertThat(DockerEngine.failure(new RuntimeException(new IOException("No such file"))))
        .hasMessage("the Docker engine does not answer: No such file");
    assertThat(DockerEngine.failure(new ConflictException("{\"message\":\"in use\"}")))
        .hasMessage("the Docker engine refused: in use");
  }
}
