package org.example;

import java.util.LinkedHashMap;
import java.util.Map;

/** An engine that reads prompts one after the other and keeps the blocks that it used last. */
final class FakeEngine {

  private static final int CAPACITY = 6000;
  private static final double SECONDS_A_BLOCK = 0.004;

  private final Map<Long, Boolean> blocks = new LinkedHashMap<>(16, 0.75f, true) {
    @Override
    protected boolean removeEldestEntry(Map.Entry<Long, Boolean> eldest) {
      return size() > CAPACITY;
    }
  };
  private double freeAt;
  long asked;
  long hits;
  long requests;

  /** When the first token of the answer comes. */
  double read(double at, long[] prompt) {
    int known = 0;
    while (known < prompt.length && blocks.containsKey(prompt[known])) {
      known++;
    }
    for (long block : prompt) {
      blocks.put(block, true);
    }
    asked += prompt.length;
    hits += known;
    requests++;
    freeAt = Math.max(at, freeAt) + 0.01 + SECONDS_A_BLOCK * (prompt.length - known);
    return freeAt;
  }
}
