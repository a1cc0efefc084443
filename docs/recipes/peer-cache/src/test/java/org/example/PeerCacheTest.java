package org.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.ConcurrentHashRing;
import io.hashring.HashRing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.example.PeerCache.Peer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class PeerCacheTest {

  private static final List<String> KEYS =
      IntStream.range(0, 300).mapToObj(i -> "user/" + i + "?ä b").toList();

  private final ConcurrentHashRing<Peer> peers =
      ConcurrentHashRing.of(HashRing.builder(Peer::id).build());
  private final Map<String, PeerCache> caches = new LinkedHashMap<>();
  private final Map<String, Queue<String>> loads = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newFixedThreadPool(6);

  @AfterEach
  void closeAll() {
    threads.shutdownNow();
    caches.values().forEach(PeerCache::close);
  }

  static {
    System.setProperty("sun.net.httpserver.nodelay", "true"); // or each answer takes 40 ms
  }

  private PeerCache start(String id) throws Exception {
    PeerCache cache = new PeerCache(id, peers, key -> {
      loads.computeIfAbsent(key, k -> new ConcurrentLinkedQueue<>()).add(id);
      return "value of " + key;
    });
    caches.put(id, cache);
    return cache;
  }

  /** Asks some peers for every key, several threads at once, and tells who loaded what. */
  private Map<String, List<String>> loadsOf(String step, List<PeerCache> asked) throws Exception {
    loads.clear();
    List<Callable<Void>> tasks = new ArrayList<>();
    for (String key : KEYS) {
      for (PeerCache cache : asked) {
        tasks.add(() -> {
          assertThat(cache.get(key)).isEqualTo("value of " + key);
          return null;
        });
      }
    }
    for (Future<Void> future : threads.invokeAll(tasks)) {
      future.get();
    }
    Map<String, List<String>> loaded = new LinkedHashMap<>();
    loads.forEach((key, by) -> loaded.put(key, List.copyOf(by)));
    int count = loaded.values().stream().mapToInt(List::size).sum();
    System.out.printf("| %s | %d | %d |%n", step, tasks.size(), count);
    return loaded;
  }

  private List<PeerCache> all() {
    return List.copyOf(caches.values());
  }

  private List<String> owned(String id) {
    return KEYS.stream().filter(key -> peers.ring().locate(key).id().equals(id)).toList();
  }

  @Test
  void peers_comeAndGo_onlyTheirKeysAreLoadedAnew() throws Exception {
    System.out.println("| what happens | questions, for 300 keys | loads |");
    for (String id : List.of("a", "b", "c")) {
      start(id);
    }
    peers.change(change -> caches.values().forEach(cache -> change.add(cache.peer())));
    Map<String, List<String>> cold = loadsOf("three peers, cold", all());
    assertThat(cold).hasSize(KEYS.size());
    cold.forEach((key, by) -> assertThat(by).containsExactly(peers.ring().locate(key).id()));

    HashRing<Peer> three = peers.ring();
    peers.add(start("d").peer());
    Map<String, List<String>> joined = loadsOf("a fourth joins", all());
    assertThat(joined.keySet()).containsExactlyInAnyOrderElementsOf(owned("d"));
    assertThat(joined.values()).allMatch(List.of("d")::equals);

    peers.remove(peers.ring().find("d").orElseThrow());
    assertThat(peers.ring().checksum()).isEqualTo(three.checksum());
    caches.remove("d").close();
    assertThat(loadsOf("it leaves: its keys are where they were before", all())).isEmpty();

    caches.remove("b").close();
    Map<String, List<String>> died = loadsOf("one dies, and nobody tells the ring", all());
    assertThat(died.keySet()).containsExactlyInAnyOrderElementsOf(owned("b"));
    died.forEach((key, by) -> assertThat(by)
        .containsExactly(peers.ring().preferenceList(key).first(2).get(1).id()));

    peers.set(start("b").peer());
    Map<String, List<String>> back =
        loadsOf("it is back at another port, empty", List.of(caches.get("b")));
    assertThat(back.keySet()).containsExactlyInAnyOrderElementsOf(owned("b"));
  }
}
