package io.hashring.demo.replica.swarm;

import com.github.dockerjava.api.model.EventType;
import io.hashring.demo.http.BlockingFutures;
import io.hashring.demo.replica.Heartbeat;
import io.hashring.demo.replica.ReplicaException;
import io.hashring.demo.replica.ReplicaPool;
import io.hashring.demo.replica.docker.DockerEngine;
import io.hashring.demo.replica.docker.EngineEvents;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Follows where a swarm runs replicas, until it is closed: looks once a second, and at once when
 * the swarm tells of a service or a node. It has no events of tasks.
 */
final class SwarmWatch implements AutoCloseable {

  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  private static final Logger LOG = Logger.getLogger(SwarmWatch.class.getName());

  private final Swarm swarm;
  private final Look look;
  private final @Nullable Heartbeat heartbeat;
  private final ReplicaPool.Watcher watcher;
  private final Thread thread = new Thread(this::follow, "swarm-watch");
  private final Semaphore news = new Semaphore(0);
  private final Map<String, SocketAddress> answered = new HashMap<>();
  private volatile boolean closed;
  private boolean away;

  /** What there is to see; tells the watcher of all but the places. */
  @FunctionalInterface
  interface Look {
    /** Where replicas run, by their names. */
    Map<String, SocketAddress> at(Swarm swarm, ReplicaPool.Watcher watcher);
  }

  private SwarmWatch(
      Swarm swarm, Look look, @Nullable Heartbeat heartbeat, ReplicaPool.Watcher watcher) {
    this.swarm = swarm;
    this.look = look;
    this.heartbeat = heartbeat;
    this.watcher = watcher;
  }

  /** @param heartbeat what has to be answered at a new place; null if nothing has to */
  static SwarmWatch start(
      Swarm swarm, Look look, @Nullable Heartbeat heartbeat, ReplicaPool.Watcher watcher) {
    SwarmWatch watch = new SwarmWatch(swarm, look, heartbeat, watcher);
    watch.thread.setDaemon(true);
    watch.thread.start();
    return watch;
  }

  private void follow() {
    try {
      while (!closed) {
        try (EngineEvents events = new EngineEvents(event -> news.release())) {
          swarm
              .docker()
              .eventsCmd()
              .withEventTypeFilter(EventType.SERVICE, EventType.NODE)
              .exec(events);
          do {
            look();
            var unused = news.tryAcquire(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS);
            news.drainPermits();
          } while (!events.haveEnded(Duration.ZERO));
        } catch (IOException | RuntimeException e) {
          lost(e);
          TimeUnit.NANOSECONDS.sleep(BETWEEN_LOOKS.toNanos());
        }
      }
    } catch (InterruptedException e) {
      LOG.log(Level.FINE, "closed"); // by whom the thread is interrupted
    }
  }

  private void look() {
    Map<String, SocketAddress> places = look.at(swarm, watcher);
    if (away) {
      LOG.log(Level.INFO, "the swarm is back");
      away = false;
    }
    answered.keySet().retainAll(places.keySet());
    places.forEach((name, place) -> {
      if (!place.equals(answered.get(name)) && answers(place)) {
        answered.put(name, place);
      }
    });
    Map<String, SocketAddress> running = new HashMap<>(answered);
    running.entrySet().removeIf(one -> !one.getValue().equals(places.get(one.getKey())));
    watcher.placed(running);
  }

  private boolean answers(SocketAddress place) {
    return heartbeat == null || answers(heartbeat, place);
  }

  static boolean answers(Heartbeat heartbeat, SocketAddress place) {
    try {
      return BlockingFutures.await(heartbeat.ask(place).otherwise(false));
    } catch (Exception e) {
      LOG.log(Level.FINE, "not yet", e);
      return false; // the next look asks again
    }
  }

  private void lost(Exception e) {
    if (!away && !closed) {
      ReplicaException failure = DockerEngine.failure(e);
      LOG.log(Level.WARNING, "{0}; until it is back nobody tells what moves", failure.getMessage());
      away = true;
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
