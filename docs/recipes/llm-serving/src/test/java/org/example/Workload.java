package org.example;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Conversations of tenants. A tenant has a long system prompt, a session goes on from what was said
 * before, so a prompt begins with the prompt before it.
 */
final class Workload {

  /** One turn: when it comes, its name, whose it is, its request, and the length of its prompt. */
  record Turn(double at, String id, String session, String body, int blocks) {}

  private static final int SESSIONS = 64;
  private static final int TENANTS = 16;
  private static final double EXPONENT = 0.9;
  private static final int SYSTEM_BLOCKS = 24;
  private static final int MAX_BLOCKS = 80;
  private static final int CHARACTERS = 16;
  private static final String BEFORE = "{\"model\":\"m\",\"prompt\":\"";
  private static final String BEHIND = "\",\"user\":\"%s\",\"stream\":true}";

  private Workload() {}

  /** So many turns at so many a second; two hot sessions have two fifths of them, or none is. */
  static List<Turn> of(int turns, double rate, boolean isHot, long seed) {
    Random random = new Random(seed);
    double[] tenants = zipf();
    int[] tenantOf = new int[SESSIONS];
    Arrays.setAll(tenantOf, session -> pick(tenants, random));
    String[] promptOf = new String[SESSIONS];
    int[] conversationOf = new int[SESSIONS];
    double at = 0;
    Turn[] all = new Turn[turns];
    for (int i = 0; i < turns; i++) {
      at += -StrictMath.log(1 - random.nextDouble()) / rate;
      int session = isHot && random.nextInt(5) < 2 ? random.nextInt(2) : random.nextInt(SESSIONS);
      String before = promptOf[session];
      if (before == null || before.length() > MAX_BLOCKS * CHARACTERS) {
        conversationOf[session]++; // the same user begins anew
        before = text("t%02d-system".formatted(tenantOf[session]), 0, SYSTEM_BLOCKS);
      }
      int known = before.length() / CHARACTERS;
      int blocks = known + 2 + random.nextInt(7);
      String name = "s%03d.%03d".formatted(session, conversationOf[session]);
      promptOf[session] = before + text(name, known, blocks);
      String body = BEFORE + promptOf[session] + BEHIND.formatted(name);
      all[i] = new Turn(at, "turn-" + i, name, body, blocks);
    }
    return List.of(all);
  }

  /** Blocks of one length, of which no two are equal. */
  private static String text(String of, int from, int to) {
    StringBuilder text = new StringBuilder();
    for (int block = from; block < to; block++) {
      String word = of + "-" + block;
      text.append(word).append(" ".repeat(CHARACTERS - word.length()));
    }
    return text.toString();
  }

  /** The blocks of the prompt in the body of a request. */
  static List<String> blocksOf(String body) {
    String prompt = body.substring(BEFORE.length(), body.indexOf('"', BEFORE.length()));
    return IntStream.range(0, prompt.length() / CHARACTERS)
        .mapToObj(block -> prompt.substring(block * CHARACTERS, (block + 1) * CHARACTERS))
        .toList();
  }

  private static double[] zipf() {
    double[] sums = new double[TENANTS];
    double sum = 0;
    for (int i = 0; i < TENANTS; i++) {
      sum += 1 / StrictMath.pow(i + 1, EXPONENT);
      sums[i] = sum;
    }
    return sums;
  }

  private static int pick(double[] sums, Random random) {
    int i = Arrays.binarySearch(sums, random.nextDouble() * sums[sums.length - 1]);
    return i < 0 ? -i - 1 : i;
  }
}
