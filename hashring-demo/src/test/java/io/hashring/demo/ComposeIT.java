package io.hashring.demo;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.demo.replica.docker.Engine;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code compose.yaml} as a user runs it, by whichever compose there is. */
@ExtendWith(Engine.Extension.class)
final class ComposeIT {

  private final HttpClient client = HttpClient.newHttpClient();
  private final Engine engine;
  private final String group = Engine.newGroup();
  private final Map<String, String> environment;
  private List<String> compose = List.of();

  ComposeIT(Engine engine) {
    this.engine = engine;
    this.environment = Map.of(
        "BASE_IMAGE",
        Engine.BASE_IMAGE,
        "COMPOSE_PROJECT_NAME",
        group,
        "HASHRING_DOCKER_IMAGE",
        engine.image(),
        "HASHRING_DOCKER_GROUP",
        group,
        "HASHRING_DOCKER_NETWORK",
        group,
        "HASHRING_PORT",
        "" + FreePorts.one(),
        "HASHRING_KEY",
        "header:X-User");
  }

  @BeforeEach
  void findCompose() {
    compose = Stream.of(List.of("docker", "compose"), List.of("docker-compose"))
        .filter(ComposeIT::works)
        .findFirst()
        .orElse(List.of());
    Required.require(
        Engine.PART, !compose.isEmpty(), "there is neither docker compose nor docker-compose");
  }

  private static boolean works(List<String> command) {
    try {
      List<String> version = new ArrayList<>(command);
      version.add("version");
      return new ProcessBuilder(version)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false; // no such program
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void compose(String... args) throws Exception {
    List<String> command = new ArrayList<>(compose);
    command.addAll(List.of(args));
    Engine.run(environment, command.toArray(String[]::new));
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    if (compose.isEmpty()) {
      return;
    }
    compose("down");
    List<String> left = new ArrayList<>();
    engine.docker().listContainersCmd().withShowAll(true).exec().stream()
        .flatMap(container -> Stream.of(container.getNames()))
        .filter(name -> name.contains(group))
        .forEach(left::add);
    engine.docker().listNetworksCmd().withNameFilter(group).exec().stream()
        .map(network -> network.getName())
        .forEach(left::add);
    assertThat(left).as("left behind").isEmpty();
  }

  private HttpResponse<String> call(String method, String path, String body, String... headers)
      throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + environment.get("HASHRING_PORT") + path))
        .method(method, BodyPublishers.ofString(body));
    return client.send(
        (headers.length == 0 ? request : request.headers(headers)).build(),
        BodyHandlers.ofString());
  }

  private List<String> replicas() throws Exception {
    return Balancer.replicas(call("GET", "/rep", ""));
  }

  private boolean routes() {
    try {
      return call("GET", "/home", "").statusCode() == 200;
    } catch (Exception e) {
      return false; // not yet
    }
  }

  private Map<String, String> owners() throws Exception {
    Map<String, String> owners = new LinkedHashMap<>();
    for (int i = 0; i < 100; i++) {
      HttpResponse<String> answer = call("GET", "/", "", "X-User", "user" + i);
      assertThat(answer.body()).contains("\"server\":\"" + Balancer.node(answer) + "\"");
      owners.put("user" + i, Balancer.node(answer));
    }
    return owners;
  }

  @Test
  void up_contract_down() throws Exception {
    compose("up", "-d", "--build");
    eventually("it routes", this::routes);
    assertThat(replicas()).containsExactly("server1", "server2", "server3");
    Map<String, String> three = owners();
    assertThat(three.values()).contains("server1", "server2", "server3");

    assertThat(Balancer.replicas(call("POST", "/add", "{\"n\":1,\"hostnames\":[\"s4\"]}")))
        .containsExactly("server1", "server2", "server3", "s4");
    assertThat(owners().values()).contains("s4");
    assertThat(Balancer.replicas(call("DELETE", "/rm", "{\"n\":1,\"hostnames\":[\"s4\"]}")))
        .containsExactly("server1", "server2", "server3");

    String id = engine.id(group, "server2");
    engine.docker().killContainerCmd(id).exec();
    eventually(
        "another container has the name",
        () -> engine.containers(group).stream().noneMatch(c -> c.getId().equals(id))
            && call("GET", "/_lb/health", "").body().contains("\"server2\":\"up\""));
    assertThat(owners()).isEqualTo(three);

    compose("down");
    assertThat(engine.containers(group)).isEmpty();
  }

  /** The commands of the page in their order; what curl says there is what it says here. */
  @Test
  void sessionOfTheDocs_saysWhatIsWrittenThere() throws Exception {
    String page = Files.readString(Path.of("..", "docs", "balancer", "containers.md"));
    String session = page.split("## From `up` to `down`")[1].split("```")[1];
    Map<String, String> asInTheDocs = new HashMap<>(environment);
    asInTheDocs.remove("HASHRING_KEY");
    compose("build");

    int asked = 0;
    for (String part : session.strip().substring("$ ".length()).split("\n\\$ ")) {
      List<String> lines = part.lines().toList();
      String command = lines
          .get(0)
          .replace("docker-compose", String.join(" ", compose))
          .replace("127.0.0.1:5000", "127.0.0.1:" + environment.get("HASHRING_PORT"))
          .replace("hashring-server", group + "-server");
      String said =
          Engine.run(asInTheDocs, "bash", "-c", "cd .. && " + command.replace("curl ", "curl -s "));
      if (lines.get(0).startsWith("curl")) {
        asked++;
        assertThat(said.lines())
            .as(command)
            .containsExactlyElementsOf(lines.subList(1, lines.size()));
      }
    }
    assertThat(asked).isGreaterThan(5);
    assertThat(engine.containers(group)).isEmpty();
  }

  @Test
  void down_whileReplicasStart() throws Exception {
    compose("up", "-d", "--build");
    eventually("the first replica is there", () -> !engine.containers(group).isEmpty());
    compose("down");
    assertThat(engine.containers(group)).isEmpty();
  }
}
