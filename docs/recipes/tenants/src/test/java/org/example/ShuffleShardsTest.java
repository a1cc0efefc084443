package org.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.HashRing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.example.ShuffleShards.Node;
import org.junit.jupiter.api.Test;

/** 30 nodes in three zones, and 2,000 tenants. */
final class ShuffleShardsTest {

  private static final List<String> TENANTS =
      IntStream.range(0, 2000).mapToObj(i -> "tenant-" + i).toList();

  private final ShuffleShards shards = new ShuffleShards(HashRing.builder(Node::id)
      .addAll(IntStream.range(0, 30).mapToObj(ShuffleShardsTest::node).toList())
      .build());

  private static Node node(int i) {
    return new Node("node-" + i, "zone-" + i % 3, "10.0.0." + i);
  }

  private static List<String> ids(List<Node> nodes) {
    return nodes.stream().map(Node::id).toList();
  }

  private List<List<Node>> all(int k) {
    return TENANTS.stream().map(tenant -> shards.shard(tenant, k)).toList();
  }

  @Test
  void oneMore_isOneMemberMore_inTheZoneWhoseTurnItIs() {
    for (int k = 1; k < 12; k++) {
      List<List<Node>> smaller = all(k);
      List<List<Node>> larger = all(k + 1);
      for (int i = 0; i < TENANTS.size(); i++) {
        assertThat(larger.get(i)).hasSize(k + 1).startsWith(smaller.get(i).toArray(Node[]::new));
        assertThat(larger.get(i).stream().map(Node::zone).distinct().count())
            .isEqualTo(Math.min(3, k + 1));
      }
    }
  }

  @Test
  void aNodeThatLeaves_isReplacedByOne_andOneThatJoinsReplacesOne() {
    List<List<Node>> before = all(6);
    Node leaving = node(7);
    HashRing<Node> ring = shards.nodes().ring();
    shards.nodes().remove(leaving);
    List<List<Node>> after = all(6);
    int touched = 0;
    for (int i = 0; i < TENANTS.size(); i++) {
      Set<Node> gone = new HashSet<>(before.get(i));
      Set<Node> come = new HashSet<>(after.get(i));
      gone.removeAll(after.get(i));
      come.removeAll(before.get(i));
      if (before.get(i).contains(leaving)) {
        touched++;
        assertThat(gone).containsExactly(leaving);
        assertThat(come).hasSize(1).allMatch(node -> node.zone().equals(leaving.zone()));
      } else {
        assertThat(after.get(i)).isEqualTo(before.get(i));
      }
    }
    shards.nodes().add(leaving);
    assertThat(shards.nodes().ring()).isEqualTo(ring);
    assertThat(all(6)).isEqualTo(before);
    System.out.println("| what happens | tenants of 2,000 that get other nodes | nodes each |");
    System.out.printf("| one of 30 nodes leaves, 6 a tenant | %d | 1 |%n", touched);

    shards.nodes().set(new Node("node-7", "zone-1", "10.9.9.9"));
    assertThat(all(6).stream().map(ShuffleShardsTest::ids))
        .isEqualTo(before.stream().map(ShuffleShardsTest::ids).toList());
    System.out.println("| one moves to another address | 0 | 0 |");
  }

  @Test
  void candidates_passOverWhatIsDown_andGoOnWithinTheShard() {
    List<Node> up = shards.candidates("tenant-1", 6, "GET /7", node -> true);
    assertThat(up).containsExactlyInAnyOrderElementsOf(shards.shard("tenant-1", 6));
    assertThat(shards.candidates("tenant-1", 6, "GET /7", node -> !node.equals(up.get(0))))
        .isEqualTo(up.subList(1, 6));
  }

  /** Two tenants break every node that they have; what is left of the others? */
  @Test
  void twoTenantsFail_fewOthersAreTouched() {
    System.out.println(
        "| nodes a tenant | lose none | lose some, not half | lose half or more | lose all |");
    for (int k : new int[] {30, 12, 6, 3}) {
      List<List<Node>> all = all(k);
      Random random = new Random(5);
      long[] kinds = new long[4];
      for (int pair = 0; pair < 200; pair++) {
        Set<Node> broken = new HashSet<>(all.get(random.nextInt(all.size())));
        broken.addAll(all.get(random.nextInt(all.size())));
        for (List<Node> shard : all) {
          List<Node> left = new ArrayList<>(shard);
          left.removeAll(broken);
          int lost = k - left.size();
          kinds[lost == 0 ? 0 : lost == k ? 3 : 2 * lost < k ? 1 : 2]++;
        }
      }
      double percent = 100.0 / (200.0 * all.size());
      System.out.printf(
          "| %d of 30 | %.1f %% | %.1f %% | %.1f %% | %.2f %% |%n",
          k, kinds[0] * percent, kinds[1] * percent, kinds[2] * percent, kinds[3] * percent);
      assertThat(kinds[3] * percent).isBetween(0.0, k == 30 ? 100.0 : 4.0);
    }
  }

  @Test
  void shards_ofNodesInAnotherOrder_orFewerThanAsked_orNone() {
    List<Node> shuffled =
        new ArrayList<>(IntStream.range(0, 30).mapToObj(ShuffleShardsTest::node).toList());
    Collections.shuffle(shuffled, new Random(8));
    ShuffleShards other =
        new ShuffleShards(HashRing.builder(Node::id).addAll(shuffled).build());
    TENANTS.forEach(
        tenant -> assertThat(other.shard(tenant, 6)).isEqualTo(shards.shard(tenant, 6)));
    assertThat(shards.shard("tenant-1", 99)).hasSize(30).doesNotHaveDuplicates();
    assertThat(shards.candidates("tenant-1", 6, "GET /7", node -> false)).isEmpty();

    ShuffleShards empty = new ShuffleShards(HashRing.builder(Node::id).build());
    assertThat(empty.shard("tenant-1", 6)).isEmpty();
    assertThat(empty.candidates("tenant-1", 6, "GET /7", node -> true)).isEmpty();
  }

  /** The nodes of a tenant and the order of its request are of one ring, or one would be missed. */
  @Test
  void candidates_whileANodeComesAndGoes_areAllOfTheShard() throws Exception {
    List<Node> before = shards.candidates("tenant-1", 6, "GET /7", node -> true);
    Node flapping = shards.shard("tenant-1", 6).get(2);
    shards.nodes().remove(flapping);
    List<Node> without = shards.candidates("tenant-1", 6, "GET /7", node -> true);
    shards.nodes().add(flapping);
    Thread change = new Thread(() -> {
      for (int i = 0; i < 2000; i++) {
        shards.nodes().remove(flapping);
        shards.nodes().add(flapping);
      }
    });
    change.start();
    while (change.isAlive()) {
      assertThat(shards.candidates("tenant-1", 6, "GET /7", node -> true)).isIn(before, without);
    }
    change.join();
  }
}
