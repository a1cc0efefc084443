package org.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.EquivalentAddressGroup;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.LoadBalancerRegistry;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import io.grpc.StatusOr;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.hashring.HashRing;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class RingBalancerTest {

  private static final List<String> KEYS =
      IntStream.range(0, 300).mapToObj(i -> "user:" + i).toList();

  private static final Marshaller<String> TEXT = new Marshaller<>() {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try {
        return new String(stream.readAllBytes(), UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  };

  private static final MethodDescriptor<String, String> WHO = MethodDescriptor.newBuilder(
          TEXT, TEXT)
      .setType(MethodDescriptor.MethodType.UNARY)
      .setFullMethodName("example.Users/Who")
      .build();

  private static EquivalentAddressGroup group(String id, SocketAddress address) {
    return new EquivalentAddressGroup(
        address, Attributes.newBuilder().set(RingBalancer.ID, id).build());
  }

  /** A list that a registry would give, as the scheme {@code fleet}. */
  private final class Registry extends NameResolverProvider {
    private final Map<String, SocketAddress> addresses = new TreeMap<>();
    private NameResolver.Listener2 listener;

    void tell() {
      List<EquivalentAddressGroup> groups = new ArrayList<>();
      addresses.forEach((id, address) -> groups.add(group(id, address)));
      tell(groups);
    }

    synchronized void tell(List<EquivalentAddressGroup> groups) {
      listener.onResult(NameResolver.ResolutionResult.newBuilder()
          .setAddressesOrError(StatusOr.fromValue(groups))
          .build());
    }

    void put(String id, SocketAddress address) {
      addresses.put(id, address);
      if (listener != null) {
        tell();
      }
    }

    void remove(String id) {
      addresses.remove(id);
      tell();
    }

    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 5;
    }

    @Override
    public String getDefaultScheme() {
      return "fleet";
    }

    @Override
    public NameResolver newNameResolver(URI target, NameResolver.Args args) {
      return new NameResolver() {
        @Override
        public String getServiceAuthority() {
          return "users";
        }

        @Override
        public void start(Listener2 told) {
          listener = told;
          tell();
        }

        @Override
        public void shutdown() {}
      };
    }
  }

  private final Registry registry = new Registry();
  private final RingBalancer.Provider provider = new RingBalancer.Provider();
  private final Map<String, Server> servers = new HashMap<>();
  private final AtomicInteger connections = new AtomicInteger();
  private ManagedChannel channel;

  private SocketAddress start(String id) throws IOException {
    Server server = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
        .addService(ServerServiceDefinition.builder("example.Users")
            .addMethod(WHO, ServerCalls.asyncUnaryCall((request, response) -> {
              response.onNext(id);
              response.onCompleted();
            }))
            .build())
        .addTransportFilter(new ServerTransportFilter() {
          @Override
          public Attributes transportReady(Attributes attributes) {
            connections.incrementAndGet();
            return attributes;
          }
        })
        .build()
        .start();
    servers.put(id, server);
    return new InetSocketAddress("127.0.0.1", server.getPort());
  }

  /** A call that a dying server did not answer is made again. */
  private String ask(String key) {
    try {
      return askOnce(key);
    } catch (StatusRuntimeException e) {
      return askOnce(key);
    }
  }

  private String askOnce(String key) {
    CallOptions options = CallOptions.DEFAULT
        .withOption(RingBalancer.KEY, key)
        .withDeadlineAfter(10, TimeUnit.SECONDS);
    return ClientCalls.blockingUnaryCall(channel, WHO, options, "");
  }

  private Map<String, String> answers() {
    Map<String, String> answers = new HashMap<>();
    KEYS.forEach(key -> answers.put(key, ask(key)));
    return answers;
  }

  private static Map<String, String> owners(HashRing<String> ring) {
    Map<String, String> owners = new HashMap<>();
    KEYS.forEach(key -> owners.put(key, ring.locate(key)));
    return owners;
  }

  private void print(String what, Map<String, String> before, Map<String, String> after) {
    long moved =
        KEYS.stream().filter(key -> !before.get(key).equals(after.get(key))).count();
    System.out.printf("| %s | %d | %d |%n", what, moved, connections.getAndSet(0));
  }

  @BeforeEach
  void register() {
    LoadBalancerRegistry.getDefaultRegistry().register(provider);
    NameResolverRegistry.getDefaultRegistry().register(registry);
    channel = Grpc.newChannelBuilder("fleet:///users", InsecureChannelCredentials.create())
        .defaultLoadBalancingPolicy("ring_by_key")
        .build();
  }

  @AfterEach
  void stop() throws InterruptedException {
    channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    for (Server server : servers.values()) {
      server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
    NameResolverRegistry.getDefaultRegistry().deregister(registry);
    LoadBalancerRegistry.getDefaultRegistry().deregister(provider);
  }

  @Test
  void calls_goToTheServerOfTheirKey_whileServersComeAndGo() throws Exception {
    System.out.println(
        "| what happens | of 300 keys, answered elsewhere than at first | new connections |");
    HashRing<String> ring = HashRing.of("a", "b", "c");
    for (String id : ring.nodes()) {
      registry.put(id, start(id));
    }
    Map<String, String> owners = owners(ring);
    assertThat(ask("user:0")).isEqualTo(owners.get("user:0"));
    assertThat(connections).hasValue(1);
    print("one key of three servers' is asked for", owners, owners);

    Map<String, String> first = answers();
    assertThat(first).isEqualTo(owners);
    print("all keys are", owners, first);

    registry.put("d", start("d"));
    Map<String, String> joined = answers();
    assertThat(joined).isEqualTo(owners(ring.with("d")));
    print("a fourth server joins", first, joined);
    registry.remove("d");
    Map<String, String> left = answers();
    assertThat(left).isEqualTo(first);
    print("it leaves", first, left);

    Server dead = servers.get("b");
    dead.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    Map<String, String> died = answers();
    first.forEach((key, id) -> assertThat(died.get(key))
        .isEqualTo(id.equals("b") ? ring.preferenceList(key).first(2).get(1) : id));
    print("one dies: its calls go to the next", first, died);

    registry.put("b", start("b"));
    while (!answers().equals(first)) {
      Thread.onSpinWait(); // gRPC tries again by itself, a second later at the most
    }
    print("it is back, at another port", first, first);

    assertThat(ring.nodes())
        .contains(ClientCalls.blockingUnaryCall(channel, WHO, CallOptions.DEFAULT, ""));
  }

  @Test
  void lists_inAnyOrder_withANameTwice_withoutNames_andEmpty() throws Exception {
    HashRing<String> ring = HashRing.of("a", "b");
    SocketAddress a = start("a");
    SocketAddress b = start("b");
    SocketAddress nobody = new InetSocketAddress("127.0.0.1", 1);
    registry.put("a", a);
    assertThat(ask("user:0")).isEqualTo("a");
    registry.tell(List.of(group("b", b), group("a", a)));
    assertThat(answers()).isEqualTo(owners(ring));

    registry.tell(List.of(group("b", nobody), group("a", a), group("b", b), group("a", a)));
    assertThat(answers()).isEqualTo(owners(ring));

    registry.tell(List.of(new EquivalentAddressGroup(a), new EquivalentAddressGroup(a)));
    assertThat(answers().values()).containsOnly("a");

    registry.tell(List.of());
    assertThatThrownBy(() -> askOnce("user:0"))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("no server");
    registry.tell(List.of(group("a", a), group("b", b)));
    while (!answers().equals(owners(ring))) {
      Thread.onSpinWait(); // gRPC may wait a moment before it takes the next list
    }
  }

  @Test
  void allDown_aCallFailsAndSaysWhy_orWaits() throws Exception {
    registry.put("a", new InetSocketAddress("127.0.0.1", 1));
    registry.put("b", new InetSocketAddress("127.0.0.1", 1));
    for (String key : KEYS.subList(0, 20)) {
      assertThatThrownBy(() -> askOnce(key))
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessageContaining("UNAVAILABLE");
    }
    CallOptions waits = CallOptions.DEFAULT
        .withOption(RingBalancer.KEY, "user:0")
        .withWaitForReady()
        .withDeadlineAfter(20, TimeUnit.SECONDS);
    Future<String> answer = ClientCalls.futureUnaryCall(channel.newCall(WHO, waits), "");
    registry.put("a", start("a"));
    registry.put("b", start("b"));
    assertThat(answer.get(20, TimeUnit.SECONDS)).isIn("a", "b");
  }
}
