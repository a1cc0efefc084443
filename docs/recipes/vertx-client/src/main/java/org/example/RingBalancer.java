package org.example;

import io.hashring.HashRing;
import io.hashring.PreferenceList;
import io.vertx.core.net.endpoint.DefaultInteractionMetric;
import io.vertx.core.net.endpoint.DefaultInteractionMetrics;
import io.vertx.core.net.endpoint.InteractionMetrics;
import io.vertx.core.net.endpoint.LoadBalancer;
import io.vertx.core.net.endpoint.ServerEndpoint;
import io.vertx.core.net.endpoint.ServerSelector;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.function.Function;

/**
 * Sends a request to the server that owns its routing key. A server that has failed is passed over
 * for a while, so a request that is tried again goes to the next one on its key's list.
 */
final class RingBalancer implements LoadBalancer {

  /** An endpoint at its place in the list that Vert.x has. */
  private record Server(String id, int index, ServerEndpoint endpoint) {

    boolean isUp() {
      return !(endpoint.metrics() instanceof Failures failures) || !failures.isRecent();
    }
  }

  /** Vert.x reports to it what comes of each request to an endpoint. */
  private static final class Failures extends DefaultInteractionMetrics {
    private static final long PAUSE = Duration.ofSeconds(2).toNanos();

    private volatile long until = System.nanoTime();

    @Override
    public void reportFailure(DefaultInteractionMetric metric, Throwable failure) {
      until = System.nanoTime() + PAUSE;
    }

    boolean isRecent() {
      return until - System.nanoTime() > 0;
    }
  }

  private final Function<ServerEndpoint, String> id;
  private HashRing<Server> ring = HashRing.builder(Server::id).build();

  /** With the name of an endpoint, which it keeps when it moves to another address. */
  RingBalancer(Function<ServerEndpoint, String> id) {
    this.id = id;
  }

  @Override
  public InteractionMetrics<?> newMetrics() {
    return new Failures();
  }

  /** Vert.x calls it when the list has changed; of the ring, only that changes. */
  @Override
  public synchronized ServerSelector selector(List<? extends ServerEndpoint> endpoints) {
    var left = new HashMap<String, Server>();
    ring.nodes().forEach(server -> left.put(server.id(), server));
    ring = ring.change(change -> {
      for (int i = 0; i < endpoints.size(); i++) {
        Server server = new Server(id.apply(endpoints.get(i)), i, endpoints.get(i));
        change.set(server);
        left.remove(server.id());
      }
      left.values().forEach(change::remove);
    });
    return new Selector(ring, LoadBalancer.ROUND_ROBIN.selector(endpoints));
  }

  private record Selector(HashRing<Server> ring, ServerSelector others) implements ServerSelector {

    /** A request without a key may go anywhere. */
    @Override
    public int select() {
      return others.select();
    }

    @Override
    public int select(String key) {
      PreferenceList<Server> list = ring.preferenceList(key);
      return list.where(Server::isUp).first().or(list::first).map(Server::index).orElse(-1);
    }
  }
}
