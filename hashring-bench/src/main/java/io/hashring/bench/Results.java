package io.hashring.bench;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The results of JMH runs, read from the JSON files that {@code -rf json} writes. */
final class Results {

  private final List<Result> results = new ArrayList<>();

  /**
   * One line of JMH's table.
   *
   * @param jdk the version of the virtual machine
   * @param question the benchmark, as {@code Class.method}
   * @param error half the confidence interval of 99.9 %, or NaN for one iteration
   * @param secondary other metrics by name, such as {@code gc.alloc.rate.norm}
   */
  record Result(
      String jdk,
      String question,
      Map<String, String> params,
      double score,
      double error,
      Map<String, Double> secondary) {

    String param(String name) {
      return params.getOrDefault(name, "");
    }

    boolean is(String question, String peer, String nodes) {
      return this.question.equals(question)
          && param("peer").equals(peer)
          && param("nodes").equals(nodes);
    }

    OptionalDouble bytes() {
      Double bytes = secondary.get("gc.alloc.rate.norm");
      return bytes == null ? OptionalDouble.empty() : OptionalDouble.of(bytes);
    }
  }

  void read(Path file) throws IOException {
    try (Reader reader = Files.newBufferedReader(file)) {
      for (JsonElement element : JsonParser.parseReader(reader).getAsJsonArray()) {
        results.add(result(element.getAsJsonObject()));
      }
    }
  }

  private static Result result(JsonObject json) {
    String benchmark = json.get("benchmark").getAsString();
    int endOfPackage = benchmark.lastIndexOf('.', benchmark.lastIndexOf('.') - 1);
    Map<String, String> params = new TreeMap<>();
    if (json.has("params")) {
      json.getAsJsonObject("params")
          .entrySet()
          .forEach(param -> params.put(param.getKey(), param.getValue().getAsString()));
    }
    Map<String, Double> secondary = new TreeMap<>();
    json.getAsJsonObject("secondaryMetrics")
        .entrySet()
        .forEach(metric -> secondary.put(metric.getKey(), number(metric.getValue(), "score")));
    JsonElement primary = json.get("primaryMetric");
    return new Result(
        json.get("jdkVersion").getAsString(),
        benchmark.substring(endOfPackage + 1),
        params,
        number(primary, "score"),
        number(primary, "scoreError"),
        secondary);
  }

  /** JMH writes what is not a number as a string. */
  private static double number(JsonElement metric, String field) {
    return Double.parseDouble(metric.getAsJsonObject().get(field).getAsString());
  }

  /** The virtual machines, in the order in which they were read. */
  List<String> jdks() {
    return results.stream().map(Result::jdk).distinct().toList();
  }

  Stream<Result> of(String jdk, String question) {
    return results.stream()
        .filter(result -> result.jdk.equals(jdk) && result.question.equals(question));
  }

  OptionalDouble score(String jdk, String question, String peer, String nodes) {
    return of(jdk, question)
        .filter(result -> result.is(question, peer, nodes))
        .mapToDouble(Result::score)
        .findFirst();
  }
}
