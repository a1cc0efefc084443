package org.example;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.hashring.HashRing;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against fabric8's mock of the API server; the pods are servers on addresses of the loopback. */
@Timeout(60)
@EnableKubernetesMockClient(crud = true)
final class PodRingTest {

  static {
    System.setProperty("sun.net.httpserver.nodelay", "true"); // 40 ms faster
  }

  private static final String NAMESPACE = "shop";
  private static final List<String> KEYS =
      IntStream.range(0, 300).mapToObj(i -> "user:" + i).toList();

  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, HttpServer> servers = new HashMap<>();
  private final Map<String, Endpoint> endpoints = new TreeMap<>();
  private int port;
  private int addresses = 1;
  private KubernetesClient client; // set by the extension

  // What a cluster would do

  private void scale(int replicas) {
    client
        .resource(new StatefulSetBuilder()
            .withNewMetadata()
            .withName("web")
            .withNamespace(NAMESPACE)
            .endMetadata()
            .withNewSpec()
            .withServiceName("web")
            .withReplicas(replicas)
            .endSpec()
            .build())
        .createOr(NonDeletingOperation::update);
  }

  /** Starts the pod, at an address that no pod had before, and lists it. */
  private void start(String pod) throws IOException {
    String address = "127.0.0." + ++addresses;
    HttpServer server = HttpServer.create(new InetSocketAddress(address, port), 0);
    port = server.getAddress().getPort();
    byte[] body = pod.getBytes();
    server.createContext("/", exchange -> {
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
    servers.put(pod, server);
    list(pod, address, true);
  }

  private void stop(String pod) {
    servers.remove(pod).stop(0);
  }

  private void list(String pod, String address, boolean ready) {
    endpoints.put(
        pod,
        new EndpointBuilder()
            .withAddresses(address)
            .withNewConditions()
            .withReady(ready)
            .endConditions()
            .withNewTargetRef()
            .withKind("Pod")
            .withName(pod)
            .endTargetRef()
            .build());
    publish();
  }

  private void ready(String pod, boolean ready) {
    list(pod, endpoints.get(pod).getAddresses().get(0), ready);
  }

  private void unlist(String pod) {
    endpoints.remove(pod);
    publish();
  }

  /** In two slices, as a cluster has many of a large service, and one of the other family. */
  private void publish() {
    List<Endpoint> all = new ArrayList<>(endpoints.values());
    int half = all.size() / 2;
    publish("web-x", "IPv4", all.subList(0, half));
    publish("web-y", "IPv4", all.subList(half, all.size()));
    publish(
        "web-z",
        "IPv6",
        List.of(new EndpointBuilder()
            .withAddresses("::1")
            .withNewTargetRef()
            .withKind("Pod")
            .withName("web-0")
            .endTargetRef()
            .build()));
  }

  private void publish(String name, String family, List<Endpoint> some) {
    client
        .resource(new EndpointSliceBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(NAMESPACE)
            .addToLabels("kubernetes.io/service-name", "web")
            .endMetadata()
            .withAddressType(family)
            .addNewPort()
            .withName("http")
            .withPort(port)
            .endPort()
            .withEndpoints(some)
            .build())
        .createOr(NonDeletingOperation::update);
  }

  // What a client does

  /** A GET may be repeated: on the next pod of its list. */
  private String send(PodRing ring, String key) {
    for (PodRing.Pod pod : (Iterable<PodRing.Pod>) ring.pods(key)::iterator) {
      try {
        URI uri = URI.create("http://" + pod.address() + ":" + pod.port() + "/" + key);
        return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
            .body();
      } catch (IOException e) {
        continue; // nobody is there
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
    return "nobody";
  }

  private Map<String, String> answers(PodRing ring) {
    Map<String, String> answers = new HashMap<>();
    KEYS.forEach(key -> answers.put(key, send(ring, key)));
    return answers;
  }

  private static Map<String, String> owners(HashRing<String> ring, String... passedOver) {
    Map<String, String> owners = new HashMap<>();
    KEYS.forEach(key -> owners.put(
        key,
        ring.preferenceList(key)
            .where(name -> !Set.of(passedOver).contains(name))
            .first()
            .orElseThrow()));
    return owners;
  }

  /** Watches tell of a change soon after it. */
  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  private void await(PodRing ring, Map<String, String> expected) {
    await(() -> answers(ring).equals(expected));
    assertThat(answers(ring)).isEqualTo(expected);
  }

  private void row(String what, Map<String, String> first, PodRing ring) {
    Map<String, String> now = answers(ring);
    long moved =
        KEYS.stream().filter(key -> !first.get(key).equals(now.get(key))).count();
    System.out.printf("| %s | %d |%n", what, moved);
  }

  @AfterEach
  void stopAll() {
    servers.values().forEach(server -> server.stop(0));
  }

  @Test
  void requests_goToThePodOfTheirKey_whilePodsComeAndGo() throws Exception {
    System.out.println("| what happens | of 300 requests, answered elsewhere than at first |");
    HashRing<String> three = HashRing.of("web-0", "web-1", "web-2");
    scale(3);
    for (String pod : three.nodes()) {
      start(pod);
    }
    try (PodRing ring = new PodRing(client, NAMESPACE, "web", "web")) {
      Map<String, String> first = answers(ring);
      assertThat(first).isEqualTo(owners(three));

      ready("web-1", false);
      await(ring, owners(three, "web-1"));
      row("`web-1` is not ready", first, ring);
      ready("web-1", true);
      await(ring, first);
      row("it is ready again", first, ring);

      stop("web-1");
      assertThat(answers(ring)).isEqualTo(owners(three, "web-1"));
      row("it has died, and the slices do not say so yet: repeated on the next", first, ring);
      unlist("web-1");
      await(ring, owners(three, "web-1"));
      row("it is gone from the slices", first, ring);
      start("web-1");
      await(ring, first);
      row("it is back, at another address", first, ring);

      HashRing<String> four = three.with("web-3");
      scale(4);
      await(() -> ring.ring().contains("web-3"));
      assertThat(ring.ring().nodes()).isEqualTo(four.nodes());
      row("`replicas: 4`, and `web-3` is not there yet", first, ring);
      start("web-3");
      await(ring, owners(four));
      row("`web-3` is ready", first, ring);
      scale(3);
      await(ring, first);
      assertThat(ring.ring().nodes()).isEqualTo(three.nodes());
      row("`replicas: 3` again, while `web-3` still is in the slices", first, ring);

      client.apps().statefulSets().inNamespace(NAMESPACE).withName("web").delete();
      ready("web-0", false);
      await(ring, owners(three, "web-0"));
      ready("web-0", true);
      scale(3);
      await(ring, first);
      row("the StatefulSet is deleted, and made anew", first, ring);
    }
  }
}
