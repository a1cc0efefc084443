package io.hashring.demo;

import static io.hashring.demo.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.exception.InternalServerErrorException;
import com.github.dockerjava.api.exception.NotFoundException;
import io.hashring.HashRing;
import io.hashring.demo.membership.Backend;
import io.hashring.demo.replica.docker.DockerEngine;
import io.hashring.demo.replica.docker.Engine;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A client on the loopback asks at a steady rate while containers are killed, paused, stopped, and
 * removed and added, at random. {@code -Dhashring.fire.seconds=60} is the run of the documents.
 */
@ExtendWith(Engine.Extension.class)
final class UnderFireIT {

  private static final int SECONDS = Integer.getInteger("hashring.fire.seconds", 10);
  private static final int PER_SECOND = 200;
  private static final int KEYS = 500;
  private static final long SEED = 42;
  private static final List<String> NAMES = List.of("server1", "server2", "server3");

  /** How much later than a fault its traces may be. */
  private static final long SLACK = Duration.ofMillis(250).toNanos();

  /** An answer, or what came in its place. */
  private record Answer(
      int key, long sent, long received, int status, String header, String body) {}

  private final Engine engine;
  private final String group = Engine.newGroup();
  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
  private final Map<String, NavigableSet<Long>> troubles = new LinkedHashMap<>();
  private final Map<String, Integer> faults = new LinkedHashMap<>();
  private volatile String victim = "";
  private volatile boolean over;
  private long nanosWithoutFullSet;

  UnderFireIT(Engine engine) {
    this.engine = engine;
    NAMES.forEach(name -> troubles.put(name, new ConcurrentSkipListSet<>()));
  }

  @Test
  void noGetIsLost_andNoneIsAnsweredByAWrongNode() throws Exception {
    try (Balancer balancer = Balancer.start(
        "--replicas", "docker", "--docker-group", group, "--docker-image", engine.image())) {
      Map<Integer, String> before = owners(balancer);
      Thread watching = new Thread(() -> watch(balancer), "watch");
      watching.start();
      CompletableFuture<?> faulting = CompletableFuture.runAsync(() -> harm(balancer));
      ask(balancer);
      over = true;
      faulting.get(1, TimeUnit.MINUTES);
      watching.join();
      eventually("the set is full", () -> NAMES.stream().allMatch(name -> isUp(balancer, name)));

      System.out.println(figures());
      assertThat(answers).hasSize(SECONDS * PER_SECOND);
      assertThat(answers.stream().filter(answer -> answer.status != 200))
          .as("lost")
          .isEmpty();
      assertThat(answers.stream().filter(this::isByWrongNode))
          .as("by a wrong node")
          .isEmpty();
      assertThat(owners(balancer)).isEqualTo(before);
      assertThat(faults.values()).allMatch(count -> count > 0);
    }
    assertThat(engine.containers(group)).as("left behind").isEmpty();
  }

  private static String path(int key) {
    return "/users/" + key;
  }

  private static Map<Integer, String> owners(Balancer balancer) throws Exception {
    Map<Integer, String> owners = new LinkedHashMap<>();
    for (int key = 0; key < KEYS; key++) {
      owners.put(key, balancer.nodeOf(path(key)));
    }
    return owners;
  }

  private static boolean isUp(Balancer balancer, String name) {
    return balancer.members().named(name).filter(Backend::isEligible).isPresent();
  }

  // The client

  /** Sends at the times of the rate, whatever becomes of earlier requests. */
  private void ask(Balancer balancer) {
    HttpClient client = HttpClient.newHttpClient();
    Random random = new Random(SEED);
    List<CompletableFuture<?>> underWay = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 0; i < SECONDS * PER_SECOND; i++) {
      long time = start + TimeUnit.SECONDS.toNanos(i) / PER_SECOND;
      while (System.nanoTime() < time) {
        LockSupport.parkNanos(time - System.nanoTime());
      }
      int key = random.nextInt(KEYS);
      long sent = System.nanoTime();
      underWay.add(client
          .sendAsync(balancer.request(path(key)).build(), BodyHandlers.ofString())
          .handle((answer, failure) -> answers.add(answer(key, sent, answer, failure))));
    }
    underWay.forEach(CompletableFuture::join);
  }

  private static Answer answer(int key, long sent, HttpResponse<String> answer, Throwable failure) {
    long now = System.nanoTime();
    return failure == null
        ? new Answer(key, sent, now, answer.statusCode(), Balancer.node(answer), answer.body())
        : new Answer(key, sent, now, 0, "none", failure.toString());
  }

  // The faults

  private enum Fault {
    KILL,
    PAUSE,
    STOP,
    REMOVE_AND_ADD
  }

  /** One after the other, and never the last replica that is up. */
  private void harm(Balancer balancer) {
    Random random = new Random(SEED);
    List<Fault> next = new ArrayList<>();
    while (!over) {
      List<String> up = NAMES.stream().filter(name -> isUp(balancer, name)).toList();
      if (up.size() < 2) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        continue;
      }
      if (next.isEmpty()) {
        next.addAll(List.of(Fault.values())); // each in turn, in random order: none is left out
        Collections.shuffle(next, random);
      }
      Fault fault = next.remove(0);
      victim = up.get(random.nextInt(up.size()));
      troubles.get(victim).add(System.nanoTime());
      if (harm(balancer, fault, random)) {
        faults.merge(fault.name(), 1, Integer::sum);
      } else {
        next.add(fault);
      }
      troubles.get(victim).add(System.nanoTime());
      victim = "";
      pause(200 + random.nextInt(800));
    }
  }

  /**
   * Whether it could be done: on a busy machine the engine fails to freeze a container at times.
   */
  private boolean harm(Balancer balancer, Fault fault, Random random) {
    String container = group + "-" + victim;
    String body = "{\"hostnames\":[\"" + victim + "\"]}";
    try {
      switch (fault) {
        case KILL -> engine.docker().killContainerCmd(container).exec();
        case STOP -> engine.docker().stopContainerCmd(container).exec();
        case PAUSE -> {
          engine.docker().pauseContainerCmd(container).exec();
          pause(500 + random.nextInt(2_000));
          unpause(container);
        }
        case REMOVE_AND_ADD -> {
          assertThat(balancer.remove(body).statusCode()).isEqualTo(200);
          pause(random.nextInt(500));
          assertThat(balancer.add(body).statusCode()).isEqualTo(200);
        }
      }
      return true;
    } catch (InternalServerErrorException e) {
      if (DockerEngine.reason(e).contains("unable to freeze")) {
        return false;
      }
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(fault + " of " + victim, e);
    }
  }

  /** A container that was killed while it was frozen is gone, or another one has its name. */
  private void unpause(String container) {
    try {
      engine.docker().unpauseContainerCmd(container).exec();
    } catch (InternalServerErrorException e) {
      if (!DockerEngine.reason(e).contains("is not paused")) {
        throw e;
      }
    } catch (NotFoundException e) {
      assertThat(DockerEngine.reason(e)).contains(container);
    }
  }

  /** Part of the plan, not a wait for something. */
  private static void pause(int millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  // The judge

  private void watch(Balancer balancer) {
    long last = System.nanoTime();
    boolean full = true;
    while (!over || !full) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
      long now = System.nanoTime();
      nanosWithoutFullSet += full ? 0 : now - last;
      last = now;
      full = true;
      for (String name : NAMES) {
        boolean up = isUp(balancer, name);
        full &= up;
        if (!up || victim.equals(name)) {
          troubles.get(name).add(now);
        }
      }
    }
  }

  /**
   * Wrong is a node that calls itself otherwise than the balancer does, or that stands in for one
   * that nothing had happened to. The order to stand in is that of a ring which is the test's own.
   */
  private boolean isByWrongNode(Answer answer) {
    if (answer.status != 200) {
      return false;
    }
    if (!new JsonObject(answer.body).getString("server").equals(answer.header)) {
      return true;
    }
    HashRing<String> ring = HashRing.<String>builder(name -> name)
        .pointsPerNode(new Options().points)
        .addAll(NAMES)
        .build();
    return ring.preferenceList(path(answer.key).substring(1)).first(NAMES.size()).stream()
        .takeWhile(name -> !name.equals(answer.header))
        .anyMatch(name -> !hadTrouble(name, answer.sent - SLACK, answer.received + SLACK));
  }

  private boolean hadTrouble(String name, long from, long to) {
    Long trouble = troubles.get(name).ceiling(from);
    return trouble != null && trouble <= to;
  }

  private String figures() {
    long[] millis = answers.stream()
        .mapToLong(answer -> (answer.received - answer.sent) / 1_000_000)
        .sorted()
        .toArray();
    return String.format(
        "fire: %d s, %d GETs, faults %s, lost %d, by a wrong node %d, without a full set %.1f s;"
            + " ms: median %d, 99th percentile %d, longest %d",
        SECONDS,
        answers.size(),
        faults,
        answers.stream().filter(answer -> answer.status != 200).count(),
        answers.stream().filter(this::isByWrongNode).count(),
        nanosWithoutFullSet / 1e9,
        millis[millis.length / 2],
        millis[millis.length * 99 / 100],
        millis[millis.length - 1]);
  }
}
