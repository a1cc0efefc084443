package io.hashring.demo.replica.swarm;

import io.hashring.demo.replica.docker.Engine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The swarm of {@code hashring-demo/two-hosts}, of which host 1 is the manager. */
final class TwoHosts {

  static final String NETWORK = "rep";

  private static final String SCRIPT = "./two-hosts";

  private final Path folder;
  private final String image;

  private TwoHosts(Path folder, String image) {
    this.folder = folder;
    this.image = image;
  }

  static TwoHosts up(String image) throws Exception {
    TwoHosts hosts = new TwoHosts(Files.createTempDirectory("two-hosts"), image);
    try {
      Engine.run(Map.of(), SCRIPT, "up", hosts.folder.toString(), image);
      return hosts;
    } catch (Exception | AssertionError e) {
      hosts.down();
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

  private String socket(int host) {
    return folder.resolve(host + "/sock").toString();
  }

  String docker(int host, String... command) throws Exception {
    List<String> all = new ArrayList<>(List.of("docker", "-H", "unix://" + socket(host)));
    all.addAll(List.of(command));
    return Engine.run(Map.of(), all.toArray(String[]::new)).strip();
  }

  /** A balancer in a container of that host, which asks the manager, with its port published. */
  void startBalancer(int host, String... options) throws Exception {
    startBalancerFor(host, image, options);
  }

  /** As before, for replicas of another image. */
  void startBalancerFor(int host, String replicas, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of("run", "-d", "--name", "lb", "--network"));
    command.addAll(List.of(NETWORK, "-p", "5000:5000", "-e"));
    command.addAll(List.of("DOCKER_HOST=tcp://" + address(1) + ":2375", image, "--bind"));
    command.addAll(List.of("0.0.0.0", "--admin-host", address(host), "--docker-image", replicas));
    command.addAll(List.of(options));
    docker(host, command.toArray(String[]::new));
  }

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

  /** Ends and removes all of it. */
  void down() throws Exception {
    Engine.run(Map.of(), SCRIPT, "down", folder.toString());
    try (Stream<Path> left = Files.walk(folder.getParent(), 1)) {
      if (left.anyMatch(folder::equals)) {
        throw new AssertionError("left behind: " + folder);
      }
    }
  }
}
