package org.example;

import io.hashring.ConcurrentHashRing;
import io.hashring.HashRing;
import io.hashring.RingDiff;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.params.RestoreParams;

/** A cache in several servers of Redis, each with a client of Jedis. */
final class RedisShards implements AutoCloseable {

  /** A server, known by a name that it keeps when it moves to another address. */
  record Server(String id, HostAndPort address) {}

  private final ConcurrentHashRing<Server> servers;
  private final Map<Server, RedisClient> clients = new ConcurrentHashMap<>();
  private final Set<String> down = ConcurrentHashMap.newKeySet();

  RedisShards(HashRing<Server> ring) {
    servers = ConcurrentHashRing.of(ring);
    servers.onChange((before, after) -> clients.keySet().stream()
        .filter(server -> !after.nodes().contains(server))
        .toList()
        .forEach(server -> clients.remove(server).close()));
  }

  HashRing<Server> ring() {
    return servers.ring();
  }

  /** One round trip to each server that has some of the keys; two when a server has just died. */
  Map<String, String> mget(Collection<String> keys) {
    Map<String, String> found = new HashMap<>();
    List<String> again = new ArrayList<>();
    byServer(keys).forEach((server, ofServer) -> {
      if (!ask(server, ofServer, found)) {
        again.addAll(ofServer);
      }
    });
    byServer(again).forEach((server, ofServer) -> ask(server, ofServer, found));
    return found;
  }

  private Map<Server, List<String>> byServer(Collection<String> keys) {
    return down.isEmpty()
        ? ring().group(keys)
        : keys.stream().collect(Collectors.groupingBy(this::serverOf));
  }

  /** The owner, or the next on the list that is up; if none is, the owner is tried. */
  private Server serverOf(String key) {
    HashRing<Server> ring = ring();
    return ring.preferenceList(key).where(this::isUp).first().orElseGet(() -> ring.locate(key));
  }

  private boolean ask(Server server, List<String> keys, Map<String, String> found) {
    try {
      List<String> values = client(server).mget(keys.toArray(String[]::new));
      for (int i = 0; i < keys.size(); i++) {
        if (values.get(i) != null) {
          found.put(keys.get(i), values.get(i));
        }
      }
      return true;
    } catch (JedisConnectionException e) {
      down.add(server.id()); // until whoever checks servers says otherwise
      return false;
    }
  }

  /** On the owner; if that has just died, on the next. */
  void set(String key, String value) {
    Server server = serverOf(key);
    try {
      client(server).set(key, value);
    } catch (JedisConnectionException e) {
      down.add(server.id());
      client(serverOf(key)).set(key, value);
    }
  }

  /**
   * Adds a server, and takes over to it those of the keys that are its own now, with what is left
   * of their time to live. Where they were they are deleted, or they would be there, stale, should
   * the server leave again.
   */
  int add(Server server, double weight, Collection<String> keys) {
    HashRing<Server> before = ring();
    RingDiff<Server> diff = before.diff(before.with(server, weight));
    Map<Server, List<String>> moved = new HashMap<>();
    for (String key : keys) {
      for (RingDiff.Move<Server> move : diff.movesOf(key)) {
        RedisClient from = client(move.from());
        byte[] value = from.dump(key);
        if (value != null) {
          long left = from.pttl(key);
          long millis = left == -1 ? 0 : Math.max(1, left); // where -1 is for ever, and there 0
          client(move.to()).restore(key, millis, value, new RestoreParams().replace());
          moved.computeIfAbsent(move.from(), s -> new ArrayList<>()).add(key);
        }
      }
    }
    servers.update(ring -> ring.with(server, weight));
    moved.forEach((from, gone) -> client(from).del(gone.toArray(String[]::new)));
    return moved.values().stream().mapToInt(List::size).sum();
  }

  /** A server under the same name, elsewhere or up again: no key moves. */
  void replace(Server server) {
    servers.set(server);
    down.remove(server.id());
  }

  private boolean isUp(Server server) {
    return !down.contains(server.id());
  }

  private RedisClient client(Server server) {
    return clients.computeIfAbsent(server, s -> RedisClient.create(s.address()));
  }

  @Override
  public void close() {
    clients.values().forEach(RedisClient::close);
  }
}
