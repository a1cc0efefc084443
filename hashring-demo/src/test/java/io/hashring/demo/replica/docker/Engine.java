package io.hashring.demo.replica.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.BuildImageResultCallback;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Image;
import io.hashring.demo.Required;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * The real Docker engine of this machine, with an image of what was packaged. Tests that want it
 * are skipped where no engine answers, or fail there: see {@link Required}. At the end only the
 * base image stays, for the next run.
 */
public final class Engine implements AutoCloseable {

  public static final String PART = "docker";
  public static final String BASE_IMAGE = "hashring-base";

  private final DockerClient docker;
  private final String image =
      "hashring-demo:test-" + UUID.randomUUID().toString().substring(0, 8);

  private Engine(DockerClient docker) {
    this.docker = docker;
  }

  /** Gives tests the engine, made once per run; JUnit closes it after the last of them. */
  public static final class Extension implements BeforeAllCallback, ParameterResolver {

    /** For an extension that stands on this one. */
    public static Engine engine(ExtensionContext context) {
      return context
          .getRoot()
          .getStore(Namespace.create(Engine.class))
          .getOrComputeIfAbsent(Engine.class, key -> connect(), Engine.class);
    }

    private static Engine connect() {
      try {
        Engine engine = new Engine(DockerEngine.connect());
        engine.buildImage();
        return engine;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
      String away = whyAway();
      Required.require(PART, away == null, String.valueOf(away));
      engine(context);
    }

    private static String whyAway() {
      try {
        DockerEngine.connect().close();
        return null;
      } catch (Exception e) {
        return e.getMessage();
      }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == Engine.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return engine(context);
    }
  }

  private void buildImage() throws Exception {
    try {
      docker.inspectImageCmd(BASE_IMAGE).exec();
    } catch (NotFoundException e) {
      run(Map.of(), "./base-image", BASE_IMAGE);
    }
    docker
        .buildImageCmd(Path.of("Dockerfile").toAbsolutePath().toFile())
        .withBuildArg("BASE_IMAGE", BASE_IMAGE)
        .withTags(Set.of(image))
        .exec(new BuildImageResultCallback())
        .awaitImageId();
  }

  /** An image like the other but for these lines at the end of its Dockerfile. */
  public String derive(String lines) throws Exception {
    Path folder = Files.createTempDirectory("derived");
    Path file = Files.writeString(folder.resolve("Dockerfile"), "FROM " + image + "\n" + lines);
    try {
      return docker
          .buildImageCmd(file.toFile())
          .withTags(Set.of(image + "-" + UUID.randomUUID()))
          .exec(new BuildImageResultCallback())
          .awaitImageId();
    } finally {
      Files.delete(file);
      Files.delete(folder);
    }
  }

  public DockerClient docker() {
    return docker;
  }

  public String image() {
    return image;
  }

  /** A group of containers that no other test has. */
  public static String newGroup() {
    return "test-" + UUID.randomUUID().toString().substring(0, 8);
  }

  public List<Container> containers(String group) {
    return docker
        .listContainersCmd()
        .withShowAll(true)
        .withLabelFilter(Map.of(DockerEngine.GROUP_LABEL, group))
        .exec();
  }

  public InspectContainerResponse inspect(String group, String name) {
    return docker.inspectContainerCmd(group + "-" + name).exec();
  }

  public String id(String group, String name) {
    return inspect(group, name).getId();
  }

  /** Runs a command of the host to its end, and returns what it wrote. */
  public static String run(Map<String, String> environment, String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue())
        .as(String.join(" ", command) + "\n" + output)
        .isZero();
    return output;
  }

  @Override
  public void close() {
    try (docker) {
      docker.listImagesCmd().exec().stream()
          .sorted(Comparator.comparing(Image::getCreated).reversed()) // children first
          .flatMap(found -> Stream.ofNullable(found.getRepoTags()).flatMap(Stream::of))
          .filter(tag -> tag.startsWith(image))
          .forEach(tag -> docker.removeImageCmd(tag).exec());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
