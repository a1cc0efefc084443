package org.example;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.ConnectivityState;
import io.grpc.ConnectivityStateInfo;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancerProvider;
import io.grpc.Status;
import io.hashring.HashRing;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Sends a call to the server that owns its key, and to the next one on the key's list while there
 * is no connection to be had. Connections are made when a key asks for one.
 */
final class RingBalancer extends LoadBalancer {

  /** The key of a call. */
  static final CallOptions.Key<String> KEY = CallOptions.Key.create("ring key");

  /** The name of a server, which it keeps when it moves to another address; else its address. */
  static final Attributes.Key<String> ID = Attributes.Key.create("ring id");

  /** To be registered; a channel takes it by {@code defaultLoadBalancingPolicy("ring_by_key")}. */
  static final class Provider extends LoadBalancerProvider {
    @Override
    public boolean isAvailable() {
      return true;
    }

    @Override
    public int getPriority() {
      return 5;
    }

    @Override
    public String getPolicyName() {
      return "ring_by_key";
    }

    @Override
    public LoadBalancer newLoadBalancer(Helper helper) {
      return new RingBalancer(helper);
    }
  }

  /** A server and its connection; its state is written in the channel's context alone. */
  private static final class Server {
    final String id;
    final Subchannel subchannel;
    volatile ConnectivityState state = ConnectivityState.IDLE;
    volatile Status failure = Status.UNAVAILABLE;

    Server(String id, Subchannel subchannel) {
      this.id = id;
      this.subchannel = subchannel;
    }

    String id() {
      return id;
    }
  }

  private final Helper helper;
  private HashRing<Server> ring = HashRing.builder(Server::id).build();

  private RingBalancer(Helper helper) {
    this.helper = helper;
  }

  /**
   * What has changed in the list is changed in the ring; the other connections stay. What is listed
   * twice under a name is one server with several addresses.
   */
  @Override
  public Status acceptResolvedAddresses(ResolvedAddresses resolved) {
    Map<String, List<EquivalentAddressGroup>> listed =
        resolved.getAddresses().stream().collect(Collectors.groupingBy(RingBalancer::idOf));
    Map<String, Server> left = new HashMap<>();
    ring.nodes().forEach(server -> left.put(server.id, server));
    ring = ring.change(change -> {
      listed.forEach((id, addresses) -> {
        Server known = left.remove(id);
        if (known == null) {
          change.add(start(id, addresses));
        } else {
          known.subchannel.updateAddresses(addresses);
        }
      });
      left.values().forEach(change::remove);
    });
    left.values().forEach(server -> server.subchannel.shutdown());
    show();
    return ring.nodes().isEmpty() ? Status.UNAVAILABLE.withDescription("no server") : Status.OK;
  }

  private static String idOf(EquivalentAddressGroup group) {
    String named = group.getAttributes().get(ID);
    return named == null ? group.getAddresses().get(0).toString() : named;
  }

  private Server start(String id, List<EquivalentAddressGroup> addresses) {
    Server server = new Server(
        id,
        helper.createSubchannel(
            CreateSubchannelArgs.newBuilder().setAddresses(addresses).build()));
    server.subchannel.start(state -> changed(server, state));
    return server;
  }

  /** A server that failed stays so until it is connected, while attempts at it go on. */
  private void changed(Server server, ConnectivityStateInfo info) {
    ConnectivityState state = info.getState();
    if (state == ConnectivityState.TRANSIENT_FAILURE) {
      server.failure = info.getStatus();
    } else if (server.state == ConnectivityState.TRANSIENT_FAILURE
        && state == ConnectivityState.IDLE) {
      server.subchannel.requestConnection();
    }
    if (server.state != ConnectivityState.TRANSIENT_FAILURE || state == ConnectivityState.READY) {
      server.state = state;
    }
    show();
  }

  /** The channel is as far as the one that is farthest. */
  private void show() {
    Set<ConnectivityState> states =
        ring.nodes().stream().map(server -> server.state).collect(Collectors.toSet());
    ConnectivityState shown =
        List.of(ConnectivityState.READY, ConnectivityState.CONNECTING, ConnectivityState.IDLE)
            .stream()
            .filter(states::contains)
            .findFirst()
            .orElse(ConnectivityState.TRANSIENT_FAILURE);
    HashRing<Server> current = ring;
    helper.updateBalancingState(shown, new SubchannelPicker() {
      @Override
      public PickResult pickSubchannel(PickSubchannelArgs args) {
        return pick(current, args);
      }
    });
  }

  private PickResult pick(HashRing<Server> current, PickSubchannelArgs args) {
    String named = args.getCallOptions().getOption(KEY);
    String key = named == null ? UUID.randomUUID().toString() : named; // without one, anywhere
    Status failure = Status.UNAVAILABLE.withDescription("no server");
    for (Server server : current.preferenceList(key)) {
      switch (server.state) {
        case READY:
          return PickResult.withSubchannel(server.subchannel);
        case TRANSIENT_FAILURE:
          failure = server.failure; // the next on the list
          continue;
        case IDLE:
          helper.getSynchronizationContext().execute(server.subchannel::requestConnection);
          return PickResult.withNoResult();
        default:
          return PickResult.withNoResult(); // the call waits for the next picker
      }
    }
    return PickResult.withError(failure);
  }

  @Override
  public void handleNameResolutionError(Status error) {
    if (ring.nodes().isEmpty()) {
      helper.updateBalancingState(
          ConnectivityState.TRANSIENT_FAILURE, new FixedResultPicker(PickResult.withError(error)));
    }
  }

  @Override
  public void shutdown() {
    ring.nodes().forEach(server -> server.subchannel.shutdown());
  }
}
