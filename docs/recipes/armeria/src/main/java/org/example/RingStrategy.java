package org.example;

import com.linecorp.armeria.client.ClientRequestContext;
import com.linecorp.armeria.client.Endpoint;
import com.linecorp.armeria.client.endpoint.AbstractEndpointSelector;
import com.linecorp.armeria.client.endpoint.EndpointGroup;
import com.linecorp.armeria.client.endpoint.EndpointSelectionStrategy;
import com.linecorp.armeria.client.endpoint.EndpointSelector;
import io.hashring.HashRing;
import io.hashring.PreferenceList;
import io.netty.util.AttributeKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Selects the endpoint that owns the key of a request. A request that is tried again goes to the
 * next one on its key's list, a request without a key goes anywhere.
 */
final class RingStrategy implements EndpointSelectionStrategy {

  private static final AttributeKey<Set<String>> TRIED =
      AttributeKey.valueOf(RingStrategy.class, "TRIED");

  /** An endpoint under a name that it keeps when it moves to another address. */
  private record Server(String id, Endpoint endpoint) {}

  private final Function<Endpoint, String> id;
  private final Function<ClientRequestContext, String> key;
  private final Predicate<Endpoint> isUp;

  RingStrategy(
      Function<Endpoint, String> id,
      Function<ClientRequestContext, String> key,
      Predicate<Endpoint> isUp) {
    this.id = id;
    this.key = key;
    this.isUp = isUp;
  }

  /** To be given to {@code contextCustomizer}: the attempts at a request know of each other. */
  static void remembersAttempts(ClientRequestContext context) {
    if (!context.hasAttr(TRIED)) {
      context.setAttr(TRIED, ConcurrentHashMap.newKeySet());
    }
  }

  @Override
  public EndpointSelector newSelector(EndpointGroup group) {
    return new Selector(group);
  }

  private final class Selector extends AbstractEndpointSelector {
    private volatile HashRing<Server> ring = HashRing.builder(Server::id).build();

    Selector(EndpointGroup group) {
      super(group);
      initialize();
    }

    /**
     * What has changed in the list is changed in the ring. Threads that change the list call this
     * in any order, so it is the list of now that counts, not that of the call.
     */
    @Override
    protected synchronized void updateNewEndpoints(List<Endpoint> then) {
      Map<String, Server> left = new HashMap<>();
      ring.nodes().forEach(server -> left.put(server.id(), server));
      ring = ring.change(change -> {
        for (Endpoint endpoint : group().endpoints()) {
          Server server = new Server(id.apply(endpoint), endpoint);
          change.set(server, endpoint.weight() / 1000.0);
          left.remove(server.id());
        }
        left.values().forEach(change::remove);
      });
    }

    @Override
    protected Endpoint doSelectNow(ClientRequestContext context) {
      Set<String> attempts = context.attr(TRIED);
      Set<String> tried = attempts == null ? Set.of() : attempts;
      String named = key.apply(context);
      PreferenceList<Server> all =
          ring.preferenceList(named == null ? UUID.randomUUID().toString() : named);
      PreferenceList<Server> up = all.where(server -> isUp.test(server.endpoint()));
      Server server = up.where(s -> !tried.contains(s.id()))
          .first()
          .or(up::first)
          .or(all::first) // what says that all are down may be wrong
          .orElse(null);
      if (server == null) {
        return null; // there is none, and Armeria waits for the list to change
      }
      if (attempts != null) {
        attempts.add(server.id());
      }
      return server.endpoint();
    }
  }
}
