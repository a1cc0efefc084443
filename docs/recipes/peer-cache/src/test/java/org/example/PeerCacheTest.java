package org.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.concurrent.CopyOnWriteArrayList;
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
    cold.forEach(
        (key, by) -> assertThat(by).containsExactly(peers.ring().locate(key).id()));

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

  @Test
  void get_withoutPeers_orWithoutThisOne_loadsWhereItCan() throws Exception {
    PeerCache alone = start("a");
    assertThat(alone.get("k")).isEqualTo("value of k");
    PeerCache owner = start("b");
    peers.add(owner.peer());
    assertThat(alone.get("other")).isEqualTo("value of other");
    assertThat(loads.get("other")).containsExactly("b");
    owner.close();
    assertThat(alone.get("third")).isEqualTo("value of third");
    assertThat(loads.get("third")).containsExactly("a");
  }

  @Test
  void get_ofPeersAddedInAnotherOrder_orTwice() throws Exception {
    for (String id : List.of("a", "b", "c")) {
      peers.add(start(id).peer());
    }
    HashRing<Peer> ring = peers.ring();
    peers.change(change -> List.copyOf(caches.values()).forEach(c -> change.remove(c.peer())));
    for (String id : List.of("c", "a", "b")) {
      peers.set(caches.get(id).peer());
      peers.set(caches.get(id).peer());
    }
    assertThat(peers.ring()).isEqualTo(ring);
    assertThatThrownBy(() -> peers.add(caches.get("a").peer()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a");
  }

  /** The owner is up, and says what is wrong; nobody else tries, and other keys are its own. */
  @Test
  void get_ofAKeyThatCannotBeLoaded_orHasNoValue() throws Exception {
    List<String> tried = new CopyOnWriteArrayList<>();
    for (String id : List.of("a", "b", "c")) {
      PeerCache cache = new PeerCache(id, peers, key -> {
        tried.add(id);
        if (key.startsWith("broken")) {
          throw new IllegalArgumentException("no such table");
        }
        return key.startsWith("none") ? null : "value of " + key;
      });
      caches.put(id, cache);
      peers.add(cache.peer());
    }
    for (String key : List.of("broken", "broken too", "none", "none too", "k", "l")) {
      String owner = peers.ring().locate(key).id();
      for (PeerCache cache : all()) {
        tried.clear();
        if (key.startsWith("broken")) {
          assertThatThrownBy(() -> cache.get(key))
              .isInstanceOf(RuntimeException.class)
              .hasMessageContaining("no such table");
        } else {
          assertThat(cache.get(key)).isEqualTo(key.startsWith("none") ? null : "value of " + key);
        }
        assertThat(tried).allMatch(owner::equals);
      }
    }
  }

  /** Whatever list a process has at that moment, it gets the value. */
  @Test
  void get_whilePeersComeAndGo_isTheValue() throws Exception {
    for (String id : List.of("a", "b", "c")) {
      peers.add(start(id).peer());
    }
    Peer flapping = caches.get("b").peer();
    Future<?> change = threads.submit(() -> {
      for (int i = 0; i < 500; i++) {
        peers.remove(flapping);
        peers.add(flapping);
      }
    });
    for (int i = 0; !change.isDone(); i++) {
      String key = "key " + i % 100;
      assertThat(caches.get("a").get(key)).isEqualTo("value of " + key);
    }
    change.get();
  }
}
