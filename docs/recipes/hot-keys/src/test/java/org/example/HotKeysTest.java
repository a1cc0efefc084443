package org.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hashring.EmptyRingException;
import io.hashring.HashRing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.example.HotKeys.Node;
import org.junit.jupiter.api.Test;

/** 400,000 reads of 20,000 keys by 50 clients on 20 nodes, by Zipf's law with exponent 1. */
final class HotKeysTest {

  private static final int READS = 400_000;
  private static final double[] ZIPF = zipf(20_000);
  private static final List<Node> NODES = IntStream.range(0, 20)
      .mapToObj(i -> new Node("cache-" + i, "10.0.0." + i))
      .toList();

  private static double[] zipf(int keys) {
    double[] sums = new double[keys];
    double sum = 0;
    for (int i = 0; i < keys; i++) {
      sum += 1.0 / (i + 1);
      sums[i] = sum;
    }
    return sums;
  }

  private static String key(Random random) {
    double at = random.nextDouble() * ZIPF[ZIPF.length - 1];
    int i = Arrays.binarySearch(ZIPF, at);
    return "item:" + (i < 0 ? -i - 1 : i);
  }

  private static HotKeys hotKeys(int copies) {
    return new HotKeys(HashRing.builder(Node::id).addAll(NODES).build(), copies, 1000);
  }

  private static double measure(String how, int copies, boolean isByLoad) {
    HotKeys hotKeys = hotKeys(copies);
    Random random = new Random(7);
    Map<Node, Long> reads = new HashMap<>();
    Map<String, Set<Node>> held = new HashMap<>();
    for (int i = 0; i < READS; i++) {
      if (i % 100_000 == 0) {
        hotKeys.halve();
      }
      String key = key(random);
      Node node = isByLoad
          ? hotKeys.forRead(key, n -> reads.getOrDefault(n, 0L), n -> true)
          : hotKeys.forRead(key, "client-" + random.nextInt(50), n -> true);
      reads.merge(node, 1L, Long::sum);
      held.computeIfAbsent(key, k -> new HashSet<>()).add(node);
    }
    held.forEach((key, nodes) -> assertThat(hotKeys.forInvalidation(key)).containsAll(nodes));
    int loads = held.values().stream().mapToInt(Set::size).sum();
    double peak = Collections.max(reads.values()) * (double) NODES.size() / READS;
    System.out.printf("| %s | %.2f | %d | %d |%n", how, peak, loads, loads - held.size());
    return peak;
  }

  @Test
  void reads_ofHotKeys_areSpread_andEveryCopyIsKnown() {
    System.out.println(
        "| reads go to | fullest node, to the mean | loads | of them for further copies |");
    double owner = measure("the owner", 1, false);
    double three = measure("one of 3 nodes if hot, by a second hash", 3, false);
    double six = measure("one of 6 nodes if hot, by a second hash", 6, false);
    double byLoad = measure("the least loaded of 3 nodes if hot", 3, true);
    assertThat(three).isLessThan(0.8 * owner);
    assertThat(six).isLessThan(three);
    assertThat(byLoad).isLessThan(three);
  }

  @Test
  void nodes_leaveAndMove_andTheListsHold() {
    HotKeys hotKeys = hotKeys(3);
    List<Node> list = hotKeys.forInvalidation("item:0");
    Set<Node> read = new HashSet<>();
    for (int i = 0; i < 5000; i++) {
      read.add(hotKeys.forRead("item:0", "client-" + i, node -> true));
    }
    assertThat(read).containsExactlyInAnyOrderElementsOf(list);

    List<Node> up = new ArrayList<>(list.subList(1, 3));
    for (int i = 0; i < 100; i++) {
      assertThat(up).contains(hotKeys.forRead("item:0", "client-" + i, node -> up.contains(node)));
    }
    Node fourth = hotKeys.nodes().ring().preferenceList("item:0").first(4).get(3);
    assertThat(hotKeys.forRead("item:0", "client", node -> !list.contains(node)))
        .isEqualTo(fourth);

    hotKeys.nodes().set(new Node(list.get(0).id(), "10.9.9.9"));
    assertThat(hotKeys.forInvalidation("item:0").get(0).address()).isEqualTo("10.9.9.9");
    hotKeys.nodes().remove(list.get(1));
    assertThat(hotKeys.forInvalidation("item:0").stream().map(Node::id))
        .containsExactly(list.get(0).id(), list.get(2).id(), fourth.id());
  }

  @Test
  void forRead_ofNodesInAnotherOrder_orAllDown_orNone() {
    List<Node> reversed = new ArrayList<>(NODES);
    Collections.reverse(reversed);
    HotKeys hotKeys = hotKeys(3);
    HotKeys other = new HotKeys(HashRing.builder(Node::id).addAll(reversed).build(), 3, 1000);
    for (int i = 0; i < 5000; i++) {
      String client = "client-" + i;
      assertThat(hotKeys.forRead("item:" + i % 3, client, node -> true))
          .isEqualTo(other.forRead("item:" + i % 3, client, node -> true));
    }
    Node owner = hotKeys.forInvalidation("item:0").get(0);
    assertThat(hotKeys.forRead("item:0", "client", node -> false)).isEqualTo(owner);
    assertThat(hotKeys.forRead("item:0", node -> 0, node -> false)).isEqualTo(owner);

    HotKeys empty = new HotKeys(HashRing.builder(Node::id).build(), 3, 1000);
    assertThat(empty.forInvalidation("item:0")).isEmpty();
    assertThatThrownBy(() -> empty.forRead("item:0", "client", node -> true))
        .isInstanceOf(EmptyRingException.class);
  }

  /** A node that leaves while keys are read is read from, or not, and nothing in between. */
  @Test
  void forRead_whileNodesComeAndGo_isOfTheList() throws Exception {
    HotKeys hotKeys = hotKeys(3);
    Node flapping = hotKeys.forInvalidation("item:0").get(1);
    Set<Node> ever =
        new HashSet<>(hotKeys.nodes().ring().preferenceList("item:0").first(4));
    Thread change = new Thread(() -> {
      for (int i = 0; i < 2000; i++) {
        hotKeys.nodes().remove(flapping);
        hotKeys.nodes().add(flapping);
      }
    });
    change.start();
    for (int i = 0; change.isAlive(); i++) {
      assertThat(ever).contains(hotKeys.forRead("item:0", "client-" + i, node -> true));
    }
    change.join();
    assertThat(hotKeys.forInvalidation("item:0").get(1)).isEqualTo(flapping);
  }
}
