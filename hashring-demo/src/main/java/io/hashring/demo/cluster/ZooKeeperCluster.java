package io.hashring.demo.cluster;

import static java.util.Objects.requireNonNull;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.cache.ChildData;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderLatchListener;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryNTimes;
import org.apache.curator.utils.CloseableUtils;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * Balancers that share one ZooKeeper. Below the path of the cluster stand
 *
 * <ul>
 *   <li>{@code members}: the whole list as JSON, in one node, so that any change of it is one
 *       write, which succeeds only on the version that it was made from;
 *   <li>{@code changing}: the lock under which changes are made, so that they need no repetition
 *       where replicas have to be started first;
 *   <li>{@code balancers}: an ephemeral node for each, with its {@link Acknowledgement};
 *   <li>{@code leader}: who leads.
 * </ul>
 *
 * <p>A revision is the transaction that wrote it. While ZooKeeper is away, the last known members
 * stay.
 */
public final class ZooKeeperCluster implements Cluster {

  private static final Logger LOG = Logger.getLogger(ZooKeeperCluster.class.getName());

  private static final String MEMBERS = "/members";
  private static final String CHANGING = "/changing";
  private static final String BALANCERS = "/balancers";
  private static final String LEADER = "/leader";

  /** For a connection, and for a lock that others hold while they start replicas. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  private static final int RETRIES = 3;
  private static final Duration BETWEEN_RETRIES = Duration.ofMillis(200);

  /**
   * Where the cluster keeps what it shares.
   *
   * @param servers as ZooKeeper's clients take them
   * @param path without a slash at either end
   */
  public record Ensemble(String servers, String path) {

    public static final String SYNTAX = "zookeeper://host:port[,host:port...]/path";

    private static final Pattern PATTERN = Pattern.compile(
        "zookeeper://([^/,:]+:\\d{1,5}(?:,[^/,:]+:\\d{1,5})*)/([\\w.-]+(?:/[\\w.-]+)*)");

    public static Ensemble parse(String text) {
      Matcher matcher = PATTERN.matcher(text);
      if (!matcher.matches()) {
        throw new IllegalArgumentException("the cluster must be " + SYNTAX + ": " + text);
      }
      return new Ensemble(matcher.group(1), matcher.group(2));
    }

    @Override
    public String toString() {
      return "zookeeper://" + servers + "/" + path;
    }
  }

  private final Ensemble ensemble;
  private final int points;
  private final String self = UUID.randomUUID().toString();
  private final CuratorFramework client;
  private final CuratorCache members;
  private final CuratorCache balancers;
  private final PersistentNode presence;
  private final LeaderLatch leader;
  private final InterProcessMutex changing;
  private final Set<Peer> told = ConcurrentHashMap.newKeySet();
  private @Nullable Listener listener;
  private volatile JsonObject about = new JsonObject();
  private long revision;
  private volatile Acknowledgement acknowledged = Acknowledgement.NONE;
  private volatile boolean takesPart;

  /** The list as it was read, with the version that a write has to name. */
  private record Read(List<Member> members, Stat stat) {}

  /**
   * Takes part from {@link #join} on.
   *
   * @param timeout after which the others take a balancer for dead
   * @param points for each node of the ring, on which all have to agree
   */
  public ZooKeeperCluster(Ensemble ensemble, Duration timeout, int points) {
    this.ensemble = ensemble;
    this.points = points;
    this.client = CuratorFrameworkFactory.builder()
        .connectString(ensemble.servers())
        .namespace(ensemble.path())
        .sessionTimeoutMs((int) timeout.toMillis())
        .connectionTimeoutMs((int) CONNECT_TIMEOUT.toMillis())
        .retryPolicy(new RetryNTimes(RETRIES, (int) BETWEEN_RETRIES.toMillis()))
        .build();
    this.members = CuratorCache.build(client, MEMBERS, CuratorCache.Options.SINGLE_NODE_CACHE);
    this.balancers = CuratorCache.build(client, BALANCERS);
    this.presence = new PersistentNode(
        client, CreateMode.EPHEMERAL, false, BALANCERS + "/" + self, acknowledged.encode(about));
    this.leader = new LeaderLatch(client, LEADER, self);
    this.changing = new InterProcessMutex(client, CHANGING);
  }

  @Override
  public String self() {
    return self;
  }

  @Override
  public void join(Listener listener) throws Exception {
    this.listener = listener;
    client.getConnectionStateListenable().addListener((c, state) -> connectionIs(state));
    client.start();
    if (!client.blockUntilConnected((int) CONNECT_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
      throw new IOException("ZooKeeper cannot be reached at " + ensemble.servers());
    }
    presence.start();
    if (!presence.waitForInitialCreate(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new IOException("ZooKeeper did not let this balancer in: " + ensemble);
    }
    read(); // or is it another kind of ring that they have?
    start(
        balancers,
        CuratorCacheListener.builder()
            .forAll((type, before, after) -> {
              listener.wake();
              tellDifferences();
            })
            .build());
    start(
        members,
        CuratorCacheListener.builder()
            .forCreatesAndChanges((before, after) -> follow(after))
            .build());
    leader.addListener(onLeading(() -> {
      tellAcknowledged(); // and who leads
      listener.wake();
    }));
    leader.start();
    takesPart = true;
    tellAcknowledged();
  }

  private static LeaderLatchListener onLeading(Runnable task) {
    return new LeaderLatchListener() {
      @Override
      public void isLeader() {
        task.run();
      }

      @Override
      public void notLeader() {
        task.run();
      }
    };
  }

  /** Returns once all that was there before is known. */
  private static void start(CuratorCache cache, CuratorCacheListener listener)
      throws InterruptedException {
    CountDownLatch initialized = new CountDownLatch(1);
    cache.listenable().addListener(listener);
    cache
        .listenable()
        .addListener(CuratorCacheListener.builder()
            .forInitialized(initialized::countDown)
            .build());
    cache.start();
    initialized.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private void connectionIs(ConnectionState state) {
    switch (state) {
      case SUSPENDED -> LOG.warning("ZooKeeper is away: the members stay as they are");
      case LOST -> LOG.warning("ZooKeeper is still away: others may take this balancer for dead");
      case RECONNECTED -> LOG.info("ZooKeeper is back");
      default -> LOG.log(Level.FINE, "ZooKeeper: {0}", state);
    }
  }

  // Who else there is

  @Override
  public void describe(String address, Map<String, String> settings) {
    JsonObject equal = new JsonObject();
    settings.forEach(equal::put);
    about = new JsonObject().put("address", address).put("settings", equal);
  }

  @Override
  public List<Peer> peers() {
    return others().map(this::peer).toList();
  }

  private Peer peer(ChildData node) {
    String id = node.getPath().substring(BALANCERS.length() + 1);
    try {
      JsonObject theirs = new JsonObject(Buffer.buffer(node.getData()));
      JsonObject ours = about.getJsonObject("settings", new JsonObject());
      JsonObject settings = theirs.getJsonObject("settings", ours); // not said yet
      List<String> differsIn = Stream.concat(
              ours.fieldNames().stream(), settings.fieldNames().stream())
          .distinct()
          .filter(name -> !Objects.equals(ours.getValue(name), settings.getValue(name)))
          .sorted()
          .toList();
      return new Peer(
          id, theirs.getString("address", "unknown"), theirs.getBoolean("leads", false), differsIn);
    } catch (RuntimeException e) {
      return new Peer(id, "unknown", false, List.of()); // of a version that says it otherwise
    }
  }

  /** One line for each balancer whose settings are others. */
  private void tellDifferences() {
    for (Peer peer : peers()) {
      Peer once = new Peer(peer.id(), peer.address(), false, peer.differsIn());
      if (!peer.differsIn().isEmpty() && told.add(once)) {
        LOG.log(
            Level.WARNING,
            "the balancer at {0} has other settings, by which keys may go elsewhere: {1}",
            new Object[] {peer.address(), peer.differsIn()});
      }
    }
  }

  // The list

  @Override
  public void change(Edit edit) throws Exception {
    lock();
    try {
      Read read = read();
      follow(read);
      List<Member> next = List.copyOf(edit.apply(read.members()));
      if (!next.equals(read.members())) {
        follow(write(next, read.stat().getVersion()));
      }
    } finally {
      unlock();
    }
  }

  private void lock() throws Exception {
    if (!client.getZookeeperClient().isConnected()) {
      throw unreachable(new KeeperException.ConnectionLossException());
    }
    try {
      if (!changing.acquire(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new ConflictException(
            "the members are as before: another balancer has been changing them for "
                + PATIENCE.toSeconds() + " s");
      }
    } catch (KeeperException e) {
      throw unreachable(e);
    }
  }

  private static UnreachableException unreachable(KeeperException cause) {
    return new UnreachableException(
        "the members are as before: ZooKeeper cannot be reached", cause);
  }

  private void unlock() {
    try {
      changing.release();
    } catch (Exception e) {
      // Curator goes on trying, and the lock ends with the session
      LOG.log(Level.FINE, "the lock is not released yet", e);
    }
  }

  private Read read() throws Exception {
    try {
      Stat stat = new Stat();
      byte[] json = client.getData().storingStatIn(stat).forPath(MEMBERS);
      return new Read(decode(json), stat);
    } catch (KeeperException.NoNodeException e) {
      createMembers();
      return read();
    } catch (KeeperException e) {
      throw unreachable(e);
    }
  }

  private void createMembers() throws Exception {
    try {
      client.create().creatingParentsIfNeeded().forPath(MEMBERS, encode(List.of()));
    } catch (KeeperException.NodeExistsException e) {
      // another balancer was the first of the cluster
    }
  }

  /** A write whose answer is lost may have gone through: a look tells. */
  private Read write(List<Member> next, int version) throws Exception {
    try {
      Stat stat = client.setData().withVersion(version).forPath(MEMBERS, encode(next));
      return new Read(next, stat);
    } catch (KeeperException e) {
      Read now = read();
      if (now.members().equals(next)) {
        return now;
      }
      if (e instanceof KeeperException.BadVersionException) {
        throw new ConflictException("the members were changed meanwhile: try again");
      }
      throw unreachable(e);
    }
  }

  private void follow(ChildData data) {
    try {
      follow(new Read(decode(data.getData()), data.getStat()));
    } catch (RuntimeException e) {
      LOG.log(Level.WARNING, "cannot read the members that another balancer wrote", e);
    }
  }

  /** News come twice, and late if they come from the cache: only what is newer counts. */
  private synchronized void follow(Read read) {
    if (read.stat().getMzxid() > revision) {
      revision = read.stat().getMzxid();
      requireNonNull(listener).onRevision(read.members(), revision);
    }
  }

  private byte[] encode(List<Member> list) {
    JsonArray array = new JsonArray();
    for (Member member : list) {
      array.add(new JsonObject()
          .put("name", member.name())
          .put("host", member.address().host())
          .put("port", member.address().port())
          .put("hostedBy", member.hostedBy())
          .put("leaving", member.leaving())
          .put("weight", member.weight())
          .put("ramp", member.ramp()));
    }
    return new JsonObject()
        .put("points", points)
        .put("members", array)
        .toBuffer()
        .getBytes();
  }

  private List<Member> decode(byte[] json) {
    JsonObject object = new JsonObject(Buffer.buffer(json));
    if (object.getInteger("points") != points) {
      throw new IllegalStateException("--points must be " + object.getInteger("points")
          + ", as in the rest of the cluster: " + points);
    }
    return object.getJsonArray("members").stream()
        .map(JsonObject.class::cast)
        .map(member -> new Member(
            member.getString("name"),
            SocketAddress.inetSocketAddress(member.getInteger("port"), member.getString("host")),
            member.getString("hostedBy"),
            member.getBoolean("leaving"),
            member.getDouble("weight"),
            member.getDouble("ramp")))
        .toList();
  }

  // The balancers

  @Override
  public boolean isLeader() {
    return takesPart && leader.hasLeadership();
  }

  @Override
  public Set<String> balancers() throws Exception {
    try {
      return Set.copyOf(client.getChildren().forPath(BALANCERS));
    } catch (KeeperException e) {
      throw unreachable(e);
    }
  }

  @Override
  public void acknowledge(long revision, Set<String> draining) {
    acknowledged = new Acknowledgement(revision, draining);
    tellAcknowledged();
  }

  private synchronized void tellAcknowledged() {
    if (takesPart) {
      try {
        presence.setData(acknowledged.encode(about.copy().put("leads", leader.hasLeadership())));
      } catch (Exception e) {
        // Curator sets it when it makes the node again
        LOG.log(Level.FINE, "the others are not told yet", e);
      }
    }
  }

  @Override
  public boolean isReleased(String name, long revision) {
    return acknowledged.releases(name, revision)
        && others()
            .allMatch(other -> Acknowledgement.decode(other.getData()).releases(name, revision));
  }

  private Stream<ChildData> others() {
    return balancers.stream()
        .filter(node -> !node.getPath().equals(BALANCERS) && !node.getPath().endsWith(self));
  }

  @Override
  public synchronized void leave() {
    if (takesPart) {
      takesPart = false;
      CloseableUtils.closeQuietly(leader);
      CloseableUtils.closeQuietly(presence);
    }
  }

  @Override
  public boolean isConnected() {
    return client.getZookeeperClient().isConnected();
  }

  @Override
  public boolean hasOthers() {
    return client.getZookeeperClient().isConnected() && others().findAny().isPresent();
  }

  @Override
  public void close() {
    CloseableUtils.closeQuietly(members);
    CloseableUtils.closeQuietly(balancers);
    CloseableUtils.closeQuietly(client);
  }
}
