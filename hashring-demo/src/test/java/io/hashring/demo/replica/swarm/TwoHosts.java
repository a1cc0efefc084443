package io.hashring.demo.replica.swarm;

import static io.hashring.demo.Eventually.eventually;
import static io.hashring.demo.Eventually.within;

import io.hashring.demo.Required;
import io.hashring.demo.replica.docker.Engine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** The swarm of {@code hashring-demo/two-hosts}, of which host 1 is the manager. */
final class TwoHosts implements AutoCloseable {

  static final String PART = "swarm";
  static final String NETWORK = "rep";

  /** Of the hosts, such as {@code 5s}, which is the swarm's own; empty for a short one. */
  private static final String HEARTBEAT = System.getProperty("hashring.swarm.heartbeat", "");

  private static final String SCRIPT = "./two-hosts";

  private final Path folder;
  private final String image;

  private TwoHosts(Path folder, String image) {
    this.folder = folder;
    this.image = image;
  }

  /**
   * Gives tests the hosts, made once per run; JUnit removes them after the last. They are network
   * namespaces and engines, so they are made only where they are asked for.
   */
  static final class Extension implements BeforeAllCallback, ParameterResolver {

    private static TwoHosts hosts(ExtensionContext context) {
      return context
          .getRoot()
          .getStore(Namespace.create(TwoHosts.class))
          .getOrComputeIfAbsent(
              TwoHosts.class, key -> up(Engine.Extension.engine(context)), TwoHosts.class);
    }

    private static TwoHosts up(Engine engine) {
      try {
        return TwoHosts.up(engine.image());
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
      Required.require(
          PART,
          Required.isAskedFor(PART),
          "two engines in network namespaces are made only where -D" + Required.PROPERTY
              + "=swarm asks for it, by root");
      hosts(context);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == TwoHosts.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return hosts(context);
    }
  }

  private static TwoHosts up(String image) throws Exception {
    TwoHosts hosts = new TwoHosts(Files.createTempDirectory("two-hosts"), image);
    try {
      Engine.run(Map.of("HEARTBEAT", HEARTBEAT), SCRIPT, "up", hosts.folder.toString(), image);
      return hosts;
    } catch (Exception | AssertionError e) {
      hosts.close();
      throw e;
    }
  }

  String image() {
    return image;
  }

  static void cut(int host) throws Exception {
    Engine.run(Map.of(), SCRIPT, "cut", "" + host);
  }

  static void mend(int host) throws Exception {
    Engine.run(Map.of(), SCRIPT, "mend", "" + host);
  }

  static String address(int host) {
    return "10.77.0.1" + host;
  }

  /** The engine of that host, for whoever is on none. */
  static String engine(int host) {
    return "tcp://" + address(host) + ":2375";
  }

  String docker(int host, String... command) throws Exception {
    return docker(Map.of(), host, command);
  }

  String docker(Map<String, String> environment, int host, String... command) throws Exception {
    List<String> all =
        new ArrayList<>(List.of("docker", "-H", "unix://" + folder.resolve(host + "/sock")));
    all.addAll(List.of(command));
    return Engine.run(new HashMap<>(environment), all.toArray(String[]::new)).strip();
  }

  /** @param options those of {@code docker service create}, the image, and its arguments */
  void createService(String name, String... options) throws Exception {
    List<String> command = new ArrayList<>(
        List.of("service", "create", "--detach", "--quiet", "--no-resolve-image", "--name", name));
    command.addAll(List.of(options));
    docker(1, command.toArray(String[]::new));
  }

  // Balancers

  /** A balancer in a container of that host, which asks the manager, with its port published. */
  void startBalancer(int host, String... options) throws Exception {
    startBalancerFor(host, image, options);
  }

  /** As before, for replicas of another image. */
  void startBalancerFor(int host, String replicas, String... options) throws Exception {
    run(host, "lb", List.of("-p", "5000:5000"), replicas, options);
  }

  /** What a balancer of that host says that does not start. */
  String refusal(int host, String... options) throws Exception {
    run(host, "refused", List.of(), image, options);
    try {
      eventually(
          "it is refused",
          () -> docker(host, "inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "refused")
              .equals("exited 1"));
      return docker(host, "logs", "refused");
    } finally {
      docker(host, "rm", "-f", "refused");
    }
  }

  private void run(int host, String name, List<String> settings, String replicas, String... options)
      throws Exception {
    List<String> command = new ArrayList<>(List.of("run", "-d", "--name", name));
    command.addAll(settings);
    command.addAll(List.of("--network", NETWORK, "-e", "DOCKER_HOST=" + engine(1), image));
    command.addAll(List.of("--bind", "0.0.0.0", "--admin-host", address(host)));
    command.addAll(List.of("--docker-image", replicas));
    command.addAll(List.of(options));
    docker(host, command.toArray(String[]::new));
  }

  // What there is

  /** The replicas whose tasks run on that host, by the names of their containers. */
  List<String> replicas(int host) throws Exception {
    return docker(host, "ps", "--format", "{{.Names}}")
        .lines()
        .filter(name -> name.contains(".1."))
        .map(name -> name.substring(name.indexOf('-') + 1, name.indexOf('.')))
        .sorted()
        .toList();
  }

  TreeSet<String> services() throws Exception {
    return new TreeSet<>(
        docker(1, "service", "ls", "--format", "{{.Name}}").lines().toList());
  }

  String label(String service, String label) throws Exception {
    return docker(
        1, "service", "inspect", "--format", "{{index .Spec.Labels \"" + label + "\"}}", service);
  }

  /** The ids of the tasks that are to run, on both hosts. */
  TreeSet<String> tasks() throws Exception {
    return new TreeSet<>(
        docker(1, "node", "ps", "-q", "--filter", "desired-state=running", "hr1", "hr2")
            .lines()
            .toList());
  }

  /** Without any time to say goodbye. */
  void removeBalancers() throws Exception {
    for (int host : new int[] {1, 2}) {
      if (!docker(host, "ps", "-aq", "--filter", "name=^lb$").isEmpty()) {
        docker(host, "rm", "-f", "lb");
      }
    }
  }

  /** Removes services, and waits until the last of their tasks is gone from both hosts. */
  void removeServices() throws Exception {
    List<String> command = new ArrayList<>(List.of("service", "rm"));
    command.addAll(services());
    if (command.size() > 2) {
      docker(1, command.toArray(String[]::new));
    }
    awaitNothingRuns("label=com.docker.swarm.task");
  }

  void awaitNothingRuns(String filter) throws Exception {
    for (int host : new int[] {1, 2}) {
      within(
          Duration.ofSeconds(40),
          () -> filter + " is gone from host " + host,
          () -> docker(host, "ps", "-q", "--filter", filter).isEmpty());
    }
  }

  /** Ends and removes all of it. */
  @Override
  public void close() {
    try {
      Engine.run(Map.of(), SCRIPT, "down", folder.toString());
      String namespaces = Engine.run(Map.of(), "ip", "netns", "list");
      if (Files.exists(folder) || namespaces.contains("hr")) {
        throw new AssertionError("left behind: " + folder + " " + namespaces);
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
