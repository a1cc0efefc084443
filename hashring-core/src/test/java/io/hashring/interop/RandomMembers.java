package io.hashring.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.hashring.HashRing;
import io.hashring.placement.Placement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

/** Node sets with weights, and keys, for a comparison with a running program. */
final class RandomMembers {

  static final int KEYS = 500;

  private static final String LETTERS =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/._-~{}@+=";

  private static final String MORE_LETTERS = LETTERS + "äßéłжя節点🚀";

  private RandomMembers() {}

  /** Some of the ids, at least two, in any order, with whole weights from 1 to a number. */
  static Map<String, Double> of(List<String> ids, int maxWeight, Random random) {
    List<String> order = new ArrayList<>(ids);
    Collections.shuffle(order, random);
    Map<String, Double> weights = new LinkedHashMap<>();
    for (String id : order.subList(0, 2 + random.nextInt(ids.size() - 1))) {
      weights.put(id, 1.0 + random.nextInt(maxWeight));
    }
    return weights;
  }

  static List<String> asciiKeys(Random random) {
    return keys(LETTERS, random);
  }

  static List<String> keys(Random random) {
    return keys(MORE_LETTERS, random);
  }

  private static List<String> keys(String letters, Random random) {
    int[] codePoints = letters.codePoints().toArray();
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      StringBuilder key = new StringBuilder();
      for (int length = 1 + random.nextInt(i % 10 == 0 ? 60 : 20); length > 0; length--) {
        key.appendCodePoint(codePoints[random.nextInt(codePoints.length)]);
      }
      keys.add(key.toString());
    }
    return keys;
  }

  static HashRing<String> ring(Placement placement, Map<String, Double> weights) {
    HashRing.Builder<String> builder = HashRing.builder().placement(placement);
    weights.forEach(builder::add);
    return builder.build();
  }

  /** Asks both for every key. */
  static void assertThatBothAgree(
      String program, HashRing<String> ring, List<String> keys, UnaryOperator<String> other) {
    assertThatBothAgree(program, ring.nodes(), ring::locate, keys, other);
  }

  /** Asks both for every key. */
  static void assertThatBothAgree(
      String program,
      Collection<String> nodes,
      UnaryOperator<String> ours,
      List<String> keys,
      UnaryOperator<String> other) {
    List<String> differences = new ArrayList<>();
    for (String key : keys) {
      String chosen = other.apply(key);
      String owner = ours.apply(key);
      if (!owner.equals(chosen)) {
        differences.add("%s: %s, not %s".formatted(key, chosen, owner));
      }
    }
    System.out.printf(
        "%s: %d nodes, %d keys, %d differences%n",
        program, nodes.size(), keys.size(), differences.size());
    assertThat(differences).as("%s, with %s", program, nodes).isEmpty();
  }
}
