package io.hashring.demo;

import com.google.common.base.Ascii;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The options in force, by name, without what is secret. */
final class Settings {

  private static final Set<String> SECRET = Set.of("--admin-token");

  /** Where a balancer is and what it runs, which may be another for each of a cluster. */
  private static final Set<String> OF_ONE_BALANCER = Set.of(
      "--bind",
      "--port",
      "--count",
      "--cluster",
      "--cluster-timeout",
      "--admin-token",
      "--admin-token-file",
      "--admin-host",
      "--access-log",
      "--lame-duck",
      "--metrics-retention",
      "--start-timeout");

  private Settings() {}

  static Map<String, String> of(Options options) {
    Map<String, String> settings = new TreeMap<>();
    for (OptionSpec option : CommandSpec.forAnnotatedObject(options).options()) {
      Object value = option.getValue();
      if (value != null) {
        String name = option.longestName();
        settings.put(name, SECRET.contains(name) ? "(secret)" : text(value));
      }
    }
    return settings;
  }

  /** Those on which the balancers of a cluster have to agree. */
  static Map<String, String> shared(Options options) {
    Map<String, String> shared = new TreeMap<>(of(options));
    shared
        .keySet()
        .removeIf(name -> OF_ONE_BALANCER.contains(name)
            || name.startsWith("--docker")
            || name.startsWith("--swarm"));
    if (!options.isElastic() && !options.isWatched()) {
      shared.put("--replicas", "a list"); // of which the newest counts
    }
    return shared;
  }

  private static String text(Object value) {
    if (value instanceof Duration time) {
      return time.toMillis() % 1_000 == 0 ? time.toSeconds() + "s" : time.toMillis() + "ms";
    }
    if (value instanceof Collection<?> list) {
      return list.stream().map(Settings::text).collect(Collectors.joining(","));
    }
    return value instanceof Enum<?> constant
        ? Ascii.toLowerCase(constant.name())
        : String.valueOf(value);
  }
}
