package org.example;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Conversations of tenants. A tenant has a long system prompt, a session goes on from what was said
 * before, so a prompt's blocks begin with those of the prompt before it.
 */
final class Workload {

  /** One turn: the text that a router sees, its blocks by number, and when it comes. */
  record Prompt(double at, String session, String text, long[] blocks) {}

  private static final int SESSIONS = 400;
  private static final int TENANTS = 60;
  private static final int SYSTEM_BLOCKS = 24;
  private static final int MAX_BLOCKS = 120;

  private Workload() {}

  /** So many turns at so many a second; two hot sessions have two fifths of them, or none is. */
  static List<Prompt> of(int turns, double rate, boolean isHot, long seed) {
    Random random = new Random(seed);
    double[] tenants = zipf(TENANTS, 0.9);
    int[] tenantOf = new int[SESSIONS];
    Arrays.setAll(tenantOf, i -> pick(tenants, random));
    int[] turnsOf = new int[SESSIONS];
    List<Prompt> prompts = new ArrayList<>();
    long[][] blocksOf = new long[SESSIONS][];
    double at = 0;
    for (int i = 0; i < turns; i++) {
      at += -StrictMath.log(1 - random.nextDouble()) / rate;
      int session = isHot && random.nextInt(5) < 2 ? random.nextInt(2) : random.nextInt(SESSIONS);
      int tenant = tenantOf[session];
      long[] before = blocksOf[session];
      if (before == null || before.length > MAX_BLOCKS) {
        turnsOf[session]++; // a new conversation of the same user
        before = new long[SYSTEM_BLOCKS];
        for (int b = 0; b < SYSTEM_BLOCKS; b++) {
          before[b] = -(tenant * 1000L + b + 1);
        }
      }
      long[] blocks = Arrays.copyOf(before, before.length + 2 + random.nextInt(7));
      for (int b = before.length; b < blocks.length; b++) {
        blocks[b] = (session * 10_000L + turnsOf[session]) * 1000 + b;
      }
      blocksOf[session] = blocks;
      String name = "session-%03d.%03d".formatted(session, turnsOf[session]);
      prompts.add(new Prompt(at, name, "tenant-%02d %s".formatted(tenant, name), blocks));
    }
    return prompts;
  }

  private static double[] zipf(int n, double exponent) {
    double[] sums = new double[n];
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += 1 / StrictMath.pow(i + 1, exponent);
      sums[i] = sum;
    }
    return sums;
  }

  private static int pick(double[] sums, Random random) {
    int i = Arrays.binarySearch(sums, random.nextDouble() * sums[sums.length - 1]);
    return i < 0 ? -i - 1 : i;
  }
}
