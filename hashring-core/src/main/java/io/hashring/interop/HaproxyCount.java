package io.hashring.interop;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Map;

/** 16 points for each unit of weight, within the limits of HAProxy. */
enum HaproxyCount implements CountRule {
  INSTANCE;

  private static final int POINTS = 16;
  private static final int MAX_WEIGHT = 256;

  /** As many servers as have points of their own. */
  private static final int MAX_SERVERS = 1 << 20;

  @Override
  public long count(String id, double weight) {
    return (long) POINTS * Weights.whole(weight, MAX_WEIGHT);
  }

  @Override
  public CountRule forMembers(Map<String, Double> weights) {
    checkArgument(
        weights.size() <= MAX_SERVERS,
        "servers must not exceed %s, the number of distinct keys: %s",
        MAX_SERVERS,
        weights.size());
    return this;
  }
}
