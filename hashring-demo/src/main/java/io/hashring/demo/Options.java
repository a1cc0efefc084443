package io.hashring.demo;

import static com.google.common.base.Preconditions.checkArgument;

import io.hashring.demo.cluster.ZooKeeperCluster;
import io.hashring.demo.proxy.RoutingKey;
import io.hashring.demo.replica.ReplicaPool;
import io.hashring.demo.replica.StaticReplicaPool;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the command line of the balancer says; the fields are set by picocli only. */
public final class Options {

  static final String EMBEDDED = "embedded";
  static final String DOCKER = "docker";

  private static final int DEFAULT_COUNT = 3;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      description = "Address to listen on (default: ${DEFAULT-VALUE}).")
  String bind = "127.0.0.1";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Port to listen on; 0 takes any free one (default: ${DEFAULT-VALUE}).")
  public int port = 5000;

  @Option(
      names = "--replicas",
      paramLabel = "SOURCE",
      description =
          "Where replicas come from: '" + EMBEDDED + "' runs them in this process, '" + DOCKER
              + "' in containers; a list of host:port,... or name=host:port,... takes those "
              + "that run already"
              + " (default: ${DEFAULT-VALUE}).")
  String replicas = EMBEDDED;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Replicas at the start (default: " + DEFAULT_COUNT + ", or all of a list).")
  @Nullable
  Integer count;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      converter = KeyConverter.class,
      description = "The part of a request that picks its replica: " + RoutingKey.SYNTAX
          + ". Without that part, the path does (default: ${DEFAULT-VALUE}).")
  RoutingKey key = RoutingKey.path();

  @Option(
      names = "--max-load",
      paramLabel = "FACTOR",
      description =
          "Send no replica more than FACTOR times its fair share of the requests under way,"
              + " such as 1.25; the others of its keys go on to the next (default: no bound).")
  @Nullable
  Double maxLoad;

  @Option(
      names = "--points",
      paramLabel = "N",
      description = "Points (virtual nodes) per replica on the ring (default: ${DEFAULT-VALUE}).")
  int points = 160;

  @Option(
      names = "--cluster",
      paramLabel = "URI",
      converter = EnsembleConverter.class,
      description = "Have the same members as every balancer with this option: "
          + ZooKeeperCluster.Ensemble.SYNTAX
          + ". Replicas at the start are those of the cluster, if"
          + " it has any. Embedded replicas need all balancers on one machine.")
  ZooKeeperCluster.@Nullable Ensemble cluster;

  @Option(
      names = "--cluster-timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Silence after which the others of a cluster take a balancer for dead, within"
          + " the limits of ZooKeeper (default: 10s).")
  Duration clusterTimeout = Duration.ofSeconds(10);

  @Option(
      names = "--admin-token",
      paramLabel = "TOKEN",
      description = "Ask for 'Authorization: Bearer TOKEN' on /add, /rm and /_lb/"
          + " (default: nobody is asked).")
  @Nullable
  String adminToken;

  @Option(
      names = "--admin-host",
      paramLabel = "NAME",
      split = ",",
      description = "Names of this balancer that a request to /add, /rm or /_lb/ring may have in"
          + " Host where there is no token, beside localhost and the address that it comes to: what"
          + " a page of another site may not have (default: none).")
  List<String> adminHosts = List.of();

  @Option(
      names = "--access-log",
      description = "Write a line for each request to the standard output.")
  boolean accessLog;

  @Option(
      names = "--check-interval",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Time between two health checks of a replica (default: 1s).")
  Duration checkInterval = Duration.ofSeconds(1);

  @Option(
      names = "--rise",
      paramLabel = "N",
      description = "Checks in a row to pass before a replica is up (default: ${DEFAULT-VALUE}).")
  int rise = 2;

  @Option(
      names = "--fall",
      paramLabel = "N",
      description = "Checks in a row to fail before a replica is down (default: ${DEFAULT-VALUE}).")
  int fall = 3;

  @Option(
      names = "--request-timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Time a replica has to begin its answer (default: 30s).")
  Duration requestTimeout = Duration.ofSeconds(30);

  @Option(
      names = "--idle-timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Time a client's connection has to bring its next request (default: 60s).")
  Duration idleTimeout = Duration.ofSeconds(60);

  @Option(
      names = "--drain-timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Time that requests under way have to end before a replica or the balancer"
          + " stops (default: 10s).")
  Duration drainTimeout = Duration.ofSeconds(10);

  @Option(
      names = "--replace-after",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description =
          "Time after which a container that runs, and that no check has reached since, is"
              + " killed and replaced (default: 30s).")
  Duration replaceAfter = Duration.ofSeconds(30);

  @Mixin
  DockerOptions docker = new DockerOptions();

  private @Nullable StaticReplicaPool listed;

  /** @throws IllegalArgumentException that names the option, its rule and the value */
  void check() {
    checkArgument(port >= 0 && port <= 65_535, "--port must be between 0 and 65535: %s", port);
    checkArgument(!bind.isBlank(), "--bind must be an address, such as 127.0.0.1");
    checkArgument(
        points >= 1 && points <= 10_000, "--points must be between 1 and 10000: %s", points);
    checkArgument(
        maxLoad == null || (maxLoad > 1 && maxLoad < Double.POSITIVE_INFINITY),
        "--max-load must be greater than 1, and finite: %s",
        maxLoad);
    checkArgument(rise >= 1, "--rise must be positive: %s", rise);
    checkArgument(fall >= 1, "--fall must be positive: %s", fall);
    adminHosts.forEach(host -> checkArgument(
        host.matches("[A-Za-z0-9_.:\\[\\]-]+") && !host.matches("[^:]*:[0-9]+"),
        "--admin-host must be a name or an address, without a port: %s",
        host));
    checkArgument(adminToken == null || !adminToken.isBlank(), "--admin-token must not be empty");
    docker.check();
    checkReplicas();
  }

  private void checkReplicas() {
    int most = isElastic() ? ReplicaPool.MAX_REPLICAS : listed().size();
    checkArgument(
        count() >= 1 && count() <= most, "--count must be between 1 and %s: %s", most, count());
  }

  /** What this balancer is called, where it is not by an address. */
  List<String> adminHosts() {
    return Stream.concat(adminHosts.stream(), Stream.of(bind)).toList();
  }

  int count() {
    if (count != null) {
      return count;
    }
    return isElastic() ? DEFAULT_COUNT : listed().size();
  }

  /** The list of replicas, where there is one; read once. */
  StaticReplicaPool listed() {
    StaticReplicaPool known = listed;
    if (known == null) {
      known = StaticReplicaPool.of(replicas);
      listed = known;
    }
    return known;
  }

  /** True if replicas can be made, false if there is a list of them. */
  boolean isElastic() {
    return replicas.equals(EMBEDDED) || replicas.equals(DOCKER);
  }

  /** Reads {@code zookeeper://host:port/path} and its like. */
  static final class EnsembleConverter implements ITypeConverter<ZooKeeperCluster.Ensemble> {
    @Override
    public ZooKeeperCluster.Ensemble convert(String text) {
      return ZooKeeperCluster.Ensemble.parse(text);
    }
  }

  /** Reads {@code header:X-User} and its like. */
  static final class KeyConverter implements ITypeConverter<RoutingKey> {
    @Override
    public RoutingKey convert(String text) {
      return RoutingKey.parse(text);
    }
  }
}
