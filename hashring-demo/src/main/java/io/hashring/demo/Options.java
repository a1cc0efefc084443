package io.hashring.demo;

import static com.google.common.base.Preconditions.checkArgument;

import io.hashring.demo.cluster.ZooKeeperCluster;
import io.hashring.demo.proxy.LoadUnits;
import io.hashring.demo.proxy.RoutingKey;
import io.hashring.demo.proxy.TrustedProxies;
import io.hashring.demo.replica.ReplicaPool;
import io.hashring.demo.replica.StaticReplicaPool;
import io.hashring.demo.replica.swarm.WatchedService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
  static final String SWARM = "swarm";
  static final String WATCHED = "swarm:";

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
              + "' in containers, '" + SWARM + "' as services of a Docker Swarm; '" + WATCHED
              + "SERVICE[:PORT]' takes the tasks of a service that runs already; a list of"
              + " host:port,... or name=host:port*weight,... takes"
              + " those that run already"
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
      description = "What picks the replica of a request: " + RoutingKey.SYNTAX + ". Of a list with"
          + " commas the first that the request has does; '+' joins parts. At last the path does,"
          + " unless the list ends with random or sticky (default: ${DEFAULT-VALUE}).")
  RoutingKey key = RoutingKey.path();

  @Option(
      names = "--trusted-proxies",
      paramLabel = "CIDR",
      split = ",",
      description = "Addresses of proxies in front, such as 10.0.0.0/8: what they say of the client"
          + " in X-Forwarded-For or Forwarded is client-ip, and goes on to the replica"
          + " (default: nobody is believed).")
  List<String> trustedProxies = List.of();

  @Option(
      names = "--max-load",
      paramLabel = "FACTOR",
      description =
          "Send no replica more than FACTOR times its fair share of the requests under way,"
              + " such as 1.25; the others of its keys go on to the next (default: no bound).")
  @Nullable
  Double maxLoad;

  @Option(
      names = "--max-load-floor",
      paramLabel = "N",
      description =
          "With --max-load: no replica is full with fewer requests under way than that, so"
              + " that few requests stay with the owners of their keys (default:"
              + " ${DEFAULT-VALUE}).")
  long maxLoadFloor;

  @Option(
      names = "--max-load-units",
      paramLabel = "header:NAME",
      converter = UnitsConverter.class,
      description = "Header that says how much of that load a request is, from 1 to 999999;"
          + " 1 where it does not (default: every request is 1).")
  LoadUnits maxLoadUnits = LoadUnits.ONE;

  @Option(
      names = "--max-requests",
      paramLabel = "N",
      description = "Short requests that a replica may have at once, so many connections at most;"
          + " others wait for one of them to end (default: ${DEFAULT-VALUE}).")
  int maxRequests = 512;

  @Option(
      names = "--max-streams",
      paramLabel = "N",
      description = "WebSockets, event streams and requests of more than 5s that a replica may have"
          + " beside these; others go on to the next, or are refused (default: ${DEFAULT-VALUE}).")
  int maxStreams = 4096;

  @Option(
      names = "--stream-timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description =
          "Time in which nothing need move on a WebSocket or an event stream" + " (default: 10m).")
  Duration streamTimeout = Duration.ofMinutes(10);

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
      names = "--admin-token-file",
      paramLabel = "FILE",
      description = "Read the token from this file, and not from the command line, which every user"
          + " of the machine can see.")
  @Nullable
  Path adminTokenFile;

  @Option(
      names = "--admin-host",
      paramLabel = "NAME",
      split = ",",
      description = "Names of this balancer that a request to /add, /rm or /_lb/ may have in"
          + " Host where there is no token, beside localhost and the address that it comes to: what"
          + " a page of another site may not have (default: none).")
  List<String> adminHosts = List.of();

  @Option(
      names = "--access-log",
      description = "Write a line for each request to the standard output.")
  boolean accessLog;

  @Option(
      names = "--metrics-retention",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description =
          "Time for which the counters of a replica that left can be read" + " (default: 15m).")
  Duration metricsRetention = Duration.ofMinutes(15);

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
      names = "--lame-duck",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description =
          "Time after SIGTERM in which /_lb/ready says 503 and requests are still taken, so"
              + " that who asks can send them elsewhere; then the port closes (default: 1s).")
  Duration lameDuck = Duration.ofSeconds(1);

  @Option(
      names = "--replace-after",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description =
          "Time after which a container that runs, and that no check has reached since, is"
              + " killed and replaced (default: 30s).")
  Duration replaceAfter = Duration.ofSeconds(30);

  @Mixin
  HealthOptions health = new HealthOptions();

  @Mixin
  DockerOptions docker = new DockerOptions();

  private @Nullable StaticReplicaPool listed;
  private @Nullable String token;

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
    checkArgument(
        maxLoadFloor >= 0 && (maxLoadFloor == 0 || maxLoad != null),
        "--max-load-floor must not be negative, and goes with --max-load: %s",
        maxLoadFloor);
    checkArgument(
        maxRequests >= 1 && maxRequests <= 100_000,
        "--max-requests must be between 1 and 100000: %s",
        maxRequests);
    checkArgument(
        maxStreams >= 1 && maxStreams <= 100_000,
        "--max-streams must be between 1 and 100000: %s",
        maxStreams);
    checkArgument(
        maxLoadUnits.equals(LoadUnits.ONE) || maxLoad != null,
        "--max-load-units must have a --max-load to count for");
    health.check();
    adminHosts.forEach(host -> checkArgument(
        host.matches("[A-Za-z0-9_.:\\[\\]-]+") && !host.matches("[^:]*:[0-9]+"),
        "--admin-host must be a name or an address, without a port: %s",
        host));
    checkArgument(adminToken == null || !adminToken.isBlank(), "--admin-token must not be empty");
    token = readAdminToken();
    proxies();
    docker.check();
    checkReplicas();
  }

  TrustedProxies proxies() {
    return TrustedProxies.parse(trustedProxies);
  }

  private void checkReplicas() {
    if (isWatched()) {
      checkArgument(
          count == null, "--count is for the service to say, which is only watched: %s", count);
      var unused = watched();
      return;
    }
    int most = isElastic() ? ReplicaPool.MAX_REPLICAS : listed().size();
    checkArgument(
        count() >= 1 && count() <= most, "--count must be between 1 and %s: %s", most, count());
  }

  private @Nullable String readAdminToken() {
    if (adminTokenFile == null) {
      return adminToken;
    }
    checkArgument(adminToken == null, "--admin-token and --admin-token-file exclude each other");
    try {
      String read = Files.readString(adminTokenFile).strip();
      checkArgument(
          read.matches("[!-~]+"),
          "--admin-token-file must have one token, of visible ASCII: %s",
          adminTokenFile);
      return read;
    } catch (IOException e) {
      throw new IllegalArgumentException("--admin-token-file cannot be read: " + e, e);
    }
  }

  /** What whoever changes the members has to know, or null; as of the last check. */
  @Nullable
  String token() {
    return token;
  }

  /** What this balancer is called, where it is not by an address. */
  List<String> adminHosts() {
    return Stream.concat(adminHosts.stream(), Stream.of(bind)).toList();
  }

  int count() {
    if (count != null) {
      return count;
    }
    if (isWatched()) {
      return 0; // and those that are found
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
    return replicas.equals(EMBEDDED) || replicas.equals(DOCKER) || replicas.equals(SWARM);
  }

  /** True if replicas are known by the group that a label puts them in. */
  boolean hasGroup() {
    return replicas.equals(DOCKER) || replicas.equals(SWARM);
  }

  /** True if replicas are tasks of a service of somebody else. */
  boolean isWatched() {
    return replicas.startsWith(WATCHED);
  }

  WatchedService watched() {
    return WatchedService.of(replicas.substring(WATCHED.length()), docker.network);
  }

  /** Reads {@code zookeeper://host:port/path} and its like. */
  static final class EnsembleConverter implements ITypeConverter<ZooKeeperCluster.Ensemble> {
    @Override
    public ZooKeeperCluster.Ensemble convert(String text) {
      return ZooKeeperCluster.Ensemble.parse(text);
    }
  }

  /** Reads {@code header:X-Cost} and its like. */
  static final class UnitsConverter implements ITypeConverter<LoadUnits> {
    @Override
    public LoadUnits convert(String text) {
      return LoadUnits.parse(text);
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
