package io.hashring.demo;

import static com.google.common.base.Preconditions.checkArgument;

import java.time.Duration;
import picocli.CommandLine.ITypeConverter;

/** Reads {@code 500ms}, {@code 30s} and {@code 2m}. */
final class DurationConverter implements ITypeConverter<Duration> {

  private static final Duration LONGEST = Duration.ofDays(1);

  @Override
  public Duration convert(String text) {
    Duration duration = text.matches("[0-9]{1,8}(ms|s|m)") ? read(text) : Duration.ZERO;
    checkArgument(
        !duration.isZero() && duration.compareTo(LONGEST) <= 0,
        "a time must be like 500ms, 30s or 2m, more than nothing and at most a day: %s",
        text);
    return duration;
  }

  private static Duration read(String text) {
    long amount = Long.parseLong(text.replaceAll("[a-z]", ""));
    if (text.endsWith("ms")) {
      return Duration.ofMillis(amount);
    }
    return text.endsWith("s") ? Duration.ofSeconds(amount) : Duration.ofMinutes(amount);
  }
}
