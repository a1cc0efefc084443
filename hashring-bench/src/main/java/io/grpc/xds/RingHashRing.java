package io.grpc.xds;

import static java.util.Objects.requireNonNull;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.ChannelLogger;
import io.grpc.ConnectivityState;
import io.grpc.ConnectivityStateInfo;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer.CreateSubchannelArgs;
import io.grpc.LoadBalancer.Helper;
import io.grpc.LoadBalancer.PickSubchannelArgs;
import io.grpc.LoadBalancer.ResolvedAddresses;
import io.grpc.LoadBalancer.Subchannel;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.LoadBalancer.SubchannelStateListener;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.SynchronizationContext;
import io.grpc.util.MultiChildLoadBalancer;
import io.hashring.bench.peer.Ring;
import java.lang.reflect.Field;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * grpc-java 1.85.1, the {@code ring_hash_experimental} policy from grpc-xds, with a ring of exactly
 * so many points per node and addresses that connect at once. A key is hashed as the policy hashes
 * a header (XXH64) and handed to the picker as a call option, as the resolver does. A change is a
 * new list of addresses, for which the policy rebuilds its ring; readers keep the picker they have
 * until the new one is out.
 */
@NullMarked
public final class RingHashRing extends Ring<Subchannel> {

  private static final Field RING = field(RingHashLoadBalancer.class, "ring");
  private static final Field RESOLVING = field(MultiChildLoadBalancer.class, "resolvingAddresses");

  private final Map<String, EquivalentAddressGroup> addresses = new LinkedHashMap<>();
  private final int pointsPerNode;
  private final Channel channel = new Channel();
  private final RingHashLoadBalancer loadBalancer = new RingHashLoadBalancer(channel);

  /** A policy with these addresses, all of them connected. */
  public RingHashRing(Collection<String> nodes, int pointsPerNode) {
    this.pointsPerNode = pointsPerNode;
    with(nodes);
  }

  private static Field field(Class<?> owner, String name) {
    try {
      Field field = owner.getDeclaredField(name);
      field.setAccessible(true);
      return field;
    } catch (NoSuchFieldException e) {
      throw new LinkageError(owner + " is not of the version that is measured", e);
    }
  }

  @Override
  public Subchannel locate(String key) {
    return locateAt(XxHash64.INSTANCE.hashAsciiString(key));
  }

  @Override
  public Subchannel locateAt(long hash) {
    return requireNonNull(channel.picker).pickSubchannel(new Call(hash)).getSubchannel();
  }

  @Override
  public RingHashRing with(Collection<String> added) {
    for (String node : added) {
      addresses.put(
          node, new EquivalentAddressGroup(InetSocketAddress.createUnresolved(node, 443)));
    }
    return resolve();
  }

  @Override
  public RingHashRing without(Collection<String> removed) {
    addresses.keySet().removeAll(removed);
    return resolve();
  }

  private RingHashRing resolve() {
    channel.getSynchronizationContext().execute(this::accept);
    return this;
  }

  private void accept() {
    long size = (long) addresses.size() * pointsPerNode;
    channel.publishing = false;
    var status = loadBalancer.acceptResolvedAddresses(ResolvedAddresses.newBuilder()
        .setAddresses(List.copyOf(addresses.values()))
        .setLoadBalancingPolicyConfig(new RingHashLoadBalancer.RingHashConfig(size, size, ""))
        .build());
    if (!status.isOk()) {
      throw new IllegalStateException(status.toString());
    }
    connect();
    channel.publishing = true;
    loadBalancer.updateOverallBalancingState();
  }

  /**
   * Connects all addresses with one new picker at the end, where the policy would make one each.
   */
  private void connect() {
    try {
      RESOLVING.setBoolean(loadBalancer, true);
      for (var child : new ArrayList<>(loadBalancer.getChildLbStates())) {
        if (child.getCurrentState() != ConnectivityState.READY) {
          child.getLb().requestConnection();
        }
      }
      RESOLVING.setBoolean(loadBalancer, false);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public String name(Subchannel node) {
    return ((Connected) node).name();
  }

  @Override
  public Object structure() {
    try {
      return RING.get(loadBalancer);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  /** The channel of a client, as far as a policy sees it. */
  private static final class Channel extends Helper {

    private final SynchronizationContext context = new SynchronizationContext((thread, e) -> {
      throw new IllegalStateException(e);
    });

    private volatile @Nullable SubchannelPicker picker;
    private boolean publishing;

    @Override
    public Subchannel createSubchannel(CreateSubchannelArgs arguments) {
      return new Connected(arguments.getAddresses());
    }

    @Override
    public void updateBalancingState(ConnectivityState state, SubchannelPicker picker) {
      if (publishing) {
        this.picker = picker;
      }
    }

    @Override
    public SynchronizationContext getSynchronizationContext() {
      return context;
    }

    @Override
    public String getAuthority() {
      return "bench";
    }

    @Override
    public ManagedChannel createOobChannel(EquivalentAddressGroup addresses, String authority) {
      throw new UnsupportedOperationException();
    }
  }

  /** A connection that is ready as soon as it is asked for. */
  private static final class Connected extends Subchannel {

    private List<EquivalentAddressGroup> addresses;
    private @Nullable SubchannelStateListener listener;

    Connected(List<EquivalentAddressGroup> addresses) {
      this.addresses = addresses;
    }

    String name() {
      return ((InetSocketAddress) addresses.get(0).getAddresses().get(0)).getHostString();
    }

    @Override
    public void start(SubchannelStateListener listener) {
      this.listener = listener;
    }

    @Override
    public void requestConnection() {
      requireNonNull(listener)
          .onSubchannelState(ConnectivityStateInfo.forNonError(ConnectivityState.READY));
    }

    @Override
    public void updateAddresses(List<EquivalentAddressGroup> addresses) {
      this.addresses = addresses;
    }

    @Override
    public List<EquivalentAddressGroup> getAllAddresses() {
      return addresses;
    }

    @Override
    public Attributes getAttributes() {
      return Attributes.EMPTY;
    }

    @Override
    public ChannelLogger getChannelLogger() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void shutdown() {}
  }

  /** What a picker may know of a call. */
  private static final class Call extends PickSubchannelArgs {

    private final CallOptions options;

    Call(long hash) {
      options = CallOptions.DEFAULT.withOption(XdsNameResolver.RPC_HASH_KEY, hash);
    }

    @Override
    public CallOptions getCallOptions() {
      return options;
    }

    @Override
    public Metadata getHeaders() {
      throw new UnsupportedOperationException();
    }

    @Override
    public MethodDescriptor<?, ?> getMethodDescriptor() {
      throw new UnsupportedOperationException();
    }
  }
}
